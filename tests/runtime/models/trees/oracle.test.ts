/**
 * Against XGBoost: where columns have few distinct values and nothing is drawn, the same margins; where a tree differs,
 * splits of the same gain.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Objective } from '../../../../language/check/model.ts';
import type { Tree } from '../../../../runtime/models/artefact.ts';
import type { LabelledRows } from '../../../../runtime/models/matrix.ts';
import { compileTrees } from '../../../../runtime/models/trees/compiled.ts';
import { gradesOf } from '../../../../runtime/models/trees/objective/ranking.ts';
import type { Settings } from '../../../../runtime/models/trees/settings.ts';
import { describeWithOracle } from '../../../support/oracle.ts';
import {
  askXgboost,
  type MadeUp,
  madeUp,
  type OracleAnswer,
  type OracleQuestion,
  type OracleTree,
  train,
  trees,
} from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
const ROUNDS = isDeep ? 60 : 20;

interface Case {
  readonly name: string;
  readonly objective: Objective;
  readonly params: Readonly<Record<string, number | string>>;
  readonly settings?: Settings;
  readonly label: (score: number, row: number) => number;
  readonly groupSize?: number;
}

const CLASSES = ['down', 'flat', 'up'];
const OBJECTIVES: readonly Case[] = [
  { name: 'squared', objective: { kind: 'squared' }, params: { objective: 'reg:squarederror' }, label: s => s },
  {
    name: 'huber',
    objective: { kind: 'huber' },
    params: { objective: 'reg:pseudohubererror', huber_slope: 0.8 },
    settings: { huber_slope: 0.8 },
    label: s => s,
  },
  {
    name: 'quantile 0.2',
    objective: { kind: 'quantile', at: 0.2 },
    params: { objective: 'reg:quantileerror', quantile_alpha: 0.2 },
    label: s => s,
  },
  {
    name: 'logistic',
    objective: { kind: 'logistic' },
    params: { objective: 'binary:logistic' },
    label: s => Number(s > 0.4),
  },
  {
    name: 'softmax',
    objective: { kind: 'softmax', classes: CLASSES },
    params: { objective: 'multi:softprob', num_class: 3 },
    label: s => (s < -0.5 ? 0 : s > 1 ? 2 : 1),
  },
  {
    name: 'rank',
    objective: { kind: 'rank' },
    params: { objective: 'rank:ndcg', lambdarank_pair_method: 'topk', lambdarank_num_pair_per_sample: 12 },
    settings: { lambdarank_num_pair_per_sample: 12 },
    label: s => s,
    groupSize: 25,
  },
];

/** Settings by XGBoost's names, which are ours. */
const VARIANTS: readonly { readonly name: string; readonly data: Partial<MadeUp>; readonly settings: Settings }[] = [
  { name: 'defaults', data: {}, settings: {} },
  { name: 'absent values and weights', data: { absent: 0.15, weights: true }, settings: {} },
  {
    name: 'penalties',
    data: { absent: 0.1, weights: true },
    settings: { reg_lambda: 0.3, reg_alpha: 0.7, gamma: 0.5, min_child_weight: 3, max_depth: 4, learning_rate: 0.1 },
  },
  {
    name: 'leaf by leaf',
    data: { absent: 0.1 },
    settings: { grow_policy: 'lossguide', max_leaves: 20, max_depth: 0, min_child_weight: 0.1 },
  },
  { name: 'bounded steps', data: { weights: true }, settings: { max_delta_step: 0.4, reg_alpha: 0.2, max_depth: 5 } },
  { name: 'no least weight', data: { absent: 0.2 }, settings: { min_child_weight: 0, reg_lambda: 0.01, max_depth: 5 } },
];

