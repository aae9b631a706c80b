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
 * inputs (`inputSlopes`; absent for the first layer). Four rows, or four units, share each place that is added to.
 */
export function backward(
  layer: Dense,
  x: Float64Array,
  slopes: Float64Array,
  rows: number,
  into: { readonly weights: Float64Array; readonly bias: Float64Array },
  inputSlopes?: Float64Array,
): void {
  const units = layer.outputs;
  for (let r = 0; r < rows; r++) for (let o = 0; o < units; o++) into.bias[o] += slopes[r * units + o];
  addOuterProducts(layer, x, slopes, rows, into.weights);
  if (inputSlopes !== undefined) addThroughWeights(layer, slopes, rows, inputSlopes);
}

/** sums[o, i] += Σ slopes[r, o] · x[r, i] */
function addOuterProducts(
  { inputs: n, outputs: units }: Dense,
  x: Float64Array,
  slopes: Float64Array,
  rows: number,
  sums: Float64Array,
): void {
  const inFours = rows - (rows % 4);
  for (let r = 0; r < inFours; r += 4) {
    const [x0, x1, x2, x3] = [r * n, (r + 1) * n, (r + 2) * n, (r + 3) * n];
    for (let o = 0; o < units; o++) {
      const at = r * units + o;
      const s0 = slopes[at];
      const s1 = slopes[at + units];
      const s2 = slopes[at + 2 * units];
      const s3 = slopes[at + 3 * units];
      // Where a relu rests, most slopes are 0.
      if (s0 === 0 && s1 === 0 && s2 === 0 && s3 === 0) continue;
      const to = o * n;
      for (let i = 0; i < n; i++) sums[to + i] += s0 * x[x0 + i] + s1 * x[x1 + i] + s2 * x[x2 + i] + s3 * x[x3 + i];
    }
  }
  for (let r = inFours; r < rows; r++) {
    for (let o = 0; o < units; o++) {
      const slope = slopes[r * units + o];
      for (let i = 0; i < n; i++) sums[o * n + i] += slope * x[r * n + i];
    }
  }
}

/** sums[r, i] += Σ slopes[r, o] · weights[o, i] */
function addThroughWeights(
  { inputs: n, outputs: units, weights }: Dense,
  slopes: Float64Array,
  rows: number,
  sums: Float64Array,
): void {
  const inFours = units - (units % 4);
  for (let r = 0; r < rows; r++) {
    const to = r * n;
    for (let o = 0; o < inFours; o += 4) {
      const at = r * units + o;
      const [s0, s1, s2, s3] = [slopes[at], slopes[at + 1], slopes[at + 2], slopes[at + 3]];
      if (s0 === 0 && s1 === 0 && s2 === 0 && s3 === 0) continue;
      const [w0, w1, w2, w3] = [o * n, (o + 1) * n, (o + 2) * n, (o + 3) * n];
      for (let i = 0; i < n; i++) {
        sums[to + i] += s0 * weights[w0 + i] + s1 * weights[w1 + i] + s2 * weights[w2 + i] + s3 * weights[w3 + i];
      }
    }
    for (let o = inFours; o < units; o++) {
      const slope = slopes[r * units + o];
      for (let i = 0; i < n; i++) sums[to + i] += slope * weights[o * n + i];
    }
  }
}
