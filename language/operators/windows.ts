/**
 * Operators over the last n ticks. Sums and moments merge anchored blocks (folds.ts); extremes, counts and order
 * statistics are exact by any algorithm. All are strict: absent while a tick of the window is.
 */
import { windowComoments, windowMoments, windowSum, windowTrend, windowWeighted } from './folds.ts';
import type { OpSpec } from './operator.ts';
import { argument, window } from './spec.ts';

const x = argument('x', 'num', 'The stream.');
const y = argument('y', 'num', 'Another stream.');
const n = argument('n', 'length', 'Ticks in the window, the present one included.');
const atLeast = (min: number) => argument('n', { kind: 'length', min }, n.doc);
const sample = argument('sample', 'flag', 'Divide by n - 1 instead of n.', { default: 0 });

type One = readonly [Float64Array];
type Both = readonly [Float64Array, Float64Array];

const moments: readonly OpSpec[] = [
  window({
    name: 'sum',
    doc: 'Sum over the last n ticks.',
    formula: 'Σ x',
    arguments: [x, n],
    length: 1,
    evaluate: (windows, split) => windowSum((windows as One)[0], split),
  }),
  window({
    name: 'mean',
    doc: 'Mean over the last n ticks.',
    formula: 'Σ x / n',
    arguments: [x, n],
    length: 1,
    evaluate: (windows, split) => {
      const [values] = windows as One;
      return windowSum(values, split) / values.length;
    },
  }),
  window({
    name: 'wmean',
    doc: 'Mean with linear weights: 1 for the oldest tick, n for the newest.',
    formula: 'Σ i·xᵢ / (n (n + 1) / 2)',
    arguments: [x, n],
    length: 1,
    evaluate: (windows, split) => {
      const [values] = windows as One;
      const count = values.length;
      return windowWeighted(values, split).weighted / ((count * (count + 1)) / 2);
    },
  }),
  window({
    name: 'variance',
    doc: 'Mean squared distance from the mean, over n; over n - 1 with `sample = true`.',
    formula: 'Σ (x - mean)² / n',
    arguments: [x, n, sample],
    length: 1,
    unit: { kind: 'power', argument: 0, exponent: 2 },
    partial: true,
    evaluate: (windows, split, fixed) => {
      const [values] = windows as One;
      return windowMoments(values, split).m2 / (fixed[0] === 1 ? values.length - 1 : values.length);
    },
  }),
  window({
    name: 'covariance',
    doc: 'Mean product of the distances of two streams from their means, over n.',
    formula: 'Σ (x - mean x)(y - mean y) / n',
    arguments: [x, y, n],
    length: 2,
    unit: { kind: 'product', arguments: [0, 1] },
    evaluate: (windows, split) => {
      const [a, b] = windows as Both;
      return windowComoments(a, b, split).c / a.length;
    },
  }),
  window({
    name: 'correlation',
    doc: 'Pearson correlation, -1 to 1; undefined where one of the streams stands still.',
    formula: 'cov(x, y) / (sd x · sd y)',
    arguments: [x, y, n],
    length: 2,
    unit: { kind: 'plain' },
    partial: true,
    evaluate: (windows, split) => {
      const [a, b] = windows as Both;
      const { m2X, m2Y, c } = windowComoments(a, b, split);
      return c / (Math.sqrt(m2X) * Math.sqrt(m2Y));
    },
  }),
  window({
    name: 'slope',
    doc: 'Slope of the least-squares line through the last n ticks, per tick.',
    formula: 'Σ (i - mean i)(x - mean x) / (n (n² - 1) / 12)',
    arguments: [x, atLeast(2)],
    length: 1,
    evaluate: (windows, split) => {
      const [values] = windows as One;
      const count = values.length;
      return windowTrend(values, split).c / ((count * (count * count - 1)) / 12);
    },
  }),
];

const spread: readonly OpSpec[] = [
  window({
    name: 'mean_deviation',
    doc: 'Mean absolute distance of the last n ticks from their mean.',
    formula: 'Σ |x - mean| / n',
    arguments: [x, n],
    length: 1,
    // No merge exists for it: the distances are summed afresh at each tick, oldest first.
    evaluate: (windows, split) => {
      const [values] = windows as One;
      const mean = windowSum(values, split) / values.length;
      return values.reduce((total, value) => total + Math.abs(value - mean), 0) / values.length;
    },
  }),
];

