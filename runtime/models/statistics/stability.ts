/**
 * Population stability: how far values have moved from those of a training part. Bins are the deciles of that part and one
 * bin for absent; the index is Σ (now − then) · ln(now / then) over the shares of the bins, each at least 1e-4. Under 0.1
 * is taken for unmoved, over 0.25 for another population.
 *
 * Source: N. Siddiqi, Credit Risk Scorecards (2006), chapter 9.
 */
import log from '@stdlib/math-base-special-ln';
import { percentile } from '../../statistics/moments.ts';

/** Deciles of one column, constants of a version. */
export interface Baseline {
  /** Float32, ascending, without repeats; a value left of a cut is `x < cut`. */
  readonly cuts: readonly number[];
  /** Of the training part: one share a bin, that of absent values last. They sum to 1. */
  readonly shares: readonly number[];
}

const FLOOR = 1e-4;
const TENTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Deciles and shares of the values of a training part, as a model sees them; NaN is absent. */
export function baselineOf(values: Float32Array | Float64Array): Baseline {
  const present = Float64Array.from(values.filter(value => !Number.isNaN(value))).sort();
  const cuts = present.length === 0 ? [] : TENTHS.map(tenth => Math.fround(percentile(present, tenth / 10)));
  const distinct = cuts.filter((cut, i) => i === 0 || cut !== cuts[i - 1]);
  return { cuts: distinct, shares: sharesOf(countsOf(distinct, values)) };
}

/** The index between two sets of shares of the same bins. */
export function stabilityIndex(then: readonly number[], now: readonly number[]): number {
  return then.reduce((sum, share, bin) => {
    const [before, after] = [Math.max(share, FLOOR), Math.max(now[bin] ?? 0, FLOOR)];
    return sum + (after - before) * log(after / before);
  }, 0);
}

/** The index of a column against its baseline; NaN without rows. */
export function stabilityOf(baseline: Baseline, values: Float32Array | Float64Array): number {
  return values.length === 0 ? Number.NaN : stabilityIndex(baseline.shares, sharesOf(countsOf(baseline.cuts, values)));
}

/** Bin of a value: how many cuts are at or under it; behind them all the bin of absent values. */
export function binOf(cuts: readonly number[], value: number): number {
  if (Number.isNaN(value)) return cuts.length + 1;
  let bin = 0;
  while (bin < cuts.length && value >= cuts[bin]) bin++;
  return bin;
}

function countsOf(cuts: readonly number[], values: Float32Array | Float64Array): Float64Array {
  const counts = new Float64Array(cuts.length + 2);
  for (const value of values) counts[binOf(cuts, value)]++;
  return counts;
}

export function sharesOf(counts: Float64Array): readonly number[] {
  const total = counts.reduce((a, b) => a + b, 0);
  return Array.from(counts, count => (total === 0 ? 0 : count / total));
}
