/** A request's settings under names of ours, checked against the table that says what may be written. */
import type { TrainerName } from '../../../language/check/model.ts';
import { TRAINER_SETTINGS, type TrainerSetting } from '../../../language/check/trainer-settings.ts';
import { modelError } from '../errors.ts';

export type Settings = Readonly<Record<string, number | string | boolean>>;

/** Numbers that XGBoost keeps as floats are floats here. */
export interface TreeSettings {
  readonly trees: number;
  /** 0: no bound. */
  readonly maxDepth: number;
  /** 0: no bound. */
  readonly maxLeaves: number;
  readonly growPolicy: 'depthwise' | 'lossguide';
  readonly learningRate: number;
  readonly subsample: number;
  readonly columns: { readonly tree: number; readonly level: number; readonly node: number };
  readonly minChildWeight: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly gamma: number;
  readonly maxDeltaStep: number;
  readonly maxBin: number;
  readonly scalePosWeight: number;
  readonly baseScore?: number;
  readonly huberSlope: number;
  readonly pairsPerSample: number;
  readonly normalisePairs: boolean;
}

export function readTreeSettings(trainer: TrainerName, settings: Settings): TreeSettings {
  for (const [name, value] of Object.entries(settings)) refuseSetting(trainer, name, value);
  const number = (name: string, otherwise: number) => numberOf(settings[name], otherwise);
  const float = (name: string, otherwise: number) => Math.fround(number(name, otherwise));
  const read: TreeSettings = {
    trees: number('n_estimators', 100),
    maxDepth: number('max_depth', 6),
    maxLeaves: number('max_leaves', 0),
    growPolicy: settings.grow_policy === 'lossguide' ? 'lossguide' : 'depthwise',
    learningRate: float('learning_rate', 1),
    subsample: float('subsample', 1),
    columns: {
      tree: float('colsample_bytree', 1),
      level: float('colsample_bylevel', 1),
      node: float('colsample_bynode', 1),
    },
    minChildWeight: float('min_child_weight', 1),
    lambda: float('reg_lambda', 1),
    alpha: float('reg_alpha', 0),
    gamma: float('gamma', 0),
    maxDeltaStep: float('max_delta_step', 0),
    maxBin: number('max_bin', 256),
    scalePosWeight: float('scale_pos_weight', 1),
    huberSlope: float('huber_slope', 1),
    pairsPerSample: number('lambdarank_num_pair_per_sample', 32),
    normalisePairs: settings.lambdarank_normalization !== false,
    ...(typeof settings.base_score === 'number' && { baseScore: Math.fround(settings.base_score) }),
  };
  if (read.maxDepth === 0 && read.maxLeaves === 0) {
    throw modelError('E1123', { trainer, setting: 'max_depth', value: 0, range: 'above 0, or `max_leaves` above 0' });
  }
  return read;
}

function numberOf(value: number | string | boolean | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function refuseSetting(trainer: TrainerName, name: string, value: number | string | boolean): void {
  const setting = TRAINER_SETTINGS[trainer].find(entry => entry.name === name);
  const range = setting === undefined ? 'no setting of this trainer' : brokenRange(setting, value);
  if (range !== undefined) throw modelError('E1123', { trainer, setting: name, value, range });
}

/** What should have been, where it is not. */
function brokenRange(setting: TrainerSetting, value: number | string | boolean): string | undefined {
  switch (setting.kind) {
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'yes or no';
    case 'choice':
      return typeof value === 'string' && setting.of.includes(value) ? undefined : setting.of.join(' or ');
    case 'number':
    case 'integer': {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = setting;
      const open = setting.open === true;
      const inside =
        typeof value === 'number' &&
        Number.isFinite(value) &&
        (open ? value > min : value >= min) &&
        value <= max &&
        (setting.kind === 'number' || Number.isInteger(value));
      if (inside) return undefined;
      const kind = setting.kind === 'integer' ? 'a whole number' : 'a number';
      const from = Number.isFinite(min) ? ` ${open ? 'above' : 'from'} ${min}` : '';
      const to = Number.isFinite(max) ? ` up to ${max}` : '';
      return `${kind}${from}${to}`;
    }
  }
}
