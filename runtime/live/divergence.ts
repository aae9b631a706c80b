/**
 * Holds a run against a backtest over the very bars that it consumed: the first record in which they differ is where live
 * and backtest parted.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { Clock, Instrument } from '../../language/check/program.ts';
import { runPlan, runPortfolio } from '../backtest.ts';
import type { MarketSet, PlacedSeries } from '../data/market-set.ts';
import type { MarketFacts } from '../data/series.ts';
import { tradedInstrument } from '../engine/settings.ts';
import type { JournalRecord } from '../journal/reader.ts';
import { readJournal } from '../journal/reader.ts';
import { journalOf } from '../journal/writer.ts';
import { isPortfolio } from '../portfolio/settings.ts';
import { boundFacts } from './bound-facts.ts';
import { decode } from './codec.ts';
import { LiveGrid } from './grid.ts';
import { type ProfitSplit, profitOf, profitSplit, type SplitMarket } from './profit-split.ts';
import type { Input, Row, RunBinding } from './store/rows.ts';

export interface Divergence {
  readonly bars: number;
  /** Records of the run, and of the backtest. */
  readonly records: readonly [run: number, backtest: number];
  /** Absent when they are identical. */
  readonly first?: {
    readonly index: number;
    readonly tick: number;
    readonly timeMs: number;
    readonly run?: JournalRecord;
    readonly backtest?: JournalRecord;
    readonly cause: string;
  };
  /** Of run and backtest; absent when they are identical and no other bars were given. */
  readonly profit?: { readonly run: number; readonly backtest: number; readonly split: ProfitSplit };
}

export interface DivergenceParts {
  readonly binding: RunBinding;
  readonly rows: Iterable<Row>;
  readonly clocks: readonly Pick<Clock, 'period'>[];
  /** Of the plan. */
  readonly instruments: readonly Pick<Instrument, 'gaps' | 'venue'>[];
  /** Opens the plan on its instruments, as for a backtest. */
  readonly open: (
    set: Pick<MarketSet, 'members'>,
    factsOf: (symbol: string) => MarketFacts,
    inputs: readonly Input[],
  ) => PlanRun;
  /** Other bars of the same time, from the run's first tick on and no shorter: what the run would have been given. */
  readonly given?: readonly PlacedSeries[];
}

export function divergenceOf(parts: DivergenceParts): Divergence {
  const { binding } = parts;
  const inputs: Input[] = [];
  const records: Uint8Array[] = [];
  for (const row of parts.rows) {
    if (row.kind === 'input') {
      const input = decode<Input>(row.body);
      inputs.push(input);
      // What was decided before was another strategy's.
      if (input.type === 'plan' && input.models === undefined) records.length = 0;
    }
    if (row.records !== undefined) records.push(row.records);
  }
  const live = consumed(parts, inputs);
  const members = live.markets.map((market, number) =>
    market.series(binding.symbols[number] ?? '', parts.instruments[number]?.venue ?? '', 'consumed'),
  );
  const bars = Math.max(0, live.length - binding.fromTick);
  if (bars === 0) return { bars, records: [0, 0] };
  const facts = Object.fromEntries(binding.symbols.map(symbol => [symbol, boundFacts(binding, symbol)]));
  const run = parts.open({ members }, symbol => boundFacts(binding, symbol), inputs);
  const { records: backtest, header } = readJournal(backtestOf(run, members, binding, facts));
  const ours = readJournal(journalOf(header, Buffer.concat(records), isPortfolio(run))).records;
  const index = firstDifference(renumbered(ours), renumbered(backtest));
  const common = { bars, records: [ours.length, backtest.length] as const };
  const market = splitMarket(live, inputs);
  const profit = () => profitsOf(ours, backtest, market, onGivenBars(parts, facts, inputs, live, market));
  if (index < 0) return parts.given === undefined ? common : { ...common, profit: profit() };
  const [one, other] = [ours[index], backtest[index]];
  const tick = Math.min(one?.tick ?? Number.POSITIVE_INFINITY, other?.tick ?? Number.POSITIVE_INFINITY);
  return {
    ...common,
    first: {
      index,
      tick,
      timeMs: live.openMs(tick),
      ...(one !== undefined && { run: one }),
      ...(other !== undefined && { backtest: other }),
      cause: causeOf(one, other),
    },
    profit: profit(),
  };
}

function splitMarket(live: LiveGrid, inputs: readonly Input[]): SplitMarket {
  const late = lateTicks(inputs, live);
  return {
    openAt: (instrument, tick) => openAt(barsOf(live, instrument), tick, live.length),
    lastPrice: instrument => lastClose(barsOf(live, instrument).close, live.length),
    wasLate: tick => late.has(tick),
  };
}

function profitsOf(
  ours: readonly JournalRecord[],
  backtest: readonly JournalRecord[],
  market: SplitMarket,
  given: number | undefined,
): NonNullable<Divergence['profit']> {
  return {
    run: profitOf(ours, market),
    backtest: given ?? profitOf(backtest, market),
    split: profitSplit(ours, backtest, market, given),
  };
}

