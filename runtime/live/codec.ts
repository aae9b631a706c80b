/**
 * Plain data as text and back, bit for bit: JSON with words for the numbers that it lacks, and for columns of doubles.
 * What is journaled is replayed, so nothing may be lost on the way.
 */

const WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

/** Mark a value that JSON has no form for; no key of ours begins so. */
const MARK = '"$';
const NUMBER = '$n';
const COLUMN = '$f64';
const BYTES = '$u8';

function wordOf(value: number): string | undefined {
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  return Object.is(value, -0) ? '-0' : undefined;
}

export function encode(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'number') {
      const word = wordOf(item);
      return word === undefined ? item : { [NUMBER]: word };
    }
    if (item instanceof Float64Array) return { [COLUMN]: Array.from(item) };
    if (item instanceof Uint8Array) return { [BYTES]: Array.from(item) };
    return item;
  });
}

/** The caller knows what it wrote. Most rows of a journal are bars, which need no word: those are read several times faster. */
export function decode<T>(text: string): T {
  if (!text.includes(MARK)) return JSON.parse(text);
  return JSON.parse(text, (_, item: unknown) => {
    if (typeof item !== 'object' || item === null) return item;
    if (NUMBER in item && typeof item[NUMBER] === 'string') return WORDS[item[NUMBER]];
    if (COLUMN in item && Array.isArray(item[COLUMN])) return Float64Array.from(item[COLUMN]);
    if (BYTES in item && Array.isArray(item[BYTES])) return Uint8Array.from(item[BYTES]);
    return item;
  });
}
