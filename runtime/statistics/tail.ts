/**
 * How much a bar can cost, from what bars did: historical value at risk and expected shortfall, and how returns go together.
 * Quantiles are numpy's default (linear between neighbours), correlation is Pearson's.
 */
import { mean, percentile, sumOf } from './moments.ts';

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

/** Of pairs where both are finite; NaN where there are fewer than two, or one of them never moves. */
export function correlationOf(a: Float64Array, b: Float64Array): number {
  const both = [...a.keys()].filter(i => Number.isFinite(a[i]) && Number.isFinite(b[i]));
  const [x, y] = [a, b].map(values => Float64Array.from(both, i => values[i] ?? Number.NaN));
  if (x === undefined || y === undefined || both.length < 2) return Number.NaN;
  const [meanX, meanY] = [mean(x), mean(y)];
  const spread = Math.sqrt(sumOf(x, value => (value - meanX) ** 2) * sumOf(y, value => (value - meanY) ** 2));
  if (spread === 0) return Number.NaN;
  let together = 0;
  for (let i = 0; i < x.length; i++) together += ((x[i] ?? 0) - meanX) * ((y[i] ?? 0) - meanY);
  return Math.min(1, Math.max(-1, together / spread));
}

/** No negative zero. */
function negated(value: number): number {
  return value === 0 ? 0 : -value;
}