/** Of a backtest on the bars that were given beside those that were consumed. */
function onGivenBars(
  { given, binding, open }: DivergenceParts,
  facts: Readonly<Record<string, MarketFacts>>,
  inputs: readonly Input[],
  live: LiveGrid,
  market: SplitMarket,
): number | undefined {
  if (given === undefined) return undefined;
  const run = open({ members: given }, symbol => boundFacts(binding, symbol), inputs);
  const { records } = readJournal(backtestOf(run, given, binding, facts, live.length));
  const last = (instrument: number) =>
    lastClose(given[instrument]?.clocks[0]?.close ?? new Float64Array(), live.length);
  return profitOf(records, { ...market, lastPrice: last });
}

function barsOf(live: LiveGrid, instrument: number) {
  return live.market(instrument).market.bars;
}

/** Of a bar that is not there, or not over yet, the price before it. */
function openAt({ open, close }: ReturnType<typeof barsOf>, tick: number, length: number): number {
  const price = tick < length ? (open[tick] ?? Number.NaN) : Number.NaN;
  return Number.isNaN(price) ? lastClose(close, Math.min(tick, length)) : price;
}

function lastClose(close: Float64Array, length: number): number {
  return close.subarray(0, length).findLast(price => !Number.isNaN(price)) ?? Number.NaN;
}

/** Ticks whose bar came too late to be decided on. */
function lateTicks(inputs: readonly Input[], live: LiveGrid): ReadonlySet<number> {
  return new Set(
    inputs.flatMap(input => (input.type === 'bar' && input.late === true ? [live.tickOf(input.bar.openMs)] : [])),
  );
}

/** The journal of a backtest over the bars that were consumed. */
function backtestOf(
  run: PlanRun,
  members: readonly PlacedSeries[],
  { fromTick, capital, params }: RunBinding,
  facts: Readonly<Record<string, MarketFacts>>,
  toTick?: number,
): Uint8Array {
  const config = { fromTick, capital, params, ...(toTick !== undefined && { toTick }) };
  if (isPortfolio(run)) return runPortfolio(run, { members, hash: 'consumed' }, { ...config, facts }).journal;
  const traded = members[run.plan.instruments.indexOf(tradedInstrument(run))];
  if (traded === undefined) throw new Error('there are no bars of the instrument that is traded');
  const own = facts[traded.symbol];
  return runPlan(run, traded, { toTick: traded.endTick, ...config, ...(own !== undefined && { facts: own }) }).journal;
}

/** The bars that the run consumed are the truth of that run, whatever the catalog says of them now. */
function consumed({ binding, clocks, instruments }: DivergenceParts, inputs: readonly Input[]): LiveGrid {
  const bars = binding.symbols.map(() => 0);
  for (const input of inputs) {
    if (input.type === 'bar' || input.type === 'missing')
      bars[input.instrument ?? 0] = (bars[input.instrument ?? 0] ?? 0) + 1;
  }
  const { firstMs } = binding;
  const markets = binding.markets.map((market, number) => ({ ...market, gaps: instruments[number]?.gaps ?? 'hold' }));
  // A tick of which the run had not seen all instruments decided nothing.
  const capacity = Math.min(...bars);
  const live = new LiveGrid({ clocks, firstMs, capacity, markets });
  for (const input of inputs) {
    if (input.type !== 'bar' && input.type !== 'missing' && input.type !== 'funding') continue;
    const { instrument = 0 } = input;
    const market = live.market(instrument);
    if (input.type === 'funding') market.addFunding(input.timeMs, input.rate);
    else if (!market.isFull) {
      const isBar = input.type === 'bar';
      live.append(instrument, isBar ? input.bar : undefined, isBar ? input.bar.mark : input.mark);
    }
  }
  return live;
}

/** Orders by how they follow one another: a strategy that took a journal over goes on counting where the one before it ended. */
function renumbered(records: readonly JournalRecord[]): readonly JournalRecord[] {
  const numbers = new Map<number, number>();
  return records.map(record => {
    if (!('order' in record) || typeof record.order !== 'number') return record;
    const number = numbers.get(record.order) ?? numbers.size + 1;
    numbers.set(record.order, number);
    return { ...record, order: number };
  });
}

function firstDifference(a: readonly JournalRecord[], b: readonly JournalRecord[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (JSON.stringify(a[i]) !== JSON.stringify(b[i])) return i;
  return -1;
}

/** In words, as far as the two records alone tell. */
function causeOf(run: JournalRecord | undefined, backtest: JournalRecord | undefined): string {
  if (run?.kind === 'halt' && run.cause === 'halted') return 'a person stopped the run';
  if (run?.kind === 'resume') return 'a person let the run go on';
  if (run?.kind === 'refusal' && run.reason === 'rejected by the venue') return 'the venue rejected an order';
  if (run === undefined) return 'the backtest goes on where the run has nothing';
  if (backtest === undefined) return 'the run goes on where the backtest has nothing';
  if (run.kind !== backtest.kind) return `the run has a ${run.kind} where the backtest has a ${backtest.kind}`;
  if (run.tick !== backtest.tick) return 'the same at another time';
  const fields = Object.keys({ ...run, ...backtest }).filter(
    key => JSON.stringify(Reflect.get(run, key)) !== JSON.stringify(Reflect.get(backtest, key)),
  );
  return `another ${fields.join(', ')}`;
}
