/**
 * Recorded bars as a feed. With a speed, a bar is told when its close comes round on a clock that runs so many times
 * faster; without one, as fast as the run takes them.
 */
import { closeTimeOf, openTimeOf } from '../../language/check/calendar.ts';
import { tickAt } from '../data/grid.ts';
import type { BarTable, MarketSeries } from '../data/series.ts';
import { pricesAt } from './market.ts';
import type { Feed, FeedEvent, FeedRequest, LiveBar, Sink } from './ports.ts';

export interface RecordedFeedParts {
  /** By number of the instrument, all on one grid. */
  readonly members: readonly MarketSeries[];
  /** Times faster than the bars were; absent: no waiting. */
  readonly speed?: number;
  /** Milliseconds on a clock that never goes back. */
  readonly clock: () => number;
}

/** A long replay lets other work have its turn now and then. */
const BARS_A_TURN = 256;

export function recordedFeed(parts: RecordedFeedParts): Feed {
  const { members } = parts;
  const [first] = members;
  if (first === undefined) throw new Error('a run has at least one instrument');
  const base = baseOf(first);
  const openMs = (tick: number) => openTimeOf(base.period, base.firstOrdinal + tick);
  return {
    history: async (symbol, _periodMs, fromMs, toMs) => {
      const bars: LiveBar[] = [];
      const series = members.find(member => member.symbol === symbol);
      if (series === undefined) return bars;
      for (let tick = tickFrom(base, fromMs); tick < base.length && openMs(tick) < toMs; tick++) {
        const bar = recordedBar(series, tick);
        if (bar !== undefined) bars.push(bar);
      }
      return bars;
    },
    follow: async ({ fromMs }: FeedRequest, sink: Sink<FeedEvent>, signal: AbortSignal) => {
      const from = tickFrom(base, fromMs);
      const settlements = members.map(series => settlementsFrom(series, from));
      const wait = pace(parts, base, from);
      for (let tick = from; tick < base.length && !signal.aborted; tick++) {
        await wait(tick, signal);
        if (signal.aborted) return;
        const receivedMs = closeTimeOf(base.period, base.firstOrdinal + tick);
        for (const [number, { symbol }] of members.entries()) {
          for (const { timeMs, rate } of settlements[number]?.upTo(tick) ?? []) {
            await sink({ type: 'funding', symbol, timeMs, rate });
          }
        }
        for (const series of members) await sink(barEvent(series, tick, openMs(tick), receivedMs));
      }
      if (!signal.aborted) await sink({ type: 'ended' });
    },
  };
}

function barEvent(series: MarketSeries, tick: number, openMs: number, receivedMs: number): FeedEvent {
  const { symbol } = series;
  const bar = recordedBar(series, tick);
  if (bar !== undefined) return { type: 'bar', symbol, bar, receivedMs };
  const mark = series.mark && pricesAt(series.mark, tick);
  return { type: 'missing', symbol, openMs, receivedMs, ...(mark !== undefined && { mark }) };
}

/** Waits until a tick's close has come. */
function pace(
  { speed, clock }: RecordedFeedParts,
  { period, firstOrdinal }: BarTable,
  first: number,
): (tick: number, signal: AbortSignal) => Promise<void> {
  const closeMs = (tick: number) => closeTimeOf(period, firstOrdinal + tick);
  const [startMs, startClose] = [clock(), closeMs(first)];
  return async (tick, signal) => {
    if (speed !== undefined) return pause(startMs + (closeMs(tick) - startClose) / speed - clock(), signal);
    if ((tick - first) % BARS_A_TURN === BARS_A_TURN - 1) await new Promise(resolve => setImmediate(resolve));
  };
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Resolves after a time, or when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (!(ms > 0)) return new Promise(resolve => setImmediate(resolve));
  return new Promise(resolve => {
    const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS));
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

/** Settlements in order, each given once; those before the first tick were told before. */
function settlementsFrom(series: MarketSeries, first: number) {
  const { funding } = series;
  const base = baseOf(series);
  const times = funding?.times ?? new Float64Array(0);
  let next = 0;
  while (next < times.length && tickAt(base, times[next] ?? 0) < first) next += 1;
  return {
    *upTo(tick: number): Generator<{ readonly timeMs: number; readonly rate: number }> {
      for (; next < times.length; next++) {
        const timeMs = times[next] ?? 0;
        if (tickAt(base, timeMs) > tick) return;
        yield { timeMs, rate: funding?.rates[next] ?? Number.NaN };
      }
    },
  };
}

/** Undefined where no real bar exists. */
function recordedBar(series: MarketSeries, tick: number): LiveBar | undefined {
  const base = baseOf(series);
  if (base.held[tick] !== 0) return undefined;
  const openMs = openTimeOf(base.period, base.firstOrdinal + tick);
  const volume = base.volume[tick] ?? Number.NaN;
  const mark = series.mark && pricesAt(series.mark, tick);
  return { openMs, ...pricesAt(base, tick), volume, ...(mark !== undefined && { mark }) };
}

function baseOf({ clocks: [base] }: MarketSeries): BarTable {
  if (base === undefined) throw new Error('a market has at least its base clock');
  return base;
}

/** First tick that opens at or after an instant. */
function tickFrom(base: BarTable, timeMs: number): number {
  let tick = 0;
  while (tick < base.length && openTimeOf(base.period, base.firstOrdinal + tick) < timeMs) tick += 1;
  return tick;
}
