/**
 * Weights of the rows of a training part: the product of its factors, scaled to mean 1. Where nothing is stated, labels
 * that overlap weigh by their uniqueness, and for ranking each tick weighs one.
 */
import pow from '@stdlib/math-base-special-pow';
import type { RowPlaces } from '../splits/fold.ts';
import type { Factor, RowWeights } from './types.ts';
import { uniqueness } from './uniqueness.ts';

/**
 * Weights of `rows` (ascending). The arrays of the factors have one entry a row of the data set, but only the entries of
 * `rows` are read. Throws a RangeError where a value factor is absent, infinite or negative, or where all weights are 0.
 */
export function rowWeights(places: RowPlaces, rows: Int32Array, factors: readonly Factor[]): RowWeights {
  const product = new Float64Array(rows.length).fill(1);
  for (const factor of factors) {
    const values = factorOf(places, rows, factor);
    for (let i = 0; i < product.length; i++) product[i] *= values[i];
  }
  const values = scaledToMeanOne(product);
  return { values, effectiveRows: effectiveRows(values) };
}

function factorOf(places: RowPlaces, rows: Int32Array, factor: Factor): Float64Array {
  switch (factor.kind) {
    case 'uniqueness':
      return uniqueness(places, rows, factor.end);
    case 'decay':
      return Float64Array.from(rows, row => decay(factor.atMs - factor.timeMs[row], factor.halfLifeMs));
    case 'value':
      return Float64Array.from(rows, row => {
        const value = factor.values[row];
        if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
          throw new RangeError(`a weight of ${value} at row ${row}: weights are numbers from 0`);
        return value;
      });
    case 'tick':
      return oneATick(places, rows);
  }
}

/** ½^(age / half-life). */
export function decay(ageMs: number, halfLifeMs: number): number {
  return pow(0.5, ageMs / halfLifeMs);
}

/** 1 / rows of the same tick. */
function oneATick(places: RowPlaces, rows: Int32Array): Float64Array {
  const values = new Float64Array(rows.length);
  let first = 0;
  for (const size of tickGroups(places, rows)) {
    values.fill(1 / size, first, first + size);
    first += size;
  }
  return values;
}

/** Rows of each tick among these, in their order: the groups of a ranking. */
export function tickGroups(places: RowPlaces, rows: Int32Array): Int32Array {
  const sizes: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (i > 0 && places.tick[rows[i]] === places.tick[rows[i - 1]]) sizes[sizes.length - 1]++;
    else sizes.push(1);
  }
  return Int32Array.from(sizes);
}

/** Divides by the mean, as exactly as one rounding a weight allows. */
export function scaledToMeanOne(values: Float64Array): Float64Array {
  if (values.length === 0) return values;
  const sum = values.reduce((a, b) => a + b, 0);
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) throw new RangeError(`the weights sum to ${sum}: none is above 0`);
  const scale = values.length / sum;
  return values.map(value => value * scale);
}

/** (Σ w)² / Σ w². Source: L. Kish, Survey Sampling (1965), section 11.7. */
export function effectiveRows(weights: Float64Array): number {
  const sum = weights.reduce((a, b) => a + b, 0);
  const squares = weights.reduce((a, b) => a + b * b, 0);
  return squares === 0 ? 0 : (sum * sum) / squares;
}
