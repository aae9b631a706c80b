/** E1120–E1139: what keeps a model from being trained. */
import { words } from './words.ts';

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
} as const;
