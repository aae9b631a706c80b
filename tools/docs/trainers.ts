/** docs/trainers.md: what models are trained by, from the tables of settings and metrics. */
import { METRIC_NAMES } from '../../language/check/metrics.ts';
import type { TrainerName } from '../../language/check/model.ts';
import {
  TRAINER_NAMES,
  TRAINER_OBJECTIVES,
  TRAINER_SETTINGS,
  type TrainerSetting,
} from '../../language/check/trainer-settings.ts';
import { code, page, table } from './markdown.ts';

const ABOUT: Readonly<Record<TrainerName, string>> = {
  xgboost: 'Gradient-boosted trees, with the names and defaults of XGBoost 3.',
  random_forest: 'Trees grown side by side on parts of rows and columns, averaged.',
  logistic: 'Probabilities from a weighted sum of the columns.',
  ridge: 'A weighted sum of the columns, its weights held small.',
  mlp: 'A small neural net of dense layers.',
};

export function trainersPage(): string {
  return page(
    '# Trainers',
    'What stands behind `=` in a `model`, and what may be set in its block or under `params` of `config/model.yaml`. A number can be given a range that a search chooses from: `400 in 100..800 step 100`.',
    ...TRAINER_NAMES.map(trainerSection),
    '## Metrics',
    'What `accept` and `score` may name, and which way is better.',
    table(
      ['metric', 'better', 'of', 'is'],
      METRIC_NAMES.map(({ name, better, of, about }) => [code(name), better, of.map(code).join(' '), about]),
    ),
  );
}

function trainerSection(name: TrainerName): string {
  return [
    `## ${name}`,
    `${ABOUT[name]} For ${TRAINER_OBJECTIVES[name].map(code).join(', ')}.`,
    table(
      ['setting', 'values', 'unless stated', 'is'],
      TRAINER_SETTINGS[name].map(setting => [code(setting.name), valuesOf(setting), presetOf(setting), setting.about]),
    ),
  ].join('\n\n');
}

function valuesOf(setting: TrainerSetting): string {
  if (setting.kind === 'choice') return setting.of.map(code).join(' ');
  if (setting.kind === 'flag') return '`yes` `no`';
  const { min, max, open, kind } = setting;
  const what = kind === 'integer' ? 'whole' : 'number';
  if (min === undefined) return what;
  const from = open ? `above ${min}` : `from ${min}`;
  return max === undefined ? `${what}, ${from}` : `${what}, ${from} to ${max}`;
}

function presetOf(setting: TrainerSetting): string {
  if (setting.kind === 'flag') return setting.default ? '`yes`' : '`no`';
  return setting.default === undefined ? '' : code(String(setting.default));
}
