/** How good probabilities are: log-loss, Brier score, accuracy, expected calibration error. */
import log from '@stdlib/math-base-special-ln';
import { type Figure, meanOf, type Sample } from './sample.ts';
import type { CalibrationBin, Confusion } from './types.ts';

/** Probabilities are kept this far from 0 and 1 under the logarithm (as scikit-learn). */
const EPSILON = 2 ** -52;

/** Probability of what came true. */
function ofTruth(sample: Sample, row: number): number {
  const { label, prediction } = sample;
  if (prediction.length > 1) return prediction[label[row]][row];
  return label[row] === 1 ? prediction[0][row] : 1 - prediction[0][row];
}

export function logLoss(sample: Sample): Figure {
  const losses = sample.label.map((_, row) => -log(Math.min(1 - EPSILON, Math.max(EPSILON, ofTruth(sample, row)))));
  return meanOf(sample, losses);
}

/** Mean of (p − truth)², of several classes their sum: 0 to 1, or 0 to 2. */
export function brierScore(sample: Sample): Figure {
  const { label, prediction } = sample;
  const single = prediction.length === 1;
  const losses = label.map((truth, row) =>
    prediction.reduce((sum, column, k) => sum + (column[row] - Number(truth === (single ? 1 : k))) ** 2, 0),
  );
  return meanOf(sample, losses);
}

/** The answer that is given: true above one half; of several classes the likeliest, at equal ones the first. */
export function answers({ prediction, label }: Sample): Int32Array {
  return Int32Array.from(label, (_, row) => {
    if (prediction.length === 1) return Number(prediction[0][row] > 0.5);
    return prediction.reduce((best, column, k) => (column[row] > prediction[best][row] ? k : best), 0);
  });
}

export function accuracy(sample: Sample): Figure {
  const given = answers(sample);
  return meanOf(
    sample,
    sample.label.map((truth, row) => Number(truth === given[row])),
  );
}

export function confusionOf(sample: Sample, names: readonly string[]): Confusion {
  const counts = names.map(() => names.map(() => 0));
  answers(sample).forEach((answer, row) => {
    counts[sample.label[row]][answer] += sample.weight[row];
  });
  return { names, counts };
}

const BINS = 10;

/** Bin (i / 10, (i + 1) / 10] of a probability; 0 belongs to the first. */
function binOf(probability: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.ceil(probability * BINS) - 1));
}

/** Ten bins of equal width, those with rows. */
export function calibrationBins(sample: Sample, k: number, single: boolean): readonly CalibrationBin[] {
  const sums = Array.from({ length: BINS }, () => ({ rows: 0, weight: 0, predicted: 0, observed: 0 }));
  sample.prediction[k].forEach((probability, row) => {
    const bin = sums[binOf(probability)];
    const weight = sample.weight[row];
    bin.rows++;
    bin.weight += weight;
    bin.predicted += weight * probability;
    bin.observed += weight * Number(sample.label[row] === (single ? 1 : k));
  });
  return sums.flatMap(({ rows, weight, predicted, observed }, i) =>
    rows === 0
      ? []
      : [{ from: i / BINS, to: (i + 1) / BINS, rows, predicted: predicted / weight, observed: observed / weight }],
  );
}

/**
 * Expected calibration error: the mean over the rows of |mean prediction − share of true answers| of their bin; of several
 * classes the mean over the classes. Source: C. Guo et al., "On calibration of modern neural networks" (2017).
 */
export function calibrationError(sample: Sample): Figure {
  const { label, prediction, position, weight } = sample;
  const single = prediction.length === 1;
  const classes = prediction.map((column, k) => ({
    bin: Uint8Array.from(column, binOf),
    gap: column.map((probability, row) => weight[row] * (probability - Number(label[row] === (single ? 1 : k)))),
  }));
  return times => {
    let total = 0;
    for (let row = 0; row < position.length; row++) total += weight[row] * times[position[row]];
    let error = 0;
    for (const { bin, gap } of classes) {
      const gaps = new Float64Array(BINS);
      for (let row = 0; row < position.length; row++) gaps[bin[row]] += gap[row] * times[position[row]];
      for (const sum of gaps) error += Math.abs(sum);
    }
    return total === 0 ? Number.NaN : error / (total * classes.length);
  };
}
