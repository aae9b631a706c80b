/**
 * The bars of a run as they come in: the columns that kernel, engine and simulated exchange read, with room for what has
 * not happened yet. A slower clock's bar is built from the base clock's real ones when it completes, as the loader builds
 * it for a backtest, so both read the same numbers.
 */
import type { InstrumentData, LaneData } from '../../compiler/kernel/run.ts';
import { closeTimeOf, openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Clock, Period } from '../../language/check/program.ts';
import type { GapPolicy } from '../data/gaps.ts';
import { completedTicks, tickAt } from '../data/grid.ts';
import type { PlacedSeries } from '../data/market-set.ts';
import type { BarTable, MarketSeries } from '../data/series.ts';
import { dueTick, type Market } from '../engine/market.ts';
import { GrowingColumns, GrowingList } from './growing.ts';
import type { LiveBar, MarkPrices } from './ports.ts';

/** What one instrument brings along. */
export interface MarketSpec {
  readonly gaps: GapPolicy;
  /** Marks come with the bars. */
  readonly hasMarks: boolean;
  readonly hasFunding: boolean;
  /** Tick of its first bar, where it was listed later than the first of the run; 0 unless stated. Its lane starts there. */
  readonly firstTick?: number;
  /** One past the tick of its last bar, where it is known that there will be no more: of recorded bars. */
  readonly endTick?: number;
}

export interface LiveMarketSpec extends MarketSpec {
  readonly clocks: readonly Pick<Clock, 'period'>[];
  /** Open of tick 0. */
  readonly firstMs: number;
  /** Ticks that there is room for. */
  readonly capacity: number;
}

interface MutableMarket extends Market {
  fundingTicks: Int32Array;
  fundingRates: Float64Array;
}

export class LiveMarket {
  readonly market: Market;
  /** What a kernel is opened on. */
  readonly lane: LaneData;
  /** Ticks that have closed. */
  length = 0;

  readonly spec: LiveMarketSpec;
  readonly #market: MutableMarket;
  readonly #columns: GrowingColumns;
  readonly #base: BarTable;
  readonly #slow: readonly SlowClock[];
  readonly #mark: BarTable | undefined;
  readonly #funding: Float64Array | undefined;
  readonly #settlements: number[] = [];
  readonly #fundingTicks = new GrowingList(length => new Int32Array(length));
  readonly #fundingRates = new GrowingList(length => new Float64Array(length));
  /** By clock, for cross-sections: 1 where no base bar of the tick is real. */
  #absent: readonly Float64Array[] | undefined;
  readonly #endTick: number;
  /** Tick of the first real bar; none yet: -1. */
  #firstReal = -1;

