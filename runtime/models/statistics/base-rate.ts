/**
 * Base rates: how often each answer is right in the rows that a model learned from. A threshold on a probability that is
 * at or under the base rate says yes to about everything, which a strategy seldom means.
 */

/** Share of each class by weight, in the order of the classes; of a bool (`classes` 1) the share of true alone. */
export function baseRates(labels: Float64Array, classes: number, weights?: Float64Array): readonly number[] {
  const sums = new Float64Array(Math.max(2, classes));
  labels.forEach((label, row) => {
    sums[label] += weights === undefined ? 1 : weights[row];
  });
  const total = sums.reduce((a, b) => a + b, 0);
  const shares = Array.from(sums, sum => (total === 0 ? Number.NaN : sum / total));
  return classes === 1 ? shares.slice(1, 2) : shares;
}

export interface LowThreshold {
  /** Class that the threshold speaks of; absent for a bool. */
  readonly of?: string;
  readonly threshold: number;
  readonly baseRate: number;
}

/** The thresholds that a model without skill would pass: at or under the base rate of what they speak of. */
export function lowThresholds(
  thresholds: readonly { readonly of?: string; readonly threshold: number }[],
  rates: readonly number[],
  classes: readonly string[] = [],
): readonly LowThreshold[] {
  return thresholds.flatMap(({ of, threshold }) => {
    const baseRate = rates[of === undefined ? 0 : classes.indexOf(of)] ?? Number.NaN;
    return threshold <= baseRate ? [{ ...(of !== undefined && { of }), threshold, baseRate }] : [];
  });
}
