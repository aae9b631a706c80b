/**
 * What each trainer can be told: one table that the checker, completion, the configuration documents and the trainers
 * themselves read. `xgboost` has XGBoost's names and the defaults of XGBoost 3.
 */
import type { Objective, TrainerName } from './model.ts';

/** A parameter of a trainer: what may be written in a `model` block or under `params`. */
export type TrainerSetting =
  | {
      readonly name: string;
      readonly kind: 'number' | 'integer';
      /** Absent: worked out from the data, as `about` says. */
      readonly default?: number;
      readonly min?: number;
      readonly max?: number;
      /** `min` itself is not allowed. */
      readonly open?: true;
      readonly about: string;
    }
  | {
      readonly name: string;
      readonly kind: 'choice';
      readonly default: string;
      readonly of: readonly string[];
      readonly about: string;
    }
  | { readonly name: string; readonly kind: 'flag'; readonly default: boolean; readonly about: string };

type Range = { readonly min?: number; readonly max?: number; readonly open?: true };

const integer = (name: string, preset: number, range: Range, about: string): TrainerSetting => ({
  name,
  kind: 'integer',
  default: preset,
  ...range,
  about,
});
const number = (name: string, preset: number, range: Range, about: string): TrainerSetting => ({
  name,
  kind: 'number',
  default: preset,
  ...range,
  about,
});
const choice = (name: string, of: readonly [string, ...string[]], about: string): TrainerSetting => ({
  name,
  kind: 'choice',
  default: of[0],
  of,
  about,
});
const flag = (name: string, preset: boolean, about: string): TrainerSetting => ({
  name,
  kind: 'flag',
  default: preset,
  about,
});

const SHARE = { min: 0, max: 1, open: true } as const;

const XGBOOST: readonly TrainerSetting[] = [
  integer('n_estimators', 100, { min: 1, max: 100_000 }, 'Trees, at most: early stopping may keep fewer.'),
  integer('max_depth', 6, { min: 0, max: 30 }, 'Levels of a tree below its root; 0 for no bound, with `max_leaves`.'),
  number('learning_rate', 0.3, { min: 0, max: 1, open: true }, 'Share of each tree that is taken.'),
  number('subsample', 1, SHARE, 'Share of the rows that each tree sees.'),
  number('colsample_bytree', 1, SHARE, 'Share of the columns that each tree may use.'),
  number('colsample_bylevel', 1, SHARE, 'Share of those that each level may use.'),
  number('colsample_bynode', 1, SHARE, 'Share of those that each split may use.'),
  number(
    'min_child_weight',
    1,
    { min: 0 },
    'Sum of second derivatives (of weights, for squared error) that each side of a split needs.',
  ),
  number('reg_lambda', 1, { min: 0 }, 'L2 penalty on the values of leaves.'),
  number('reg_alpha', 0, { min: 0 }, 'L1 penalty on the values of leaves.'),
  number('gamma', 0, { min: 0 }, 'Gain that a split must bring.'),
  integer('max_bin', 256, { min: 2, max: 256 }, 'Ranges that the values of a column are sorted into.'),
  number('scale_pos_weight', 1, { min: 0 }, 'Weight of the rows whose label is true.'),
  number('max_delta_step', 0, { min: 0 }, 'Largest value of a leaf; 0 for no bound.'),
  choice('grow_policy', ['depthwise', 'lossguide'], 'Split level by level, or the leaf with the largest gain first.'),
  integer('max_leaves', 0, { min: 0 }, 'Leaves of a tree at most; 0 for no bound.'),
  {
    name: 'base_score',
    kind: 'number',
    about: 'Prediction before any tree. Unless given, estimated from the training rows as XGBoost does.',
  },
  number('huber_slope', 1, { min: 0, open: true }, 'Where `objective: huber` turns from squared to absolute error.'),
  integer(
    'lambdarank_num_pair_per_sample',
    32,
    { min: 1 },
    'Ranks from the top whose pairs `objective: rank` learns from.',
  ),
  flag('lambdarank_normalization', true, 'Whether the gradients of a group are scaled by their sum.'),
  choice('engine', ['embedded', 'native'], 'Our own trainer, or an XGBoost library installed on this machine.'),
];