const extremes: readonly OpSpec[] = [
  window({
    name: 'highest',
    doc: 'Highest value of the last n ticks.',
    formula: 'max x',
    arguments: [x, n],
    length: 1,
    evaluate: windows => (windows as One)[0].reduce((a, b) => Math.max(a, b)),
  }),
  window({
    name: 'lowest',
    doc: 'Lowest value of the last n ticks.',
    formula: 'min x',
    arguments: [x, n],
    length: 1,
    evaluate: windows => (windows as One)[0].reduce((a, b) => Math.min(a, b)),
  }),
  window({
    name: 'since_highest',
    doc: 'Ticks since the highest of the last n; the most recent one where several are equal.',
    formula: 'n - 1 - argmax x',
    arguments: [x, n],
    length: 1,
    unit: { kind: 'bars' },
    evaluate: windows => sinceLast((windows as One)[0], (value, best) => value >= best),
  }),
  window({
    name: 'since_lowest',
    doc: 'Ticks since the lowest of the last n; the most recent one where several are equal.',
    formula: 'n - 1 - argmin x',
    arguments: [x, n],
    length: 1,
    unit: { kind: 'bars' },
    evaluate: windows => sinceLast((windows as One)[0], (value, best) => value <= best),
  }),
];

function sinceLast(values: Float64Array, beats: (value: number, best: number) => boolean): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (beats(values[i] as number, values[at] as number)) at = i;
  return values.length - 1 - at;
}

const counts: readonly OpSpec[] = [
  window({
    name: 'count',
    doc: 'How many of the last n ticks the condition held; absent while it is unknown on one of them.',
    formula: '#{c}',
    arguments: [argument('condition', 'bool', 'What is counted.'), n],
    length: 1,
    unit: { kind: 'plain' },
    evaluate: windows => (windows as One)[0].reduce((a, b) => a + b, 0),
  }),
  window({
    name: 'percent_rank',
    doc: "Share of the n earlier values that are not above the present one, 0 to 100 (TradingView's ta.percentrank).",
    formula: '100 · #{xᵢ <= x} / n',
    arguments: [x, argument('n', { kind: 'length', min: 1, plus: 1 }, 'How many earlier values are looked at.')],
    length: 1,
    unit: { kind: 'index' },
    evaluate: windows => {
      const [values] = windows as One;
      const earlier = values.length - 1;
      const present = values[earlier] as number;
      let notAbove = 0;
      for (let i = 0; i < earlier; i++) if ((values[i] as number) <= present) notAbove++;
      return (100 * notAbove) / earlier;
    },
  }),
  window({
    name: 'median',
    doc: 'Middle value of the last n ticks; the mean of the two middle ones when n is even.',
    formula: 'median x',
    arguments: [x, n],
    length: 1,
    evaluate: windows => {
      const sorted = (windows as One)[0].toSorted();
      const upper = sorted.length >> 1;
      // `+ 0` turns -0 into 0, so that the order among equal zeros cannot show.
      if (sorted.length % 2 === 1) return (sorted[upper] as number) + 0;
      return ((sorted[upper - 1] as number) + (sorted[upper] as number)) * 0.5 + 0;
    },
  }),
  window({
    name: 'quantile',
    doc: 'Value below which a share q of the last n ticks lies, interpolated between neighbours.',
    formula: 'h = (n - 1) q; v[⌊h⌋] + (h - ⌊h⌋)(v[⌊h⌋ + 1] - v[⌊h⌋])',
    arguments: [x, n, argument('q', 'fixed', 'Share, 0 to 1.')],
    length: 1,
    evaluate: (windows, _split, fixed) => {
      const sorted = (windows as One)[0].toSorted();
      const last = sorted.length - 1;
      const place = last * (fixed[0] as number);
      if (!(place >= 0 && place <= last)) return Number.NaN;
      const low = Math.floor(place);
      const below = sorted[low] as number;
      if (low === last) return below + 0;
      return below + (place - low) * ((sorted[low + 1] as number) - below) + 0;
    },
  }),
];

export const WINDOWS: readonly OpSpec[] = [...moments, ...spread, ...extremes, ...counts];
