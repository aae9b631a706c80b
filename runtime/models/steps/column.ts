/**
 * One column: what is fitted on its training values, and how it is applied. Everything is f64 up to the float32 edge,
 * where a value is rounded once; a value that is not finite is absent.
 */
import type { FittedSteps } from '../../../language/check/model.ts';
import { percentile, sumOf } from '../../statistics/moments.ts';
import type { ColumnCause, ColumnStep } from './types.ts';

/** Interquartile range of a normal distribution whose deviation is 1: so that robust deviations are deviations. */
const NORMAL_QUARTILES = 1.3489795003921634;

/** Fits a column on its training values (NaN and ±inf are absent), or says why it leaves. */
export function fitColumn(column: number, values: Float64Array, recipe: FittedSteps): ColumnStep | ColumnCause {
  const present = values.filter(Number.isFinite);
  if (present.length === 0) return 'all absent';
  const told = recipe.impute === 'none' && recipe.scale === 'none' && present.length < values.length;
  // A constant tells something only where it can be absent, to a model that sees that it is.
  if (isConstant(present) && !told) return 'constant';
  const [centre, spread] = CENTRES[recipe.scale === 'robust' ? 'robust' : 'standard'](present);
  if (!(spread > 0 && spread < Number.POSITIVE_INFINITY) && !told) return 'constant';
  return {
    column,
    ...(recipe.impute === 'median' && { fill: percentile(present, 0.5) }),
    ...(recipe.clip !== undefined && { low: centre - recipe.clip * spread, high: centre + recipe.clip * spread }),
    ...(recipe.scale === 'none' ? { centre: 0, spread: 1 } : { centre, spread }),
  };
}

function isConstant(present: Float64Array): boolean {
  const first = Math.fround(present[0]);
  return present.every(value => Math.fround(value) === first);
}

const CENTRES = {
  /** Mean, and the deviation that divides by n (as scikit-learn's StandardScaler). */
  standard: (present: Float64Array): readonly [number, number] => {
    const mean = sumOf(present, x => x) / present.length;
    return [mean, deviationAbout(present, mean)];
  },
  /** Median, and the interquartile range of a deviation of 1; where the quartiles meet, the deviation. */
  robust: (present: Float64Array): readonly [number, number] => {
    const quartiles = percentile(present, 0.75) - percentile(present, 0.25);
    const median = percentile(present, 0.5);
    return [median, quartiles > 0 ? quartiles / NORMAL_QUARTILES : deviationAbout(present, median)];
  },
} as const;

function deviationAbout(present: Float64Array, centre: number): number {
  return Math.sqrt(sumOf(present, x => (x - centre) ** 2) / present.length);
}

/** Fill, cut, scale, then the edge. The result is a float32 number, never −0 and never infinite; NaN is absent. */
export function applyColumn(step: ColumnStep, value: number): number {
  let x = Number.isFinite(value) ? value : (step.fill ?? Number.NaN);
  if (step.low !== undefined && x < step.low) x = step.low;
  if (step.high !== undefined && x > step.high) x = step.high;
  return toFloat32((x - step.centre) / step.spread);
}

/** The float32 edge: ties to even, −0 → 0, ±inf (also of a number too large for float32) → absent. */
export function toFloat32(value: number): number {
  const rounded = Math.fround(value);
  return Number.isFinite(rounded) ? rounded + 0 : Number.NaN;
}
