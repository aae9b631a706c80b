/**
 * From margins to what `predict` is: probabilities, or numbers in the label's unit. In f64 with the house's `exp`, behind
 * the predictor, so that every device and every batch size feeds the same arithmetic.
 */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import type { Objective } from '../../language/check/model.ts';

/**
 * What calibration turns a probability into; fitted on the valid part. One a probability: one for a bool, one a class for
 * a category, which are then scaled to sum 1.
 */
export type Calibration =
  /** sigmoid(slope · z + intercept), z the log odds of the raw probability (of a bool: its margin). */
  | { readonly kind: 'platt'; readonly slope: number; readonly intercept: number }
  /** Straight lines between the points (raw probability → calibrated), flat beyond the first and last; `from` ascends. */
  | { readonly kind: 'isotonic'; readonly from: Float64Array; readonly to: Float64Array };

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
  calibration?: readonly Calibration[],
): Float64Array {
  switch (objective.kind) {
    case 'logistic':
      return margins.map(margin => probabilityOf(margin, calibration?.[0]));
    case 'softmax':
      return probabilitiesOf(margins, rows, calibration);
    case 'squared':
    case 'huber':
    case 'quantile':
    case 'rank':
      return margins.slice();
  }
}

/** 1 / (1 + exp(−x)), without overflow at either end. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

function probabilityOf(margin: number, calibration: Calibration | undefined): number {
  if (calibration === undefined) return sigmoid(margin);
  return calibration.kind === 'platt'
    ? sigmoid(calibration.slope * margin + calibration.intercept)
    : interpolate(calibration, sigmoid(margin));
}

function probabilitiesOf(
  margins: Float64Array,
  rows: number,
  calibration: readonly Calibration[] | undefined,
): Float64Array {
  const classes = margins.length / rows;
  const values = new Float64Array(margins.length);
  const row = new Float64Array(classes);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < classes; k++) row[k] = margins[k * rows + r];
    const probabilities = calibration === undefined ? softmax(row) : calibrated(row, calibration);
    for (let k = 0; k < classes; k++) values[k * rows + r] = probabilities[k];
  }
  return values;
}

/** exp(m_k − max) / Σ, summed in the order of the classes. */
export function softmax(margins: Float64Array): Float64Array {
  const highest = margins.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const values = margins.map(margin => exp(margin - highest));
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map(value => value / sum);
}

/** Each class against the rest, then scaled to sum 1; where all come out as 0 the raw probabilities stand. */
function calibrated(margins: Float64Array, calibration: readonly Calibration[]): Float64Array {
  const raw = softmax(margins);
  const values = raw.map((p, k) => {
    const own = calibration[k];
    if (own === undefined) return p;
    return own.kind === 'platt' ? sigmoid(own.slope * logOddsOfClass(margins, k) + own.intercept) : interpolate(own, p);
  });
  const sum = values.reduce((a, b) => a + b, 0);
  return sum === 0 ? raw : values.map(value => value / sum);
}

/** m_k − ln Σ_{j ≠ k} exp(m_j): log odds of class k, exact also where its probability rounds to 1. */
export function logOddsOfClass(margins: Float64Array, k: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < margins.length; j++) if (j !== k) highest = Math.max(highest, margins[j]);
  let sum = 0;
  for (let j = 0; j < margins.length; j++) if (j !== k) sum += exp(margins[j] - highest);
  return margins[k] - (highest + log(sum));
}

function interpolate({ from, to }: { readonly from: Float64Array; readonly to: Float64Array }, x: number): number {
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
  const share = (x - from[low]) / (from[high] - from[low]);
  return to[low] + share * (to[high] - to[low]);
}
