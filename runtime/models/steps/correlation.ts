/**
 * Clusters of columns that say the same: two columns are joined when the size of their correlation is at or above a
 * bound, and so are their clusters (single linkage). Of each cluster the column stays that is closest to the others; any
 * two columns that stay correlate less than the bound.
 */

export interface Cluster {
  /** Positions of the columns, ascending, and of the one that stays. */
  readonly members: readonly number[];
  readonly centre: number;
}

/** In the order of their first members. */
export function correlationClusters(columns: readonly Float64Array[], below: number): readonly Cluster[] {
  const sizes = columns.map((a, i) => columns.map((b, j) => (i === j ? 1 : j < i ? 0 : Math.abs(correlation(a, b)))));
  const size = (i: number, j: number) => (i < j ? sizes[i][j] : sizes[j][i]);
  const clusterOf = columns.map((_, i) => i);
  for (let i = 0; i < columns.length; i++)
    for (let j = i + 1; j < columns.length; j++)
      if (size(i, j) >= below && clusterOf[i] !== clusterOf[j]) {
        const [into, from] = [Math.min(clusterOf[i], clusterOf[j]), Math.max(clusterOf[i], clusterOf[j])];
        clusterOf.forEach((cluster, k) => {
          if (cluster === from) clusterOf[k] = into;
        });
      }
  return [...new Set(clusterOf)].map(cluster => {
    const members = [...clusterOf.keys()].filter(i => clusterOf[i] === cluster);
    const nearness = members.map(i => members.reduce((sum, j) => sum + size(i, j), 0));
    // The first of equals, within rounding: the order of a sum must not choose.
    const best = nearness.reduce((a, b) => Math.max(a, b), 0);
    return { members, centre: members[nearness.findIndex(sum => sum >= best * (1 - 1e-12))] };
  });
}

/** Pearson's, over the rows where both are finite; 0 where one of them does not move there. */
export function correlation(a: Float64Array, b: Float64Array): number {
  let count = 0;
  let sumA = 0;
  let sumB = 0;
  const both = (i: number) => Number.isFinite(a[i]) && Number.isFinite(b[i]);
  for (let i = 0; i < a.length; i++)
    if (both(i)) {
      count++;
      sumA += a[i];
      sumB += b[i];
    }
  if (count < 3) return 0;
  const [meanA, meanB] = [sumA / count, sumB / count];
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < a.length; i++)
    if (both(i)) {
      const [x, y] = [a[i] - meanA, b[i] - meanB];
      product += x * y;
      squareA += x * x;
      squareB += y * y;
    }
  return squareA > 0 && squareB > 0 ? product / Math.sqrt(squareA * squareB) : 0;
}