/** XGBoost's own random forest: trees grown side by side, averaged. */
const RANDOM_FOREST: readonly TrainerSetting[] = [
  integer('n_estimators', 100, { min: 1, max: 100_000 }, 'Trees, grown side by side and averaged.'),
  integer('max_depth', 6, { min: 0, max: 30 }, 'Levels of a tree below its root; 0 for no bound, with `max_leaves`.'),
  number('subsample', 0.8, SHARE, 'Share of the rows that each tree sees.'),
  number('colsample_bytree', 1, SHARE, 'Share of the columns that each tree may use.'),
  number('colsample_bynode', 0.8, SHARE, 'Share of those that each split may use.'),
  number(
    'min_child_weight',
    1,
    { min: 0 },
    'Sum of second derivatives (of weights, for squared error) that each side of a split needs.',
  ),
  number('reg_lambda', 1e-5, { min: 0 }, 'L2 penalty on the values of leaves.'),
  number('reg_alpha', 0, { min: 0 }, 'L1 penalty on the values of leaves.'),
  number('gamma', 0, { min: 0 }, 'Gain that a split must bring.'),
  integer('max_bin', 256, { min: 2, max: 256 }, 'Ranges that the values of a column are sorted into.'),
  number('scale_pos_weight', 1, { min: 0 }, 'Weight of the rows whose label is true.'),
  choice('grow_policy', ['depthwise', 'lossguide'], 'Split level by level, or the leaf with the largest gain first.'),
  integer('max_leaves', 0, { min: 0 }, 'Leaves of a tree at most; 0 for no bound.'),
];

const RIDGE: readonly TrainerSetting[] = [
  number('alpha', 1, { min: 0 }, 'Penalty on the squares of the coefficients; the intercept has none.'),
  flag('fit_intercept', true, 'Whether a constant is learned beside the coefficients.'),
];

const LOGISTIC: readonly TrainerSetting[] = [
  number('C', 1, { min: 0, open: true }, 'Inverse of the penalty on the squares of the coefficients.'),
  integer('max_iter', 100, { min: 1 }, 'Steps at most.'),
  number('tol', 1e-6, { min: 0, open: true }, 'Largest part of the gradient at which it is done.'),
  flag('fit_intercept', true, 'Whether a constant is learned beside the coefficients.'),
];

const MLP: readonly TrainerSetting[] = [
  integer('hidden', 32, { min: 1, max: 4096 }, 'Units of each hidden layer.'),
  integer('layers', 2, { min: 1, max: 16 }, 'Hidden layers.'),
  choice('activation', ['relu', 'tanh'], 'What a hidden unit does to its sum.'),
  integer('epochs', 50, { min: 1 }, 'Passes over the rows, at most: early stopping may keep fewer.'),
  integer('batch', 256, { min: 1 }, 'Rows of a step.'),
  number('learning_rate', 0.001, { min: 0, open: true }, 'Size of a step (Adam).'),
  number('weight_decay', 0, { min: 0 }, 'Share of each weight that a step takes off, times the learning rate.'),
  number('dropout', 0, { min: 0, max: 0.9 }, 'Share of the hidden units that a training step leaves out.'),
];

export const TRAINER_SETTINGS: Readonly<Record<TrainerName, readonly TrainerSetting[]>> = {
  xgboost: XGBOOST,
  random_forest: RANDOM_FOREST,
  logistic: LOGISTIC,
  ridge: RIDGE,
  mlp: MLP,
};

export const TRAINER_NAMES: readonly TrainerName[] = ['xgboost', 'random_forest', 'logistic', 'ridge', 'mlp'];

/** What each can be trained for. */
export const TRAINER_OBJECTIVES: Readonly<Record<TrainerName, readonly Objective['kind'][]>> = {
  xgboost: ['squared', 'huber', 'quantile', 'logistic', 'softmax', 'rank'],
  random_forest: ['squared', 'logistic', 'softmax'],
  logistic: ['logistic', 'softmax'],
  ridge: ['squared'],
  mlp: ['squared', 'huber', 'quantile', 'logistic', 'softmax'],
};

/** The default of every setting that has one, by name. */
export function defaultSettings(trainer: TrainerName): Readonly<Record<string, number | string | boolean>> {
  const stated = TRAINER_SETTINGS[trainer].filter(setting => setting.default !== undefined);
  return Object.fromEntries(stated.map(setting => [setting.name, setting.default ?? 0]));
}
