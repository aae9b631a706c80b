/**
 * The JSON Schema of config/model.yaml: the parameters that each trainer has come from their own table, so that editors
 * and the reader know exactly what a `model` block of a strategy knows.
 */
import { TRAINER_NAMES, TRAINER_SETTINGS, type TrainerSetting } from '../../language/check/trainer-settings.ts';

const SCALAR = { type: ['number', 'string', 'boolean'] };

/** Keys of `options`: what a `model` block may say besides its trainer's parameters. */
const OPTIONS: Readonly<Record<string, string>> = {
  weight: 'Weight of a row, as in `uniqueness(win) * decay(180d)`.',
  scale: '`standard`, `robust` or `none`.',
  clip: 'Deviations beyond which a value is cut.',
  impute: '`median` or `none`.',
  select: 'Selection of columns inside each fold.',
  calibrate: '`isotonic`, `platt` or `none`.',
  objective: 'Another objective than the label gives.',
  accept: 'What a version must reach on the valid part, as in `auc >= 0.52`.',
  max_age: 'How long a version may stay when no newer one is to be had, as in `6mo`.',
  device: '`auto`, `cpu`, `cuda` or `webgpu`.',
  on_failure: '`hold`, `flat` or `last`.',
};

/** Keys of `train`, as in a `train` block. */
const TRAIN: Readonly<Record<string, string>> = {
  method: '`walk_forward`, `hold_out`, `purged_kfold` or `combinatorial`.',
  window: 'How far back a training looks, as in `2y`; or `expanding`.',
  from: 'First day of an expanding window.',
  retrain: 'Calendar grid of the trainings, as in `3mo`.',
  train_lag: 'Time from a training to the first tick that it serves, as in `1h`.',
  at: 'Instant of a hold-out training.',
  valid: 'Share of the window, its newest part, that stops and chooses, as in `20%`.',
  refit: '`yes` to learn from the valid part too, with the rounds that it chose.',
  early_stopping_rounds: 'Rounds without progress on the valid part.',
  min_rows: 'Usable ticks that a first training needs.',
  folds: 'Blocks of a k-fold split.',
  test: 'Blocks held out together.',
  embargo: '`auto`, or ticks.',
};

export function modelSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2019-09/schema',
    title: 'config/model.yaml',
    description:
      'The configured model, which a strategy asks with `predict(model)`, and what `model` blocks leave out. Texts such as `20%`, `2y` or `3 * atr(24)` are the language of strategies.',
    type: 'object',
    additionalProperties: false,
    required: ['model'],
    properties: {
      model: {
        type: 'object',
        additionalProperties: false,
        properties: {
          type: { description: 'The trainer.', enum: TRAINER_NAMES },
          params: { description: "Parameters by the trainer's own names.", type: 'object' },
          features: {
            description: 'Feature groups of the standard library or of the strategy.',
            type: 'array',
            items: { type: 'string', minLength: 1 },
            minItems: 1,
          },
          over: {
            description: 'Slower clocks that the groups are taken over too, as in `[1d]`.',
            type: 'array',
            items: { type: 'string', minLength: 1 },
          },
          lags: { description: 'a range of bars back, as in `0..5`', type: 'string', pattern: '^[0-9]+\\.\\.[0-9]+$' },
          label: { description: 'A label of the strategy, by name.', type: 'string', minLength: 1 },
          seed: { description: 'Of everything drawn in a training.', type: 'integer', minimum: 0 },
          train: block('How it is trained.', TRAIN),
          options: block('Other properties of a `model` block.', OPTIONS),
        },
        // Of each trainer: unless it is another's, the parameters are its own.
        allOf: TRAINER_NAMES.map(name => ({
          if: { not: { properties: { type: { const: name } }, ...(name !== 'xgboost' && { required: ['type'] }) } },
          else: { properties: { params: paramsOf(TRAINER_SETTINGS[name]) } },
        })),
      },
    },
  };
}

function block(description: string, keys: Readonly<Record<string, string>>): object {
  const properties = Object.fromEntries(
    Object.entries(keys).map(([key, about]) => [key, { description: about, ...SCALAR }]),
  );
  return { description, type: 'object', additionalProperties: false, properties };
}

function paramsOf(settings: readonly TrainerSetting[]): object {
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(settings.map(setting => [setting.name, settingSchema(setting)])),
  };
}

function settingSchema(setting: TrainerSetting): object {
  const { kind, about: description } = setting;
  switch (kind) {
    case 'choice':
      return { description, enum: setting.of };
    case 'flag':
      return { description, type: 'boolean' };
    case 'number':
    case 'integer': {
      const low = setting.open ? 'exclusiveMinimum' : 'minimum';
      return {
        description,
        type: kind,
        ...(setting.min !== undefined && { [low]: setting.min }),
        ...(setting.max !== undefined && { maximum: setting.max }),
      };
    }
  }
}
