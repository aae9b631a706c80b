/**
 * Whatever is wrong with what a trader gives: a message with a code that names the file, the line where there is one, and
 * the mend; the exit code that says whose fault it is; with `--json` one document; and nothing left behind on the disk.
 */
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { harmless } from '../../cli/terminal.ts';
import { CROSS, temporaryFolder, vela, writeCandles } from './support.ts';

const folder = temporaryFolder();
const BARS = 600;
writeFileSync(join(folder, 'cross.vela'), CROSS);
writeCandles(join(folder, 'candles.csv'), BARS);
const [header = '', ...rows] = readFileSync(join(folder, 'candles.csv'), 'utf8').trimEnd().split('\n');

/** Writes a file of the test's folder and gives its name. */
function file(name: string, content: string | Uint8Array): string {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), content);
  return name;
}

const csv = (lines: readonly string[], head = header) => `${head}\n${lines.join('\n')}\n`;

/** Line 101 of the candles with one field replaced; 0 is the stamp, 1 the open, 5 the volume. */
function spoilt(name: string, field: number, value: string): string {
  const changed = (rows[99] ?? '').split(',').with(field, value).join(',');
  return file(name, csv(rows.with(99, changed)));
}

/** All that lies in the folder: names, sizes and when each was written. */
function inventory(): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(name => {
      const found = lstatSync(join(folder, name));
      return found.isFile() ? `${name} ${found.size} ${found.mtimeMs}` : name;
    });
}

const USAGE = 2;
const ENVIRONMENT = 3;
const ERRORS = 1;

interface Bad {
  readonly what: string;
  /** Writes what is needed and gives the words of the command. */
  readonly words: () => readonly string[];
  readonly exit: number;
  readonly code: string;
  /** File, and line where there is one, as the document gives them. */
  readonly file?: string;
  readonly line?: number;
  /** Words that the text must hold. */
  readonly says: readonly string[];
}

