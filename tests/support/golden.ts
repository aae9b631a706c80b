/** Reads the reference outputs of ../shared/golden: Tulip's test vectors and pandas-ta-classic's frozen values. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { BarColumns } from '../../runtime/data/series.ts';
import { sharedPath } from './shared.ts';

export interface TulipVector {
  readonly name: string;
  readonly options: readonly number[];
  /** Input arrays, then output arrays. */
  readonly arrays: readonly (readonly number[])[];
}

/** Blocks of `name options`, then one `{a,b,…}` line an array. */
export function tulipVectors(file: 'atoz' | 'extra'): readonly TulipVector[] {
  const vectors: TulipVector[] = [];
  let open: { name: string; options: number[]; arrays: number[][] } | undefined;
  for (const raw of readFileSync(sharedPath(`golden/tulip/${file}.txt`), 'utf8').split('\n')) {
    const text = raw.trim();
    if (text === '' || text.startsWith('#')) continue;
    if (text.startsWith('{')) {
      open?.arrays.push(
        text
          .replace(/[{}]/g, '')
          .split(',')
          .filter(part => part.trim() !== '')
          .map(Number),
      );
      continue;
    }
    const [name, ...options] = text.split(/\s+/);
    open = { name, options: options.map(Number), arrays: [] };
    vectors.push(open);
  }
  return vectors;
}

export interface FrozenValue {
  readonly last: number;
  readonly defined: number;
}

/** Last value and count of defined values, by column name of each indicator call. */
export function pandasFrozen(): ReadonlyMap<string, FrozenValue> {
  const json: Record<string, Record<string, { last_value: number; non_nan_count: number }>> = JSON.parse(
    readFileSync(sharedPath('golden/pandas-ta-classic/expected_values.json'), 'utf8'),
  );
  const frozen = new Map<string, FrozenValue>();
  for (const [call, columns] of Object.entries(json)) {
    for (const [column, value] of Object.entries(columns)) {
      frozen.set(`${call}.${column}`, { last: value.last_value, defined: value.non_nan_count });
    }
  }
  return frozen;
}

/** Last 2 100 values of Tulip's outputs on the SPY bars. */
export function tulipOnSpy(): Readonly<Record<string, readonly number[]>> {
  const text = gunzipSync(readFileSync(sharedPath('golden/pandas-ta-classic/tulipy_oracle.json.gz'))).toString('utf8');
  return JSON.parse(text).arrays;
}

/** 5 241 daily bars: the input of both. */
export function spyBars(): BarColumns & { readonly length: number } {
  const rows = gunzipSync(readFileSync(sharedPath('golden/pandas-ta-classic/SPY_D.csv.gz')))
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map(row => row.split(','));
  const column = (index: number) => Float64Array.from(rows, row => Number(row[index]));
  return {
    open: column(2),
    high: column(3),
    low: column(4),
    close: column(5),
    volume: column(6),
    length: rows.length,
  };
}
