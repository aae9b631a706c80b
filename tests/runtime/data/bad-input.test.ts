/** Every way a data file can be wrong: the code, the place, and words that name the mend. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DATA_CODES } from '../../../runtime/data/codes.ts';
import { loadMarket } from '../../../runtime/data/load.ts';
import { BTC, clock, csv, DAY, failure, folder, HOUR, rows, START, type TestFolder } from './support.ts';

/** Row 3 of five, in line 4, with one field replaced (0 is the stamp). */
function spoilt(field: number, text: string): string {
  const lines = rows(5);
  const fields = (lines[2] ?? '').split(',');
  fields[field] = text;
  lines[2] = fields.join(',');
  return csv(lines);
}

const load = (data: string[], more: object = {}) =>
  loadMarket({ instrument: BTC, clocks: [clock(1, 'h')], data, cacheDir: false, ...more });

interface BadFile {
  readonly what: string;
  readonly content: string | Uint8Array;
  readonly code: string;
  /** Line and column. */
  readonly at?: readonly [number?, number?];
  readonly says: string;
  readonly name?: string;
}

const whole = gzipSync(csv(rows(500)));
const damaged = Uint8Array.from(whole, (byte, i) => (i === whole.length >> 1 ? byte ^ 0xff : byte));

const BAD_FILES: readonly BadFile[] = [
  { what: 'an empty file', content: '', code: 'D1003', says: 'the file is empty' },
  { what: 'an empty gzip file', content: gzipSync(''), code: 'D1003', says: 'the file is empty', name: 'x.csv.gz' },
  { what: 'only a header', content: csv([]), code: 'D1003', says: 'a header and no rows' },
  { what: 'no header', content: `${rows(3).join('\n')}\n`, code: 'D1004', at: [1], says: 'the file has no header' },
  {
    what: 'a missing column',
    content: csv(rows(3), 'timestamp,open,high,low,close,amount'),
    code: 'D1004',
    at: [1],
    says: 'no column `volume`',
  },
  {
    what: 'a column twice',
    content: csv(rows(3), 'timestamp,open,high,low,close,close'),
    code: 'D1004',
    at: [1],
    says: '`close` twice',
  },
  {
    what: 'text as a price',
    content: spoilt(4, 'n/a'),
    code: 'D1005',
    at: [4, 29],
    says: '`n/a` in the column `close`',
  },
  { what: 'nothing as a price', content: spoilt(1, ''), code: 'D1005', at: [4, 15], says: 'nothing stands in' },
  { what: 'two points', content: spoilt(1, '1.2.3'), code: 'D1005', at: [4, 15], says: '`1.2.3`' },
  { what: 'a stamp of words', content: spoilt(0, 'yesterday'), code: 'D1006', at: [4, 1], says: '`yesterday` is not' },
  {
    what: 'a day that does not exist',
    content: spoilt(0, '2024-02-30'),
    code: 'D1006',
    at: [4, 1],
    says: '2024-02-30',
  },
  { what: 'another unit', content: spoilt(0, `${(START + 2 * HOUR) / 1000}`), code: 'D1006', at: [4, 1], says: 'unit' },
  { what: 'a stamp from nowhere', content: spoilt(0, '17'), code: 'D1006', at: [4, 1], says: 'outside the years' },
  { what: 'rows out of order', content: csv(rows(5).reverse()), code: 'D1007', at: [3], says: 'comes after' },
  {
    what: 'one stamp with two closes',
    content: spoilt(0, `${START + HOUR}`),
    code: 'D1008',
    at: [4],
    says: 'already in line 3',
  },
  { what: 'a negative price', content: spoilt(3, '-1.5'), code: 'D1009', at: [4, 25], says: '-1.5' },
  { what: 'a price of zero', content: spoilt(3, '0.0'), code: 'D1009', at: [4, 25], says: 'price 0' },
  { what: 'an endless price', content: spoilt(2, 'inf'), code: 'D1009', at: [4, 21], says: 'Infinity' },
  { what: 'a price past all doubles', content: spoilt(2, '1e999'), code: 'D1009', at: [4, 21], says: 'Infinity' },
  { what: 'an infinite volume', content: spoilt(5, 'Infinity'), code: 'D1010', at: [4, 33], says: 'Infinity' },
  { what: 'a negative volume', content: spoilt(5, '-3'), code: 'D1010', at: [4, 33], says: '-3' },
  { what: 'no volume', content: spoilt(5, 'NaN'), code: 'D1005', at: [4, 33], says: '`NaN`' },
  { what: 'a cut row', content: csv(rows(2)).slice(0, -12), code: 'D1013', at: [3], says: 'the header names 6' },
  { what: 'a comma in a number', content: spoilt(4, '1,102'), code: 'D1013', at: [4], says: 'has 7 fields' },
  {
    what: 'a truncated gzip file',
    content: whole.subarray(0, whole.length - 40),
    code: 'D1011',
    says: 'ends in the middle',
    name: 'x.csv.gz',
  },
  { what: 'a damaged gzip file', content: damaged, code: 'D1012', says: 'damaged', name: 'x.csv.gz' },
  {
    what: 'text named gzip',
    content: Buffer.from(csv(rows(3))),
    code: 'D1012',
    says: 'not gzip',
    name: 'x.csv.gz',
  },
  { what: 'a binary file', content: Uint8Array.of(80, 65, 82, 49, 0, 0, 10, 0), code: 'D1012', says: 'binary' },
  { what: 'a single row', content: csv(rows(1)), code: 'D1017', says: 'one row' },
  {
    what: 'trades instead of bars',
    content: csv(rows(50).map((row, i) => row.replace(/^\d+/, `${START + i * i * 37}`))),
    code: 'D1017',
    says: 'no common step',
  },
  { what: 'bars slower than the clock', content: csv(rows(5, DAY)), code: 'D1018', says: 'bars of 1d' },
  { what: 'bars that do not divide the clock', content: csv(rows(50, 7 * 60_000)), code: 'D1018', says: 'of 7m' },
  {
    what: 'a hole longer than allowed',
    content: csv([...rows(5), ...rows(5, HOUR, START + 4 * DAY)]),
    code: 'E0810',
    at: [7],
    says: 'nothing between 2024-01-01 05:00 UTC and 2024-01-05 00:00 UTC',
  },
];

