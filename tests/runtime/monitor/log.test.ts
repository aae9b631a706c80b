/** What a log writes where, and what it never writes. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blotter, openLog } from '../../../runtime/monitor/log.ts';

const CANARY = 'CANARY-51d0c2aa9e';
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vela-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function logged(level: string, handlers: readonly string[]) {
  const file = join(folder, 'run.log');
  let said = '';
  const say = (line: string) => {
    said += line;
  };
  const log = openLog({ level, handlers, file, say, blot: blotter({ VELA_MAIN_SECRET: CANARY }) });
  log.write('info', 'bar told twice', { openMs: 5 });
  log.write('error', `order unknown: timed out with ${CANARY}`, { order: 3, apiKey: 'abc', why: `sent ${CANARY}` });
  log.close();
  return { said, written: () => readFileSync(file, 'utf8'), mode: () => statSync(file).mode & 0o777 };
}

describe('a log', () => {
  it('writes lines of JSON to its file and words to the terminal', () => {
    const { said, written, mode } = logged('INFO', ['console', 'file']);
    const [first, second] = written()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(first).toMatchObject({ level: 'info', msg: 'bar told twice', openMs: 5 });
    expect(second).toMatchObject({ level: 'error', order: 3, apiKey: '[redacted]' });
    expect(said).toMatch(/^\d\d:\d\d:\d\d info {2}bar told twice openMs=5\n/);
    expect(mode()).toBe(0o600);
  });

  it('keeps to the level and the handlers that are asked for', () => {
    expect(logged('ERROR', ['console']).said.split('\n').length).toBe(2);
    expect(logged('INFO', []).said).toBe('');
  });

  it('never writes the value of a secret', () => {
    const { said, written } = logged('INFO', ['console', 'file']);
    expect(said + written()).not.toContain(CANARY);
    expect(written()).toContain('[redacted]');
  });
});
