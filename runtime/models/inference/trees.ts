/** Margins of trees: the float32 sum of the leaves in tree order from 0, the base value last. */
import type { Tree, TreeArtefact } from '../artefact.ts';
import type { Matrix } from '../matrix.ts';

/** Output by output: `margins[o * rows + r]`. */
export function treeMargins({ outputs, base, trees }: TreeArtefact): (matrix: Matrix) => Float64Array {
  return ({ rows, values }) => {
    const sums = new Float32Array(rows * outputs);
    for (const tree of trees) {
      const from = tree.output * rows;
      for (let r = 0; r < rows; r++) sums[from + r] += tree.value[leafOf(tree, values, rows, r)];
    }
    for (let o = 0; o < outputs; o++) for (let r = 0; r < rows; r++) sums[o * rows + r] += base[o];
    return Float64Array.from(sums);
  };
}

function leafOf(tree: Tree, values: Float32Array, rows: number, row: number): number {
  let node = 0;
  while (tree.feature[node] >= 0) {
    const x = values[tree.feature[node] * rows + row];
    const goesLeft = Number.isNaN(x) ? tree.absentLeft[node] === 1 : x < tree.cut[node];
    node = goesLeft ? tree.left[node] : tree.right[node];
  }
  return node;
}
