/**
 * Sample statistics of a series of returns, with the conventions of numpy and pandas, which the field's packages build
 * on: deviations divide by n − 1, skew and kurtosis are bias-corrected, percentiles interpolate linearly.
 * All are NaN where there are too few values.
 */

export function mean(values: Float64Array): number {
  return values.length === 0 ? Number.NaN : sumOf(values, x => x) / values.length;
}

/** Standard deviation, dividing by n − 1. A series that never moves has exactly 0. */
export function deviation(values: Float64Array): number {
  if (values.length < 2) return Number.NaN;
  if (values.every(x => x === values[0])) return 0;
  const centre = mean(values);
  return Math.sqrt(sumOf(values, x => (x - centre) ** 2) / (values.length - 1));
}

/** Adjusted Fisher–Pearson skewness (pandas `skew`). */
export function skewness(values: Float64Array): number {
  const n = values.length;
  if (n < 3) return Number.NaN;
  const centre = mean(values);
  const second = sumOf(values, x => (x - centre) ** 2);
  const third = sumOf(values, x => (x - centre) ** 3);
  if (second === 0) return Number.NaN;
  return ((n * Math.sqrt(n - 1)) / (n - 2)) * (third / second ** 1.5);
}

/** Excess kurtosis, bias-corrected: 0 for a normal distribution (pandas `kurt`). */
export function excessKurtosis(values: Float64Array): number {
  const n = values.length;
  if (n < 4) return Number.NaN;
  const centre = mean(values);
  const second = sumOf(values, x => (x - centre) ** 2);
  const fourth = sumOf(values, x => (x - centre) ** 4);
  if (second === 0) return Number.NaN;
  const scaled = (n * (n + 1) * (n - 1) * fourth) / ((n - 2) * (n - 3) * second * second);
  return scaled - (3 * (n - 1) ** 2) / ((n - 2) * (n - 3));
}

/** Value below which a share of the values lies, 0 to 1, interpolated between neighbours (numpy's default). */
export function percentile(values: Float64Array, share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (position - below);
}

/** NaN instead of an infinity where there is nothing to divide by. */
export function ratio(top: number, bottom: number): number {
  return bottom === 0 ? Number.NaN : top / bottom;
}

/** Sum of f over the values. */
export function sumOf(values: Float64Array, f: (x: number) => number): number {
  let sum = 0;
  for (const x of values) sum += f(x);
  return sum;
}