  /** `calendars`: of the slower clocks, for all instruments of a grid alike. */
  constructor(spec: LiveMarketSpec, calendars: readonly SlowCalendar[] = calendarsOf(spec)) {
    const [base, ...slow] = spec.clocks;
    if (base === undefined) throw new Error('a market has at least its base clock');
    this.spec = spec;
    this.#endTick = spec.endTick ?? Number.POSITIVE_INFINITY;
    this.#columns = new GrowingColumns(spec.capacity);
    this.#base = tableIn(this.#columns, baseSpan(spec));
    this.#slow = slow.map((_, index) => slowClock(calendars[index]));
    this.#mark = spec.hasMarks ? tableIn(this.#columns, this.#base) : undefined;
    this.#funding = spec.hasFunding ? this.#columns.numbers(Number.NaN) : undefined;
    this.#market = {
      bars: this.#base,
      held: this.#base.held,
      // Whether there will be one is not known.
      hasHeld: true,
      mark: this.#mark ?? this.#base,
      length: spec.capacity,
      firstOrdinal: this.#base.firstOrdinal,
      period: base.period,
      fundingTicks: new Int32Array(0),
      fundingRates: new Float64Array(0),
    };
    this.market = this.#market;
    this.lane = {
      clocks: [
        columnsOf(this.#base, this.#mark, this.#funding),
        ...this.#slow.map(({ table }) => columnsOf(table, undefined, undefined)),
      ],
      completed: [new Int32Array(0), ...this.#slow.map(({ completed }) => completed)],
    };
  }

  /** What a kernel of several instruments is opened on; to be asked for before the first bar. */
  get instrument(): InstrumentData {
    this.#absent ??= [this.#columns, ...this.#slow.map(({ columns }) => columns)].map(columns => columns.numbers());
    const { firstTick = 0, capacity } = this.spec;
    return { ...this.lane, firstTick, endTick: capacity, held: this.#base.held, absent: this.#absent };
  }

  /** All that has come, as a loader would have it. */
  series(symbol: string, venue: string, hash: string): PlacedSeries {
    const { fundingRates: rates } = this.#market;
    return {
      symbol,
      venue,
      clocks: [{ ...this.#base, length: this.length }, ...this.#slow.map(({ table }) => table)],
      completed: this.lane.completed,
      ...(this.#mark !== undefined && { mark: { ...this.#mark, length: this.length } }),
      ...(this.#funding !== undefined && { funding: { times: Float64Array.from(this.#settlements), rates, hash } }),
      quality: NOT_MEASURED,
      hash,
      // As the kernel of the run had it, whose lanes begin there.
      firstTick: this.spec.firstTick ?? 0,
      endTick: Math.min(this.length, this.#endTick),
    };
  }

  /** What came for a tick; no bar where none exists. */
  at(tick: number): { readonly bar: LiveBar | undefined; readonly mark: MarkPrices | undefined } {
    const mark = this.#mark && pricesAt(this.#mark, tick);
    if (this.#base.held[tick] === 1) return { bar: undefined, mark };
    const volume = this.#base.volume[tick] ?? Number.NaN;
    const prices = pricesAt(this.#base, tick);
    return { bar: { openMs: this.openMs(tick), ...prices, volume, ...(mark !== undefined && { mark }) }, mark };
  }

  /** Settlements that came, in order. */
  get funding(): readonly { readonly timeMs: number; readonly rate: number }[] {
    const rates = this.#market.fundingRates;
    return this.#settlements.map((timeMs, i) => ({ timeMs, rate: rates[i] ?? Number.NaN }));
  }

  /** Tick of the bar that opens at an instant, or holds it. */
  tickOf(timeMs: number): number {
    return ordinalAt(this.#base.period, timeMs) - this.#base.firstOrdinal;
  }

  openMs(tick: number): number {
    return openTimeOf(this.#base.period, this.#base.firstOrdinal + tick);
  }

  closeMs(tick: number): number {
    return closeTimeOf(this.#base.period, this.#base.firstOrdinal + tick);
  }

  get isFull(): boolean {
    return this.length === this.spec.capacity;
  }

  /** Takes the next tick's bar in; undefined: there is none, and the gap policy says what stands in its place. */
  append(bar: LiveBar | undefined, mark: MarkPrices | undefined = bar?.mark): void {
    if (this.isFull) throw new RangeError(`a market with room for ${this.spec.capacity} bars is full`);
    const tick = this.length;
    if (bar !== undefined && this.tickOf(bar.openMs) !== tick) {
      throw new RangeError(`a bar that opens at ${bar.openMs} is not that of tick ${tick}`);
    }
    this.#columns.reserve(tick + 1);
    if (bar !== undefined && this.#firstReal < 0) this.#firstReal = tick;
    // Before the first real one and behind the last there is nothing to hold.
    const isOutside = this.#firstReal < 0 || tick >= this.#endTick;
    writeBar(this.#base, tick, bar, isOutside ? 'absent' : this.spec.gaps);
    if (this.#mark !== undefined) writeMark(this.#mark, tick, mark);
    const [absent] = this.#absent ?? [];
    if (absent !== undefined) absent[tick] = bar === undefined ? 1 : 0;
    for (const [index, slow] of this.#slow.entries()) this.#complete(slow, index + 1, tick);
    this.length = tick + 1;
  }

  /** A settlement, to be told before the bar that holds its instant is taken in. */
  addFunding(timeMs: number, rate: number): void {
    const market = this.#market;
    const { period, firstOrdinal } = market;
    // One that is heard of late is paid in the bar that is going on: it must not be left out.
    const due = Math.max(this.length, dueTick(timeMs, period, firstOrdinal));
    market.fundingTicks = this.#fundingTicks.push(due);
    market.fundingRates = this.#fundingRates.push(rate);
    this.#settlements.push(timeMs);
    const tick = tickAt(this.#base, timeMs);
    if (tick < 0 || this.#funding === undefined) return;
    this.#columns.reserve(tick + 1);
    this.#funding[tick] = rate;
  }

  /** Builds the slower bars that close with the tick. */
  #complete({ table, columns, completed }: SlowClock, clock: number, tick: number): void {
    const last = completed[tick] ?? -1;
    const before = tick === 0 ? -1 : (completed[tick - 1] ?? -1);
    const absent = this.#absent?.[clock];
    columns.reserve(last + 1);
    for (let slow = before + 1; slow <= last; slow++) {
      const openMs = openTimeOf(table.period, table.firstOrdinal + slow);
      const closeMs = closeTimeOf(table.period, table.firstOrdinal + slow);
      const bar = gathered(this.#base, Math.max(0, this.#firstTickFrom(openMs)), tick + 1, openMs, closeMs);
      if (absent !== undefined) absent[slow] = bar === undefined ? 1 : 0;
      // A slower bar lies wholly between the first real one and the last.
      const isEarly = this.#firstReal < 0 || openMs < this.openMs(this.#firstReal);
      const isOutside = isEarly || closeMs > this.openMs(this.#endTick);
      writeBar(table, slow, isOutside ? undefined : bar, isOutside || slow === 0 ? 'absent' : this.spec.gaps);
    }
  }

  #firstTickFrom(timeMs: number): number {
    const tick = this.tickOf(timeMs);
    return this.openMs(tick) < timeMs ? tick + 1 : tick;
  }
}

/** The loader measures files; these bars were looked at one at a time. */
const NOT_MEASURED: MarketSeries['quality'] = {
  rows: 0,
  firstMs: Number.NaN,
  lastMs: Number.NaN,
  periodMs: 0,
  missingBars: 0,
  duplicates: 0,
  outOfOrder: 0,
  offGrid: 0,
  merged: 0,
  ohlcViolations: 0,
  zeroVolume: 0,
  unfinishedLast: false,
  thinBars: 0,
  heldBars: 0,
};

/** Where the bars of a slower clock stand on the grid. */
export interface SlowCalendar {
  readonly period: Period;
  readonly firstOrdinal: number;
  readonly length: number;
  /** For each base tick the last one of its ticks that has completed; -1 before the first. */
  readonly completed: Int32Array;
}

interface SlowClock {
  readonly table: BarTable;
  readonly columns: GrowingColumns;
  readonly completed: Int32Array;
}

type Span = Pick<BarTable, 'period' | 'firstOrdinal' | 'length'>;

function baseSpan({ clocks, firstMs, capacity }: Pick<LiveMarketSpec, 'clocks' | 'firstMs' | 'capacity'>): Span {
  const [base] = clocks;
  if (base === undefined) throw new Error('a market has at least its base clock');
  return { period: base.period, firstOrdinal: ordinalAt(base.period, firstMs), length: capacity };
}

/** The first slower bar is the first that lies wholly in the data. */
export function calendarsOf(spec: Pick<LiveMarketSpec, 'clocks' | 'firstMs' | 'capacity'>): readonly SlowCalendar[] {
  const base = baseSpan(spec);
  const firstMs = openTimeOf(base.period, base.firstOrdinal);
  const endMs = closeTimeOf(base.period, base.firstOrdinal + base.length - 1);
  return spec.clocks.slice(1).map(({ period }) => {
    const holding = ordinalAt(period, firstMs);
    const firstOrdinal = openTimeOf(period, holding) < firstMs ? holding + 1 : holding;
    const span = { period, firstOrdinal, length: Math.max(0, ordinalAt(period, endMs) - firstOrdinal + 1) };
    return { ...span, completed: completedTicks(base, span) };
  });
}

function slowClock(calendar: SlowCalendar | undefined): SlowClock {
  if (calendar === undefined) throw new Error('all instruments of a run have its clocks');
  const columns = new GrowingColumns(calendar.length);
  return { table: tableIn(columns, calendar), columns, completed: calendar.completed };
}

function tableIn(columns: GrowingColumns, { period, firstOrdinal, length }: Span): BarTable {
  return {
    period,
    firstOrdinal,
    length,
    open: columns.numbers(),
    high: columns.numbers(),
    low: columns.numbers(),
    close: columns.numbers(),
    volume: columns.numbers(),
    held: columns.flags(),
  };
}

function columnsOf(
  { firstOrdinal, length, open, high, low, close, volume }: BarTable,
  mark: BarTable | undefined,
  funding: Float64Array | undefined,
): LaneData['clocks'][number] {
  const fields = { open, high, low, close, volume };
  return {
    firstOrdinal,
    length,
    fields: { ...fields, ...(mark !== undefined && { mark: mark.close }), ...(funding !== undefined && { funding }) },
  };
}

export function pricesAt({ open, high, low, close }: BarTable, tick: number): MarkPrices {
  const of = (column: Float64Array) => column[tick] ?? Number.NaN;
  return { open: of(open), high: of(high), low: of(low), close: of(close) };
}

type Prices = Pick<LiveBar, 'open' | 'high' | 'low' | 'close' | 'volume'>;

function writeBar(table: BarTable, tick: number, bar: Prices | undefined, gaps: GapPolicy): void {
  table.held[tick] = bar === undefined ? 1 : 0;
  const last = gaps === 'absent' ? Number.NaN : (table.close[tick - 1] ?? Number.NaN);
  table.open[tick] = bar?.open ?? last;
  table.high[tick] = bar?.high ?? last;
  table.low[tick] = bar?.low ?? last;
  table.close[tick] = bar?.close ?? last;
  table.volume[tick] = bar?.volume ?? (gaps === 'absent' ? Number.NaN : 0);
}

/** A mark that is missing is held whatever the policy: a position is always worth something. */
function writeMark(table: BarTable, tick: number, mark: MarkPrices | undefined): void {
  writeBar(table, tick, mark === undefined ? undefined : { ...mark, volume: 0 }, 'hold');
}

/** The real base bars that open in [openMs, closeMs) as one; undefined where there is none. */
function gathered(base: BarTable, from: number, to: number, openMs: number, closeMs: number): Prices | undefined {
  let bar: { -readonly [K in keyof Prices]: number } | undefined;
  for (let tick = from; tick < to; tick++) {
    const timeMs = openTimeOf(base.period, base.firstOrdinal + tick);
    if (timeMs < openMs || timeMs >= closeMs || base.held[tick] === 1) continue;
    const [open, high, low] = [base.open[tick] ?? 0, base.high[tick] ?? 0, base.low[tick] ?? 0];
    const [close, volume] = [base.close[tick] ?? 0, base.volume[tick] ?? 0];
    if (bar === undefined) {
      bar = { open, high, low, close, volume };
      continue;
    }
    if (high > bar.high) bar.high = high;
    if (low < bar.low) bar.low = low;
    bar.close = close;
    bar.volume += volume;
  }
  return bar;
}
