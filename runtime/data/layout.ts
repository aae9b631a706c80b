/**
 * The two row layouts that are read: bars (also marks) and funding; which header names mean which column, and what a value
 * may be. A header is matched by name, in any order and any case; what is not named here is ignored. One layout is read
 * without a header, since its venue publishes years of it: Binance's klines.
 */
import { dataError } from './errors.ts';
import { unitOf } from './stamps.ts';

export type ValueRule = 'stamp' | 'price' | 'volume' | 'rate';

export interface ColumnSpec {
  readonly name: string;
  /** Lower case, letters and digits only; the first that the header has is taken. */
  readonly aliases: readonly string[];
  readonly rule: ValueRule;
  /** Filled with zero where the header lacks it. */
  readonly optional?: true;
}

const STAMP: ColumnSpec = {
  name: 'timestamp',
  aliases: [
    'timestamp',
    'opentime',
    'datetime',
    'date',
    'time',
    'ts',
    'unix',
    'opentimestamp',
    'fundingtime',
    'calctime',
  ],
  rule: 'stamp',
};
const PRICES: readonly ColumnSpec[] = [
  { name: 'open', aliases: ['open', 'o', 'openprice'], rule: 'price' },
  { name: 'high', aliases: ['high', 'h', 'highprice'], rule: 'price' },
  { name: 'low', aliases: ['low', 'l', 'lowprice'], rule: 'price' },
  { name: 'close', aliases: ['close', 'c', 'closeprice'], rule: 'price' },
];
const VOLUME: ColumnSpec = { name: 'volume', aliases: ['volume', 'vol', 'v', 'basevolume'], rule: 'volume' };

export const BAR_COLUMNS: readonly ColumnSpec[] = [STAMP, ...PRICES, VOLUME];
/** A mark has no volume of its own. */
export const MARK_COLUMNS: readonly ColumnSpec[] = [STAMP, ...PRICES, { ...VOLUME, optional: true }];
export const FUNDING_COLUMNS: readonly ColumnSpec[] = [
  STAMP,
  { name: 'funding_rate', aliases: ['fundingrate', 'rate', 'funding', 'lastfundingrate'], rule: 'rate' },
];

export interface HeaderMap {
  /** The first line is a row already. */
  readonly isRow: boolean;
  readonly separator: number;
  readonly width: number;
  /** For each field of a row the column it fills, -1 for one that is ignored. */
  readonly columnOf: Int32Array;
}

/** Columns that a message lists. */
const MOST_NAMED = 12;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const TAB = 0x09;

/** Reads the first line of a file. Throws a `DataError` when a needed column is missing or named twice. */
export function readHeader(line: string, columns: readonly ColumnSpec[], file: string): HeaderMap {
  const separator = [COMMA, SEMICOLON, TAB].find(code => line.includes(String.fromCharCode(code))) ?? COMMA;
  const found = line.split(String.fromCharCode(separator)).map(name => name.trim().replace(/^"(.*)"$/, '$1'));
  if (found.every(isNumber)) return withoutHeader(found, separator, columns, file);
  const keys = found.map(name => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const columnOf = new Int32Array(found.length).fill(-1);
  const missing: string[] = [];
  columns.forEach((column, index) => {
    const alias = column.aliases.find(name => keys.includes(name));
    if (alias === undefined) {
      if (column.optional !== true) missing.push(column.name);
      return;
    }
    const field = keys.indexOf(alias);
    if (keys.lastIndexOf(alias) !== field)
      throw dataError('D1004', { missing: [], found, twice: found[field] ?? alias }, { file, line: 1 });
    columnOf[field] = index;
  });
  if (missing.length > 0) throw dataError('D1004', { missing, found: found.slice(0, MOST_NAMED) }, { file, line: 1 });
  return { isRow: false, separator, width: found.length, columnOf };
}

const isNumber = (text: string): boolean => /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text);

function withoutHeader(
  found: readonly string[],
  separator: number,
  columns: readonly ColumnSpec[],
  file: string,
): HeaderMap {
  if (columns !== FUNDING_COLUMNS && isKline(found.map(Number))) {
    const columnOf = Int32Array.from(found, (_, field) => (field < columns.length ? field : -1));
    return { isRow: true, separator, width: found.length, columnOf };
  }
  const names = columns.filter(({ optional }, field) => optional !== true || field < found.length);
  const facts = {
    missing: names.map(({ name }) => name),
    found: found.slice(0, MOST_NAMED),
    headerless: true,
  } as const;
  throw dataError('D1004', facts, { file, line: 1 });
}

const KLINE_FIELDS = 12;

/**
 * Open time, open, high, low, close, volume, close time, quote volume, trades, taker volumes, and one that is not used. Told
 * by what only that order gives: a bar that closes one count before the next full second after it opens, within its prices.
 */
function isKline(fields: readonly number[]): boolean {
  const [openTime = 0, open = 0, high = 0, low = 0, close = 0, volume = 0, closeTime = 0, , trades = 0] = fields;
  const unit = unitOf(openTime);
  if (fields.length !== KLINE_FIELDS || (unit !== 'ms' && unit !== 'us')) return false;
  const lasts = closeTime + 1 - openTime;
  const isWhole = lasts > 0 && lasts % (unit === 'ms' ? 1000 : 1_000_000) === 0;
  const isBar = low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close);
  return isWhole && isBar && volume >= 0 && Number.isInteger(trades) && trades >= 0;
}
