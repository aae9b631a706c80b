/**
 * Margins of a net: float32 weights, f64 arithmetic in a fixed order (layers.ts), block by block of rows. Exact: the same
 * bits on every machine and for every batch size. An absent feature makes every
 * sum above it absent, so the row has no margin.
 */
import type { NetArtefact } from '../artefact.ts';
import type { Matrix } from '../matrix.ts';
import { type Dense, dense, forward } from './layers.ts';
import { transpose } from './rows.ts';

const BLOCK = 256;

/** Gives the function from rows to margins, output by output: `margins[o * rows + r]`. */
export function netMargins(artefact: NetArtefact): (matrix: Matrix) => Float64Array {
  const layers = artefact.layers.map(dense);
  const widest = Math.max(artefact.features, ...layers.map(layer => layer.outputs));
  const buffers: readonly [Float64Array, Float64Array] = [
    new Float64Array(BLOCK * widest),
    new Float64Array(BLOCK * widest),
  ];
  return matrix => {
    const { rows } = matrix;
    const margins = new Float64Array(rows * artefact.outputs);
    for (let start = 0; start < rows; start += BLOCK) {
      const count = Math.min(BLOCK, rows - start);
      transpose(matrix, start, count, buffers[0]);
      const last = through(layers, buffers, count);
      for (let r = 0; r < count; r++) {
        for (let o = 0; o < artefact.outputs; o++) {
          margins[o * rows + start + r] = last[r * artefact.outputs + o];
        }
      }
    }
    return margins;
  };
}

function through(layers: readonly Dense[], [a, b]: readonly [Float64Array, Float64Array], rows: number): Float64Array {
  let [from, to] = [a, b];
  for (const layer of layers) {
    forward(layer, from, rows, to);
    [from, to] = [to, from];
  }
  return from;
}
