/**
 * Recorded bars as a feed, and the simulated venue that lives by them: each bar is first played at the venue, told when it
 * is complete, and settled. With a speed, a bar is told when its close comes round on a clock that runs so many times
 * faster; without one, as fast as the run takes them.
 */
import { closeTimeOf, openTimeOf } from '../../language/check/calendar.ts';
import { tickAt } from '../data/grid.ts';
import type { MarketSeries } from '../data/series.ts';
import type { Feed, FeedEvent, FeedRequest, LiveBar, MarkPrices, Sink, VenueEvent } from './ports.ts';
import type { SimulatedVenue } from './simulated/venue.ts';

export interface RecordedFeedParts {
  readonly series: MarketSeries;
  readonly venue: SimulatedVenue;
  readonly tellVenue: Sink<VenueEvent>;
  /** Times faster than the bars were; absent: no waiting. */
  readonly speed?: number;
  /** Milliseconds on a clock that never goes back. */
  readonly clock: () => number;
}

/** A long replay lets other work have its turn now and then. */
const BARS_A_TURN = 256;

export class RecordedFeed implements Feed {
  readonly #parts: RecordedFeedParts;
  readonly #base: MarketSeries['clocks'][number];

  constructor(parts: RecordedFeedParts) {
    this.#parts = parts;
    this.#base = baseOf(parts.series);
  }

  async history(_symbol: string, _periodMs: number, fromMs: number, toMs: number): Promise<readonly LiveBar[]> {
    const ticks = Array.from({ length: this.#base.length }, (_, tick) => tick);
    return ticks.flatMap(tick => {
      const openMs = openTimeOf(this.#base.period, this.#base.firstOrdinal + tick);
      const bar = openMs >= fromMs && openMs < toMs ? recordedBar(this.#parts.series, tick) : undefined;
      return bar === undefined ? [] : [bar];
    });
  }

  async follow({ fromMs }: FeedRequest, sink: Sink<FeedEvent>, signal: AbortSignal): Promise<void> {
    const { series, venue, tellVenue } = this.#parts;
    const { symbol } = series;
    const base = this.#base;
    const first = tickFrom(base, fromMs);
    const settlements = new Settlements(series);
    for (let tick = 0; tick < first; tick++) {
      for (const { timeMs, rate } of settlements.upTo(tick)) venue.addFunding(timeMs, rate);
      venue.seed(recordedBar(series, tick), recordedMark(series, tick));
    }
    if (first > 0) await venue.settle(tellVenue);
    const wait = this.#pace(first);
    for (let tick = first; tick < base.length && !signal.aborted; tick++) {
      await wait(tick, signal);
      if (signal.aborted) return;
      const receivedMs = closeTimeOf(base.period, base.firstOrdinal + tick);
      for (const { timeMs, rate } of settlements.upTo(tick)) {
        venue.addFunding(timeMs, rate);
        await sink({ type: 'funding', symbol, timeMs, rate });
      }
      const bar = recordedBar(series, tick);
      const mark = recordedMark(series, tick);
      await venue.play(bar, mark, tellVenue);
      venue.closeBar();
      const openMs = openTimeOf(base.period, base.firstOrdinal + tick);
      await sink(
        bar === undefined
          ? { type: 'missing', symbol, openMs, receivedMs, ...(mark !== undefined && { mark }) }
          : { type: 'bar', symbol, bar, receivedMs },
      );
      await venue.settle(tellVenue);
    }
    if (!signal.aborted) await sink({ type: 'ended' });
  }

  /** Waits until the tick's close has come. */
  #pace(first: number): (tick: number, signal: AbortSignal) => Promise<void> {
    const { speed, clock } = this.#parts;
    const { period, firstOrdinal } = this.#base;
    const closeMs = (tick: number) => closeTimeOf(period, firstOrdinal + tick);
    const [startMs, startClose] = [clock(), closeMs(first)];
    return async (tick, signal) => {
      if (speed === undefined) {
        if ((tick - first) % BARS_A_TURN === BARS_A_TURN - 1) await new Promise(resolve => setImmediate(resolve));
        return;
      }
      const dueMs = startMs + (closeMs(tick) - startClose) / speed;
      await pause(dueMs - clock(), signal);
    };
  }
}

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
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Settlements in order, each given once. */
class Settlements {
  #next = 0;
  readonly #series: MarketSeries;
  constructor(series: MarketSeries) {
    this.#series = series;
  }

  *upTo(tick: number): Generator<{ readonly timeMs: number; readonly rate: number }> {
    const { funding } = this.#series;
    const base = baseOf(this.#series);
    while (funding !== undefined && this.#next < funding.times.length) {
      const timeMs = funding.times[this.#next] ?? 0;
      if (tickAt(base, timeMs) > tick) return;
      yield { timeMs, rate: funding.rates[this.#next] ?? Number.NaN };
      this.#next += 1;
    }
  }
}

/** Undefined where no real bar exists. */
export function recordedBar(series: MarketSeries, tick: number): LiveBar | undefined {
  const base = baseOf(series);
  if (base.held[tick] !== 0) return undefined;
  const at = (column: Float64Array) => column[tick] ?? Number.NaN;
  const mark = recordedMark(series, tick);
  return {
    openMs: openTimeOf(base.period, base.firstOrdinal + tick),
    open: at(base.open),
    high: at(base.high),
    low: at(base.low),
    close: at(base.close),
    volume: at(base.volume),
    ...(mark !== undefined && { mark }),
  };
}

/** Marks exist for missing bars too. */
export function recordedMark({ mark }: MarketSeries, tick: number): MarkPrices | undefined {
  if (mark === undefined) return undefined;
  const at = (column: Float64Array) => column[tick] ?? Number.NaN;
  return { open: at(mark.open), high: at(mark.high), low: at(mark.low), close: at(mark.close) };
}

function baseOf({ clocks: [base] }: MarketSeries): MarketSeries['clocks'][number] {
  if (base === undefined) throw new Error('a market has at least its base clock');
  return base;
}

/** First tick that opens at or after an instant. */
function tickFrom(base: MarketSeries['clocks'][number], timeMs: number): number {
  for (let tick = 0; tick < base.length; tick++) {
    if (openTimeOf(base.period, base.firstOrdinal + tick) >= timeMs) return tick;
  }
  return base.length;
}
