/** Figures and their resamples, tables, and what is left out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../../../runtime/models/matrix.ts';
import { blockLength, intervalsOf, resample } from '../../../../runtime/models/metrics/bootstrap.ts';
import { coefficient, tOfMean } from '../../../../runtime/models/metrics/correlations.ts';
import { judge, pooled, score, taskOf } from '../../../../runtime/models/metrics/judge.ts';
import { liftTable } from '../../../../runtime/models/metrics/numbers.ts';
import { permutationImportance } from '../../../../runtime/models/metrics/permutation.ts';
import { type Sample, sampleOf } from '../../../../runtime/models/metrics/sample.ts';
import { METRICS, metricsOf } from '../../../../runtime/models/metrics/table.ts';
import type { Judged, Task } from '../../../../runtime/models/metrics/types.ts';
import { chance } from '../../../support/chance.ts';

const TASKS: readonly Task[] = [
  { kind: 'binary' },
  { kind: 'classes', names: ['a', 'b', 'c'] },
  { kind: 'number' },
  { kind: 'quantile', at: 0.3 },
  { kind: 'rank' },
];

/** A panel of `lanes` members over `ticks` ticks for a task, coarse enough to have ties. */
function panel(task: Task, seed: number, ticks: number, lanes: number): Judged {
  const { uniform, normal, whole } = chance(seed);
  const rows = Array.from({ length: ticks * lanes }, (_, i) => ({
    tick: Math.floor(i / lanes),
    lane: i % lanes,
  })).filter(() => uniform() < 0.9);
  const label = Float64Array.from(rows, () =>
    task.kind === 'binary' ? whole(2) : task.kind === 'classes' ? whole(3) : Math.round(4 * normal()) / 4,
  );
  const coarse = () => Float64Array.from(rows, () => whole(20) / 20);
  const [a, b] = [coarse(), coarse()];
  const prediction =
    task.kind === 'classes'
      ? [a.map(x => x / 2), b.map(x => x / 2), a.map((x, i) => 1 - x / 2 - (b[i] ?? 0) / 2)]
      : [a];
  return {
    tick: Int32Array.from(rows, ({ tick }) => tick),
    lane: Int32Array.from(rows, ({ lane }) => lane),
    label,
    prediction,
    weight: Float64Array.from(rows, () => 0.5 + uniform()),
  };
}

describe('a figure over ticks that count several times', () => {
  /** The rows written out as often as their tick counts, each copy at a tick of its own. */
  function repeated(judged: Judged, sample: Sample, times: ArrayLike<number>): Judged {
    const rows = [...judged.tick.keys()].flatMap(row => {
      const count = times[sample.ticks.indexOf(judged.tick[row] ?? -1)] ?? 0;
      return Array.from({ length: count }, (_, copy) => ({ row, tick: (judged.tick[row] ?? 0) * 100 + copy }));
    });
    const pick = (values: Float64Array) => Float64Array.from(rows, ({ row }) => values[row] ?? Number.NaN);
    return {
      tick: Int32Array.from(rows, ({ tick }) => tick),
      lane: Int32Array.from(rows, ({ row }) => judged.lane[row] ?? 0),
      label: pick(judged.label),
      prediction: judged.prediction.map(pick),
      weight: pick(judged.weight ?? new Float64Array(0)),
    };
  }
  test.each(TASKS.flatMap(task => [1, 8].map(lanes => ({ task, lanes, kind: task.kind }))))(
    'is that of the rows written out: $kind, $lanes lanes',
    ({ task, lanes }) => {
      fc.assert(
        fc.property(fc.nat(500), seed => {
          const judged = panel(task, seed, 25, lanes);
          const sample = sampleOf(judged);
          const times = resample(sample.ticks.length, 4, seed, 1);
          const { values } = judge(repeated(judged, sample, times), task, 2);
          for (const metric of metricsOf(task).filter(({ fixed }) => fixed === undefined)) {
            const figure = metric.of(sample, task, 2)(times);
            if (Number.isNaN(values[metric.name])) expect(figure).toBeNaN();
            else expect(figure, metric.name).toBeCloseTo(values[metric.name] ?? 0, 9);
          }
        }),
        { numRuns: 8, seed: 4 },
      );
    },
  );
});

