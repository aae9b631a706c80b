/** What XGBoost works out by itself: where to begin, when to stop, what it measures. And its library, called directly. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Objective } from '../../../../language/check/model.ts';
import type { LabelledRows } from '../../../../runtime/models/matrix.ts';
import { compileTrees } from '../../../../runtime/models/trees/compiled.ts';
import { candidates } from '../../../../runtime/models/trees/native/library.ts';
import { gradesOf } from '../../../../runtime/models/trees/objective/ranking.ts';
import type { Settings } from '../../../../runtime/models/trees/settings.ts';
import { describeWithOracle } from '../../../support/oracle.ts';
import { askXgboost, madeUp, type OracleAnswer, type OracleQuestion, train, trainForest, trees } from './support.ts';

interface Case {
  readonly objective: Objective;
  readonly params: OracleQuestion['params'];
  readonly settings?: Settings;
  readonly label: (score: number) => number;
}
const CASES: Readonly<Record<string, Case>> = {
  squared: { objective: { kind: 'squared' }, params: { objective: 'reg:squarederror' }, label: s => s },
  huber: { objective: { kind: 'huber' }, params: { objective: 'reg:pseudohubererror' }, label: s => s },
  quantile: {
    objective: { kind: 'quantile', at: 0.7 },
    params: { objective: 'reg:quantileerror', quantile_alpha: 0.7 },
    label: s => s,
  },
  logistic: { objective: { kind: 'logistic' }, params: { objective: 'binary:logistic' }, label: s => Number(s > 1) },
  'logistic, scaled': {
    objective: { kind: 'logistic' },
    params: { objective: 'binary:logistic', scale_pos_weight: 3 },
    settings: { scale_pos_weight: 3 },
    label: s => Number(s > 1),
  },
  softmax: {
    objective: { kind: 'softmax', classes: ['down', 'flat', 'up'] },
    params: { objective: 'multi:softprob', num_class: 3 },
    label: s => (s < -1 ? 0 : s > 0.5 ? 2 : 1),
  },
  rank: { objective: { kind: 'rank' }, params: { objective: 'rank:ndcg', eval_metric: 'ndcg@32' }, label: s => s },
};

function rowsOf(
  { label, objective }: Case,
  seed: number,
): { readonly ours: LabelledRows; readonly theirs: LabelledRows } {
  const made = madeUp({ rows: 1200, columns: 5, seed, levels: 120, weights: true });
  const ours: LabelledRows = { ...made.rows, labels: made.scores.map(score => Math.fround(label(score))) };
  if (objective.kind !== 'rank') return { ours, theirs: ours };
  const groups = new Int32Array(1200 / 20).fill(20);
  const { matrix, labels } = ours;
  return {
    ours: { matrix, labels, groups },
    theirs: { matrix, labels: Float64Array.from(gradesOf(labels, groups)), groups },
  };
}

const near = (a: ArrayLike<number>, b: ArrayLike<number>, within: number) =>
  expect(Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]) / Math.max(1, Math.abs(x))))).toBeLessThan(within);

describeWithOracle('left to the trainer', () => {
  const cases = Object.entries(CASES).map(([name, chosen]) => {
    return { name, chosen, learned: rowsOf(chosen, 21), held: rowsOf(chosen, 22) };
  });
  let answers: readonly OracleAnswer[] = [];
  beforeAll(() => {
    answers = askXgboost(
      cases.map(({ chosen, learned, held }) => ({
        train: learned.theirs,
        valid: held.theirs,
        ask: held.theirs,
        params: { ...chosen.params, learning_rate: 0.5 },
        rounds: 60,
        stop: 4,
      })),
    );
  });
  for (const [i, { name, chosen, learned, held }] of cases.entries()) {
    it(`${name}: begins, measures and stops as XGBoost does`, async () => {
      const answer = answers[i];
      const trained = await train(
        { train: learned.ours, valid: held.ours, objective: chosen.objective, earlyStoppingRounds: 4 },
        { ...chosen.settings, learning_rate: 0.5, n_estimators: 60 },
      );
      const curve = trained.curve.map(({ metric }) => metric?.valid ?? Number.NaN);
      expect(curve.length).toBe(answer.curve.length);
      near(curve, answer.curve, 2e-6);
      expect(trained.rounds).toBe(answer.rounds);
      near(compileTrees(trees(trained))(held.ours.matrix), answer.margins, 1e-5);
    });
  }

  it('a forest without sampling is XGBoost’s', async () => {
    const { ours } = rowsOf(CASES.logistic, 31);
    const settings = { max_depth: 5, reg_lambda: 0.5, subsample: 1, colsample_bynode: 1 };
    const [answer] = askXgboost([
      {
        train: ours,
        params: { ...settings, objective: 'binary:logistic', num_parallel_tree: 4, learning_rate: 1 },
        rounds: 1,
      },
    ]);
    const trained = await trainForest(
      { train: ours, objective: { kind: 'logistic' } },
      { ...settings, n_estimators: 4 },
    );
    near(compileTrees(trees(trained))(ours.matrix), answer.margins, 1e-5);
  });
});

/** The library inside the oracle's package, else one of the machine. */
const packaged = fileURLToPath(
  new URL('../../../../.oracle/lib/python3.11/site-packages/xgboost/lib/libxgboost.so', import.meta.url),
);
const library = [packaged, ...candidates()].find(path => existsSync(path));

describe('engine: native', () => {
  const before = process.env.XGBOOST_LIBRARY;
  beforeEach(() => {
    process.env.XGBOOST_LIBRARY = library ?? '';
  });
  afterEach(() => {
    if (before === undefined) delete process.env.XGBOOST_LIBRARY;
    else process.env.XGBOOST_LIBRARY = before;
  });

  for (const [name, chosen] of Object.entries(CASES)) {
    it.skipIf(library === undefined)(
      `${name}: the library’s trees, predicted by our code, are the embedded ones`,
      async () => {
        const [learned, held] = [rowsOf(chosen, 41), rowsOf(chosen, 42)];
        const request = { train: learned.ours, valid: held.ours, objective: chosen.objective, earlyStoppingRounds: 5 };
        const settings = { ...chosen.settings, n_estimators: 30, learning_rate: 0.4 };
        const embedded = await train(request, settings);
        const native = await train(request, { ...settings, engine: 'native' });
        expect(native.rounds).toBe(embedded.rounds);
        near(compileTrees(trees(native))(held.ours.matrix), compileTrees(trees(embedded))(held.ours.matrix), 1e-5);
        near(native.gain ?? [], embedded.gain ?? [], 1e-4);
      },
    );
  }

  it('says where it looked when there is none', async () => {
    process.env.XGBOOST_LIBRARY = '/nowhere/libxgboost.so';
    const { ours } = rowsOf(CASES.squared, 1);
    const training = train({ train: ours, objective: { kind: 'squared' } }, { engine: 'native' });
    await expect(training).rejects.toMatchObject({ code: 'E1126', facts: { tried: ['/nowhere/libxgboost.so'] } });
  });

  it('says what a file that is none says', async () => {
    process.env.XGBOOST_LIBRARY = fileURLToPath(import.meta.url);
    const { ours } = rowsOf(CASES.squared, 1);
    const training = train({ train: ours, objective: { kind: 'squared' } }, { engine: 'native' });
    await expect(training).rejects.toMatchObject({ code: 'E1127' });
  });
});
