/**
 * How much a bar can cost, from what bars did: historical value at risk and expected shortfall, and how returns go together.
 * Quantiles are numpy's default (linear between neighbours), correlation is Pearson's.
 */
import { mean, percentile } from './moments.ts';

/** As positive losses, in the unit of the returns. */
export interface Tail {
  /** Loss that is exceeded in a share `1 − level` of the bars. */
  readonly valueAtRisk: number;
  /** Mean loss of the bars at or beyond it. */
  readonly expectedShortfall: number;
}

/** `level`: 0.95 looks at the worst twentieth. NaN without returns. */
export function tailOf(returns: Float64Array, level: number): Tail {
  const quantile = percentile(returns, 1 - level);
  return {
    valueAtRisk: negated(quantile),
    expectedShortfall: negated(mean(returns.filter(value => value <= quantile))),
  };
}

/** Of pairs where both are finite; NaN where there are fewer than two, or one of them never moves. Makes no garbage. */
export function correlationOf(a: Float64Array, b: Float64Array): number {
  let [count, meanA, meanB, squareA, squareB, together] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? Number.NaN, b[i] ?? Number.NaN];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    // Welford: sums about a mean that moves along.
    count += 1;
    const [fromA, fromB] = [x - meanA, y - meanB];
    meanA += fromA / count;
    meanB += fromB / count;
    squareA += fromA * (x - meanA);
    squareB += fromB * (y - meanB);
    together += fromA * (y - meanB);
  }
  const spread = Math.sqrt(squareA * squareB);
  return count < 2 || spread === 0 ? Number.NaN : Math.min(1, Math.max(-1, together / spread));
}

/** No negative zero. */
function negated(value: number): number {
  return value === 0 ? 0 : -value;
}
