/**
 * A venue's feed whose bars stay here: what is past is read from the store first and asked of the venue where the store has
 * holes, and each bar that the run has used is appended.
 */
import { isSystemError, WriteError } from '../report/write.ts';
import type { CandleStore } from './candle-store.ts';
import type { Feed, FeedEvent, FeedRequest, LiveBar, Sink } from './ports.ts';
import { raced } from './raced.ts';

export interface StoredFeedParts {
  readonly feed: Feed;
  readonly storeOf: (symbol: string) => CandleStore;
  /** Bars of perpetuals are whole with their mark prices only. */
  readonly hasMarks: boolean;
  /** Hears, once, that nothing can be kept: the run goes on. */
  readonly cannotKeep: (why: string) => void;
}

const KEPT: ReadonlySet<FeedEvent['type']> = new Set(['bar', 'revised', 'funding']);
/** An order is answered by then, or nobody knows when. */
const LONGEST_WAIT_MS = 1000;

export function storedFeed({ feed, storeOf, hasMarks, cannotKeep }: StoredFeedParts): Feed {
  let hasFailed = false;
  async function kept(keep: () => void | Promise<void>): Promise<void> {
    try {
      await keep();
    } catch (error) {
      if (!isSystemError(error) && !(error instanceof WriteError)) throw error;
      if (!hasFailed) cannotKeep(error.message);
      hasFailed = true;
    }
  }
  return {
    history: async (symbol, periodMs, fromMs, toMs) => {
      const store = storeOf(symbol);
      const stored = await store.bars(fromMs, toMs);
      const known = new Map(stored.filter(bar => !hasMarks || bar.mark !== undefined).map(bar => [bar.openMs, bar]));
      const hole = holeIn(known, periodMs, fromMs, toMs);
      if (hole === undefined) return stored;
      const asked = await feed.history(symbol, periodMs, hole.fromMs, hole.toMs);
      await kept(() => store.merge(asked));
      // What was used by a run before is what this one uses.
      const whole = new Map([...asked.map(bar => [bar.openMs, bar] as const), ...known]);
      return [...whole.values()].sort((a, b) => a.openMs - b.openMs);
    },
    ...(feed.settlements !== undefined && {
      settlements: async (symbol: string, fromMs: number) => {
        const found = (await feed.settlements?.(symbol, fromMs)) ?? [];
        await kept(() => {
          for (const settlement of found) storeOf(symbol).settlement(settlement);
        });
        return found;
      },
    }),
    follow: async (request: FeedRequest, sink: Sink<FeedEvent>, signal: AbortSignal) => {
      let keeping: Promise<void> = Promise.resolve();
      await feed.follow(
        request,
        event => {
          const sent = sink(event);
          if (!KEPT.has(event.type)) return sent;
          // In the order in which they are told, and after the orders that were sent on them, if those are answered soon.
          const answered = sent.catch(() => {});
          keeping = keeping.then(() => raced(answered, LONGEST_WAIT_MS)).then(() => kept(() => keep(storeOf, event)));
          return Promise.all([sent, keeping]).then(() => {});
        },
        signal,
      );
      await keeping;
    },
  };
}

function keep(storeOf: StoredFeedParts['storeOf'], event: FeedEvent): void {
  if (event.type === 'bar') storeOf(event.symbol).append(event.bar);
  if (event.type === 'revised') storeOf(event.symbol).revise(event.bar, event.receivedMs);
  if (event.type === 'funding') storeOf(event.symbol).settlement(event);
}

/** From the first bar that is not there to the last one; bars that no venue has are asked for again each time. */
function holeIn(
  known: ReadonlyMap<number, LiveBar>,
  periodMs: number,
  fromMs: number,
  toMs: number,
): { readonly fromMs: number; readonly toMs: number } | undefined {
  let [first, last] = [Number.NaN, Number.NaN];
  for (let openMs = Math.ceil(fromMs / periodMs) * periodMs; openMs < toMs; openMs += periodMs) {
    if (known.has(openMs)) continue;
    if (Number.isNaN(first)) first = openMs;
    last = openMs;
  }
  return Number.isNaN(first) ? undefined : { fromMs: first, toMs: Math.min(toMs, last + periodMs) };
}
