/** Fitted steps: what leaves, the float32 edge, and that nothing but the training part is seen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FittedSteps } from '../../../../language/check/model.ts';
import { applySteps, plainSteps } from '../../../../runtime/models/steps/apply.ts';
import { fitCalibration } from '../../../../runtime/models/steps/calibrate.ts';
import { applyColumn, toFloat32 } from '../../../../runtime/models/steps/column.ts';
import { fitSteps } from '../../../../runtime/models/steps/fit.ts';
import { classCuts, classOf, grades } from '../../../../runtime/models/steps/labels.ts';
import { chance } from '../../../support/chance.ts';
import { recipe } from './support.ts';

const NaN_ = Number.NaN;
const rowsTo = (count: number) => Int32Array.from({ length: count }, (_, row) => row);

describe('the float32 edge', () => {
  test('ties go to even', () => {
    expect(toFloat32(1 + 2 ** -24)).toBe(1);
    expect(toFloat32(1 + 3 * 2 ** -24)).toBe(1 + 2 ** -22);
    expect(toFloat32(16777217)).toBe(16777216);
  });
  test('there is one zero', () => {
    for (const zero of [-0, -1e-300, 1e-300, -1e-46]) expect(Object.is(toFloat32(zero), 0)).toBe(true);
    expect(Object.is(applyColumn({ column: 0, centre: 1, spread: 2 }, 1 - 1e-60), 0)).toBe(true);
  });
  test('what is not finite, or grows so, is absent', () => {
    for (const value of [NaN_, Infinity, -Infinity, 3.5e38, -1e300]) expect(toFloat32(value)).toBeNaN();
  });
  test('a value crosses it once: rounding after scaling, not before', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
        fc.double({ min: -10, max: 10, noNaN: true }),
        (x, centre) => {
          expect(applyColumn({ column: 0, centre, spread: 3 }, x)).toBe(Math.fround((x - centre) / 3) + 0);
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });
  test('infinities are counted, once a value', () => {
    const columns = [Float64Array.of(1, Infinity, NaN_, 1e39), Float64Array.of(-Infinity, 2, 3, 4)];
    const { matrix, infinite } = applySteps(plainSteps(2), columns, rowsTo(4));
    expect(infinite).toBe(3);
    expect([...matrix.values]).toEqual([1, NaN_, NaN_, NaN_, NaN_, 2, 3, 4]);
  });
  test('rows come in the order asked for, column by column', () => {
    const columns = [Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)];
    const { matrix } = applySteps(plainSteps(2), columns, Int32Array.of(2, 0));
    expect(matrix).toEqual({ rows: 2, columns: 2, values: Float32Array.of(3, 1, 6, 4) });
  });
});

describe('columns that leave', () => {
  const columns = [
    Float64Array.of(1, 2, 3, 4),
    Float64Array.of(NaN_, NaN_, Infinity, 9),
    Float64Array.of(5, 5, 5, 9),
    Float64Array.of(7, NaN_, 7, 9),
    Float64Array.of(1, 1 + 1e-12, 1, 9),
  ];
  const fitted = (some: Partial<FittedSteps>) => fitSteps(columns, rowsTo(3), recipe(some));

  test('all absent, and constant as float32, by the rows of the training part', async () => {
    expect((await fitted({})).left).toEqual([
      { column: 1, cause: 'all absent' },
      { column: 2, cause: 'constant' },
      { column: 4, cause: 'constant' },
    ]);
  });
  test('one value or none says something to a tree, and nothing once it is filled in or scaled', async () => {
    expect((await fitted({})).kept.map(({ column }) => column)).toEqual([0, 3]);
    expect((await fitted({ impute: 'median' })).kept.map(({ column }) => column)).toEqual([0]);
    expect((await fitted({ scale: 'standard' })).kept.map(({ column }) => column)).toEqual([0]);
  });
  test('of columns that say the same the one in the middle stays', async () => {
    const { normal } = chance(4);
    const base = Float64Array.from({ length: 200 }, normal);
    const other = Float64Array.from({ length: 200 }, normal);
    const near = (by: number) => base.map((x, i) => x + by * (other[i] ?? 0));
    const steps = await fitSteps(
      [near(0.3), near(-0.3), base, other],
      rowsTo(200),
      recipe({ select: [{ by: 'correlation', below: 0.9 }] }),
    );
    expect(steps.kept.map(({ column }) => column)).toEqual([2, 3]);
    expect(steps.left).toEqual([
      { column: 0, cause: 'correlation' },
      { column: 1, cause: 'correlation' },
    ]);
  });
  test.each(['gain', 'permutation'] as const)('by %s the best stay, at equal scores the first', async by => {
    const three = [1, 2, 3, 4].map(k => Float64Array.from({ length: 9 }, (_, i) => i * k));
    const steps = await fitSteps(three, rowsTo(9), recipe({ select: [{ by, keep: 2 }] }), async (asked, { kept }) => {
      expect([asked, kept.length]).toEqual([by, 4]);
      return Float64Array.of(1, NaN_, 5, 1);
    });
    expect(steps.kept.map(({ column }) => column)).toEqual([0, 2]);
    expect(steps.left.map(({ cause }) => cause)).toEqual([by, by]);
  });
  test('selections follow one another', async () => {
    const { normal } = chance(5);
    const a = Float64Array.from({ length: 50 }, normal);
    const many = [a, a.map(x => 2 * x), a.map(x => 1e-9 * x), Float64Array.from({ length: 50 }, normal)];
    const steps = await fitSteps(
      many,
      rowsTo(50),
      recipe({
        select: [
          { by: 'variance', above: 1e-6 },
          { by: 'correlation', below: 0.95 },
          { by: 'gain', keep: 1 },
        ],
      }),
      async () => Float64Array.of(1, 2),
    );
    expect(steps.left.map(({ column, cause }) => `${column} ${cause}`)).toEqual([
      '2 variance',
      '1 correlation',
      '0 gain',
    ]);
  });
});

describe('fitted constants', () => {
  test('absent is filled, outliers are cut at deviations, infinities are absent before the cut', async () => {
    const column = Float64Array.of(0, 2, 4, 6, 8, NaN_, 1000, Infinity);
    const steps = await fitSteps([column], rowsTo(5), recipe({ scale: 'standard', clip: 2, impute: 'median' }));
    const spread = Math.sqrt(8);
    expect(steps.kept).toEqual([{ column: 0, fill: 4, low: 4 - 2 * spread, high: 4 + 2 * spread, centre: 4, spread }]);
    const { matrix, infinite } = applySteps(steps, [column], rowsTo(8));
    expect([...matrix.values.slice(5)]).toEqual([0, 2, 0]);
    expect(infinite).toBe(1);
  });
  test('quartiles that meet fall back on the deviation', async () => {
    const column = Float64Array.of(0, 0, 0, 0, 0, 0, 0, 10);
    const { kept } = await fitSteps([column], rowsTo(8), recipe({ scale: 'robust' }));
    expect(kept[0]).toEqual({ column: 0, centre: 0, spread: Math.sqrt(100 / 8) });
  });
  test('are plain numbers: they survive being written', async () => {
    const { normal } = chance(8);
    const columns = [0, 1].map(() => Float64Array.from({ length: 30 }, normal));
    const steps = await fitSteps(columns, rowsTo(20), recipe({ scale: 'robust', clip: 3, impute: 'median' }));
    const again: typeof steps = JSON.parse(JSON.stringify(steps));
    expect(again).toEqual(steps);
    expect(applySteps(again, columns, rowsTo(30))).toEqual(applySteps(steps, columns, rowsTo(30)));
  });
  test('noise outside of the training part changes none of them', async () => {
    const recipes: readonly Partial<FittedSteps>[] = [
      { scale: 'standard', clip: 3, impute: 'median' },
      { scale: 'robust', select: [{ by: 'variance', above: 0.5 }] },
      { select: [{ by: 'correlation', below: 0.5 }] },
    ];
    for (const [seed, some] of recipes.entries()) {
      const { normal, uniform, whole } = chance(seed + 20);
      const columns = Array.from({ length: 6 }, () => Float64Array.from({ length: 100 }, normal));
      const rows = rowsTo(100).filter(() => uniform() < 0.6);
      const learned = new Set(rows);
      const noisy = columns.map(column =>
        column.map((x, row) => (learned.has(row) ? x : ([NaN_, 1e9, -Infinity][whole(3)] ?? 0))),
      );
      expect(await fitSteps(noisy, rows, recipe(some))).toEqual(await fitSteps(columns, rows, recipe(some)));
    }
  });
});

describe('classes and grades', () => {
  test('a label on a cut belongs to the class above', () => {
    const cuts = classCuts(Float64Array.of(1, 2, 3, 4, 5), 2);
    expect([cuts, classOf(cuts, 2.9), classOf(cuts, 3), classOf(cuts, NaN_)]).toEqual([[3], 0, 1, NaN_]);
  });
  test('labels that are mostly equal leave classes empty, the highest stays the highest', () => {
    const cuts = classCuts(Float64Array.of(-1, 0, 0, 0, 0, 0, 1), 4);
    expect(cuts).toEqual([0, 0, 0]);
    expect([-1, 0, 1].map(label => classOf(cuts, label))).toEqual([0, 3, 3]);
    expect(classCuts(new Float64Array(0), 3)).toEqual([]);
  });
  test('31 grades within a tick, ties in the middle, one alone 0', () => {
    const places = { tick: Int32Array.of(1, 1, 1, 1, 2, 3, 3, 3), lane: Int32Array.of(0, 1, 2, 3, 0, 0, 1, 2) };
    const labels = Float64Array.of(5, -1, 9, 5, 7, 2, 2, 2);
    expect([...grades(places, rowsTo(8), labels)]).toEqual([15, 0, 30, 15, 0, 15, 15, 15]);
    expect([...grades(places, Int32Array.of(1, 2), Float64Array.of(-1, 9))]).toEqual([0, 30]);
  });
  test('grades keep the order of the labels and reach both ends', () => {
    const { normal } = chance(3);
    const labels = Float64Array.from({ length: 200 }, normal);
    const places = { tick: new Int32Array(200), lane: rowsTo(200) };
    const graded = grades(places, rowsTo(200), labels);
    const order = [...labels.keys()].sort((a, b) => (labels[a] ?? 0) - (labels[b] ?? 0));
    for (let i = 1; i < 200; i++) expect(graded[order[i] ?? 0]).toBeGreaterThanOrEqual(graded[order[i - 1] ?? 0] ?? 0);
    expect(new Set(graded).size).toBe(31);
  });
});

describe('calibration', () => {
  test('of several classes each against the rest', () => {
    const scores = [0, 1, 2].map(k =>
      Float64Array.from({ length: 9 }, (_, row) => (row % 3 === k ? 2 : -1) + row / 100),
    );
    const labels = Float64Array.from({ length: 9 }, (_, row) => row % 3);
    const found = fitCalibration('isotonic', scores, labels);
    expect(found?.classes.length).toBe(3);
    expect(fitCalibration('platt', scores, labels)?.classes.length).toBe(3);
  });
  test('with one class only there is none', () => {
    const scores = [Float64Array.of(1, 2, 3)];
    expect(fitCalibration('platt', scores, Float64Array.of(1, 1, 1))).toBeUndefined();
    expect(fitCalibration('isotonic', [new Float64Array(0)], new Float64Array(0))).toBeUndefined();
    expect(fitCalibration('platt', [Float64Array.of(1, NaN_)], Float64Array.of(1, 0))).toBeUndefined();
  });
  test('scores that say nothing give the base rate', () => {
    const found = fitCalibration('isotonic', [Float64Array.of(4, 4, 4, 4)], Float64Array.of(0, 1, 1, 1));
    expect(found).toEqual({ kind: 'isotonic', classes: [{ scores: [4], probabilities: [0.75] }] });
  });
  test('a scale that separates all the same stays finite', () => {
    const scores = Float64Array.from({ length: 40 }, (_, i) => (i - 19.5) * 1e6);
    const found = fitCalibration(
      'platt',
      [scores],
      scores.map(score => Number(score > 0)),
    );
    const curve = found?.kind === 'platt' ? found.classes[0] : undefined;
    expect(Number.isFinite(curve?.slope) && (curve?.slope ?? 0) > 0).toBe(true);
  });
});
