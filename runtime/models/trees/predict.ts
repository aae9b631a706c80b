/** Prediction by walking the trees, as the artefact says it: the plain form that every faster one must equal. */
import type { Tree, TreeArtefact } from '../artefact.ts';
import type { Matrix } from '../matrix.ts';

/** Adds each row's leaf to its margin, in floats. */
export function addTree(tree: Tree, matrix: Matrix, margins: Float32Array): void {
  const { rows } = matrix;
  for (let row = 0; row < rows; row++) margins[row] += tree.value[leafOf(tree, matrix, row)];
}

export function leafOf({ feature, cut, left, right, absentLeft }: Tree, { rows, values }: Matrix, row: number): number {
  let node = 0;
  for (let column = feature[0]; column >= 0; column = feature[node]) {
    const x = values[column * rows + row];
    const goesLeft = x < cut[node] || (Number.isNaN(x) && absentLeft[node] === 1);
    node = goesLeft ? left[node] : right[node];
  }
  return node;
}

/** Margins, output by output: `margins[o * rows + r]`. NaN where every feature is absent. */
export function walkTrees({ outputs, base, trees }: TreeArtefact, matrix: Matrix): Float64Array {
  const { rows } = matrix;
  const sums = Array.from({ length: outputs }, () => new Float32Array(rows));
  for (const tree of trees) addTree(tree, matrix, sums[tree.output]);
  const margins = new Float64Array(outputs * rows);
  for (let row = 0; row < rows; row++) {
    const absent = allAbsent(matrix, row);
    for (let o = 0; o < outputs; o++) {
      margins[o * rows + row] = absent ? Number.NaN : Math.fround(sums[o][row] + base[o]);
    }
  }
  return margins;
}

export function allAbsent({ rows, columns, values }: Matrix, row: number): boolean {
  for (let column = 0; column < columns; column++) if (!Number.isNaN(values[column * rows + row])) return false;
  return true;
}
