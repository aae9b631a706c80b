/** Codes of what goes wrong around a command: each has a page, each is used, and each decides the exit code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CommandError, EXIT, SYSTEM_CODES, systemCode } from '../../cli/errors.ts';
import { COMMAND_CODE_WORDS, commandCode, commandCodePage } from '../../cli/explain/command_codes.ts';
import { describeFailure } from '../../cli/failure.ts';
import { plainPaint, type Terminal } from '../../cli/terminal.ts';
import { WriteError } from '../../runtime/report/write.ts';
import { temporaryFolder, vela } from './support.ts';

const CLI = join(import.meta.dirname, '../../cli');
const TABLES = ['errors.ts', 'explain/command_codes.ts'];
const sources = readdirSync(CLI, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !TABLES.includes(name) && !name.startsWith('live/screen/'))
  .map(name => readFileSync(join(CLI, name), 'utf8'));
const LIVE = ['live', 'monitor'].map(room => join(import.meta.dirname, '../../runtime', room));
const liveSources = LIVE.flatMap(folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && name !== 'errors.ts')
    .map(name => readFileSync(join(folder, name), 'utf8')),
);
const CODES = Object.keys(COMMAND_CODE_WORDS);

/** Wherever a failure is made, or words are kept by code. */
const USES = [
  /new CommandError\(\s*'([\w-]+)'/g,
  /\bof\('([\w-]+)',/g,
  /\bcode: '([a-z][\w-]*)'/g,
  /^\s+(E[A-Z]{2,}): '/gm,
  /=== '(E[A-Z]{2,})'/g,
];
const LIVE_USE = /new LiveError\(\s*'([\w-]+)'/g;
const used = [
  ...liveSources.flatMap(text => [...text.matchAll(LIVE_USE)].map(match => match[1] ?? '')),
  ...sources.flatMap(text => USES.flatMap(use => [...text.matchAll(use)].map(match => match[1] ?? ''))),
];

describe('the table of codes', () => {
  test('has whatever the sources use', () => {
    expect(used.length).toBeGreaterThan(25);
    // A reader that goes away (`| head`) and a file that is there already are no failures.
    const silent = ['EPIPE', 'EEXIST'];
    expect(used.filter(code => !CODES.includes(code) && !silent.includes(code))).toEqual([]);
  });

  test('has no code that nothing gives', () => {
    const given = new Set([...used, 'usage', 'system', ...SYSTEM_CODES]);
    expect(CODES.filter(code => !given.has(code))).toEqual([]);
  });
});

const folder = temporaryFolder();

test.each(CODES)('vela explain %s prints its page', async code => {
  const { code: exit, out } = await vela(folder, ['explain', code]);
  expect(exit).toBe(EXIT.done);
  expect(out).toMatch(
    new RegExp(`^# ${code}: .+\\n\\n.{20,}\\n\\n.{10,}\\n\\nThe command ends with exit code \\d+\\.\\n$`),
  );
  const document = JSON.parse((await vela(folder, ['explain', code.toLowerCase(), '--json'])).out);
  expect(document).toEqual({ code, page: out.trimEnd() });
});

test('the page says what a script sees', () => {
  for (const code of ['out-of-range', 'market-facts', 'ENOSPC', 'interrupted'] as const)
    expect(commandCodePage(code)).toContain(`exit code ${new CommandError(code, '').exitCode}.`);
  const exits = (['usage', 'refused', 'not-text', 'EIO'] as const).map(code => new CommandError(code, '').exitCode);
  expect(exits).toEqual([EXIT.usage, EXIT.errors, EXIT.environment, EXIT.environment]);
});

test('what the system calls it keeps its name where that has a page', () => {
  expect([systemCode('ENOSPC'), systemCode('EXDEV'), systemCode(undefined)]).toEqual(['ENOSPC', 'system', 'system']);
  const rare = new WriteError('r.html', Object.assign(new Error('EXDEV: cross-device link'), { code: 'EXDEV' }));
  const terminal = { logPaint: plainPaint, environment: {} } as Terminal;
  expect(describeFailure(rare, terminal)).toMatchObject({
    exitCode: EXIT.environment,
    code: 'system',
    text: 'error[system]: cannot write r.html: EXDEV: cross-device link\n  help: name another place\n',
  });
  expect([commandCode('Enoent'), commandCode('E0301'), commandCode('toString')]).toEqual([
    'ENOENT',
    undefined,
    undefined,
  ]);
});
