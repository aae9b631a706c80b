/**
 * Bars onto a clock: one entry a tick from the first real bar to the last. Built from real bars only; holes are marked
 * here and filled by the gap policy in `gaps.ts`.
 *
 * A bar belongs to the first grid bar that closes at or after its own close. A coarser bar exists when at least one finer
 * one does, and only where its whole period lies inside the data: the first and the last are like all others.
 */
import { closeTimeOf, openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';
import type { BarColumns, BarTable, RawBars } from './series.ts';

/** Bars to be placed, in order of time: entries [from, to), without those where `skip` is 1. */
export interface FinerBars extends BarColumns {
  readonly from: number;
  readonly to: number;
  readonly skip?: Uint8Array;
  /** The tick, on the clock they are placed on, that a bar belongs to. Never falls. */
  readonly ordinalOf: (index: number) => number;
  /** How many of them a whole tick of this length is made of. */
  readonly expectedIn: (spanMs: number) => number;
}

export interface Grid {
  readonly table: BarTable;
  /** Coarser bars built from fewer finer bars than they span. */
  readonly thin: number;
  /** Bars that fell into a tick beyond those it is made of. */
  readonly merged: number;
}

/** Instants between which all inputs of a run exist. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Raw bars of the window onto a clock whose period they divide. */
export function placeRaw(raw: RawBars, period: Period, window: Window): Grid {
  const { times, periodMs } = raw;
  const from = firstRow(times, window.fromMs);
  const to = firstRow(times, window.toMs - periodMs + 1);
  const ordinalOf =
    period.kind === 'fixed'
      ? (row: number) => Math.floor(((times[row] ?? 0) + periodMs - 1 - period.anchorMs) / period.ms)
      : (row: number) => ordinalAt(period, (times[row] ?? 0) + periodMs - 1);
  const expectedIn = (spanMs: number) => spanMs / periodMs;
  const sameLength = period.kind === 'fixed' && period.ms === periodMs;
  return place({ ...raw, from, to, ordinalOf, expectedIn }, period, sameLength ? undefined : window);
}

/** A clock's real bars onto a slower clock; call it before the holes of `base` are filled. */
export function placeSlow(base: BarTable, period: Period, window: Window): Grid {
  const ordinalOf = (tick: number) => ordinalAt(period, tickOpenMs(base, tick));
  const expectedIn = (spanMs: number) =>
    base.period.kind === 'fixed' ? spanMs / base.period.ms : monthsIn(spanMs) / base.period.months;
  return place({ ...base, from: 0, to: base.length, skip: base.held, ordinalOf, expectedIn }, period, window);
}

const MEAN_MONTH_MS = 2_629_746_000;

function monthsIn(spanMs: number): number {
  return Math.round(spanMs / MEAN_MONTH_MS);
}

/** First row that opens at or after the instant. */
function firstRow(times: Float64Array, timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function place(bars: FinerBars, period: Period, whole: Window | undefined): Grid {
  const { from, to } = whole === undefined ? bars : wholePart(bars, period, whole);
  let first = from;
  while (first < to && bars.skip?.[first] === 1) first++;
  let last = to - 1;
  while (last > first && bars.skip?.[last] === 1) last--;
  const firstOrdinal = first < to ? bars.ordinalOf(first) : 0;
  const table = emptyTable(period, firstOrdinal, first < to ? bars.ordinalOf(last) - firstOrdinal + 1 : 0);
  const counts = fillTable(table, bars, first, to);
  return { table, ...tally(table, counts, bars) };
}

/** The bars that belong to ticks which lie wholly inside the window. */
function wholePart(bars: FinerBars, period: Period, window: Window): { readonly from: number; readonly to: number } {
  let { from, to } = bars;
  while (from < to && openTimeOf(period, bars.ordinalOf(from)) < window.fromMs) from++;
  while (to > from && closeTimeOf(period, bars.ordinalOf(to - 1)) > window.toMs) to--;
  return { from, to };
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

/** Writes the bars [from, to) into the table; gives how many finer bars each tick has. */
function fillTable(table: BarTable, bars: FinerBars, from: number, to: number): Uint32Array {
  const { open, high, low, close, volume, held, firstOrdinal } = table;
  const { skip, ordinalOf } = bars;
  const counts = new Uint32Array(table.length);
  for (let i = from; i < to; i++) {
    if (skip?.[i] === 1) continue;
    const tick = ordinalOf(i) - firstOrdinal;
    const barHigh = bars.high[i] ?? 0;
    const barLow = bars.low[i] ?? 0;
    if (held[tick] === 1) {
      held[tick] = 0;
      open[tick] = bars.open[i] ?? 0;
      high[tick] = barHigh;
      low[tick] = barLow;
      volume[tick] = bars.volume[i] ?? 0;
    } else {
      if (barHigh > (high[tick] ?? 0)) high[tick] = barHigh;
      if (barLow < (low[tick] ?? 0)) low[tick] = barLow;
      volume[tick] = (volume[tick] ?? 0) + (bars.volume[i] ?? 0);
    }
    close[tick] = bars.close[i] ?? 0;
    counts[tick] = (counts[tick] ?? 0) + 1;
  }
  return counts;
}

function tally(
  { period, firstOrdinal, length }: BarTable,
  counts: Uint32Array,
  bars: FinerBars,
): { readonly thin: number; readonly merged: number } {
  let thin = 0;
  let merged = 0;
  for (let tick = 0; tick < length; tick++) {
    const count = counts[tick] ?? 0;
    if (count === 0) continue;
    const spanMs =
      period.kind === 'fixed'
        ? period.ms
        : closeTimeOf(period, firstOrdinal + tick) - openTimeOf(period, firstOrdinal + tick);
    const expected = bars.expectedIn(spanMs);
    if (count < expected) thin++;
    else merged += count - expected;
  }
  return { thin, merged };
}

/** For each base tick the index of the slow clock's last tick that has completed at its close; -1 before the first. */
export function completedTicks(base: BarTable, slow: BarTable): Int32Array {
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
