/** The bars as the engine reads them, and where its ticks stand on the calendar. */
import { openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';
import type { BarTable, MarketSeries } from '../data/series.ts';
import { nextSet, wordsOf } from './flag-scan.ts';

export interface Market {
  readonly bars: BarTable;
  readonly held: Uint8Array;
  /** There is a held bar at all: where there is none, `held` is not looked at. */
  readonly hasHeld: boolean;
  /** What positions are marked by and liquidated at: mark bars, or the traded ones where there are none. */
  readonly mark: BarTable;
  readonly length: number;
  readonly firstOrdinal: number;
  readonly period: Period;
  /** Settlements in order: the tick at whose open each is charged, its rate. */
  readonly fundingTicks: Int32Array;
  readonly fundingRates: Float64Array;
}

/** Stamps of settlements jitter by milliseconds: this late they still belong to the open they follow. */
const FUNDING_JITTER_MS = 1000;

export function marketOf(series: MarketSeries): Market {
  const [bars] = series.clocks;
  if (bars === undefined) throw new Error('a market has at least its base clock');
  const { times, rates } = series.funding ?? { times: new Float64Array(0), rates: new Float64Array(0) };
  const { period, firstOrdinal, length } = bars;
  const mark = series.mark ?? bars;
  if (mark.length < length || mark.firstOrdinal !== firstOrdinal)
    throw new Error('mark bars must cover the same ticks');
  return {
    bars,
    held: bars.held,
    hasHeld: nextSet(bars.held, wordsOf(bars.held), 0, bars.held.length) < bars.held.length,
    mark,
    length,
    firstOrdinal,
    period,
    fundingTicks: Int32Array.from(times, time => dueTick(time, period, firstOrdinal)),
    fundingRates: rates,
  };
}

/** A settlement inside a bar is charged at the next open, when the position that held through it is known. */
export function dueTick(timeMs: number, period: Period, firstOrdinal: number): number {
  const ordinal = ordinalAt(period, timeMs);
  const late = timeMs - openTimeOf(period, ordinal);
  return (late <= FUNDING_JITTER_MS ? ordinal : ordinal + 1) - firstOrdinal;
}

/** No bar of this tick exists: its prices were filled in. */
export function isHeld({ held, hasHeld }: Market, tick: number): boolean {
  return hasHeld && held[tick] === 1;
}

export function openTime({ period, firstOrdinal }: Market, tick: number): number {
  return openTimeOf(period, firstOrdinal + tick);
}

/** First tick whose bar opens at or after the instant. */
export function tickOpeningFrom({ period, firstOrdinal }: Market, timeMs: number): number {
  const ordinal = ordinalAt(period, timeMs);
  return (openTimeOf(period, ordinal) === timeMs ? ordinal : ordinal + 1) - firstOrdinal;
}
