/** The mean loss of some rows and its derivatives by every weight: forward through the layers, and back. */

import type { Chance } from '../../statistics/chance.ts';
import { backActivation, backward, type Dense, forward } from './layers.ts';
import type { Loss } from './loss.ts';
import type { NetRows } from './rows.ts';

interface Dropout {
  readonly share: number;
  readonly random: Chance;
}
/** One pair a layer, of the layer's own shape. */
export type Gradients = readonly { readonly weights: Float64Array; readonly bias: Float64Array }[];

/** Mean weighted loss of the rows, and its derivatives by every weight. */
export function lossAndGradients(
  layers: readonly Dense[],
  rows: NetRows,
  loss: Loss,
  dropout?: Dropout,
): { readonly value: number; readonly gradients: Gradients } {
  const values = [rows.features];
  const kept = layers.map((layer, k) => {
    const outputs = new Float64Array(rows.count * layer.outputs);
    forward(layer, values[k], rows.count, outputs);
    values.push(outputs);
    return k < layers.length - 1 ? drop(outputs, dropout) : undefined;
  });
  const margins = values[layers.length];
  let slopes = new Float64Array(margins.length);
  const value = meanLoss(margins, rows, loss, slopes);

  const gradients = layers.map(layer => ({
    weights: new Float64Array(layer.weights.length),
    bias: new Float64Array(layer.outputs),
  }));
  for (let k = layers.length - 1; k >= 0; k--) {
    if (kept[k] !== undefined) for (let i = 0; i < slopes.length; i++) slopes[i] *= kept[k]?.[i] ?? 1;
    backActivation(layers[k].activation, values[k + 1], slopes);
    const inputSlopes = k > 0 ? new Float64Array(values[k].length) : undefined;
    backward(layers[k], values[k], slopes, rows.count, gradients[k], inputSlopes);
    if (inputSlopes !== undefined) slopes = inputSlopes;
  }
  return { value, gradients };
}

/** Leaves units out and scales the others up, in place; gives the factors, absent where nothing is dropped. */
function drop(outputs: Float64Array, dropout: Dropout | undefined): Float64Array | undefined {
  if (dropout === undefined || dropout.share === 0) return undefined;
  const factor = 1 / (1 - dropout.share);
  const factors = outputs.map(() => (dropout.random.next() < dropout.share ? 0 : factor));
  for (let i = 0; i < outputs.length; i++) outputs[i] *= factors[i];
  return factors;
}

function meanLoss(margins: Float64Array, rows: NetRows, loss: Loss, slopes: Float64Array): number {
  const outputs = margins.length / rows.count;
  let total = 0;
  for (let r = 0; r < rows.count; r++) {
    const share = (rows.weights === undefined ? 1 : rows.weights[r]) / rows.count;
    total += share * loss.row(margins, r * outputs, rows.labels[r], slopes);
    for (let o = 0; o < outputs; o++) slopes[r * outputs + o] *= share;
  }
  return total;
}

export function lossOn(layers: readonly Dense[], rows: NetRows, loss: Loss): number {
  let values = rows.features;
  for (const layer of layers) {
    const outputs = new Float64Array(rows.count * layer.outputs);
    forward(layer, values, rows.count, outputs);
    values = outputs;
  }
  return meanLoss(values, rows, loss, new Float64Array(values.length));
}
