import { beforeAll, describe, expect, test } from 'vitest';
import type { Objective } from '../../../../language/check/model.ts';
import { defaultSettings } from '../../../../language/check/trainer-settings.ts';
import type { LinearArtefact } from '../../../../runtime/models/artefact.ts';
import { logistic } from '../../../../runtime/models/linear/logistic.ts';
import { linearMargins } from '../../../../runtime/models/linear/predict.ts';
import { ridge } from '../../../../runtime/models/linear/ridge.ts';
import type { LabelledRows } from '../../../../runtime/models/matrix.ts';
import type { Trainer } from '../../../../runtime/models/trainer.ts';
import { askOracle, describeWithOracle } from '../../../support/oracle.ts';
import { cell, labelled, matrixOf, normals, randomMatrix, randomWeights, slice } from '../rows.ts';

const SQUARED: Objective = { kind: 'squared' };
const BINARY: Objective = { kind: 'logistic' };
const CLASSES: Objective = { kind: 'softmax', classes: ['down', 'flat', 'up'] };

async function train(
  trainer: Trainer,
  rows: LabelledRows,
  objective: Objective,
  settings: Record<string, number | boolean> = {},
): Promise<LinearArtefact> {
  const all = { ...defaultSettings(trainer.name), ...settings };
  const { artefact } = await trainer.train({ train: rows, objective, settings: all, seed: 0, threads: 1 });
  if (artefact.kind !== 'linear') throw new Error(`${trainer.name} gave ${artefact.kind}`);
  return artefact;
}

const ROWS = 600;
const COLUMNS = 7;
const features = randomMatrix(1, ROWS, COLUMNS);
const noise = normals(2);
const drawn = Array.from({ length: ROWS }, () => noise());
const signal = (r: number): number => cell(features, r, 0) - 0.5 * cell(features, r, 1) + 0.3;
const weights = randomWeights(3, ROWS);
const NUMBERS = labelled(features, r => signal(r) + drawn[r], weights);
const BOOLS = labelled(features, r => Number(signal(r) + drawn[r] > 0), weights);
const CATEGORIES = labelled(features, r => Math.min(2, Math.max(0, Math.round(signal(r) + drawn[r]) + 1)), weights);

describe('ridge', () => {
  test('finds the coefficients of labels without noise', async () => {
    const artefact = await train(ridge, labelled(features, signal), SQUARED, { alpha: 0 });
    const found = [...artefact.weights, ...artefact.bias];
    const true_ = [1, -0.5, 0, 0, 0, 0, 0, 0.3];
    for (const [k, value] of found.entries()) expect(value).toBeCloseTo(true_[k], 10);
  });

  test('a penalty decides between columns that repeat each other, and without one they are refused', async () => {
    const twins = matrixOf(50, 2, r => Math.fround(Math.sin(r)));
    const rows = labelled(twins, r => 2 * cell(twins, r, 0));
    const { weights: shared } = await train(ridge, rows, SQUARED, { alpha: 1e-6 });
    expect(shared[0]).toBeCloseTo(1, 6);
    expect(shared[1]).toBeCloseTo(1, 6);
    await expect(train(ridge, rows, SQUARED, { alpha: 0 })).rejects.toMatchObject({ code: 'E1137' });
  });

  test('a row of weight 2 is the row twice', async () => {
    const few = slice(features, 0, 40);
    const twice = matrixOf(80, COLUMNS, (r, c) => cell(few, r % 40, c));
    const doubled = labelled(few, signal, new Float64Array(40).fill(2));
    const repeated = labelled(twice, r => signal(r % 40));
    const a = await train(ridge, doubled, SQUARED);
    const b = await train(ridge, repeated, SQUARED);
    for (let c = 0; c < COLUMNS; c++) expect(a.weights[c]).toBeCloseTo(b.weights[c], 12);
  });
});

describe('logistic', () => {
  test('where the intercept is all there is, it is the log odds of the base rate', async () => {
    const flat = labelled(
      matrixOf(100, 1, () => 0),
      r => Number(r < 20),
    );
    const { bias } = await train(logistic, flat, BINARY, { tol: 1e-12 });
    expect(bias[0]).toBeCloseTo(Math.log(0.2 / 0.8), 9);
  });

  test('the minimum has no slope: a small change of any coefficient makes the objective larger', async () => {
    const artefact = await train(logistic, BOOLS, BINARY, { tol: 1e-10 });
    const objective = (at: LinearArtefact): number => {
      const margins = linearMargins(at, features);
      const losses = margins.map((m, r) => weights[r] * Math.log1p(Math.exp(BOOLS.labels[r] === 1 ? -m : m)));
      return losses.reduce((a, b) => a + b, 0) + at.weights.reduce((sum, b) => sum + b * b, 0) / 2;
    };
    const lowest = objective(artefact);
    for (let c = 0; c < COLUMNS; c++) {
      for (const step of [-1e-3, 1e-3]) {
        const moved = { ...artefact, weights: artefact.weights.map((b, i) => (i === c ? b + step : b)) };
        expect(objective(moved)).toBeGreaterThan(lowest);
      }
    }
  });

  test('classes that a plane separates give finite coefficients, for the penalty holds them', async () => {
    const line = matrixOf(40, 1, r => r - 19.5);
    const artefact = await train(
      logistic,
      labelled(line, r => Number(r >= 20)),
      BINARY,
    );
    expect(Number.isFinite(artefact.weights[0])).toBe(true);
    expect(artefact.weights[0]).toBeGreaterThan(0.5);
  });
});

