/** E1110–E1119: what can be wrong with the rows that a model is to learn from. */
import { words } from './words.ts';

export const DATA_SET_CODES = {
  E1110: words<{ readonly model: string; readonly rows: number; readonly needed: number; readonly causes: string }>({
    severity: 'error',
    title: 'too few rows to learn from',
    message: facts =>
      `model \`${facts.model}\` finds ${facts.rows} usable rows in these data and needs ${facts.needed}${facts.causes === '' ? '' : `; dropped were ${facts.causes}`}`,
    why: 'With few rows a model learns the noise. A first training waits until `min_rows` ticks are usable and 80 % of its window lies in the data.',
    mend: () => 'give data that reach further back, shorten `window`, or write a smaller `min_rows` in `train`',
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
  E1113: words<{ readonly model: string; readonly state: string }>({
    severity: 'error',
    title: 'features that never settle',
    message: facts => `the features of model \`${facts.model}\` depend on \`${facts.state}\`, which never forgets`,
    why: 'A training starts at T − window − settled. Where nothing settles, training and trading would see different values.',
    mend: () => 'let the state be reset by a clock, or use a recurrence that fades',
  }),
} as const;
