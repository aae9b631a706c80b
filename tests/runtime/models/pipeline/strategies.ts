/** Strategies of chance with a model in them, and what an oracle needs to know of each. */
import { chance } from '../../../../runtime/statistics/chance.ts';

/** A column and the first tick at which it is ready. */
const COLUMNS: readonly (readonly [text: string, ready: number])[] = [
  ['close / close[3] - 1', 3],
  ['close / sma(close, 10) - 1', 9],
  ['ema(close, 5) / close', 4],
  ['stdev(returns(close), 8)', 8],
  ['rsi(close, 6)', 6],
  ['volume / sma(volume, 12)', 11],
  ['(high - low) / close', 0],
];

/** How the label is written, and how many ticks after its own it closes, from the number of bars it looks ahead. */
const LABELS = {
  return: { text: (bars: number) => `forward_return(${bars})`, trainers: ['xgboost', 'ridge', 'random_forest'] },
  rise: { text: (bars: number) => `forward_return(${bars}) > 0`, trainers: ['xgboost', 'logistic'] },
  barrier: {
    text: (bars: number) => `triple_barrier(1.5 * atr(5), 1.5 * atr(5), ${bars} bars) is up`,
    trainers: ['xgboost', 'logistic'],
  },
  classes: { text: (bars: number) => `quantile_class(forward_return(${bars}), 3)`, trainers: ['xgboost', 'logistic'] },
} as const;
export type LabelKind = keyof typeof LABELS;
/** Of the average range that the barriers are drawn with. */
const BARRIER_READY = 5;

export interface Written {
  readonly text: string;
  readonly bars: number;
  /** Ticks from a row's to the one at which its label is closed. */
  readonly horizon: number;
  /** First tick at which every column is ready, and what the label is drawn with. */
  readonly ready: number;
  readonly label: LabelKind;
  readonly valid: boolean;
}

const ROUNDS: Readonly<Record<string, string>> = {
  xgboost: 'n_estimators: 4  max_depth: 2',
  random_forest: 'n_estimators: 4  max_depth: 2',
  logistic: 'max_iter: 20',
  ridge: 'alpha: 1',
};

export interface Wishes {
  readonly label?: LabelKind;
  readonly trainer?: string;
  readonly bars?: number;
  readonly valid?: boolean;
  readonly calibrate?: boolean;
  readonly across?: boolean;
  readonly split?: string;
}

export function writtenOf(seed: number, wishes: Wishes = {}): Written {
  const draw = chance(seed, 7);
  const pick = <Item>(items: readonly Item[]): Item => items[draw.below(items.length)] as Item;
  const kinds = Object.keys(LABELS) as LabelKind[];
  const label = wishes.label ?? pick(kinds);
  const trainer = wishes.trainer ?? pick<string>(LABELS[label].trainers);
  const bars = wishes.bars ?? 1 + draw.below(6);
  const valid = wishes.valid ?? draw.next() < 0.5;
  const columns = COLUMNS.filter(() => draw.next() < 0.5);
  const chosen = columns.length === 0 ? [pick(COLUMNS)] : columns;
  const split = wishes.split ?? `walk_forward { window: 1y  retrain: 3mo  min_rows: 60${valid ? '  valid: 25%' : ''} }`;
  const where = wishes.across
    ? ['universe all = "AAA/USDT", "BBB/USDT", "CCC/USDT" on binance', 'every 1d']
    : ['instrument "AAA/USDT" on binance', 'every 1d'];
  const across = wishes.across ? ' across all' : '';
  const text = [
    'strategy "By chance"',
    ...where,
    `features x${across} {`,
    ...chosen.map(([column], i) => `  c${i} = ${column}`),
    '}',
    `label y = ${LABELS[label].text(bars)}${across}`,
    `model m = ${trainer} learn y from x { ${ROUNDS[trainer]}  seed: ${seed}${wishes.calibrate ? '  calibrate: platt' : ''} }`,
    `train m ${split}`,
    '',
  ].join('\n');
  // Entered at the next open, so it closes one tick later than it looks ahead.
  const ready = Math.max(...chosen.map(([, ready]) => ready), label === 'barrier' ? BARRIER_READY : 0);
  return { text, bars, horizon: bars + 1, ready, label, valid };
}

/** A second model that reads the first one's prediction. */
export const META = `strategy "Two models"
instrument "AAA/USDT" on binance
every 1d
features x { a = close / close[3] - 1  b = stdev(returns(close), 8) }
features z { said = predict(m)  c = close / sma(close, 10) - 1 }
label y = forward_return(2)
label w = forward_return(3) > 0
model m = ridge learn y from x
train m walk_forward { window: 6mo  retrain: 1mo  min_rows: 40 }
model meta = xgboost learn w from z { n_estimators: 4  max_depth: 2 }
train meta walk_forward { window: 6mo  retrain: 3mo  min_rows: 40 }
signal go = predict(meta) > 0.5
when go enter long { size: 50% of equity }
when not go exit
execution { fill: next_open  fee: 10bp  slippage: 0bp }
`;
