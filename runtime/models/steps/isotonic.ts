/**
 * Isotonic regression: the rising step function that is closest to the truths in squares, by pooling neighbours that
 * fall. Between two steps a score is interpolated, as scikit-learn does.
 *
 * Source: R. Barlow et al., Statistical Inference under Order Restrictions (1972), pool adjacent violators.
 */

interface Pool {
  /** Scores of its first and last rows. */
  readonly from: number;
  readonly to: number;
  weight: number;
  sum: number;
}

/** `truths` are 0 or 1. Rows of weight 0 take no part. Equal scores are one row. */
export function fitIsotonic(
  scores: Float64Array,
  truths: Float64Array,
  weights: Float64Array,
): { readonly scores: readonly number[]; readonly probabilities: readonly number[] } {
  const order = [...scores.keys()].filter(row => weights[row] > 0).sort((a, b) => scores[a] - scores[b] || a - b);
  const pools: Pool[] = [];
  for (const row of order) {
    const [score, weight] = [scores[row], weights[row]];
    const last = pools.at(-1);
    if (last !== undefined && last.from === score && last.to === score) {
      last.weight += weight;
      last.sum += weight * truths[row];
    } else pools.push({ from: score, to: score, weight, sum: weight * truths[row] });
  }
  const rising: Pool[] = [];
  for (const pool of pools) {
    let upper = pool;
    for (let lower = rising.at(-1); lower !== undefined && falls(lower, upper); lower = rising.at(-1)) {
      rising.pop();
      upper = { from: lower.from, to: upper.to, weight: lower.weight + upper.weight, sum: lower.sum + upper.sum };
    }
    rising.push(upper);
  }
  const points = rising.flatMap(({ from, to, sum, weight }) =>
    (from === to ? [from] : [from, to]).map(score => ({ score, probability: sum / weight })),
  );
  return {
    scores: points.map(({ score }) => score),
    probabilities: points.map(({ probability }) => probability),
  };
}

function falls(lower: Pool, upper: Pool): boolean {
  return lower.sum / lower.weight >= upper.sum / upper.weight;
}
