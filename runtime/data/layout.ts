/**
 * The two row layouts that are read: bars (also marks) and funding; which header names mean which column, and what a value
 * may be. A header is matched by name, in any order and any case; what is not named here is ignored.
 */
import { dataError } from './errors.ts';

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
  readonly separator: number;
  readonly width: number;
  /** For each field of a row the column it fills, -1 for one that is ignored. */
  readonly columnOf: Int32Array;
}

const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const TAB = 0x09;

/** Reads the first line of a file. Throws a `DataError` when a needed column is missing or named twice. */
export function readHeader(line: string, columns: readonly ColumnSpec[], file: string): HeaderMap {
  const separator = [COMMA, SEMICOLON, TAB].find(code => line.includes(String.fromCharCode(code))) ?? COMMA;
  const found = line.split(String.fromCharCode(separator)).map(name => name.trim().replace(/^"(.*)"$/, '$1'));
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
  if (missing.length > 0) throw dataError('D1004', { missing, found: found.slice(0, 12) }, { file, line: 1 });
  return { separator, width: found.length, columnOf };
}
