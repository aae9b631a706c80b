/** E1120–E1139: what keeps a model from being trained. */
import { words } from './words.ts';

const NOTHING_TO_LEARN = {
  rows: { what: 'there are fewer than two rows', mend: 'widen the window' },
  classes: {
    what: 'all rows have the same label',
    mend: 'widen the window, or write a label that comes out in more than one way',
  },
  columns: {
    what: 'every feature is constant or absent',
    mend: 'look at the features, or give data that reach further back',
  },
  weights: { what: 'all rows weigh 0', mend: 'look at the `weight` of the model' },
  size: {
    what: 'the rows and features do not fit in the 4 GiB that a training may take',
    mend: 'shorten the window, or learn from fewer features',
  },
} as const;

export const TRAINING_CODES = {
  E1120: words<{ readonly model: string; readonly at: string; readonly label: string }>({
    severity: 'warning',
    title: 'one class only',
    message: facts => `model \`${facts.model}\`: all rows of the training at ${facts.at} have the label ${facts.label}`,
    why: 'There is nothing to tell apart. The version before stays on for `max_age`, then the prediction is absent.',
    mend: () => 'widen the window, or write a label that comes out both ways',
  }),
  E1121: words<{ readonly model: string; readonly at: string; readonly rows: number; readonly needed: number }>({
    severity: 'warning',
    title: 'fold with too few rows',
    message: facts =>
      `model \`${facts.model}\`: the training at ${facts.at} has ${facts.rows} rows and needs ${facts.needed}`,
    why: 'The version before stays on for `max_age`, then the prediction is absent.',
    mend: () => 'widen the window, or write a smaller `min_rows`',
  }),
  E1122: words<{ readonly model: string; readonly at: string }>({
    severity: 'warning',
    title: 'no feature left',
    message: facts => `model \`${facts.model}\`: every feature is constant or absent in the training at ${facts.at}`,
    why: 'A column without differences tells nothing, and leaves the fold. Here none is left.',
    mend: () => 'look at the features with `vela backtest --series`, or give data that reach further back',
  }),
  E1123: words<{
    readonly trainer: string;
    readonly setting: string;
    readonly value: number | string | boolean;
    readonly range: string;
  }>({
    severity: 'error',
    title: 'setting out of range',
    message: facts => `\`${facts.trainer}\`: \`${facts.setting}\` is ${facts.value}`,
    why: 'A trainer refuses what it could only misunderstand.',
    mend: facts => `\`${facts.setting}\` is ${facts.range}`,
  }),
  E1124: words<{ readonly trainer: string; readonly reason: 'rows' | 'classes' | 'columns' | 'weights' | 'size' }>({
    severity: 'error',
    title: 'nothing to learn from',
    message: facts => `\`${facts.trainer}\`: ${NOTHING_TO_LEARN[facts.reason].what}`,
    why: 'A training that cannot tell anything apart would give a model that says the same of every row.',
    mend: facts => NOTHING_TO_LEARN[facts.reason].mend,
  }),
  E1125: words<{
    readonly what: 'label' | 'weight' | 'group';
    readonly row: number;
    readonly value: number;
    readonly expected: string;
  }>({
    severity: 'error',
    title: 'label or weight that cannot be learned from',
    message: facts => `the ${facts.what} of row ${facts.row + 1} is ${facts.value}`,
    why: 'One such number would spoil every sum it enters, and so the whole model.',
    mend: facts => `it must be ${facts.expected}; drop the rows where it is not`,
  }),
  E1126: words<{ readonly tried: readonly string[] }>({
    severity: 'error',
    environment: true,
    title: 'no XGBoost library',
    message: facts => `\`engine: native\` finds no XGBoost library (tried ${facts.tried.join(', ')})`,
    why: 'The embedded trainer needs none and gives the same bytes on every machine; the native one is the library itself.',
    mend: () =>
      'install one (Debian: `apt install libxgboost0`), set XGBOOST_LIBRARY to its path, or leave `engine: embedded`',
  }),
  E1127: words<{ readonly library: string; readonly reason: string }>({
    severity: 'error',
    environment: true,
    title: 'XGBoost library that fails',
    message: facts => `the XGBoost library \`${facts.library}\` fails: ${facts.reason}`,
    why: 'What it said is all that is known.',
    mend: () => 'use XGBoost 1.6 or later, or leave `engine: embedded`',
  }),
  E1136: words<{ readonly trainer: string; readonly objective: string; readonly possible: readonly string[] }>({
    severity: 'error',
    title: 'objective that the trainer does not have',
    message: facts => `\`${facts.trainer}\` cannot learn the objective \`${facts.objective}\``,
    why: 'A bool is learned with `logistic`, a category with `softmax`, a number with `squared`, unless `objective:` says otherwise. Each trainer has its own ones.',
    mend: facts =>
      `it has ${facts.possible.map(name => `\`${name}\``).join(', ')}; \`xgboost\` has all, so change the trainer, the label or \`objective:\``,
  }),
  E1137: words<{ readonly alpha: number }>({
    severity: 'error',
    title: 'features that repeat each other',
    message: facts => `with \`alpha: ${facts.alpha}\` the coefficients are not determined: some features repeat others`,
    why: 'Where one column is a mix of others, any share can be moved between their coefficients; a penalty decides.',
    mend: () => 'write a larger `alpha`, or leave out features that say the same',
  }),
  E1138: words<{ readonly trainer: string; readonly rows: number }>({
    severity: 'error',
    title: 'no row with all features',
    message: facts => `each of the ${facts.rows} rows lacks some feature, and \`${facts.trainer}\` needs them all`,
    why: 'Sums know no absent value, so rows with a hole are left out. Only trees learn from them.',
    mend: () => 'write `impute: median` in the model, leave out the feature that is mostly absent, or use `xgboost`',
  }),
  E1139: words<{ readonly round: number }>({
    severity: 'error',
    title: 'net that diverges',
    message: facts => `the net's loss is no number any more after ${facts.round} epoch${facts.round === 1 ? '' : 's'}`,
    why: 'Steps that are too large throw the weights further away each time.',
    mend: () => 'write a smaller `learning_rate`, and leave `scale: standard` as it is',
  }),
} as const;