describe('both', () => {
  test.each([
    { trainer: ridge, rows: NUMBERS, objective: SQUARED },
    { trainer: logistic, rows: CATEGORIES, objective: CLASSES },
  ])('$trainer.name gives the same bits again', async ({ trainer, rows, objective }) => {
    expect(await train(trainer, rows, objective)).toEqual(await train(trainer, rows, objective));
  });

  test('an objective of another trainer is refused with its mend', async () => {
    await expect(train(ridge, BOOLS, BINARY)).rejects.toMatchObject({ code: 'E1136' });
    await expect(train(logistic, NUMBERS, SQUARED)).rejects.toMatchObject({ code: 'E1136' });
  });

  test.each([ridge, logistic])(
    '$name leaves out rows with an absent feature, and needs one that has all',
    async trainer => {
      const objective = trainer === ridge ? SQUARED : BINARY;
      const isHoled = (r: number): boolean => r % 5 === 2;
      const holed = matrixOf(200, COLUMNS, (r, c) => (isHoled(r) && c === r % 7 ? Number.NaN : cell(features, r, c)));
      const all = labelled(holed, r => BOOLS.labels[r], randomWeights(5, 200));
      const kept = Array.from({ length: 200 }, (_, r) => r).filter(r => !isHoled(r));
      const few = matrixOf(160, COLUMNS, (r, c) => cell(features, kept[r], c));
      const rows = labelled(
        few,
        r => BOOLS.labels[kept[r]],
        Float64Array.from(kept, r => all.weights?.[r] ?? 1),
      );
      expect(await train(trainer, all, objective)).toEqual(await train(trainer, rows, objective));
      const request = { train: all, objective, settings: defaultSettings(trainer.name), seed: 0, threads: 1 };
      expect((await trainer.train(request)).leftOut).toBe(40);
      const none = labelled(
        matrixOf(10, 2, (_, c) => (c === 1 ? Number.NaN : 1)),
        r => r % 2,
      );
      await expect(train(trainer, none, objective)).rejects.toMatchObject({
        code: 'E1138',
        facts: { trainer: trainer.name, rows: 10 },
      });
    },
  );

  test('a batch of any size gives the same bits, and an absent feature an absent margin', async () => {
    const artefact = await train(logistic, CATEGORIES, CLASSES);
    const whole = linearMargins(artefact, features);
    for (const size of [1, 31]) {
      for (let from = 0; from + size <= ROWS; from += size) {
        const part = linearMargins(artefact, slice(features, from, from + size));
        for (let o = 0; o < 3; o++) {
          const own = whole.subarray(o * ROWS + from, o * ROWS + from + size);
          expect(part.subarray(o * size, (o + 1) * size)).toEqual(own);
        }
      }
    }
    const holed = matrixOf(2, COLUMNS, (r, c) => (r === 1 && c === 3 ? Number.NaN : 1));
    const margins = linearMargins(artefact, holed);
    expect([...margins].map(Number.isNaN)).toEqual([false, true, false, true, false, true]);
  });

  test('a stopped training says so', async () => {
    const settings = defaultSettings('logistic');
    const signal = AbortSignal.abort();
    const request = { train: BOOLS, objective: BINARY, settings, seed: 0, threads: 1, signal };
    await expect(logistic.train(request)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describeWithOracle('scikit-learn', () => {
  const cases = [
    { name: 'ridge', trainer: ridge, rows: NUMBERS, objective: SQUARED, setting: { alpha: 3.5 } },
    { name: 'ridge', trainer: ridge, rows: NUMBERS, objective: SQUARED, setting: { alpha: 3.5, fit_intercept: false } },
    { name: 'logistic', trainer: logistic, rows: BOOLS, objective: BINARY, setting: { C: 0.7 } },
    { name: 'logistic', trainer: logistic, rows: BOOLS, objective: BINARY, setting: { C: 0.1, fit_intercept: false } },
    { name: 'logistic', trainer: logistic, rows: CATEGORIES, objective: CLASSES, setting: { C: 1.3 } },
    { name: 'logistic', trainer: logistic, rows: CATEGORIES, objective: CLASSES, setting: { C: 100 } },
  ];
  let theirs: readonly { readonly weights: number[][]; readonly bias: number[] }[] = [];
  beforeAll(() => {
    theirs = askOracle('linear_models', {
      rows: Array.from({ length: ROWS }, (_, r) => Array.from({ length: COLUMNS }, (__, c) => cell(features, r, c))),
      weights: [...weights],
      models: cases.map(({ name, rows, setting }) => ({
        kind: name,
        labels: [...rows.labels],
        fit_intercept: true,
        ...setting,
      })),
    }) as typeof theirs;
  });

  test.each(cases.map((one, k) => ({ ...one, k })))('$name $objective.kind $setting to 1e-6', async one => {
    const { name, trainer, rows, objective, setting, k } = one;
    const own = await train(trainer, rows, objective, { ...setting, ...(name === 'logistic' && { tol: 1e-10 }) });
    const expected = [...theirs[k].weights.flat(), ...theirs[k].bias];
    expect(own.weights.length + own.bias.length).toBe(expected.length);
    for (const [i, value] of [...own.weights, ...own.bias].entries()) {
      expect(Math.abs(value - expected[i])).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected[i])));
    }
  });
});
