/**
 * CSV rows to columns, from bytes, without a string for a row or a field. A number of up to 15 significant digits is its
 * digits as an integer over a power of ten, which is exactly what `Number(text)` gives; anything else goes the slow way
 * through text. Every value is checked against its column's rule on the way in, so what comes out can be computed with.
 */
import { ColumnBuffer } from './column-buffer.ts';
import { type DataPlace, dataError } from './errors.ts';
import { type ColumnSpec, type HeaderMap, readHeader, type ValueRule } from './layout.ts';
import { countMs, EARLIEST_MS, isoMs, LATEST_MS, plainIsoMs, type StampUnit, unitOf } from './stamps.ts';

export interface CsvTable {
  /** One a `ColumnSpec`, the first is the stamps in epoch milliseconds, rising. */
  readonly columns: ColumnBuffer;
  readonly rows: number;
  /** Rows equal to the one before, dropped. */
  readonly duplicates: number;
  /** Line, from 1, of a row. */
  readonly lineOf: (row: number) => number;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const POINT = 0x2e;
const QUOTE = 0x22;
const SPACE = 0x20;
/** What has no line end for so long is no table. */
const LONGEST_LINE_BYTES = 1 << 20;
const EXACT = Number.MAX_SAFE_INTEGER;
/** Powers of ten that a double holds exactly. */
const POWER_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const NUMBER_TEXT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITY_TEXT = /^[+-]?inf(inity)?$/i;

/** Takes a file's content in chunks of any size and gives its columns. */
export class CsvParser {
  readonly #file: string;
  readonly #specs: readonly ColumnSpec[];
  readonly #rules: readonly ValueRule[];
  readonly #columns: ColumnBuffer;
  readonly #row: Float64Array;
  readonly #last: Float64Array;
  readonly #decoder = new TextDecoder();
  #header: HeaderMap | undefined;
  #unit: StampUnit | undefined;
  /** The start of a line whose end is in a chunk to come. */
  #carry: Uint8Array = new Uint8Array(0);
  #line = 0;
  #lastLine = 0;
  #duplicates = 0;
  /** Where lines were left out: (row, lines before it that are no rows). */
  readonly #skipped: { readonly row: number; readonly lines: number }[] = [];

