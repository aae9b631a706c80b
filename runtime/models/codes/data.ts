/** E1110–E1119: what can be wrong with the rows that a model is to learn from. */
import type { NoTraining } from '../splits/instants.ts';
import { words } from './words.ts';

type Miss<Why> = Extract<NoTraining, { readonly why: Why }>;

const MISSES: { readonly [Why in NoTraining['why']]: (model: string, miss: Miss<Why>) => string } = {
  'not due': model => `no training of model \`${model}\` is due in these data`,
  window: (model, { covered, needed }) =>
    `these data cover ${(covered * 100).toFixed(0)} % of the window of model \`${model}\` at most, and a first training needs ${(needed * 100).toFixed(0)} %`,
  rows: (model, { rows, needed }) =>
    `model \`${model}\` finds ${rows} usable ticks in its window at most and needs ${needed}`,
};

const MISS_MENDS: Readonly<Record<NoTraining['why'], string>> = {
  'not due': 'give data that reach over a retrain instant, or over the day of the hold-out',
  window: 'give data that reach further back, or shorten `window`',
  rows: 'give data that reach further back, widen `window`, or write a smaller `min_rows` in `train`',
};

export const DATA_SET_CODES = {
  E1110: words<{ readonly model: string; readonly miss: NoTraining; readonly causes: string }>({
    severity: 'warning',
    title: 'too few rows to learn from',
    message: ({ model, miss, causes }) =>
      MISSES[miss.why](model, miss as never) + (miss.why !== 'rows' || causes === '' ? '' : `; dropped were ${causes}`),
    why: 'With few rows a model learns the noise. A first training waits until `min_rows` ticks are usable and 80 % of its window lies in the data.',
    mend: ({ miss }) => MISS_MENDS[miss.why],
  }),
  E1111: words<{ readonly path: string; readonly reason: string }>({
    severity: 'warning',
    environment: true,
    title: 'data set that is not kept',
    message: facts => `the data set could not be kept in ${facts.path}: ${facts.reason}`,
    why: 'Data sets are kept under `system.cache_settings`, so that the next training need not make them again. The training itself does not depend on it.',
    mend: () => 'make room, or set `VELA_CACHE` to a folder that may be written',
  }),
  E1112: words<{ readonly model: string; readonly column: string; readonly count: number }>({
    severity: 'warning',
    title: 'infinite feature values',
    message: facts =>
      `\`${facts.column}\` of model \`${facts.model}\` is infinite in ${facts.count} row${facts.count === 1 ? '' : 's'}; there it is absent`,
    why: 'An infinite value is a division by zero most of the time. The model sees it as absent.',
    mend: () => 'write the feature so that its divisor cannot be zero',
  }),
  E1113: words<{ readonly model: string; readonly value: number; readonly at: string }>({
    severity: 'error',
    title: 'weight that is none',
    message: facts => `a row of model \`${facts.model}\` at ${facts.at} has the weight ${facts.value}`,
    why: 'Weights are numbers from 0: how much a row tells. A negative or infinite one has no meaning; where one is absent the row is left out.',
    mend: () => 'write the weight so that it cannot be negative or infinite, as in `max(…, 0)`',
  }),
  E1114: words<{ readonly universe: string; readonly members: number }>({
    severity: 'warning',
    title: 'universe listed by hand',
    message: facts =>
      `the ${facts.members} members of \`${facts.universe}\` were listed by hand: what died before today is not among them`,
    why: 'Whoever lists coins today lists those that lived. Every figure of a strategy on them is too good, and no compiler can say by how much.',
    mend: () => 'list what could have been known then, delisted ones included, or read the figures as an upper bound',
  }),
  E1115: words<{
    readonly model: string;
    readonly of?: string;
    readonly threshold: number;
    readonly baseRate: number;
    readonly at: string;
  }>({
    severity: 'warning',
    title: 'threshold at or under the base rate',
    message: ({ model, of, threshold, baseRate, at }) =>
      `a threshold of ${threshold} on \`predict(${model})${of === undefined ? '' : `.${of}`}\` is at or under its base rate of ${baseRate.toFixed(3)} (training at ${at})`,
    why: 'A model that knows nothing says the base rate. A threshold that this passes lets everything through.',
    mend: () => 'write a threshold above the base rate, or a label that comes true less often',
  }),
  E1116: words<{ readonly model: string; readonly file: string }>({
    severity: 'warning',
    title: 'unproven model',
    message: facts => `model \`${facts.model}\` (${facts.file}) is unproven: it may have seen these bars`,
    why: 'Nothing says up to when a model that was made elsewhere was trained. A backtest over bars that it has seen shows what it remembers, not what it can do.',
    mend: () => 'say so in the strategy, as in `onnx("model.onnx", trained_to = 2023-12-31)`',
  }),
  E1117: words<{ readonly models: string }>({
    severity: 'warning',
    title: 'trials on this span',
    message: facts => `models were chosen with the bars of this span: ${facts.models}`,
    why: 'A k-fold split trains on bars after those that it is judged by. Its figures compare models; they are no history.',
    mend: () => 'use `walk_forward` for what a strategy trades by',
  }),
  E1118: words<{ readonly model: string; readonly params: readonly string[] }>({
    severity: 'warning',
    title: 'param that is not searched',
    message: ({ model, params }) =>
      `the search of model \`${model}\` leaves ${params.map(name => `\`${name}\``).join(', ')} as ${params.length === 1 ? 'it is: rules read it' : 'they are: rules read them'} too`,
    why: 'A param has one value in a run. A rule would go by another length than the features that the model answers from, or the search would decide how the strategy trades.',
    mend: () => 'give the model a param of its own, or take the range away from this one',
  }),
  E1119: words<{ readonly model: string }>({
    severity: 'warning',
    title: 'a search with nothing to search',
    message: ({ model }) =>
      `the search of model \`${model}\` has nothing to choose: no setting and no param of its own carries a range`,
    why: 'A search tries values inside ranges. Where there are none, every trial is the same, and the model is trained as it is written.',
    mend: () => 'give a setting a range, as in `max_depth: 4 in 2..8`, or leave `search` out',
  }),
} as const;
