/**
 * From margins to what `predict` is: probabilities, or numbers in the label's unit. In f64 with the house's `exp`, behind
 * the predictor, so that every device and every batch size feeds the same arithmetic.
 */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import type { Objective } from '../../language/check/model.ts';
import type { Calibration } from './steps/types.ts';

/** Columns of `predict`: the classes of a category, else one. */
export function outputCount(objective: Objective): number {
  return objective.kind === 'softmax' ? objective.classes.length : 1;
}

/**
 * Outputs of all rows, output by output as the margins are (`values[o * rows + r]`): probability of true, probabilities of
 * the classes, or the number itself. NaN margins stay NaN: absent.
 */
export function outputsOf(
  objective: Objective,
  margins: Float64Array,
  rows: number,
  calibration?: Calibration,
): Float64Array {
  switch (objective.kind) {
    case 'logistic':
      return margins.map(calibration === undefined ? sigmoid : score => calibratedOf(calibration, 0, score));
    case 'softmax':
      return byRow(margins, rows, row => (calibration === undefined ? softmax(row) : shares(calibration, row)));
    case 'squared':
    case 'huber':
    case 'quantile':
    case 'rank':
      return margins.slice();
  }
}

/**
 * What calibration reads, output by output as the margins are: of a bool the margin, of a category the log odds of each
 * class, so that a margin's common shift says nothing.
 */
export function scoresOf(objective: Objective, margins: Float64Array, rows: number): Float64Array {
  if (objective.kind !== 'softmax') return margins;
  return byRow(margins, rows, row => row.map((_, k) => logOddsOfClass(row, k)));
}

/** 1 / (1 + exp(−x)), without overflow at either end. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** exp(m_k − max) / Σ, summed in the order of the classes. */
export function softmax(margins: Float64Array): Float64Array {
  const highest = margins.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const values = margins.map(margin => exp(margin - highest));
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map(value => value / sum);
}

function byRow(margins: Float64Array, rows: number, map: (row: Float64Array) => Float64Array): Float64Array {
  const outputs = rows === 0 ? 0 : margins.length / rows;
  const values = new Float64Array(margins.length);
  const row = new Float64Array(outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) row[o] = margins[o * rows + r];
    const mapped = map(row);
    for (let o = 0; o < outputs; o++) values[o * rows + r] = mapped[o];
  }
  return values;
}

/** Each class against the rest, then scaled to sum 1; where all come out as 0 the raw probabilities stand. */
function shares(calibration: Calibration, margins: Float64Array): Float64Array {
  const values = margins.map((_, k) => calibratedOf(calibration, k, logOddsOfClass(margins, k)));
  const sum = values.reduce((a, b) => a + b, 0);
  return sum === 0 ? softmax(margins) : values.map(value => value / sum);
}

/** m_k − ln Σ_{j ≠ k} exp(m_j): log odds of class k, exact also where its probability rounds to 1. */
function logOddsOfClass(margins: Float64Array, k: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < margins.length; j++) if (j !== k) highest = Math.max(highest, margins[j]);
  let sum = 0;
  for (let j = 0; j < margins.length; j++) if (j !== k) sum += exp(margins[j] - highest);
  return margins[k] - (highest + log(sum));
}

function calibratedOf(calibration: Calibration, k: number, score: number): number {
  if (calibration.kind === 'platt') {
    const { slope, offset } = calibration.classes[k];
    return sigmoid(slope * score + offset);
  }
  const { scores, probabilities } = calibration.classes[k];
  return interpolate(scores, probabilities, score);
}

/** Straight lines between the points, flat beyond the first and the last. */
function interpolate(from: readonly number[], to: readonly number[], x: number): number {
  if (Number.isNaN(x)) return x;
  const last = from.length - 1;
  if (x <= from[0]) return to[0];
  if (x >= from[last]) return to[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (from[middle] <= x) low = middle;
    else high = middle;
  }
  return to[low] + ((x - from[low]) / (from[high] - from[low])) * (to[high] - to[low]);
}