describe('a file with', () => {
  test.each(BAD_FILES)('$what is $code', async ({ content, code, at = [], says, name = 'bars.csv' }) => {
    const file = folder().write(name, content);
    const error = await failure(() => load([file]));
    expect(error.code).toBe(code);
    expect(error.file).toBe(file);
    expect([error.line, error.column]).toEqual([at[0], at[1]]);
    expect(error.message).toContain(says);
    expect(error.help.length).toBeGreaterThan(10);
    expect(error.text).not.toMatch(/\bat .*\.ts:|undefined|\[object/);
  });
});

const SELECTIONS: readonly {
  readonly what: string;
  readonly make: (files: TestFolder) => string[];
  readonly code: string;
  readonly says: readonly string[];
}[] = [
  { what: 'a missing file', make: files => [`${files.path}/none.csv`], code: 'D1001', says: ['none.csv'] },
  { what: 'an empty folder', make: files => [files.path], code: 'D1002', says: ['holds no CSV'] },
  { what: 'a pattern without a match', make: files => [`${files.path}/*.csv`], code: 'D1002', says: ['*.csv'] },
  {
    what: 'two files that overlap and disagree',
    make: files => [
      files.write('first.csv', csv(rows(10))),
      files.write('second.csv', csv(rows(10, HOUR, START + 8 * HOUR))),
    ],
    code: 'D1014',
    says: ['first.csv:10', 'second.csv:2', '2024-01-01 08:00 UTC'],
  },
  {
    what: 'a folder with two markets',
    make: files => {
      files.write('binance-spot-BTCUSDT-1h.csv', csv(rows(10)));
      files.write('binance-spot-ETHUSDT-1h.csv', csv(rows(10)));
      return [files.path];
    },
    code: 'D1015',
    says: ['BTCUSDT', 'ETHUSDT', 'binance-spot-BTCUSDT-1h.csv', 'binance-spot-ETHUSDT-1h.csv'],
  },
  {
    what: 'one symbol of two venues',
    make: files => {
      files.write('binance-spot-BTCUSDT-1h.csv', csv(rows(10)));
      files.write('binance-usdm-BTCUSDT-1h.csv', csv(rows(10)));
      return [`${files.path}/*.csv`];
    },
    code: 'D1015',
    says: ['binance-spot', 'binance-usdm'],
  },
  {
    what: 'files of two intervals',
    make: files => [
      files.write('BTCUSDT-1h.csv', csv(rows(10))),
      files.write('BTCUSDT-1m.csv', csv(rows(10, 60_000, START + 20 * HOUR))),
    ],
    code: 'D1016',
    says: ['1h', '1m', 'BTCUSDT-1h.csv', 'BTCUSDT-1m.csv'],
  },
  {
    what: 'the data of another symbol',
    make: files => [`ETH/USDT=${files.write('bars.csv', csv(rows(5)))}`],
    code: 'D1020',
    says: ['ETH/USDT', 'BTC/USDT'],
  },
  { what: 'no data', make: () => [], code: 'D1024', says: ['BTC/USDT'] },
];

describe('a selection of', () => {
  test.each(SELECTIONS)('$what is $code', async ({ make, code, says }) => {
    const data = make(folder());
    const error = await failure(() => load(data));
    expect(error.code).toBe(code);
    for (const words of says) expect(error.message).toContain(words);
  });
});

test('a missing file is the fault of the machine, a wrong one of the data', async () => {
  const files = folder();
  expect((await failure(() => load([`${files.path}/none.csv`]))).environment).toBe(true);
  expect((await failure(() => load([files.write('empty.csv', '')]))).environment).toBe(false);
});

test('inputs that never exist together name their spans', async () => {
  const files = folder();
  const data = [files.write('bars.csv', csv(rows(10)))];
  const mark = [files.write('mark.csv', csv(rows(10, HOUR, START + DAY)))];
  const error = await failure(() => load(data, { mark }));
  expect(error.code).toBe('D1019');
  expect(error.message).toContain('candles 2024-01-01 00:00 UTC to 2024-01-01 10:00 UTC');
  expect(error.message).toContain('marks 2024-01-02 00:00 UTC to 2024-01-02 10:00 UTC');
});

test('marks slower than the bars are refused', async () => {
  const files = folder();
  const data = [files.write('bars.csv', csv(rows(50)))];
  const error = await failure(() => load(data, { mark: [files.write('mark.csv', csv(rows(6, 8 * HOUR)))] }));
  expect([error.code, error.message]).toEqual(['D1021', "mark bars of 8h cannot mark the strategy's bars of 1h"]);
});

test.each([
  ['six columns', rows(3), 'such as `timestamp,open,high,low,close,volume`'],
  ['more than are read', rows(3).map(row => `${row},7`), '`timestamp,open,high,low,close,volume,-` (`-` for what'],
  [
    'fewer than are needed',
    rows(3).map(row => row.replace(/,\d+$/, '')),
    'a file needs the columns `timestamp`, `open`',
  ],
])('numbers without a header, %s: the mend is a line that fits', async (_, lines, mend) => {
  const file = folder().write('bars.csv', `${lines.join('\n')}\n`);
  const { code, message, help } = await failure(() => load([file]));
  expect([code, message]).toEqual([
    'D1004',
    'the file has no header: its first line holds numbers, not the names of columns',
  ]);
  expect(help).toContain(mend);
});

test.each([
  [
    'the file of its market',
    ['binance-ETHUSDT-1h.csv', 'binance-BTCUSDT-1h.csv'],
    /--data [^']*\/binance-BTCUSDT-1h\.csv`$/,
  ],
  [
    'a pattern of its files',
    ['binance-ETHUSDT-1h.csv', 'binance-BTCUSDT-1h-2023.csv', 'binance-BTCUSDT-1h-2024.csv'],
    /--data '.*\/binance-BTCUSDT-1h-202\*'`$/,
  ],
  [
    'one file, where a pattern would match more',
    ['data-BTCUSDT.csv', 'data-ETHUSDT.csv', 'BTCUSDT-1h.csv'],
    /--data [^']*BTCUSDT[^']*\.csv`$/,
  ],
  [
    'no file of another market',
    ['binance-ETHUSDT-1h.csv', 'binance-SOLUSDT-1h.csv'],
    /^name the file of `BTC\/USDT`, or/,
  ],
])('a folder with two markets: the mend for BTC/USDT is %s', async (_, names, mend) => {
  const files = folder();
  for (const name of names) files.write(name, csv(rows(3)));
  const { code, help } = await failure(() => load([files.path]));
  expect(code).toBe('D1015');
  expect(help).toMatch(mend);
});

test('every code has a title, a reason and a mend', () => {
  for (const [code, words] of Object.entries(DATA_CODES)) {
    expect(code).toMatch(/^(D10\d\d|E0810)$/);
    expect(words.title.length).toBeGreaterThan(5);
    expect(words.why).toMatch(/\.$/);
  }
});
