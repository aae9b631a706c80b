/**
 * A venue's bars for a run: where it has none yet it begins with as many as its plan needs to settle; where it has, with
 * those that it missed, on which nothing is decided any more. Paper trading and real trading have them from here alike.
 */
import type { Clock } from '../../language/check/program.ts';
import { LiveError } from './errors.ts';
import type { Feed, FeedEvent, FeedRequest, LiveBar, Settlement, Sink } from './ports.ts';
import type { RunBinding } from './store/rows.ts';
import { untilAnswered } from './until-answered.ts';

export interface OnlineParts {
  readonly clocks: readonly Pick<Clock, 'period'>[];
  /** Bars before the first traded one. */
  readonly warmupBars: number;
  /** The venue's clock. */
  readonly now: () => number;
  /** Of the journal that the run goes on with. */
  readonly known: Pick<RunBinding, 'firstMs' | 'fromTick'> | undefined;
}

export interface OnlineSpan {
  readonly periodMs: number;
  /** Open of tick 0, and the first traded tick. */
  readonly firstMs: number;
  readonly fromTick: number;
  /** Ticks that there is room for. */
  readonly capacity: number;
}

/** Ticks that there is room for behind what is there at the start: two years of minutes. */
const ROOM = 1_050_000;
/** No process lives as long. */
const LONGEST_MS = 10 * 366 * 86_400_000;

/** From which bar on a run reads, and from which it trades: the one that is under way when it begins. */
export function onlineSpan({ clocks, warmupBars, now, known }: OnlineParts): OnlineSpan {
  const period = clocks[0]?.period;
  if (period?.kind !== 'fixed') throw new Error('live bars have a fixed length');
  const openNowMs = Math.floor((now() - period.anchorMs) / period.ms) * period.ms + period.anchorMs;
  const firstMs = known?.firstMs ?? openNowMs - warmupBars * period.ms;
  const room = Math.min(ROOM, Math.ceil(LONGEST_MS / period.ms));
  return {
    periodMs: period.ms,
    firstMs,
    fromTick: known?.fromTick ?? warmupBars,
    capacity: Math.max(0, Math.ceil((openNowMs - firstMs) / period.ms)) + room,
  };
}

const FULL = 'the run has used up the room for bars that it began with';

/** Hears where the past begins and ends, of what is told. */
export interface PastTold {
  begin(): void;
  end(): void;
  /** No bar can be taken in any more. */
  readonly isFull: boolean;
}

/** Tells what is past from the venue's history, then follows. */
export function withHistory(feed: Feed, now: () => number, past?: PastTold): Feed {
  return {
    history: (symbol, periodMs, fromMs, toMs) => feed.history(symbol, periodMs, fromMs, toMs),
    follow: async (request: FeedRequest, told: Sink<FeedEvent>, signal: AbortSignal) => {
      const { symbols, periodMs, fromMs } = request;
      const sink: Sink<FeedEvent> = event => {
        if (past?.isFull === true)
          throw new LiveError('full', FULL, 'start it again: it goes on with room for as many more');
        return told(event);
      };
      past?.begin();
      const pasts = await untilRead(
        async () => {
          const read: Past[] = [];
          for (const symbol of symbols) read.push(await pastOf(feed, symbol, periodMs, fromMs, now()));
          return read;
        },
        told,
        signal,
      );
      if (signal.aborted) return;
      const endMs = endOf(pasts, periodMs, fromMs, now());
      for (let openMs = fromMs; openMs < endMs; openMs += periodMs) {
        if (signal.aborted) return;
        for (const each of pasts) await tell(each, openMs, periodMs, sink, now);
      }
      past?.end();
      await feed.follow({ ...request, fromMs: Math.max(fromMs, endMs) }, sink, signal);
    },
  };
}

/** A venue that does not answer is waited for; what it was asked for is asked for as a whole, since time goes on meanwhile. */
async function untilRead<T>(
  read: () => Promise<readonly T[]>,
  told: Sink<FeedEvent>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  let found: readonly T[] = [];
  let isAway = false;
  await untilAnswered(
    async () => {
      found = await read();
    },
    {
      signal,
      told: ({ message }) => {
        if (!isAway) void told({ type: 'disconnected', why: message });
        isAway = true;
      },
      sleep: ms => pause(ms, signal),
    },
  );
  if (isAway && !signal.aborted) await told({ type: 'reconnected' });
  return found;
}

/** No timer of one that is over keeps the process. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

interface Past {
  readonly symbol: string;
  readonly bars: ReadonlyMap<number, LiveBar>;
  readonly lastMs: number;
  readonly settlements: Settlement[];
}

async function pastOf(feed: Feed, symbol: string, periodMs: number, fromMs: number, toMs: number): Promise<Past> {
  if (fromMs >= toMs) return { symbol, bars: new Map(), lastMs: Number.NEGATIVE_INFINITY, settlements: [] };
  const found = await feed.history(symbol, periodMs, fromMs, toMs);
  const bars = found.filter(({ openMs }) => openMs + periodMs <= toMs);
  const settlements = (await feed.settlements?.(symbol, fromMs)) ?? [];
  return {
    symbol,
    bars: new Map(bars.map(bar => [bar.openMs, bar])),
    lastMs: bars.at(-1)?.openMs ?? Number.NEGATIVE_INFINITY,
    settlements: [...settlements],
  };
}

/**
 * Where the past ends: the last bar before now may not be in the history yet, and is told by following. What is missing
 * for longer does not exist.
 */
function endOf(pasts: readonly Past[], periodMs: number, fromMs: number, nowMs: number): number {
  const complete = Math.min(...pasts.map(({ lastMs }) => lastMs + periodMs));
  const surely = fromMs + Math.floor((nowMs - fromMs) / periodMs - 2) * periodMs;
  return Math.max(complete, Math.min(surely, Math.max(...pasts.map(({ lastMs }) => lastMs + periodMs))));
}

async function tell(
  { symbol, bars, settlements }: Past,
  openMs: number,
  periodMs: number,
  sink: Sink<FeedEvent>,
  now: () => number,
): Promise<void> {
  while ((settlements[0]?.timeMs ?? Number.POSITIVE_INFINITY) < openMs + periodMs) {
    const settlement = settlements.shift();
    if (settlement !== undefined) await sink({ type: 'funding', symbol, ...settlement });
  }
  const bar = bars.get(openMs);
  const receivedMs = now();
  await sink(
    bar === undefined ? { type: 'missing', symbol, openMs, receivedMs } : { type: 'bar', symbol, bar, receivedMs },
  );
}
