import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvParser } from '../../../runtime/data/csv.ts';
import { BAR_COLUMNS, FUNDING_COLUMNS } from '../../../runtime/data/layout.ts';
import { csv, HEADER, HOUR, rows, START } from './support.ts';

const encoder = new TextEncoder();

function parse(content: string, cuts: readonly number[] = [], columns = BAR_COLUMNS): number[][] {
  const bytes = encoder.encode(content);
  const parser = new CsvParser('bars.csv', columns);
  let from = 0;
  for (const cut of [...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    parser.push(bytes.slice(from, cut));
    from = cut;
  }
  const table = parser.finish();
  return Array.from({ length: table.rows }, (_, row) => columns.map((_, column) => table.columns.at(column, row)));
}

/** A line as Binance's archives have it, without a header. */
const kline = (row: string, unit: 'ms' | 'us' = 'ms'): string => {
  const [time = '', ...bar] = row.split(',');
  const stamp = (ms: number) => (unit === 'ms' ? `${ms}` : `${ms}000`);
  const closes = `${BigInt(stamp(Number(time) + HOUR)) - 1n}`;
  return [stamp(Number(time)), ...bar, closes, '1234.5', '17', '3.2', '320.1', '0'].join(',');
};
const klines = (unit?: 'ms' | 'us') =>
  `${rows(2)
    .map(row => kline(row, unit))
    .join('\n')}\n`;

const FIRST_TWO = [
  [START, 99.5, 101, 99, 100, 10],
  [START + HOUR, 100.5, 102, 100, 101, 11],
];

describe('rows', () => {
  test('are read in the order of the header', () => {
    expect(parse(csv(rows(2)))).toEqual(FIRST_TWO);
  });

  test.each([
    ['line ends of Windows', csv(rows(2)).replaceAll('\n', '\r\n')],
    ['no line end at the end', csv(rows(2)).trimEnd()],
    ['blank lines', `\n${csv(rows(2)).replaceAll('\n', '\n\n')}`],
    ['a byte order mark', `\uFEFF${csv(rows(2))}`],
    ['semicolons', csv(rows(2)).replaceAll(',', ';')],
    ['tabs', csv(rows(2)).replaceAll(',', '\t')],
    ['quoted fields', csv(rows(2)).replaceAll(/[^,\n]+/g, '"$&"')],
    ['other names and capitals', csv(rows(2), 'Open Time,OPEN,High,low,Close Price,Volume')],
    [
      'an index column before',
      csv(
        rows(2).map((row, i) => `${i},${row}`),
        `,${HEADER}`,
      ),
    ],
    [
      'columns after',
      csv(
        rows(2).map(row => `${row},17,"a, b",x`),
        `${HEADER},trades,note,ignore`,
      ),
    ],
    ["Binance's klines, in milliseconds and without a header", klines()],
    ["Binance's klines, in microseconds", klines('us')],
    ["Binance's klines behind blank lines, with line ends of Windows", `\n\n${klines()}`.replaceAll('\n', '\r\n')],
    [
      "Binance's klines with a header",
      `open_time,open,high,low,close,volume,close_time,quote_volume,count,tbv,tbq,ignore\n${klines()}`,
    ],
    ['seconds', csv(rows(2).map(row => row.replace('000,', ',')))],
    ['microseconds', csv(rows(2).map(row => row.replace('000,', '000000,')))],
    ['ISO dates', csv(rows(2).map(row => row.replace(/^\d+/, stamp => new Date(Number(stamp)).toISOString())))],
    ['ISO with a zone', csv([`2024-01-01 02:00:00+02:00${FIRST}`, `2024-01-01T01:00${SECOND}`])],
  ])('%s make no difference', (_, content) => {
    expect(parse(content)).toEqual(FIRST_TWO);
  });

  test('equal to the one before are dropped', () => {
    const [first = '', second = ''] = rows(2);
    expect(parse(csv([first, first, second, second]))).toEqual(FIRST_TWO);
  });

  test('of funding hold a stamp and a rate, also below zero', () => {
    const content = csv([`${START},0.0001`, `${START + 8 * HOUR},-1.5e-05`], 'timestamp,funding_rate');
    expect(parse(content, [], FUNDING_COLUMNS)).toEqual([
      [START, 0.0001],
      [START + 8 * HOUR, -0.000015],
    ]);
  });

  test('come out the same whatever the chunks', () => {
    const content = csv(rows(40)).replaceAll('\n', '\r\n');
    const whole = parse(content);
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 30 }), cuts => {
        expect(parse(content, cuts)).toEqual(whole);
      }),
    );
  });
});

const FIRST = ',99.5,101,99,100,10';
const SECOND = ',100.5,102,100,101,11';

test('a number is exactly what its text says, however it is written', () => {
  const text = fc.oneof(
    fc.double({ min: 1e-12, max: 1e15, noNaN: true }).map(String),
    fc.double({ min: 1e-12, max: 1e15, noNaN: true }).map(value => value.toExponential()),
    fc.tuple(fc.nat(1e9), fc.stringMatching(/^\d{1,25}$/)).map(([whole, digits]) => `${whole + 1}.${digits}`),
  );
  fc.assert(
    fc.property(text, number => {
      const [row = []] = parse(csv([`${START},1,1,1,1,${number}`]));
      expect(row[5]).toBe(Number(number));
    }),
    { numRuns: 2000 },
  );
});

test('every row knows its line, blank lines included', () => {
  const parser = new CsvParser('bars.csv', BAR_COLUMNS);
  const [a, b, c, d] = rows(4);
  parser.push(encoder.encode(`\n${HEADER}\n${a}\n\n\n${b}\n${b}\n${c}\n${d}`));
  const table = parser.finish();
  expect([0, 1, 2, 3].map(table.lineOf)).toEqual([3, 6, 8, 9]);
  expect(table.duplicates).toBe(1);
});

test('without a header the first line is the first row', () => {
  const parser = new CsvParser('BTCUSDT-1h-2024-01.csv', BAR_COLUMNS);
  parser.push(encoder.encode(klines()));
  const table = parser.finish();
  expect([0, 1].map(table.lineOf)).toEqual([1, 2]);
});

describe('what is only nearly a line of klines is not read as one', () => {
  const [line = ''] = klines().split('\n');
  const spoilt = (field: number, value: string) => line.split(',').with(field, value).join(',');
  test.each([
    ['a bar that does not end on a full second', spoilt(6, `${START + HOUR - 2}`)],
    ['a bar that ends before it opens', spoilt(6, `${START - 1}`)],
    ['a low above the open', spoilt(3, '99.8')],
    ['half a trade', spoilt(8, '16.5')],
    ['stamps in seconds', spoilt(0, `${START / 1000}`)],
    ['another number of columns', `${line},0`],
  ])('%s', (_, text) => {
    expect(() => parse(`${text}\n`)).toThrow('the file has no header');
  });
});