describe('intervals', () => {
  test('blocks are twice the horizon, at least twenty ticks', () => {
    expect([1, 10, 11, 48].map(blockLength)).toEqual([20, 20, 22, 96]);
  });
  test('a resample is as long as the sample and made of whole stretches', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(99),
        (ticks, length, draw) => {
          const times = resample(ticks, length, 3, draw);
          expect(times.reduce((a, b) => a + b, 0)).toBe(ticks);
          // Every stretch begins and ends once, so that the counts rise and fall at most once a block.
          const rises = [...times].reduce((sum, count, i) => sum + Math.max(0, count - (times[i - 1] ?? 0)), 0);
          expect(rises).toBeLessThanOrEqual(Math.ceil(ticks / Math.min(length, ticks)));
        },
      ),
      { numRuns: 100, seed: 5 },
    );
  });
  test('the same seed gives the same interval, another one another', () => {
    const judged = panel({ kind: 'binary' }, 1, 200, 1);
    const interval = (seed: number) =>
      judge(judged, { kind: 'binary' }, 3, { intervals: { seed, draws: 50 } }).intervals?.auc;
    expect(interval(1)).toEqual(interval(1));
    expect(interval(1)).not.toEqual(interval(2));
  });
  test('the mean of independent rows: as wide as its standard error says', () => {
    const { normal } = chance(2);
    const x = Float64Array.from({ length: 4000 }, normal);
    const figure = (times: ArrayLike<number>) =>
      x.reduce((sum, value, i) => sum + value * (times[i] ?? 0), 0) / x.length;
    const [interval] = intervalsOf([figure], x.length, 1, 7);
    const width = (interval?.high ?? 0) - (interval?.low ?? 0);
    expect(width).toBeGreaterThan(0.8 * 2 * 1.96 * (1 / Math.sqrt(4000)));
    expect(width).toBeLessThan(1.2 * 2 * 1.96 * (1 / Math.sqrt(4000)));
  });
  test('labels that overlap make it wider, as they should', () => {
    // A moving sum over h has h times the variance of its mean.
    const { normal } = chance(3);
    const h = 10;
    const noise = Array.from({ length: 4000 + h }, normal);
    const x = Float64Array.from(
      { length: 4000 },
      (_, i) => noise.slice(i, i + h).reduce((a, b) => a + b, 0) / Math.sqrt(h),
    );
    const figure = (times: ArrayLike<number>) =>
      x.reduce((sum, value, i) => sum + value * (times[i] ?? 0), 0) / x.length;
    const [interval] = intervalsOf([figure], x.length, h, 7);
    const half = ((interval?.high ?? 0) - (interval?.low ?? 0)) / 2 / 1.96;
    expect(half * Math.sqrt(4000 / h)).toBeGreaterThan(0.7);
    expect(half * Math.sqrt(4000 / h)).toBeLessThan(1.2);
  });
  test('a figure that most resamples do not have has none', () => {
    expect(intervalsOf([() => Number.NaN], 30, 1, 1, 10)).toEqual([{ low: Number.NaN, high: Number.NaN }]);
  });
});

describe('the information coefficient', () => {
  test('of four instruments is taken over time, of five at each tick', () => {
    const task: Task = { kind: 'number' };
    const [four, five] = [4, 5].map(lanes => coefficient(sampleOf(panel(task, 3, 60, lanes)), 'order', 2));
    expect(four?.deviation).toBeNaN();
    expect(five?.deviation).toBeGreaterThan(0);
    expect(four?.t).not.toBeNaN();
  });
  test('over one lane: its t is near the usual one where labels do not overlap', () => {
    const { normal } = chance(9);
    const label = Float64Array.from({ length: 400 }, normal);
    const judged: Judged = {
      tick: Int32Array.from(label, (_, i) => i),
      lane: new Int32Array(400),
      label,
      prediction: [label.map(y => 0.2 * y + normal())],
    };
    const { mean, t } = coefficient(sampleOf(judged), 'size', 1);
    const r = mean(new Uint8Array(400).fill(1));
    expect(t / (r * Math.sqrt(398 / (1 - r * r)))).toBeGreaterThan(0.85);
    expect(t / (r * Math.sqrt(398 / (1 - r * r)))).toBeLessThan(1.15);
  });
  test('overlap is counted by ticks, not by places in the list', () => {
    const x = Float64Array.of(1, 2, 4, 3, 5);
    expect(tOfMean(Int32Array.of(0, 10, 20, 30, 40), x, 9)).toBe(tOfMean(Int32Array.of(0, 1, 2, 3, 4), x, 0));
    expect(tOfMean(Int32Array.of(0, 1, 2, 3, 4), x, 2)).not.toBe(tOfMean(Int32Array.of(0, 1, 2, 3, 4), x, 0));
  });
  test('predictions that are all equal have none', () => {
    const judged = { ...panel({ kind: 'number' }, 3, 40, 6) };
    const none = { ic: Number.NaN, ic_t: Number.NaN, linear_ic: Number.NaN, linear_ic_t: Number.NaN };
    for (const level of [1, 0.1]) {
      const flat = { ...judged, prediction: [judged.label.map(() => level)] };
      expect(judge(flat, { kind: 'number' }, 2).values).toMatchObject(none);
      const alone = { ...flat, lane: new Int32Array(flat.label.length) };
      expect(judge(alone, { kind: 'number' }, 2).values).toMatchObject(none);
      expect(judge({ ...flat, label: flat.label.map(() => level) }, { kind: 'number' }, 2).values.r2).toBeNaN();
    }
  });
});