  constructor(file: string, specs: readonly ColumnSpec[]) {
    this.#file = file;
    this.#specs = specs;
    this.#rules = specs.map(spec => spec.rule);
    this.#columns = new ColumnBuffer(specs.length);
    this.#row = new Float64Array(specs.length);
    this.#last = new Float64Array(specs.length).fill(Number.NaN);
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#carry.length > 0) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) {
        this.#carry = joined(this.#carry, chunk);
        if (this.#carry.length > LONGEST_LINE_BYTES)
          throw dataError('D1012', { reason: 'binary' }, { file: this.#file });
        return;
      }
      this.#lines(joined(this.#carry, chunk.subarray(0, end + 1)), 0);
      start = end + 1;
    }
    const rest = this.#lines(chunk, start);
    this.#carry = chunk.slice(rest);
  }

  finish(): CsvTable {
    if (this.#carry.length > 0) this.#lines(joined(this.#carry, Uint8Array.of(NEWLINE)), 0);
    const rows = this.#columns.length;
    if (rows === 0) throw dataError('D1003', { onlyHeader: this.#header !== undefined }, { file: this.#file });
    const skipped = this.#skipped;
    const rowsOfSkipped = skipped.map(entry => entry.row);
    return {
      columns: this.#columns,
      rows,
      duplicates: this.#duplicates,
      lineOf: row => row + 1 + (skipped[lastAtMost(rowsOfSkipped, row)]?.lines ?? 0),
    };
  }

  /** Parses the whole lines of `bytes` from `start`; gives the offset of the unfinished rest. */
  #lines(bytes: Uint8Array, start: number): number {
    const last = bytes.lastIndexOf(NEWLINE);
    let at = start;
    while (at <= last) {
      this.#line++;
      if (this.#header === undefined) {
        const end = bytes.indexOf(NEWLINE, at);
        const header = this.#readHeader(bytes.subarray(at, end));
        at = header?.isRow === true ? this.#readRow(bytes, at, header) : end + 1;
      } else if (bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] === NEWLINE)) {
        at += bytes[at] === NEWLINE ? 1 : 2;
      } else at = this.#readRow(bytes, at, this.#header);
    }
    return at;
  }

  #readHeader(bytes: Uint8Array): HeaderMap | undefined {
    const [first, second] = bytes;
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    if (isUtf16) throw dataError('D1012', { reason: 'UTF-16' }, { file: this.#file });
    if (bytes.includes(0)) throw dataError('D1012', { reason: 'binary' }, { file: this.#file });
    const line = this.#decoder.decode(bytes).trim();
    if (line === '') return undefined;
    this.#header = readHeader(line, this.#specs, this.#file);
    return this.#header;
  }

  /** One row from `at` to its newline; gives the offset after it. */
  #readRow(bytes: Uint8Array, rowStart: number, header: HeaderMap): number {
    const { separator, width, columnOf } = header;
    const row = this.#row;
    let at = rowStart;
    let field = 0;
    for (;;) {
      const start = at;
      const column = field < width ? (columnOf[field] ?? -1) : -1;
      let value = Number.NaN;
      if (column >= 0) {
        // Digits, a point, digits: the form of nearly every field.
        let mantissa = 0;
        let digit = (bytes[at] ?? 0) - 48;
        while (digit >= 0 && digit <= 9) {
          mantissa = mantissa * 10 + digit;
          digit = (bytes[++at] ?? 0) - 48;
        }
        let decimals = 0;
        if (bytes[at] === POINT) {
          const point = at++;
          digit = (bytes[at] ?? 0) - 48;
          while (digit >= 0 && digit <= 9) {
            mantissa = mantissa * 10 + digit;
            digit = (bytes[++at] ?? 0) - 48;
          }
          decimals = at - point - 1;
        }
        const code = bytes[at];
        const plain = code === separator || code === NEWLINE || code === RETURN;
        if (plain && at > start && mantissa <= EXACT && decimals <= 22 && bytes[start] !== POINT)
          value = decimals === 0 ? mantissa : mantissa / (POWER_OF_TEN[decimals] ?? 1);
        else at = fieldEnd(bytes, start, separator);
        row[column] = this.#value(value, column, bytes, start, at, rowStart);
      } else at = fieldEnd(bytes, start, separator);
      field++;
      if (bytes[at] === RETURN && bytes[at + 1] === NEWLINE) at++;
      if (bytes[at] === NEWLINE) break;
      at++;
    }
    if (field !== width)
      throw dataError('D1013', { expected: width, found: field }, { file: this.#file, line: this.#line });
    this.#keep();
    return at + 1;
  }

  /** Adds the row, unless it repeats the one before. */
  #keep(): void {
    const [row, last] = [this.#row, this.#last];
    const time = row[0] ?? Number.NaN;
    const previous = last[0] ?? Number.NaN;
    if (time <= previous) {
      const place = { file: this.#file, line: this.#line };
      if (time < previous) throw dataError('D1007', { timeMs: time, previousMs: previous }, place);
      if (row.some((value, column) => value !== last[column]))
        throw dataError('D1008', { timeMs: time, firstLine: this.#lastLine }, place);
      this.#duplicates++;
      return;
    }
    const rows = this.#columns.length;
    const skippedLines = this.#line - rows - 1;
    if (skippedLines !== (this.#skipped.at(-1)?.lines ?? 0)) this.#skipped.push({ row: rows, lines: skippedLines });
    this.#columns.push(row);
    last.set(row);
    this.#lastLine = this.#line;
  }

  /** The field as its column needs it. `plain` is its number, NaN when the field is more than digits and a point. */
  #value(plain: number, column: number, bytes: Uint8Array, start: number, end: number, rowStart: number): number {
    const rule = this.#rules[column];
    if (rule === 'stamp') {
      const unit = this.#unit;
      const quick = unit === 'ms' ? Math.floor(plain) : unit === 'iso' ? plainIsoMs(bytes, start, end) : Number.NaN;
      if (quick >= EARLIEST_MS && quick < LATEST_MS) return quick;
      return this.#stamp(this.#text(bytes, start, end), this.#place(start, rowStart));
    }
    if (rule === 'price' && plain > 0) return plain;
    if (rule === 'volume' && plain >= 0) return plain;
    return this.#number(this.#text(bytes, start, end), column, this.#place(start, rowStart));
  }

  #stamp(text: string, place: DataPlace): number {
    if (!NUMBER_TEXT.test(text)) {
      const time = isoMs(text);
      if (Number.isNaN(time)) throw dataError('D1006', { text, why: 'unreadable' }, place);
      this.#unit ??= 'iso';
      if (this.#unit !== 'iso') throw dataError('D1006', { text, why: 'unit' }, place);
      if (time < EARLIEST_MS || time >= LATEST_MS) throw dataError('D1006', { text, why: 'out of range' }, place);
      return time;
    }
    const count = Number(text);
    const unit = unitOf(count);
    if (unit === undefined) throw dataError('D1006', { text, why: 'out of range' }, place);
    this.#unit ??= unit;
    if (this.#unit !== unit) throw dataError('D1006', { text, why: 'unit' }, place);
    return countMs(count, unit);
  }

  /** The long way: signs, exponents, quotes, and everything that is wrong. */
  #number(text: string, column: number, place: DataPlace): number {
    const name = this.#specs[column]?.name ?? '';
    if (!NUMBER_TEXT.test(text) && !INFINITY_TEXT.test(text)) throw dataError('D1005', { name, text }, place);
    const value = INFINITY_TEXT.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
    switch (this.#rules[column]) {
      case 'price':
        if (value > 0 && value < Infinity) return value;
        throw dataError('D1009', { name, value }, place);
      case 'rate':
        if (value > -1 && value < 1) return value;
        break;
      default:
        if (value >= 0 && value < Infinity) return value === 0 ? 0 : value;
    }
    throw dataError('D1010', { name, value }, place);
  }

  #text(bytes: Uint8Array, start: number, end: number): string {
    const text = this.#decoder.decode(bytes.subarray(start, Math.min(end, start + 60))).trim();
    return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
  }

  #place(start: number, rowStart: number): DataPlace {
    return { file: this.#file, line: this.#line, column: start - rowStart + 1 };
  }
}

/** Offset of the separator or line end after the field; a separator between quotes is part of the field. */
function fieldEnd(bytes: Uint8Array, start: number, separator: number): number {
  let at = start;
  while (bytes[at] === SPACE) at++;
  if (bytes[at] === QUOTE) {
    at++;
    while (bytes[at] !== QUOTE && bytes[at] !== NEWLINE) at++;
  }
  while (bytes[at] !== separator && bytes[at] !== NEWLINE && !(bytes[at] === RETURN && bytes[at + 1] === NEWLINE)) at++;
  return at;
}

/** Index of the last of rising numbers that is at most `limit`; -1 where none is. */
export function lastAtMost(rising: readonly number[], limit: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
