/**
 * Bars onto a clock: one entry a tick from the first real bar to the last. Built from real bars only; holes are marked
 * here and filled by the gap policy in `gaps.ts`.
 *
 * A bar belongs to the first grid bar that closes at or after its own close. A coarser bar exists when at least one finer
 * one does, and only where its whole period lies inside the data: the first and the last are like all others.
 */
import { closeTimeOf, openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';
import type { Hole, Window } from './gaps.ts';
import type { BarColumns, BarTable, RawBars } from './series.ts';

/** Bars to be placed, in order of time: entries [from, to), without those where `skip` is 1. */
interface FinerBars extends BarColumns {
  readonly from: number;
  readonly to: number;
  readonly openTimes: Float64Array;
  readonly skip?: Uint8Array;
  /** A bar belongs to the tick that holds its open plus this. */
  readonly reachMs: number;
  /** How many of them a whole tick of this length is made of. */
  readonly expectedIn: (spanMs: number) => number;
  /** Ticks that open before this are not counted in `thin` and `merged`. */
  readonly countFromMs: number;
}

export interface Grid {
  readonly table: BarTable;
  /** Coarser bars built from fewer finer bars than they span. */
  readonly thin: number;
  /** Bars that fell into a tick beyond those it is made of. */
  readonly merged: number;
}

/** Raw bars, with what placing them needs to know. */
interface PlacedBars extends RawBars {
  readonly holes: readonly Hole[];
  /** Whether each opens where a bar of its length does. */
  readonly onGrid: boolean;
}

/** Raw bars of the window onto a clock whose period they divide. */
export function placeRaw(raw: PlacedBars, period: Period, window: Window, countFromMs = window.fromMs): Grid {
  const { times, periodMs } = raw;
  const from = firstRow(times, window.fromMs);
  const to = firstRow(times, window.toMs - periodMs + 1);
  if (raw.onGrid && period.kind === 'fixed' && period.ms === periodMs) return copyRuns(raw, period, from, to);
  const bars: FinerBars = {
    ...raw,
    from,
    to,
    openTimes: times,
    reachMs: periodMs - 1,
    expectedIn: spanMs => spanMs / periodMs,
    countFromMs,
  };
  // Bars of the clock's own length are whole wherever they stand.
  const sameLength = period.kind === 'fixed' && period.ms === periodMs;
  return place(sameLength ? bars : wholePart(bars, period, window), period);
}

/** Bars that stand where the clock's ticks do: whole runs between holes are copied at once. */
function copyRuns(raw: PlacedBars, period: Period, from: number, to: number): Grid {
  const ordinal = (row: number): number => ordinalAt(period, raw.times[row] ?? 0);
  const isEmpty = from >= to;
  const table = emptyTable(period, isEmpty ? 0 : ordinal(from), isEmpty ? 0 : ordinal(to - 1) - ordinal(from) + 1);
  const starts = raw.holes.map(hole => firstRow(raw.times, hole.toMs)).filter(row => row > from && row < to);
  const edges = isEmpty ? [] : [from, ...starts, to];
  for (const [index, start] of edges.entries()) {
    const end = edges[index + 1];
    if (end === undefined) break;
    const tick = ordinal(start) - table.firstOrdinal;
    for (const field of FIELDS) table[field].set(raw[field].subarray(start, end), tick);
    table.held.fill(0, tick, tick + end - start);
  }
  return { table, thin: 0, merged: 0 };
}

const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;

/** A clock's real bars onto a slower clock; call it before the holes of `base` are filled. */
export function placeSlow(base: BarTable, period: Period, window: Window, countFromMs = window.fromMs): Grid {
  const bars: FinerBars = {
    ...base,
    from: 0,
    to: base.length,
    openTimes: openTimesOf(base),
    skip: base.held,
    reachMs: 0,
    expectedIn: spanMs =>
      base.period.kind === 'fixed' ? spanMs / base.period.ms : monthsIn(spanMs) / base.period.months,
    countFromMs,
  };
  return place(wholePart(bars, period, window), period);
}

function openTimesOf(table: BarTable): Float64Array {
  const times = new Float64Array(table.length);
  for (let tick = 0; tick < table.length; tick++) times[tick] = tickOpenMs(table, tick);
  return times;
}

const MEAN_MONTH_MS = 2_629_746_000;

function monthsIn(spanMs: number): number {
  return Math.round(spanMs / MEAN_MONTH_MS);
}

/** First row that opens at or after the instant. */
export function firstRow(times: Float64Array, timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ordinalOf({ openTimes, reachMs }: FinerBars, period: Period, index: number): number {
  return ordinalAt(period, (openTimes[index] ?? 0) + reachMs);
}

/** The bars that belong to ticks which lie wholly inside the window. */
function wholePart(bars: FinerBars, period: Period, window: Window): FinerBars {
  let { from, to } = bars;
  while (from < to && openTimeOf(period, ordinalOf(bars, period, from)) < window.fromMs) from++;
  while (to > from && closeTimeOf(period, ordinalOf(bars, period, to - 1)) > window.toMs) to--;
  return { ...bars, from, to };
}

function place(bars: FinerBars, period: Period): Grid {
  const { to, skip } = bars;
  let first = bars.from;
  while (first < to && skip?.[first] === 1) first++;
  let last = to - 1;
  while (last > first && skip?.[last] === 1) last--;
  const isEmpty = first >= to;
  const firstOrdinal = isEmpty ? 0 : ordinalOf(bars, period, first);
  const table = emptyTable(period, firstOrdinal, isEmpty ? 0 : ordinalOf(bars, period, last) - firstOrdinal + 1);
  return { table, ...fillTable(table, { ...bars, from: first }) };
}

function emptyTable(period: Period, firstOrdinal: number, length: number): BarTable {
  const column = () => new Float64Array(length);
  return {
    period,
    firstOrdinal,
    length,
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
    held: new Uint8Array(length).fill(1),
  };
}

/** Gathers the bars tick by tick and writes one bar a tick. */
function fillTable(table: BarTable, bars: FinerBars): { readonly thin: number; readonly merged: number } {
  const { period, firstOrdinal, held } = table;
  const { open, high, low, close, volume, openTimes, reachMs, skip, to, countFromMs } = bars;
  let thin = 0;
  let merged = 0;
  let i = bars.from;
  while (i < to) {
    const ordinal = ordinalOf(bars, period, i);
    const tickClose = closeTimeOf(period, ordinal);
    const tick = ordinal - firstOrdinal;
    table.open[tick] = open[i] ?? 0;
    let [top, bottom, traded, count] = [high[i] ?? 0, low[i] ?? 0, volume[i] ?? 0, 1];
    let last = i++;
    for (; i < to && (openTimes[i] ?? 0) + reachMs < tickClose; i++) {
      if (skip?.[i] === 1) continue;
      const barHigh = high[i] ?? 0;
      const barLow = low[i] ?? 0;
      if (barHigh > top) top = barHigh;
      if (barLow < bottom) bottom = barLow;
      traded += volume[i] ?? 0;
      last = i;
      count++;
    }
    while (i < to && skip?.[i] === 1) i++;
    table.high[tick] = top;
    table.low[tick] = bottom;
    table.close[tick] = close[last] ?? 0;
    table.volume[tick] = traded;
    held[tick] = 0;
    const tickOpen = openTimeOf(period, ordinal);
    if (tickOpen < countFromMs) continue;
    const expected = bars.expectedIn(tickClose - tickOpen);
    if (count < expected) thin++;
    else merged += count - expected;
  }
  return { thin, merged };
}

type TableSpan = Pick<BarTable, 'period' | 'firstOrdinal' | 'length'>;

/** For each base tick the index of the slow clock's last tick that has completed at its close; -1 before the first. */
export function completedTicks(base: TableSpan, slow: TableSpan): Int32Array {
  const completed = new Int32Array(base.length);
  const closeOfSlow = (tick: number) =>
    tick < slow.length ? closeTimeOf(slow.period, slow.firstOrdinal + tick) : Number.POSITIVE_INFINITY;
  let done = -1;
  let nextClose = closeOfSlow(0);
  for (let tick = 0; tick < base.length; tick++) {
    const close = closeTimeOf(base.period, base.firstOrdinal + tick);
    while (nextClose <= close) nextClose = closeOfSlow(++done + 1);
    completed[tick] = done;
  }
  return completed;
}

/** Tick whose bar holds the instant; outside the table -1. */
export function tickAt(table: BarTable, timeMs: number): number {
  const tick = ordinalAt(table.period, timeMs) - table.firstOrdinal;
  return tick >= 0 && tick < table.length ? tick : -1;
}

/** Opening time of a tick's bar. */
export function tickOpenMs(table: BarTable, tick: number): number {
  return openTimeOf(table.period, table.firstOrdinal + tick);
}
