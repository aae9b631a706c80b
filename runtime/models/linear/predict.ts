/**
 * Margins of a linear model. Each row's sum runs in column order from the bias, in f64, so that a batch of any size gives
 * the same bits; an absent feature makes the margin absent by itself.
 */
import type { LinearArtefact } from '../artefact.ts';
import type { Matrix } from '../matrix.ts';

/** Output by output: `margins[o * rows + r]`. */
export function linearMargins(artefact: LinearArtefact, { rows, values }: Matrix): Float64Array {
  const { features, outputs, weights, bias } = artefact;
  const margins = new Float64Array(rows * outputs);
  for (let o = 0; o < outputs; o++) {
    const own = margins.subarray(o * rows, (o + 1) * rows).fill(bias[o]);
    for (let c = 0; c < features; c++) addScaled(own, weights[o * features + c], values, c * rows);
  }
  return margins;
}

/** sums[r] += scale · values[start + r]. */
export function addScaled(sums: Float64Array, scale: number, values: Float32Array, start: number): void {
  for (let r = 0; r < sums.length; r++) sums[r] += scale * values[start + r];
}
