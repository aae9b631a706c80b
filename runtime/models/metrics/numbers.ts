/** How near predicted numbers are: squared, absolute and quantile losses, explained variance; lift by tenths. */
import { ascending, type Figure, meanOf, type Sample } from './sample.ts';
import type { LiftRow } from './types.ts';

export function rootMeanSquare(sample: Sample): Figure {
  const mean = meanOf(
    sample,
    sample.label.map((label, row) => (label - sample.prediction[0][row]) ** 2),
  );
  return times => Math.sqrt(mean(times));
}

export function meanAbsolute(sample: Sample): Figure {
  return meanOf(
    sample,
    sample.label.map((label, row) => Math.abs(label - sample.prediction[0][row])),
  );
}

/** 1 − squared error over the squared error of the mean. */
export function explained(sample: Sample): Figure {
  const errors = meanOf(
    sample,
    sample.label.map((label, row) => (label - sample.prediction[0][row]) ** 2),
  );
  const means = meanOf(sample, sample.label);
  const { label, position, weight } = sample;
  return times => {
    const mean = means(times);
    let sum = 0;
    let total = 0;
    for (let row = 0; row < label.length; row++) {
      const w = weight[row] * times[position[row]];
      sum += w * (label[row] - mean) ** 2;
      total += w;
    }
    // Labels that are all equal may still differ from their mean by a rounding.
    return sum > 1e-24 * total * mean ** 2 ? 1 - errors(times) / (sum / total) : Number.NaN;
  };
}

/** Pinball loss: `at` · (label − prediction) above the prediction, (1 − at) · (prediction − label) under it. */
export function quantileLoss(sample: Sample, at: number): Figure {
  const losses = sample.label.map((label, row) => {
    const over = label - sample.prediction[0][row];
    return over >= 0 ? at * over : (at - 1) * over;
  });
  return meanOf(sample, losses);
}

/** Share of labels at or under their predicted quantile: near `at` where the quantile is right. */
export function coverage(sample: Sample): Figure {
  return meanOf(
    sample,
    sample.label.map((label, row) => Number(label <= sample.prediction[0][row])),
  );
}

const TENTHS = 10;

/**
 * Tenths of the rows by prediction, the highest first: the mean of what came true in each. Rows are counted, not
 * weighed; equal predictions may stand in two tenths.
 */
export function liftTable(scores: Float64Array, truths: Float64Array, share: boolean): readonly LiftRow[] {
  const order = ascending(scores).reverse();
  const overall = truths.reduce((a, b) => a + b, 0) / truths.length;
  return Array.from({ length: TENTHS }, (_, tenth) => {
    const rows = order.slice(
      Math.round((tenth * order.length) / TENTHS),
      Math.round(((tenth + 1) * order.length) / TENTHS),
    );
    const mean = (values: Float64Array) => rows.reduce((sum, row) => sum + values[row], 0) / rows.length;
    const observed = mean(truths);
    return {
      rows: rows.length,
      predicted: mean(scores),
      observed,
      lift: share && overall > 0 ? observed / overall : Number.NaN,
    };
  }).filter(({ rows }) => rows > 0);
}
