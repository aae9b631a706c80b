/**
 * Information coefficients: how the order (IC, Spearman) or the size (linear IC, Pearson) of predictions goes with what
 * came. In a universe one figure a tick over its present members, then mean, deviation and t over the ticks; of fewer
 * instruments than make a tick's figure, over time, all rows pooled.
 *
 * Source of the standard error: W. Newey and K. West, "A simple, positive semi-definite, heteroskedasticity and
 * autocorrelation consistent covariance matrix" (1987), Bartlett weights, lag h − 1 in ticks: labels of horizon h overlap
 * so far.
 */
import { ascending, type Figure, meanOfTicks, rowsByTick, type Sample } from './sample.ts';

/** Members that a tick must have for a figure of its own. */
export const LEAST_MEMBERS = 5;

export interface Coefficient {
  readonly mean: Figure;
  /** Of the ticks' figures, dividing by n − 1; NaN where rows are pooled. */
  readonly deviation: number;
  readonly t: number;
}

export type CorrelationKind = 'order' | 'size';

export function coefficient(sample: Sample, kind: CorrelationKind, horizon: number): Coefficient {
  return sample.lanes >= LEAST_MEMBERS ? overTicks(sample, kind, horizon) : overTime(sample, kind, horizon);
}

function overTicks(sample: Sample, kind: CorrelationKind, horizon: number): Coefficient {
  const { prediction, label, ticks } = sample;
  const values = Float64Array.from(rowsByTick(sample), rows => {
    if (rows.length < LEAST_MEMBERS) return Number.NaN;
    const [x, y] = [prediction[0], label].map(column => {
      const own = Float64Array.from(rows, row => column[row]);
      return kind === 'order' ? midranks(own) : own;
    });
    return pearson(x, y);
  });
  const known = [...values.keys()].filter(tick => !Number.isNaN(values[tick]));
  const figures = Float64Array.from(known, tick => values[tick]);
  const mean = figures.reduce((a, b) => a + b, 0) / figures.length;
  const squares = figures.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const at = Int32Array.from(known, tick => ticks[tick]);
  return {
    mean: meanOfTicks(values),
    deviation: figures.length < 2 ? Number.NaN : Math.sqrt(squares / (figures.length - 1)),
    t: tOfMean(at, figures, horizon - 1),
  };
}

/** The t of a pooled correlation is that of the mean product of the standardised values. */
function overTime(sample: Sample, kind: CorrelationKind, horizon: number): Coefficient {
  const { prediction, label, position, ticks } = sample;
  const mean = kind === 'order' ? pooledOrder(sample) : pooledSize(sample);
  const [x, y] = [prediction[0], label].map(column => standardised(kind === 'order' ? midranks(column) : column));
  const sums = new Float64Array(ticks.length);
  const counts = new Float64Array(ticks.length);
  position.forEach((tick, row) => {
    sums[tick] += x[row] * y[row];
    counts[tick]++;
  });
  const t = tOfMean(
    ticks,
    sums.map((sum, tick) => sum / counts[tick]),
    horizon - 1,
  );
  return { mean, deviation: Number.NaN, t };
}

/** Mean over its Newey–West standard error; `at`: ticks of the values, which may have gaps. */
export function tOfMean(at: Int32Array, values: Float64Array, lag: number): number {
  const n = values.length;
  if (n < 2) return Number.NaN;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const rest = values.map(x => x - mean);
  let variance = rest.reduce((sum, x) => sum + x * x, 0);
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n && at[j] - at[i] <= lag; j++)
      variance += 2 * (1 - (at[j] - at[i]) / (lag + 1)) * rest[i] * rest[j];
  return variance > 0 ? mean / (Math.sqrt(variance) / n) : Number.NaN;
}

/** Ranks from 1; equal values share the middle of theirs. */
export function midranks(values: Float64Array): Float64Array {
  const order = ascending(values);
  const ranks = new Float64Array(values.length);
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && values[order[end]] === values[order[i]]) end++;
    for (let k = i; k < end; k++) ranks[order[k]] = (i + 1 + end) / 2;
    i = end;
  }
  return ranks;
}

export function pearson(x: Float64Array, y: Float64Array): number {
  const [a, b] = [standardised(x), standardised(y)];
  return a.reduce((sum, value, i) => sum + value * b[i], 0) / a.length;
}

/** Mean 0, deviation (dividing by n) 1; NaN where nothing moves. */
function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  return values.map(x => (deviation > 0 ? (x - mean) / deviation : Number.NaN));
}

function pooledSize({ prediction, label, position }: Sample): Figure {
  return times =>
    weightedPearson(
      prediction[0],
      label,
      Float64Array.from(position, tick => times[tick]),
    );
}

function pooledOrder({ prediction, label, position }: Sample): Figure {
  const ranked = [prediction[0], label].map(column => ({ column, order: ascending(column) }));
  return times => {
    const weight = Float64Array.from(position, tick => times[tick]);
    const [x, y] = ranked.map(({ column, order }) => weightedMidranks(column, order, weight));
    return weightedPearson(x, y, weight);
  };
}

/** Midranks of a sample in which row i stands `weight[i]` times. */
function weightedMidranks(values: Float64Array, order: Int32Array, weight: Float64Array): Float64Array {
  const ranks = new Float64Array(values.length);
  let before = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    let tied = 0;
    for (; end < order.length && values[order[end]] === values[order[i]]; end++) tied += weight[order[end]];
    for (let k = i; k < end; k++) ranks[order[k]] = before + (tied + 1) / 2;
    before += tied;
    i = end;
  }
  return ranks;
}

function weightedPearson(x: Float64Array, y: Float64Array, weight: Float64Array): number {
  const total = weight.reduce((a, b) => a + b, 0);
  const meanX = x.reduce((sum, value, i) => sum + weight[i] * value, 0) / total;
  const meanY = y.reduce((sum, value, i) => sum + weight[i] * value, 0) / total;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i] - meanX, y[i] - meanY];
    xy += weight[i] * dx * dy;
    xx += weight[i] * dx * dx;
    yy += weight[i] * dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN;
}
