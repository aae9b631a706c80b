/**
 * Why a run earned something else than its backtest: the difference of their profits, split by cause, to the last digit. Both
 * journals are walked fill by fill. What entered on the same decision is paired, and so is what left the same trade; what only
 * one of them has is valued at the last price, as its holding is.
 *
 *   profit = Σ direction · quantity · (last price − price) − fees + funding and other income
 */
import type { JournaledFill, JournalRecord } from '../journal/reader.ts';

/** In the run's currency; positive where the run earned more. They add up to the difference. */
export interface ProfitSplit {
  /** The bars that it consumed are not those that the backtest was given. */
  readonly data: number;
  /** A decision that only one of them took. */
  readonly signal: number;
  /** Price and quantity of what both decided: slippage, refusals, parts that never filled. */
  readonly fill: number;
  readonly fee: number;
  /** What the market moved until the run's order was there; what was not decided since its bar was late. */
  readonly latency: number;
  /** A person, a limit or a trouble kept the run from entering. */
  readonly halt: number;
  /** Funding, interest, what was corrected by hand, rounding. */
  readonly other: number;
}

export type SplitCause = keyof ProfitSplit;

export interface SplitMarket {
  /** Of an instrument's bar. */
  readonly openAt: (instrument: number, tick: number) => number;
  /** At which what is held is valued. */
  readonly lastPrice: (instrument: number) => number;
  /** The run took this bar in too late to decide on it. */
  readonly wasLate: (tick: number) => boolean;
}

/** All fills of one decision, or all that leave one trade. */
interface Group {
  readonly instrument: number;
  readonly direction: 1 | -1;
  /** Tick of the decision that it began with. */
  readonly decided: number;
  quantity: number;
  /** Quantity times price, and times the open of the bar of the fill. */
  paid: number;
  opens: number;
  fee: number;
}

interface Walk {
  readonly groups: ReadonlyMap<string, Group>;
  /** Decisions to enter, by instrument and tick. */
  readonly intents: ReadonlySet<string>;
  /** From which tick on it was halted, until when. */
  readonly halts: readonly (readonly [from: number, to: number])[];
}

/** What a journal amounts to, with what is held valued at the last price. */
export function profitOf(records: readonly JournalRecord[], { lastPrice }: Pick<SplitMarket, 'lastPrice'>): number {
  return records.reduce((sum, record) => {
    if (record.kind === 'funding' || record.kind === 'income') return sum + record.amount;
    if (record.kind !== 'fill') return sum;
    const direction = record.side === 'buy' ? 1 : -1;
    return sum + direction * record.quantity * (lastPrice(record.instrument ?? 0) - record.price) - record.fee;
  }, 0);
}

/** Of both over the same ticks; `onGivenBars`: what the backtest amounts to on other bars than the run consumed. */
export function profitSplit(
  run: readonly JournalRecord[],
  backtest: readonly JournalRecord[],
  market: SplitMarket,
  onGivenBars?: number,
): ProfitSplit {
  const [ours, theirs] = [walk(run, market), walk(backtest, market)];
  const split = { data: 0, signal: 0, fill: 0, fee: 0, latency: 0, halt: 0, other: 0 };
  for (const key of new Set([...ours.groups.keys(), ...theirs.groups.keys()])) {
    const [a, b] = [ours.groups.get(key), theirs.groups.get(key)];
    if (a !== undefined && b !== undefined) compare(split, a, b, market);
    else if (a !== undefined) {
      split[theirs.intents.has(intentKey(a.instrument, a.decided)) ? 'fill' : 'signal'] += worth(a, market) - a.fee;
    } else if (b !== undefined) split[missedBy(ours, b, market)] -= worth(b, market) - b.fee;
  }
  // What is left of the difference was paid or received beside the fills.
  const explained = split.signal + split.fill + split.fee + split.latency + split.halt;
  const own = profitOf(backtest, market);
  split.other = profitOf(run, market) - own - explained;
  split.data = onGivenBars === undefined ? 0 : own - onGivenBars;
  return split;
}

/** Both did it: at another price, at another time, in another quantity. */
function compare(split: Record<SplitCause, number>, a: Group, b: Group, market: SplitMarket): void {
  const common = Math.min(a.quantity, b.quantity);
  const per = (sum: number, { quantity }: Group) => sum / quantity;
  const moved = a.direction * (per(b.opens, b) - per(a.opens, a)) * common;
  const better = a.direction * (per(b.paid, b) - per(a.paid, a)) * common;
  const last = market.lastPrice(a.instrument);
  const more = (group: Group) => group.direction * (group.quantity - common) * (last - per(group.paid, group));
  split.latency += moved;
  split.fill += better - moved + more(a) - more(b);
  split.fee += b.fee - a.fee;
}

function worth({ direction, quantity, paid, instrument }: Group, { lastPrice }: SplitMarket): number {
  return direction * (quantity * lastPrice(instrument) - paid);
}

function missedBy(run: Walk, { instrument, decided }: Group, market: SplitMarket): SplitCause {
  if (run.intents.has(intentKey(instrument, decided))) return 'fill';
  if (market.wasLate(decided)) return 'latency';
  return run.halts.some(([from, to]) => decided >= from && decided < to) ? 'halt' : 'signal';
}

const intentKey = (instrument: number, tick: number) => `${instrument} ${tick}`;

function walk(records: readonly JournalRecord[], { openAt }: SplitMarket): Walk {
  const groups = new Map<string, Group>();
  const intents = new Set<string>();
  const decided = new Map<number, number>();
  const halts: [number, number][] = [];
  const held = new Map<number, number>();
  /** By instrument: the decision that the open trade began with. */
  const began = new Map<number, number>();
  const add = (way: 'in' | 'out', at: number, record: JournaledFill, instrument: number, quantity: number) => {
    const direction = record.side === 'buy' ? 1 : -1;
    const key = `${way} ${instrument} ${direction} ${at}`;
    const group = groups.get(key) ?? { instrument, direction, decided: at, quantity: 0, paid: 0, opens: 0, fee: 0 };
    groups.set(key, group);
    group.quantity += quantity;
    group.paid += quantity * record.price;
    group.opens += quantity * openAt(instrument, record.tick);
    group.fee += (record.fee * quantity) / record.quantity;
  };
  for (const record of records) {
    const { instrument = 0, tick } = record;
    if (record.kind === 'intent') {
      decided.set(record.order, tick);
      if (record.role === 'enter' || record.role === 'add') intents.add(intentKey(instrument, tick));
    }
    if (record.kind === 'halt') halts.push([tick, Number.POSITIVE_INFINITY]);
    if (record.kind === 'resume') for (const halt of halts) halt[1] = Math.min(halt[1], tick);
    if (record.kind !== 'fill') continue;
    const sign = record.side === 'buy' ? 1 : -1;
    const before = held.get(instrument) ?? 0;
    const closing = before * sign < 0 ? Math.min(Math.abs(before), record.quantity) : 0;
    const opening = record.quantity - closing;
    if (closing > 0) add('out', began.get(instrument) ?? tick, record, instrument, closing);
    const at = decided.get(record.order) ?? tick;
    if (opening > 0) {
      if (before === 0 || closing > 0) began.set(instrument, at);
      add('in', at, record, instrument, opening);
    }
    const after = before + sign * record.quantity;
    // Sums of decimals that end flat end a hair beside it.
    held.set(instrument, Math.abs(after) < FLAT * record.quantity ? 0 : after);
  }
  return { groups, intents, halts };
}

const FLAT = 1e-9;
