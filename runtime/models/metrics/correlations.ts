/**
 * Information coefficients: how the order (IC, Spearman) or the size (linear IC, Pearson) of predictions goes with what
 * came. In a universe one figure a tick over its present members, then mean, deviation and t over the ticks; of fewer
 * instruments than make a tick's figure, over time, all rows pooled.
 *
 * Source of the standard error: W. Newey and K. West, "A simple, positive semi-definite, heteroskedasticity and
 * autocorrelation consistent covariance matrix" (1987), Bartlett weights, lag h − 1 in ticks: labels of horizon h overlap
 * so far.
 */
import { ascending, endsOfTies, type Figure, meanOfTicks, rowsByTick, type Sample } from './sample.ts';

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
  return ranksOf({ order, ends: endsOfTies(values, order) }, new Float64Array(values.length).fill(1));
}

export function pearson(x: Float64Array, y: Float64Array): number {
  return correlationOf(x, y, new Float64Array(x.length).fill(1));
}

/** Mean 0, deviation (dividing by n) 1; NaN where nothing moves. */
function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  const moves = values.some(x => x !== values[0]);
  return values.map(x => (moves ? (x - mean) / deviation : Number.NaN));
}

function pooledSize({ prediction, label, position }: Sample): Figure {
  return times => correlationOf(prediction[0], label, timesOfRows(position, times));
}

function pooledOrder({ prediction, label, position }: Sample): Figure {
  const [predicted, came] = [prediction[0], label].map(column => {
    const order = ascending(column);
    return { order, ends: endsOfTies(column, order) };
  });
  return times => {
    const counts = timesOfRows(position, times);
    return correlationOf(ranksOf(predicted, counts), ranksOf(came, counts), counts);
  };
}

function timesOfRows(position: Int32Array, times: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(position.length);
  for (let row = 0; row < counts.length; row++) counts[row] = times[position[row]];
  return counts;
}

interface Order {
  readonly order: Int32Array;
  readonly ends: Int32Array;
}

/** Midranks of a sample in which row i stands `counts[i]` times. */
function ranksOf({ order, ends }: Order, counts: Float64Array): Float64Array {
  const ranks = new Float64Array(order.length);
  let before = 0;
  let first = 0;
  for (const end of ends) {
    let tied = 0;
    for (let i = first; i < end; i++) tied += counts[order[i]];
    for (let i = first; i < end; i++) ranks[order[i]] = before + (tied + 1) / 2;
    before += tied;
    first = end;
  }
  return ranks;
}

/** Pearson's, of a sample in which row i stands `counts[i]` times. */
function correlationOf(x: Float64Array, y: Float64Array, counts: Float64Array): number {
  let [total, sumX, sumY] = [0, 0, 0];
  // What does not move may still differ from its mean by a rounding.
  let [movesX, movesY] = [false, false];
  let first = -1;
  for (let i = 0; i < x.length; i++) {
    if (counts[i] === 0) continue;
    if (first < 0) first = i;
    if (x[i] !== x[first]) movesX = true;
    if (y[i] !== y[first]) movesY = true;
    total += counts[i];
    sumX += counts[i] * x[i];
    sumY += counts[i] * y[i];
  }
  if (!movesX || !movesY) return Number.NaN;
  const [meanX, meanY] = [sumX / total, sumY / total];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i] - meanX, y[i] - meanY];
    xy += counts[i] * dx * dy;
    xx += counts[i] * dx * dx;
    yy += counts[i] * dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN;
}
