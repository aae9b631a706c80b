/** The embedded trainer by itself: the same bytes for any threads, what it stops for, what it refuses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Objective } from '../../../../language/check/model.ts';
import { defaultSettings } from '../../../../language/check/trainer-settings.ts';
import type { TreeArtefact } from '../../../../runtime/models/artefact.ts';
import type { LabelledRows } from '../../../../runtime/models/matrix.ts';
import type { Progress } from '../../../../runtime/models/trainer.ts';
import { boost } from '../../../../runtime/models/trees/boost.ts';
import { compileTrees } from '../../../../runtime/models/trees/compiled.ts';
import { importance } from '../../../../runtime/models/trees/importance.ts';
import { readTreeSettings, type Settings } from '../../../../runtime/models/trees/settings.ts';
import { madeUp, train, trees } from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
const LOGISTIC: Objective = { kind: 'logistic' };

function bytes({ base, trees: grown }: TreeArtefact): Buffer {
  const parts = grown.flatMap(tree => [
    tree.feature,
    tree.cut,
    tree.left,
    tree.right,
    tree.absentLeft,
    tree.value,
    tree.gain,
    tree.cover,
  ]);
  return Buffer.concat([base, ...parts].map(part => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

function bools(rows: number, seed: number, columns = 12): LabelledRows {
  const made = madeUp({ rows, columns, seed, absent: 0.1, weights: true });
  return { ...made.rows, labels: made.scores.map(score => Number(score > 0.3)) };
}

async function refusal(training: Promise<unknown>): Promise<string> {
  return training.then(
    () => 'trained',
    error => String((error as { readonly code?: string }).code),
  );
}

describe('any number of threads', () => {
  const cases: readonly { readonly name: string; readonly settings: Settings }[] = [
    { name: 'level by level', settings: { max_depth: 7, subsample: 0.8, colsample_bynode: 0.6 } },
    {
      name: 'leaf by leaf',
      settings: { grow_policy: 'lossguide', max_leaves: 40, max_depth: 0, colsample_bytree: 0.7 },
    },
  ];
  for (const { name, settings } of cases) {
    it(`${name}: the same bytes`, async () => {
      const rows = bools(isDeep ? 40_000 : 18_000, 5);
      const made: Buffer[] = [];
      for (const threads of [1, 2, 4]) {
        made.push(bytes(trees(await train({ train: rows, objective: LOGISTIC, threads, seed: 9 }, settings))));
      }
      expect(made[1].equals(made[0])).toBe(true);
      expect(made[2].equals(made[0])).toBe(true);
    });
  }
});

it('needs no more memory for histograms than it is given, and grows the same trees', async () => {
  const rows = bools(6000, 7);
  const settings = {
    ...defaultSettings('xgboost'),
    n_estimators: 3,
    grow_policy: 'lossguide',
    max_leaves: 300,
    max_depth: 0,
  };
  const request = { train: rows, objective: LOGISTIC, settings, seed: 0, threads: 1 };
  for (const policy of ['lossguide', 'depthwise']) {
    const read = readTreeSettings('xgboost', { ...settings, grow_policy: policy, min_child_weight: 0.1 });
    const grow = (histogramBytes: number) =>
      boost(request, read, { trainer: 'xgboost', sideBySide: false, histogramBytes });
    const [ample, scarce] = [await grow(2 ** 28), await grow(1)];
    expect(trees(ample).trees[0].feature.length).toBe(599);
    expect(bytes(trees(scarce)).equals(bytes(trees(ample)))).toBe(true);
  }
});

describe('chance', () => {
  const rows = bools(3000, 8);
  const settings = { subsample: 0.5, n_estimators: 5 };
  const withSeed = async (seed: number) =>
    bytes(trees(await train({ train: rows, objective: LOGISTIC, seed }, settings)));

  it('repeats with the seed and changes with it', async () => {
    const [first, again, other] = [await withSeed(1), await withSeed(1), await withSeed(2 ** 40 + 1)];
    expect(again.equals(first)).toBe(true);
    expect(other.equals(first)).toBe(false);
  });

  it('takes the stated share of rows: a tree covers about that many', async () => {
    const made = madeUp({ rows: 20_000, columns: 4, seed: 4 });
    const plain = { ...made.rows, labels: made.scores };
    const grown = await train({ train: plain, objective: { kind: 'squared' } }, { subsample: 0.3, n_estimators: 3 });
    for (const tree of trees(grown).trees) {
      // The hessian of squared error counts rows.
      expect(Math.abs(tree.cover[0] - 6000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.3 * 0.7));
    }
  });

  it('takes the stated share of columns', async () => {
    const grown = trees(
      await train({ train: rows, objective: LOGISTIC }, { colsample_bytree: 0.25, n_estimators: 30 }),
    );
    for (const tree of grown.trees) {
      expect(new Set(tree.feature.filter(column => column >= 0)).size).toBeLessThanOrEqual(3);
    }
    expect(importance(grown, 'weight').filter(count => count > 0).length).toBeGreaterThan(3);
  });

  it('is kept out where everything is taken', async () => {
    const one = await train({ train: rows, objective: LOGISTIC, seed: 1 }, { n_estimators: 5 });
    const two = await train({ train: rows, objective: LOGISTIC, seed: 2 }, { n_estimators: 5 });
    expect(bytes(trees(one)).equals(bytes(trees(two)))).toBe(true);
  });
});

describe('the valid part', () => {
  const [learned, held] = [bools(2000, 1), bools(1500, 2)];

  it('stops when nothing gets better and keeps the best round', async () => {
    const seen: Progress[] = [];
    const trained = await train(
      { train: learned, valid: held, objective: LOGISTIC, earlyStoppingRounds: 5, progress: step => seen.push(step) },
      { n_estimators: 200 },
    );
    const losses = trained.curve.map(step => step.metric?.valid ?? Number.NaN);
    const best = losses.indexOf(Math.min(...losses));
    expect(trained.rounds).toBe(best + 1);
    expect(trees(trained).trees.length).toBe(best + 1);
    expect(losses.length).toBe(best + 1 + 5);
    expect(seen).toEqual(trained.curve);
    expect(trained.curve.every(step => step.metric?.name === 'logloss')).toBe(true);
  });

  it('leaves the trees alone', async () => {
    const alone = await train({ train: learned, objective: LOGISTIC }, { n_estimators: 10 });
    const watched = await train({ train: learned, valid: held, objective: LOGISTIC }, { n_estimators: 10 });
    expect(bytes(trees(watched)).equals(bytes(trees(alone)))).toBe(true);
    expect(alone.curve.every(step => step.metric === undefined)).toBe(true);
  });

  it('is measured as the artefact predicts it', async () => {
    const trained = await train({ train: learned, valid: held, objective: LOGISTIC }, { n_estimators: 7 });
    const margins = compileTrees(trees(trained))(held.matrix);
    const { labels, weights = new Float64Array(labels.length).fill(1) } = held;
    const loss = labels.map(
      (label, row) => weights[row] * Math.log1p(Math.exp(label === 1 ? -margins[row] : margins[row])),
    );
    const mean = loss.reduce((a, b) => a + b, 0) / weights.reduce((a, b) => a + b, 0);
    expect(trained.curve.at(-1)?.metric?.valid).toBeCloseTo(mean, 6);
  });
});

it('stops between rounds when asked to', async () => {
  const stop = new AbortController();
  const training = train(
    {
      train: bools(2000, 3),
      objective: LOGISTIC,
      signal: stop.signal,
      progress: ({ round }) => round === 3 && stop.abort(),
    },
    { n_estimators: 50 },
  );
  await expect(training).rejects.toMatchObject({ name: 'AbortError' });
});

describe('columns', () => {
  it('that are constant or absent are never split on, and change nothing', async () => {
    const rows = bools(1500, 6, 4);
    const { matrix } = rows;
    const values = new Float32Array(6 * matrix.rows);
    values.fill(7, 0, matrix.rows);
    values.set(matrix.values, matrix.rows);
    values.fill(Number.NaN, 5 * matrix.rows);
    const wider = { ...rows, matrix: { rows: matrix.rows, columns: 6, values } };
    const plain = trees(await train({ train: rows, objective: LOGISTIC }, {}));
    const padded = trees(await train({ train: wider, objective: LOGISTIC }, {}));
    const shifted = {
      ...plain,
      trees: plain.trees.map(tree => ({ ...tree, feature: tree.feature.map(c => (c < 0 ? c : c + 1)) })),
    };
    expect(bytes(padded).equals(bytes(shifted))).toBe(true);
    expect(padded.features).toBe(6);
  });

  it('may have 256 values beside absent ones: each of them can be told apart', async () => {
    const rows = 257 * 8;
    const level = (row: number) => row % 257;
    // The second column tells nothing, but lets a row without the first one have a prediction.
    const values = new Float32Array(2 * rows).map((_, i) => (i >= rows ? 1 : level(i) === 256 ? Number.NaN : level(i)));
    const labels = Float64Array.from({ length: rows }, (_, row) => level(row) + 0.5);
    const trained = await train(
      { train: { matrix: { rows, columns: 2, values }, labels }, objective: { kind: 'squared' } },
      { n_estimators: 1, learning_rate: 1, max_depth: 12, reg_lambda: 0, min_child_weight: 0, base_score: 0 },
    );
    const margins = compileTrees(trees(trained))({ rows, columns: 2, values });
    expect([...margins]).toEqual([...labels]);
  });
});

describe('importance', () => {
  it('tells the columns that matter from the others', async () => {
    const made = madeUp({ rows: 4000, columns: 8, seed: 12 });
    const trained = await train({ train: { ...made.rows, labels: made.scores }, objective: { kind: 'squared' } }, {});
    const byGain = trained.gain ?? new Float64Array();
    expect(Math.min(...byGain.subarray(0, 4))).toBeGreaterThan(3 * Math.max(...byGain.subarray(4)));
    const weight = importance(trees(trained), 'weight');
    const splits = trees(trained).trees.reduce((sum, tree) => sum + tree.feature.filter(c => c >= 0).length, 0);
    expect(weight.reduce((a, b) => a + b, 0)).toBe(splits);
  });
});

describe('what cannot be learned from', () => {
  const good = bools(200, 1, 3);
  const matrixOf = (values: Float32Array) => ({ rows: 200, columns: 3, values });
  const cases: readonly (readonly [string, LabelledRows, Objective, Settings, string])[] = [
    ['one class', { ...good, labels: new Float64Array(200) }, LOGISTIC, {}, 'E1124'],
    ['constant columns', { ...good, matrix: matrixOf(new Float32Array(600).fill(2)) }, LOGISTIC, {}, 'E1124'],
    ['absent columns', { ...good, matrix: matrixOf(new Float32Array(600).fill(Number.NaN)) }, LOGISTIC, {}, 'E1124'],
    ['weights of 0', { ...good, weights: new Float64Array(200) }, LOGISTIC, {}, 'E1124'],
    [
      'one row',
      { matrix: { rows: 1, columns: 1, values: Float32Array.of(1) }, labels: Float64Array.of(1) },
      LOGISTIC,
      {},
      'E1124',
    ],
    [
      'a label that is no number',
      { ...good, labels: good.labels.with(3, Number.NaN) },
      { kind: 'squared' },
      {},
      'E1125',
    ],
    ['a label that is neither 0 nor 1', { ...good, labels: good.labels.with(3, 2) }, LOGISTIC, {}, 'E1125'],
    [
      'a class that is not there',
      { ...good, labels: good.labels.with(3, 2) },
      { kind: 'softmax', classes: ['a', 'b'] },
      {},
      'E1125',
    ],
    ['a negative weight', { ...good, weights: new Float64Array(200).fill(1).with(9, -1) }, LOGISTIC, {}, 'E1125'],
    ['groups of other rows', { ...good, groups: Int32Array.of(100, 99) }, { kind: 'rank' }, {}, 'E1125'],
    ['a share of nothing', good, LOGISTIC, { subsample: 0 }, 'E1123'],
    ['half a tree', good, LOGISTIC, { n_estimators: 1.5 }, 'E1123'],
    ['a negative penalty', good, LOGISTIC, { reg_lambda: -1 }, 'E1123'],
    ['no number', good, LOGISTIC, { gamma: Number.NaN }, 'E1123'],
    ['another policy', good, LOGISTIC, { grow_policy: 'sideways' }, 'E1123'],
    ['a setting of somebody else', good, LOGISTIC, { hidden: 3 }, 'E1123'],
    ['trees without any bound', good, LOGISTIC, { max_depth: 0 }, 'E1123'],
  ];
  for (const [name, rows, objective, settings, code] of cases) {
    it(`${name}: ${code}`, async () => {
      expect(await refusal(train({ train: rows, objective }, settings))).toBe(code);
    });
  }

  it('says what to do', async () => {
    await expect(train({ train: good, objective: LOGISTIC }, { learning_rate: 3 })).rejects.toMatchObject({
      code: 'E1123',
      message: '`xgboost`: `learning_rate` is 3',
      help: '`learning_rate` is a number above 0 up to 1',
    });
  });
});

it('learns from any small rows without harm', async () => {
  const value = fc.oneof(
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(Number.NaN),
    fc.integer({ min: -2, max: 2 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(value, { minLength: 360, maxLength: 360 }),
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 40, maxLength: 40 }),
      fc.constantFrom<Settings>(
        {},
        { min_child_weight: 0, reg_lambda: 0 },
        { grow_policy: 'lossguide', max_leaves: 5 },
      ),
      async (rows, columns, cells, labels, settings) => {
        const matrix = { rows, columns, values: Float32Array.from(cells.slice(0, rows * columns), x => x + 0) };
        const request = {
          train: { matrix, labels: Float64Array.from(labels.slice(0, rows)) },
          objective: { kind: 'squared' } as const,
        };
        const trained = await train(request, { n_estimators: 4, ...settings }).catch(error => {
          expect(error).toMatchObject({ code: 'E1124' });
        });
        if (trained === undefined) return;
        for (const tree of trees(trained).trees) {
          expect(tree.value.every(Number.isFinite)).toBe(true);
          expect(tree.left.every((child, node) => tree.feature[node] < 0 || child > node)).toBe(true);
        }
      },
    ),
    { numRuns: isDeep ? 2000 : 60 },
  );
});
