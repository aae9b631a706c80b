/** What a model's trees say of its columns. */
import type { TreeArtefact } from '../artefact.ts';

/** Total gain of a column's splits, how many there are, or the total of the hessians that they divide. */
export type Importance = 'gain' | 'weight' | 'cover';

export function importance({ features, trees }: TreeArtefact, by: Importance): Float64Array {
  const totals = new Float64Array(features);
  for (const tree of trees) {
    tree.feature.forEach((column, node) => {
      if (column < 0) return;
      totals[column] += by === 'weight' ? 1 : tree[by][node];
    });
  }
  return totals;
}