function rowsFor({ label, groupSize }: Case, data: Partial<MadeUp>, seed: number): LabelledRows {
  const rows = isDeep ? 8000 : 2000;
  const made = madeUp({ rows, columns: 6, seed, levels: 200, ...data });
  const labels = made.scores.map((score, row) => Math.fround(label(score, row)));
  if (groupSize === undefined) return { ...made.rows, labels };
  const groups = new Int32Array(rows / groupSize).fill(groupSize);
  const { weights } = made.rows;
  const perGroup = weights && labels.map((_, row) => weights[row - (row % groupSize)]);
  return { ...made.rows, labels, groups, ...(perGroup && { weights: perGroup }) };
}

/** The same rows as XGBoost wants them: grades for labels, a weight a group. */
function theirs(rows: LabelledRows): LabelledRows {
  const { groups, weights } = rows;
  if (groups === undefined) return rows;
  const starts = [...groups].map((size, g) => g * size);
  return {
    ...rows,
    labels: Float64Array.from(gradesOf(rows.labels, groups)),
    ...(weights && { weights: Float64Array.from(starts, start => weights[start]) }),
  };
}

interface Question {
  readonly rows: LabelledRows;
  readonly settings: Settings;
  readonly oracle: OracleQuestion;
}

function questionOf(objective: Case, { data, settings }: (typeof VARIANTS)[number]): Question {
  const rows = rowsFor(objective, data, 11);
  const base_score = { logistic: 0.4, squared: 0.2 }[objective.objective.kind as string] ?? 0.5;
  return {
    rows,
    settings: { ...objective.settings, ...settings, base_score, n_estimators: ROUNDS },
    oracle: {
      train: theirs(rows),
      params: { ...settings, ...objective.params, base_score } as Record<string, number | string>,
      rounds: ROUNDS,
      trees: true,
    },
  };
}

describeWithOracle('the trainer against XGBoost', () => {
  const questions = OBJECTIVES.map(objective => VARIANTS.map(variant => questionOf(objective, variant)));
  let answers: readonly OracleAnswer[] = [];
  beforeAll(() => {
    answers = askXgboost(questions.flat().map(({ oracle }) => oracle));
  });
  for (const [o, objective] of OBJECTIVES.entries()) {
    describe(objective.name, () => {
      VARIANTS.forEach(({ name }, v) => {
        it(`${name}: the same margins`, async () => {
          const { rows, settings } = questions[o][v];
          const answer = answers[o * VARIANTS.length + v];
          expect(answer.version).toMatch(/^3\./);
          const artefact = trees(await train({ train: rows, objective: objective.objective }, settings));
          expect(artefact.trees.length).toBe(answer.trees.length);
          expect(artefact.trees.some(tree => tree.feature.length > 5)).toBe(true);

          const margins = compileTrees(artefact)(rows.matrix);
          expect(margins.length).toBe(answer.margins.length);
          const far = margins.filter((m, k) => !(Math.abs(m - answer.margins[k]) <= 1e-5 * Math.max(1, Math.abs(m))));
          // Trees after the first that differs learn from other margins: only that one can be compared.
          const first = answer.trees
            .map((tree, k) => firstDifference(artefact.trees[k], tree))
            .find(difference => difference !== undefined);
          if (first !== undefined) {
            expect(Math.abs(first.ours - first.theirs)).toBeLessThanOrEqual(1e-6 * Math.abs(first.theirs));
          }
          expect(far.length / margins.length).toBeLessThanOrEqual(0.001);
        });
      });
    });
  }
});

/** Gains of the first node, from the root down, that is split in another way. */
function firstDifference(
  ours: Tree,
  theirs: OracleTree,
): { readonly ours: number; readonly theirs: number } | undefined {
  const open: (readonly [number, number])[] = [[0, 0]];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const [a, b] = next;
    const leaves = [ours.feature[a] < 0, theirs.left[b] < 0];
    if (leaves[0] && leaves[1]) continue;
    const same =
      leaves[0] === leaves[1] && ours.feature[a] === theirs.feature[b] && ours.cut[a] === Math.fround(theirs.cut[b]);
    if (!same) return { ours: ours.gain[a], theirs: theirs.gain[b] };
    open.push([ours.left[a], theirs.left[b]], [ours.right[a], theirs.right[b]]);
  }
  return undefined;
}
