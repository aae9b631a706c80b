/**
 * Paper trading: a venue's bars as they close, fills by the simulated exchange. Where a run has no bars yet it begins with
 * as many as its plan needs to settle; where it has, with those that it missed, on which nothing is decided any more.
 */
import type { Clock } from '../../language/check/program.ts';
import type { GapPolicy } from '../data/gaps.ts';
import type { Feed, FeedEvent, FeedRequest, Sink } from './ports.ts';
import type { SimulatedRunParts } from './simulated-run.ts';
import type { RunBinding } from './store/rows.ts';

export interface PaperParts {
  readonly feed: Feed;
  readonly symbol: string;
  readonly clocks: readonly Pick<Clock, 'period'>[];
  readonly gaps: GapPolicy;
  readonly isPerpetual: boolean;
  readonly hasFunding: boolean;
  /** Bars before the first traded one. */
  readonly warmupBars: number;
  /** The venue's clock. */
  readonly now: () => number;
  /** Of the journal that the run goes on with. */
  readonly known: RunBinding | undefined;
}

/** Two years of minutes. */
const CAPACITY = 1_100_000;

/** What a simulated run takes from a venue's bars, and its first traded tick. */
export function paperOf(parts: PaperParts) {
  const { symbol, clocks, gaps, known, now, isPerpetual, hasFunding, warmupBars } = parts;
  const period = clocks[0]?.period;
  if (period?.kind !== 'fixed') throw new Error('live bars have a fixed length');
  const openNowMs = Math.floor((now() - period.anchorMs) / period.ms) * period.ms + period.anchorMs;
  const fromTick = known?.fromTick ?? warmupBars;
  const live = {
    mode: 'paper',
    feed: withHistory(parts.feed, now),
    symbol,
    periodMs: period.ms,
    spec: {
      clocks,
      gaps,
      firstMs: known?.firstMs ?? openNowMs - warmupBars * period.ms,
      capacity: CAPACITY,
      hasMarks: isPerpetual,
      hasFunding,
    },
  } as const satisfies Partial<SimulatedRunParts>;
  return { live, fromTick };
}

/** Tells what is past from the venue's history, then follows. */
function withHistory(feed: Feed, now: () => number): Feed {
  return {
    history: (symbol, periodMs, fromMs, toMs) => feed.history(symbol, periodMs, fromMs, toMs),
    follow: async (request: FeedRequest, sink: Sink<FeedEvent>, signal: AbortSignal) => {
      const [symbol] = request.symbols;
      const { periodMs } = request;
      let { fromMs } = request;
      if (symbol === undefined) throw new Error('a run has an instrument');
      // The last bar before now may not be in the history yet: following it tells it.
      for (const bar of await feed.history(symbol, periodMs, fromMs, now())) {
        if (signal.aborted) return;
        if (bar.openMs + periodMs > now()) break;
        await sink({ type: 'bar', symbol, bar, receivedMs: now() });
        fromMs = bar.openMs + periodMs;
      }
      await feed.follow({ ...request, fromMs }, sink, signal);
    },
  };
}
