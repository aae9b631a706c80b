/**
 * Dense layers forward and backward, in f64. A unit's sum runs in the order of its inputs from the bias, whatever the
 * number of rows, so that training, prediction in bulk and prediction of one row see the same bits.
 *
 * Values of a layer lie row by row here: `values[r * units + u]`.
 */
import exp from '@stdlib/math-base-special-exp';
import type { Layer } from '../artefact.ts';

export interface Dense {
  readonly inputs: number;
  readonly outputs: number;
  /** `weights[o * inputs + i]`. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly activation: Layer['activation'];
}

export function dense(layer: Layer): Dense {
  return { ...layer, weights: Float64Array.from(layer.weights), bias: Float64Array.from(layer.bias) };
}

/** `outputs` = activation(bias + W x) for each of `rows` rows. Four units share each value that is read. */
export function forward(layer: Dense, x: Float64Array, rows: number, outputs: Float64Array): void {
  const { inputs: n, outputs: units, weights, bias } = layer;
  const inFours = units - (units % 4);
  for (let r = 0; r < rows; r++) {
    const from = r * n;
    const to = r * units;
    for (let o = 0; o < inFours; o += 4) {
      const w0 = o * n;
      const w1 = w0 + n;
      const w2 = w1 + n;
      const w3 = w2 + n;
      let s0 = bias[o];
      let s1 = bias[o + 1];
      let s2 = bias[o + 2];
      let s3 = bias[o + 3];
      for (let i = 0; i < n; i++) {
        const value = x[from + i];
        s0 += weights[w0 + i] * value;
        s1 += weights[w1 + i] * value;
        s2 += weights[w2 + i] * value;
        s3 += weights[w3 + i] * value;
      }
      outputs[to + o] = s0;
      outputs[to + o + 1] = s1;
      outputs[to + o + 2] = s2;
      outputs[to + o + 3] = s3;
    }
    for (let o = inFours; o < units; o++) {
      let sum = bias[o];
      for (let i = 0; i < n; i++) sum += weights[o * n + i] * x[from + i];
      outputs[to + o] = sum;
    }
  }
  activate(layer.activation, outputs, rows * units);
}

function activate(activation: Layer['activation'], values: Float64Array, count: number): void {
  if (activation === 'relu') for (let k = 0; k < count; k++) values[k] = Math.max(values[k], 0);
  if (activation === 'tanh') for (let k = 0; k < count; k++) values[k] = tanh(values[k]);
}

/** By the house's `exp`, and by its series where that would lose digits. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size < 0.02) {
    const square = x * x;
    return x * (1 - square * (1 / 3 - square * (2 / 15 - square * (17 / 315))));
  }
  const value = 1 - 2 / (exp(2 * size) + 1);
  return x < 0 ? -value : value;
}

/** Multiplies derivatives by the activation's, told from the activated value itself. */
export function backActivation(activation: Layer['activation'], values: Float64Array, slopes: Float64Array): void {
  if (activation === 'relu') for (let k = 0; k < slopes.length; k++) if (!(values[k] > 0)) slopes[k] = 0;
  if (activation === 'tanh') for (let k = 0; k < slopes.length; k++) slopes[k] *= 1 - values[k] * values[k];
}

/**
 * From the derivatives by a layer's sums (`slopes`) to those by its weights and bias, added up over the rows, and by its
 * inputs (`inputSlopes`; absent for the first layer).
 */
export function backward(
  { inputs: n, outputs: units, weights }: Dense,
  x: Float64Array,
  slopes: Float64Array,
  rows: number,
  into: { readonly weights: Float64Array; readonly bias: Float64Array },
  inputSlopes?: Float64Array,
): void {
  inputSlopes?.fill(0);
  for (let r = 0; r < rows; r++) {
    const from = r * n;
    for (let o = 0; o < units; o++) {
      const slope = slopes[r * units + o];
      if (slope === 0) continue;
      const row = o * n;
      into.bias[o] += slope;
      for (let i = 0; i < n; i++) into.weights[row + i] += slope * x[from + i];
      if (inputSlopes !== undefined) for (let i = 0; i < n; i++) inputSlopes[from + i] += slope * weights[row + i];
    }
  }
}