describe('a judgement', () => {
  test('leaves out rows without label or prediction', () => {
    const judged: Judged = {
      tick: Int32Array.of(1, 2, 3, 4),
      lane: new Int32Array(4),
      label: Float64Array.of(0, 1, Number.NaN, 1),
      prediction: [Float64Array.of(0.2, 0.9, 0.9, Number.NaN)],
    };
    const { rows, ticks, values, baseRates } = judge(judged, { kind: 'binary' }, 1);
    expect([rows, ticks, values.auc, values.accuracy, baseRates]).toEqual([2, 2, 1, 1, [0.5]]);
  });
  test('of nothing, or of one class, has no AUC and does not fail', () => {
    for (const task of TASKS) {
      const empty = panel(task, 1, 0, 1);
      expect(
        Object.values(judge(empty, task, 2, { intervals: { seed: 1, draws: 5 } }).values).every(Number.isNaN),
      ).toBe(true);
    }
    const one = { ...panel({ kind: 'binary' }, 1, 20, 1) };
    expect(judge({ ...one, label: one.label.fill(1) }, { kind: 'binary' }, 1).values.auc).toBeNaN();
  });
  test('pools rows, not folds', () => {
    const parts = [1, 2].map(seed => panel({ kind: 'binary' }, seed, 10 * seed, 2));
    const all = pooled(parts);
    expect(all.label.length).toBe((parts[0]?.label.length ?? 0) + (parts[1]?.label.length ?? 0));
    expect(score(all, { kind: 'binary' }, 1, 'auc')).toBe(judge(all, { kind: 'binary' }, 1).values.auc);
    expect(() => score(all, { kind: 'binary' }, 1, 'rmse')).toThrow(/no metric rmse/);
  });
  test('calibration bins are (a, b], and say what came true', () => {
    const judged: Judged = {
      tick: Int32Array.of(1, 2, 3, 4, 5),
      lane: new Int32Array(5),
      label: Float64Array.of(0, 1, 1, 0, 1),
      prediction: [Float64Array.of(0, 0.1, 0.15, 0.2, 1)],
    };
    expect(judge(judged, { kind: 'binary' }, 1).calibration?.[0]?.bins).toEqual([
      { from: 0, to: 0.1, rows: 2, predicted: 0.05, observed: 0.5 },
      { from: 0.1, to: 0.2, rows: 2, predicted: expect.closeTo(0.175, 12), observed: 0.5 },
      { from: 0.9, to: 1, rows: 1, predicted: 1, observed: 1 },
    ]);
  });
  test('lift by tenths of all rows, the highest first', () => {
    const scores = Float64Array.from({ length: 25 }, (_, i) => i);
    const tenths = liftTable(
      scores,
      scores.map(x => Number(x >= 20)),
      true,
    );
    expect(tenths.map(({ rows }) => rows).reduce((a, b) => a + b, 0)).toBe(25);
    expect(tenths[0]).toEqual({ rows: 3, predicted: 23, observed: 1, lift: 5 });
    expect(tenths.at(-1)).toMatchObject({ observed: 0, lift: 0 });
  });
  test('every metric belongs to a task, and names are single', () => {
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
    expect(TASKS.flatMap(metricsOf).length).toBeGreaterThan(METRICS.length);
    expect(taskOf({ kind: 'softmax', classes: ['a', 'b'] })).toEqual({ kind: 'classes', names: ['a', 'b'] });
    expect(taskOf({ kind: 'huber' })).toEqual({ kind: 'number' });
  });
});

describe('permutation importance', () => {
  const { normal } = chance(6);
  const rows = 500;
  const values = Float32Array.from({ length: 3 * rows }, normal);
  const matrix = { rows, columns: 3, values };
  const weights = [2, 0, 1];
  const truth = Float64Array.from({ length: rows }, (_, row) =>
    weights.reduce((sum, w, c) => sum + w * (values[c * rows + row] ?? 0), 0),
  );
  const score_ = async (given: Matrix) =>
    -truth.reduce((sum, y, row) => {
      const guess = weights.reduce((total, w, c) => total + w * (given.values[c * rows + row] ?? 0), 0);
      return sum + (y - guess) ** 2 / rows;
    }, 0);

  test('is what a column explains: 2 w² of squared error, 0 for one that is not used', async () => {
    const { mean, deviation } = await permutationImportance(matrix, score_, 1, 10);
    expect(mean[1]).toBe(0);
    expect((mean[0] ?? 0) / 8).toBeGreaterThan(0.85);
    expect((mean[0] ?? 0) / 8).toBeLessThan(1.15);
    expect((mean[2] ?? 0) / 2).toBeGreaterThan(0.85);
    expect((mean[2] ?? 0) / 2).toBeLessThan(1.15);
    expect(deviation[0]).toBeGreaterThan(0);
  });
  test('is the same for the same seed, and leaves the matrix as it was', async () => {
    const before = values.slice();
    const [one, two] = [await permutationImportance(matrix, score_, 3), await permutationImportance(matrix, score_, 3)];
    expect(one).toEqual(two);
    expect(values).toEqual(before);
  });
});