/** A failure as text and as a document: the same, complete, and without a trace. */
async function expectFailure({ words, exit, code, file: named, line, says }: Bad): Promise<void> {
  const asked = words();
  const before = inventory();
  const text = await vela(folder, asked);
  const document = await vela(folder, [...asked, '--json']);
  expect(inventory()).toEqual(before);

  expect([text.code, text.out]).toEqual([exit, '']);
  expect(text.log).toContain(code === 'usage' ? 'error: ' : `error[${code}]: `);
  expect(text.log).toMatch(/\n {2}help: .{8,}/);
  for (const part of says) expect(text.log).toContain(part);
  if (named !== undefined) expect(text.log).toContain(line === undefined ? named : `${named}:${line}`);
  expect(text.log).not.toMatch(/bug in Vela|\n\s+at |undefined|\[object|NaN ms/);

  expect(document.code).toBe(exit);
  const { error } = JSON.parse(document.out);
  expect(error).toMatchObject({ code, ...(named && { file: named }), ...(line && { line }) });
  expect(text.log).toContain(error.message);
  expect(text.log).toContain(error.help);
}

const backtest =
  (...words: readonly (string | (() => string))[]) =>
  () => ['backtest', 'cross.vela', '--report', 'report.html', ...words.map(w => (typeof w === 'string' ? w : w()))];
const onData = (make: () => string) => backtest('--data', make);
const onCandles = (...words: readonly (string | (() => string))[]) => backtest('--data', 'candles.csv', ...words);

/** A file of candles in which something is wrong: the fault of what was asked about. */
function badData(name: string, code: string, says: readonly string[], make: () => unknown, line?: number): Bad {
  const words = onData(() => {
    make();
    return name;
  });
  return { what: name, words, exit: ERRORS, code, file: name, says, ...(line !== undefined && { line }) };
}

const DATA: readonly Bad[] = [
  {
    what: 'a missing file',
    words: onData(() => 'nowhere.csv'),
    exit: ENVIRONMENT,
    code: 'D1001',
    file: 'nowhere.csv',
    says: ['check the spelling'],
  },
  { what: 'no name', words: onData(() => ''), exit: ENVIRONMENT, code: 'D1001', says: ['shell variable'] },
  {
    what: 'a pattern without a match',
    words: onData(() => 'no*.csv'),
    exit: ENVIRONMENT,
    code: 'D1002',
    says: ['`no*.csv`', 'quote the pattern'],
  },
  {
    what: 'a folder without candles',
    words: onData(() => {
      file('bare/readme.txt', 'nothing');
      return 'bare';
    }),
    exit: ENVIRONMENT,
    code: 'D1002',
    says: ['`bare`', '.csv.gz'],
  },
  badData('empty.csv', 'D1003', ['download'], () => file('empty.csv', '')),
  badData('only-header.csv', 'D1003', ['no rows'], () => file('only-header.csv', `${header}\n`)),
  badData('header.csv', 'D1004', ['`close`'], () => file('header.csv', csv(rows, header.replace('close', 'clse'))), 1),
  badData('no-header.csv', 'D1004', ['first line'], () => file('no-header.csv', `${rows.join('\n')}\n`), 1),
  badData('text.csv', 'D1005', ['`high`', 'column `close`'], () => spoilt('text.csv', 4, 'high'), 101),
  badData('thousands.csv', 'D1013', ['fields'], () => spoilt('thousands.csv', 4, '1,102'), 101),
  badData('nothing.csv', 'D1005', ['leave out the whole row'], () => spoilt('nothing.csv', 4, ''), 101),
  badData('stamp.csv', 'D1006', ['`soon`', 'ISO dates'], () => spoilt('stamp.csv', 0, 'soon'), 101),
  badData(
    'unsorted.csv',
    'D1007',
    ['sort the rows'],
    () => file('unsorted.csv', csv([...rows.slice(50, 100), ...rows.slice(0, 50)])),
    52,
  ),
  badData('twice.csv', 'D1008', ['line 100'], () => spoilt('twice.csv', 0, rows[98]?.split(',')[0] ?? ''), 101),
  badData('negative.csv', 'D1009', ['-5', '`low`'], () => spoilt('negative.csv', 3, '-5'), 101),
  badData('zero.csv', 'D1009', ['`open`'], () => spoilt('zero.csv', 1, '0'), 101),
  badData('infinite.csv', 'D1010', ['`volume`'], () => spoilt('infinite.csv', 5, 'inf'), 101),
  badData('cut.csv', 'D1013', ['row'], () => file('cut.csv', csv(rows).slice(0, -20)), BARS + 1),
  badData('cut.csv.gz', 'D1011', ['download the file again'], () =>
    file('cut.csv.gz', gzipSync(csv(rows)).subarray(0, 4000)),
  ),
  badData('plain.csv.gz', 'D1012', ['not gzip'], () => file('plain.csv.gz', csv(rows))),
  badData('binary.csv', 'D1012', ['binary'], () => file('binary.csv', Uint8Array.of(80, 65, 82, 49, 0, 10, 0))),
  badData('endless.csv', 'D1012', ['binary'], () => file('endless.csv', new Uint8Array(2 << 20).fill(65))),
  badData('utf-16.csv', 'D1012', ['UTF-8'], () => file('utf-16.csv', Buffer.from(`\ufeff${csv(rows)}`, 'utf16le'))),
  badData('ticks.csv', 'D1017', ['step'], () =>
    file('ticks.csv', csv(rows.map((row, i) => row.replace(/^\d+/, `${1_640_995_200_000 + i * i * 37}`)))),
  ),
  badData('coarse.csv', 'D1018', ['bars of 1d', '`every 1d`'], () =>
    file('coarse.csv', csv(rows.filter((_, i) => i % 24 === 0))),
  ),
  badData('hole.csv', 'E0810', ['3d', '--max-gap'], () => file('hole.csv', csv(rows.toSpliced(100, 72))), 102),
  {
    what: 'two files that overlap and disagree',
    words: backtest(
      '--data',
      () => file('first.csv', csv(rows.slice(0, 300))),
      () => file('second.csv', csv(rows.slice(280).with(5, `${rows[285]}1`))),
    ),
    exit: ERRORS,
    code: 'D1014',
    file: 'second.csv',
    line: 7,
    says: ['`first.csv:287`', '`second.csv:7`', 'leave one file out'],
  },
  {
    what: 'a folder with two markets',
    words: onData(() => {
      file('two/binance-spot-BTCUSDT-1h.csv', csv(rows));
      file('two/binance-spot-ETHUSDT-1h.csv', csv(rows));
      return 'two';
    }),
    exit: ERRORS,
    code: 'D1015',
    says: ['two/binance-spot-BTCUSDT-1h.csv', 'two/binance-spot-ETHUSDT-1h.csv', '--data'],
  },
  {
    what: 'two bar lengths',
    words: backtest('--data', 'candles.csv', () =>
      file('minutes.csv', csv(rows.map((row, i) => row.replace(/^\d+/, `${1_600_000_000_000 + i * 60_000}`)))),
    ),
    exit: ERRORS,
    code: 'D1016',
    says: ['candles.csv', 'minutes.csv', '1h', '1m'],
  },
  {
    what: 'candles of another symbol',
    words: onData(() => 'ETH/USDT=candles.csv'),
    exit: ERRORS,
    code: 'D1020',
    says: ['`ETH/USDT`', '`BTC/USDT`'],
  },
  {
    what: 'marks without candles in common',
    words: onCandles('--mark', () =>
      file('marks.csv', csv(rows.map((row, i) => row.replace(/^\d+/, `${1_600_000_000_000 + i * 3_600_000}`)))),
    ),
    exit: ERRORS,
    code: 'D1019',
    says: ['candles 2022-01-01 00:00 UTC', 'marks 2020-09-13'],
  },
  {
    what: 'candles given as funding',
    words: onCandles('--funding', 'candles.csv'),
    exit: ERRORS,
    code: 'D1004',
    file: 'candles.csv',
    line: 1,
    says: ['`funding_rate`'],
  },
];

const facts = (text: string) => onCandles('--market', () => file('facts.json', text));

const ASKED: readonly Bad[] = [
  ...(
    [
      ['a param that there is not', ['--set', 'fats=20'], 'usage', 'did you mean `fast`?'],
      ['a param without a value', ['--set', 'fast'], 'usage', '`--set name=value`'],
      ['a param outside its range', ['--set', 'fast=500'], 'out-of-range', '5 bars to 60 bars'],
      ['a param that is no number', ['--set', 'fast=abc'], 'bad-value', 'a whole number of bars'],
      ['params that break a `require`', ['--set', 'fast=50', 'slow=40'], 'bad-value', '`require fast < slow`'],
      ['a malformed date', ['--from', '2022-13-01'], 'usage', '2024-01-31'],
      ['a start after the end', ['--from', '2022-02-01', '--to', '2022-01-01'], 'usage', 'before `--to`'],
      ['a start after the data', ['--from', '2030-01-01'], 'empty-span', '2022-01-26'],
      ['an end before the data', ['--to', '2021-01-01'], 'D1026', '2022-01-01 00:00 UTC'],
      ['an end inside the first bar', ['--to', '2022-01-01T00:30Z'], 'D1026', '2022-01-01 00:00 UTC'],
      ['no capital', ['--capital', '0'], 'usage', '`--capital 10000`'],
      ['a negative capital', ['--capital', '-5'], 'usage', '`--capital 10000`'],
      ['a capital that is no number', ['--capital', 'NaN'], 'usage', '`--capital 10000`'],
      ['a capital with commas', ['--capital', '10,000'], 'usage', '`--capital 10000`'],
      ['a gap of nonsense', ['--max-gap', '1x'], 'usage', '`6h`'],
      ['a gap of nothing', ['--max-gap', '0'], 'usage', '`6h`'],
    ] as const
  ).map(([what, words, code, hint]): Bad => ({ what, words: onCandles(...words), exit: USAGE, code, says: [hint] })),
  ...(
    [
      ['that are no JSON', '{', 'not JSON'],
      ['that are a list', '[]', 'not a JSON object'],
      ['that are unknown', '{ "tik": "0.01" }', '`tik` is no market fact'],
      ['with a negative step', '{ "tick": -1 }', 'positive decimal'],
      ['with a step in words', '{ "lot": "small" }', 'positive decimal'],
      ['with a rate in percent', '{ "maintenance": 5 }', '0.005'],
    ] as const
  ).map(
    ([what, text, hint]): Bad => ({
      what: `market facts ${what}`,
      words: facts(text),
      exit: ERRORS,
      code: 'market-facts',
      file: 'facts.json',
      says: [hint],
    }),
  ),
  {
    what: 'market facts that are not there',
    words: onCandles('--market', 'nowhere.json'),
    exit: ENVIRONMENT,
    code: 'ENOENT',
    file: 'nowhere.json',
    says: ['no such file'],
  },
  {
    what: 'a misspelt command',
    words: () => ['backtst', 'cross.vela'],
    exit: USAGE,
    code: 'usage',
    says: ['did you mean `backtest`?'],
  },
  {
    what: 'a misspelt option',
    words: () => ['backtest', 'cross.vela', '--dta', 'candles.csv'],
    exit: USAGE,
    code: 'usage',
    says: ['did you mean `--data`?'],
  },
  { what: 'no strategy', words: () => ['check'], exit: USAGE, code: 'usage', says: ['`vela check --help`'] },
  { what: 'no candles', words: () => ['backtest', 'cross.vela'], exit: USAGE, code: 'usage', says: ['`--data`'] },
  { what: 'a word that is no code', words: () => ['explain', 'warmup'], exit: USAGE, code: 'usage', says: ['`E0301`'] },
];

const STRATEGY_FILES: readonly Bad[] = (
  [
    ['a missing file', 'nowhere.vela', ENVIRONMENT, 'ENOENT', 'no such file', () => {}],
    ['a folder', 'folder.vela', ENVIRONMENT, 'EISDIR', 'it is a folder', () => file('folder.vela/x', '')],
    ['a path through a file', 'cross.vela/x.vela', ENVIRONMENT, 'ENOTDIR', 'a part of the path is a file', () => {}],
    ['a link to itself', 'loop.vela', ENVIRONMENT, 'ELOOP', 'too many links', () => symlinkOnce('loop.vela')],
    [
      'ten megabytes',
      'large.vela',
      ENVIRONMENT,
      'too-large',
      '1 MB',
      () => file('large.vela', new Uint8Array(10e6).fill(32)),
    ],
    ['bytes', 'bytes.vela', ENVIRONMENT, 'not-text', 'UTF-8', () => file('bytes.vela', Uint8Array.of(255, 254, 9))],
    [
      'UTF-16',
      'utf-16.vela',
      ENVIRONMENT,
      'not-text',
      'save it as UTF-8',
      () => file('utf-16.vela', Buffer.from(CROSS, 'utf16le')),
    ],
    ['another ending', 'candles.csv', USAGE, 'usage', '`.vela`', () => {}],
  ] as const
).map(
  ([what, name, exit, code, says, make]): Bad => ({
    what,
    words: () => {
      make();
      return ['check', name];
    },
    exit,
    code,
    file: name,
    says: [says],
  }),
);

function symlinkOnce(name: string): void {
  if (!readdirSync(folder).includes(name)) symlinkSync(name, join(folder, name));
}

describe('candles', () => {
  test.each(DATA)('$what', expectFailure);

  test('a gap within max_gap is lived with, and counted', async () => {
    file('gap.csv', csv(rows.toSpliced(100, 24)));
    const { code, out } = await vela(folder, ['backtest', 'cross.vela', '--data', 'gap.csv', '--json']);
    expect([code, JSON.parse(out).quality.missingBars]).toEqual([0, 24]);
  });

  test('files that agree may overlap; equal rows may repeat', async () => {
    file('left.csv', csv([...rows.slice(0, 300), rows[299] ?? '']));
    file('right.csv', csv(rows.slice(200)));
    const words = (...data: string[]) => ['backtest', 'cross.vela', '--json', '--data', ...data];
    const hash = async (...data: string[]) => JSON.parse((await vela(folder, words(...data))).out).journalHash;
    expect(await hash('right.csv', 'left.csv')).toBe(await hash('candles.csv'));
  });
});

describe('a command line', () => {
  test.each(ASKED)('$what', expectFailure);
});

describe('a strategy file that is', () => {
  test.each(STRATEGY_FILES)('$what', async ({ file: named = '', ...bad }) => {
    // These errors name their file in the sentence; wrong usage is not the file's.
    await expectFailure({ ...bad, ...(bad.code !== 'usage' && { file: named }) });
  });

  test.each([
    ['empty', '', 'empty.vela', 'E0143'],
    ['empty YAML', '', 'empty.yaml', 'E0123'],
    ['YAML indented with tabs', 'strategy: A\nevery: 1h\n\tlet: {}\n', 'tab.yaml', 'E0120'],
    ['YAML that is not closed', 'let: [1, 2\n', 'open.yaml', 'E0120'],
    ['YAML whose names lead round', 'a: &a [*a]\n', 'round.yaml', 'E0121'],
  ])('%s has diagnostics', async (_, text, name, code) => {
    file(name, text);
    const { code: exit, out } = await vela(folder, ['check', name, '--json']);
    expect(exit).toBe(1);
    expect(JSON.parse(out).diagnostics.map((found: { code: string }) => found.code)).toContain(code);
  });

  test.each([
    ['with line ends of Windows', CROSS.replaceAll('\n', '\r\n'), 'windows.vela'],
    ['with a byte order mark', `\ufeff${CROSS}`, 'marked.vela'],
    ['named with blanks and letters of any alphabet', CROSS, 'my ünï/стратегия 1.vela'],
    ['named in capitals', CROSS, 'CROSS.VELA'],
  ])('%s is as good as any', async (_, text, name) => {
    file(name, text);
    const run = (path: string) => vela(folder, ['backtest', path, '--data', 'candles.csv', '--json']);
    const { code, out } = await run(name);
    expect(code).toBe(0);
    expect(JSON.parse(out).journalHash).toBe(JSON.parse((await run('cross.vela')).out).journalHash);
  });

  test('very long and wrong all over is read in the time that its length takes', async () => {
    file('long.vela', 'let a = 1\n'.repeat(20_000));
    const { code, out } = await vela(folder, ['check', 'long.vela', '--json']);
    expect([code, JSON.parse(out).errors]).toEqual([1, 20_001]);
  });
});

describe('a place that cannot be written', () => {
  test.each([
    ['--report', 'nowhere/r.html', 'ENOENT', 'make the folder first'],
    ['--report', 'candles.csv/r.html', 'ENOTDIR', 'a part of its path is a file'],
    ['--report', '.', 'EISDIR', 'it is a folder'],
    ['--report', `${'long'.repeat(80)}.html`, 'ENAMETOOLONG', 'the name is too long'],
    ['--report', '/dev/full', 'ENOSPC', 'the disk is full'],
  ])('%s %s is %s', async (option, place, code, hint) => {
    const words = () => ['backtest', 'cross.vela', '--data', 'candles.csv', option, place];
    await expectFailure({ what: '', words, exit: ENVIRONMENT, code, file: place, says: [hint] });
  });

  test('a report is refused before any candle is read', async () => {
    // Only the strategy exists: were the candles looked for first, they would be what is missing.
    const { code, log } = await vela(folder, [
      'backtest',
      'cross.vela',
      '--data',
      'gone.csv',
      '--report',
      'gone/r.html',
    ]);
    expect([code, log]).toEqual([
      ENVIRONMENT,
      'error[ENOENT]: cannot write gone/r.html: its folder does not exist\n  help: make the folder first, or name another place\n',
    ]);
    expect((await vela(folder, ['demo', '--report', 'gone/r.html'])).code).toBe(ENVIRONMENT);
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'a report in a folder without permission is refused as early',
    async () => {
      mkdirSync(join(folder, 'locked'), { mode: 0o500, recursive: true });
      const words = ['backtest', 'cross.vela', '--data', 'gone.csv', '--report', 'locked/r.html'];
      expect((await vela(folder, words)).log).toContain('error[EACCES]: cannot write locked/r.html: no permission');
    },
  );

  test.each([
    ['convert', '-o'],
    ['compile', '-o'],
  ])('%s into a full disk', async (command, option) => {
    const words = () => [command, 'cross.vela', option, '/dev/full'];
    await expectFailure({ what: '', words, exit: ENVIRONMENT, code: 'ENOSPC', file: '/dev/full', says: ['make room'] });
  });
});

describe('texts from strangers', () => {
  test('do not steer the terminal; our own colours and progress do', () => {
    const [esc, erase] = ['\u001b', '\r\u001b[2K'];
    expect(harmless(`${erase}${esc}[1mA${esc}[2J\u0007\u009b\u202e\tB${esc}[22m\n`)).toBe(
      `${erase}${esc}[1mA␛[2J␇\ufffd\ufffd\tB${esc}[22m\n`,
    );
  });
});

/** The program as a process of its own, from its sources. */
interface Ended {
  readonly code: number;
  readonly out: string;
  readonly log: string;
}

const start = join(import.meta.dirname, '../../cli/main.ts');

function started(words: readonly string[], environment: NodeJS.ProcessEnv, shell = '"$@"'): Promise<Ended> {
  const command = ['-c', shell, 'sh', process.execPath, start, ...words];
  return new Promise(resolve => {
    const options = { cwd: folder, env: { PATH: process.env.PATH, ...environment }, maxBuffer: 1 << 26 };
    const child = execFile('sh', command, options, (_, out, log) => resolve({ code: child.exitCode ?? -1, out, log }));
  });
}

describe('a machine on which', () => {
  /** More than what is worth a cache. */
  const many = 'many.csv';
  writeCandles(join(folder, many), 6000);
  const run = ['backtest', 'cross.vela', '--data', many, '--json'];
  const journal = ({ out }: { readonly out: string }): string => JSON.parse(out).journalHash;

  test('runs share a cache, at once and one after the other, however damaged it is', async () => {
    const cache = join(folder, 'cache');
    const expected = journal(await vela(folder, run));
    const atOnce = await Promise.all([1, 2, 3].map(() => started(run, { VELA_CACHE: cache })));
    expect(atOnce.map(journal)).toEqual([expected, expected, expected]);

    const [entry = ''] = readdirSync(join(cache, 'candles'));
    expect(readdirSync(join(cache, 'candles'))).toEqual([entry]);
    const path = join(cache, 'candles', entry);
    const whole = readFileSync(path);
    const damage: readonly (() => void)[] = [
      () => truncateSync(path, 5),
      () => truncateSync(path, 3000),
      () => appendFileSync(path, 'more'),
      // A digit of the hash that the header states: still JSON, and another name for the data.
      () => writeFileSync(path, whole.toString('latin1').replace(/"hash":"./, '"hash":"_'), 'latin1'),
      () => writeFileSync(path, whole.fill(0x99, 90_000, 90_008)),
    ];
    for (const harm of damage) {
      harm();
      const said = await vela(folder, run, Number.POSITIVE_INFINITY, { VELA_CACHE: cache });
      expect([said.code, journal(said), JSON.parse(said.out).dataHash]).toEqual([
        0,
        expected,
        JSON.parse(atOnce[0]?.out ?? '').dataHash,
      ]);
      expect(said.log).toContain('D1054');
    }
  });

  test('the cache is a file, or there is no home: the run is the same, and nothing is left in its folder', async () => {
    const expected = journal(await vela(folder, run));
    const before = inventory();
    const kinds = [{ VELA_CACHE: 'candles.csv' }, { HOME: '' }, { HOME: 'relative' }];
    for (const said of await Promise.all(kinds.map(environment => started(run, environment))))
      expect([said.code, journal(said)]).toEqual([0, expected]);
    expect(inventory()).toEqual(before);
  });

  test('a report is larger than files may be: no part of it stays', async () => {
    const before = inventory();
    const words = [...run, '--report', 'report.html'];
    const said = await started(words, { VELA_CACHE: '' }, 'ulimit -f 64; "$@"');
    expect([said.code, JSON.parse(said.out).error.code]).toEqual([ENVIRONMENT, 'EFBIG']);
    expect(inventory()).toEqual(before);
  });

  test('the folder was deleted', async () => {
    mkdirSync(join(folder, 'gone'));
    const shell = 'cd gone && rmdir ../gone && "$@"';
    const said = await started(['check', join(folder, 'cross.vela')], { VELA_CACHE: '' }, shell);
    expect(said).toMatchObject({ code: 0, log: '' });
    expect(said.out).toContain('no problems');
  });
});
