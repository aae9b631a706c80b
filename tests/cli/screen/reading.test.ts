/** What the screen reads: a status of any kind, and a log that grows under it. */
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frame } from '../../../cli/live/screen/frame.ts';
import { readEntry } from '../../../cli/live/screen/log-lines.ts';
import { LogTail } from '../../../cli/live/screen/log-tail.ts';
import { statusFrom } from '../../../cli/live/screen/read-status.ts';
import { FIRST_VIEW } from '../../../cli/live/screen/view.ts';
import { temporaryFolder } from '../support.ts';
import { BUSY, NOW_MS } from './scenes.ts';

describe('status.json', () => {
  it('is read as it was written', () => {
    expect(statusFrom(JSON.stringify(BUSY))).toEqual(BUSY);
    const troubled = {
      ...BUSY,
      why: 'stopped by command',
      degraded: [{ code: 'stale', sinceMs: 1, symbol: 'BTC/USDT', text: 'no bar' }],
      risk: { ...BUSY.risk, held: BUSY.risk.own },
    };
    expect(statusFrom(JSON.stringify(troubled))).toEqual(troubled);
  });

  it('may hold no number where one belongs, as JSON writes it', () => {
    expect(statusFrom(JSON.stringify({ ...BUSY, equity: Number.NaN }))?.equity).toBeNaN();
  });

  it('can be drawn whatever it holds', () => {
    const fields = fc.constantFrom(...Object.keys(BUSY));
    fc.assert(
      fc.property(fc.dictionary(fields, fc.jsonValue()), found => {
        const status = statusFrom(JSON.stringify({ ...BUSY, ...found, pid: 1 }));
        expect(status).toBeDefined();
        if (status === undefined) return;
        const shown = { name: 'x', status, isAlive: true, log: [], runs: 1, nowMs: NOW_MS };
        expect(frame(shown, FIRST_VIEW, { columns: 80, rows: 24 }).lines).toHaveLength(24);
      }),
      { seed: 12 },
    );
  });

  it('is none where there is nothing of the kind', () => {
    for (const text of ['', '{', '[]', 'null', '{"pid":"1"}']) expect(statusFrom(text)).toBeUndefined();
  });
});

describe('run.log', () => {
  const line = (i: number) =>
    JSON.stringify({ level: 'info', time: '2024-03-01T14:05:09.000Z', msg: `m${i}`, order: i });

  it('gives its lines in a trader’s words', () => {
    expect(readEntry(line(3))).toEqual({ timeMs: NOW_MS, level: 'info', text: 'm3 order=3' });
    expect(readEntry('{"level":"fatal","time":1,"msg":"\\u001b[2J"}')).toEqual({
      timeMs: 1,
      level: 'error',
      text: '␛[2J',
    });
    expect(readEntry('no JSON')).toMatchObject({ level: 'info', text: 'no JSON' });
    expect(readEntry('x'.repeat(1e6)).text.length).toBeLessThan(3000);
  });

  it('is read on as it grows, lines in the making are waited for', () => {
    const path = join(temporaryFolder(), 'run.log');
    const tail = new LogTail(path, text => text);
    expect(tail.read()).toEqual([]);
    const texts = () => tail.read().map(({ text }) => text);
    writeFileSync(path, `${line(1)}\n${line(2).slice(0, 20)}`);
    expect(texts()).toEqual(['m1 order=1']);
    appendFileSync(path, `${line(2).slice(20)}\n`);
    expect(texts()).toEqual(['m1 order=1', 'm2 order=2']);
    expect(tail.read()).toBe(tail.read());
  });

  it('begins anew when the file is another one, or is shorter', () => {
    const path = join(temporaryFolder(), 'run.log');
    const tail = new LogTail(path, text => text);
    writeFileSync(path, `${line(1)}\n${line(2)}\n`);
    expect(tail.read()).toHaveLength(2);
    renameSync(path, `${path}.1`);
    writeFileSync(path, `${line(3)}\n`);
    expect(tail.read().map(({ text }) => text)).toEqual(['m3 order=3']);
    writeFileSync(path, '');
    expect(tail.read()).toEqual([]);
    rmSync(path);
    expect(tail.read()).toEqual([]);
  });

  it('of a long past is read from near its end, and never grows without bound here', () => {
    const path = join(temporaryFolder(), 'run.log');
    writeFileSync(path, Array.from({ length: 20_000 }, (_, i) => `${line(i)}\n`).join(''));
    const tail = new LogTail(path, text => text);
    const first = tail.read();
    expect(first.length).toBeGreaterThan(1000);
    expect(first.at(-1)?.text).toBe('m19999 order=19999');
    expect(first[0]?.text).toMatch(/^m\d+ order=\d+$/);
    for (let i = 0; i < 4; i++) {
      appendFileSync(path, Array.from({ length: 2000 }, (_, j) => `${line(j)}\n`).join(''));
      expect(tail.read().length).toBeLessThanOrEqual(5000);
    }
  });
});
