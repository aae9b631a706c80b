/**
 * The bars of several instruments as whole ticks. An instant is complete when each instrument has its bar, or is known to
 * have none; a declared lateness after the close those that are absent are taken for missing, so that one instrument that is
 * silent does not hold up the rest. What comes for it later is told as revised. While no bar comes at all the tick waits: then
 * it is the feed that is silent, and not an instrument.
 */
import type { Feed, FeedEvent, FeedRequest, Sink } from './ports.ts';

export interface Lateness {
  /** After the close of a bar; venue time. */
  readonly ms: number;
  /** The venue's clock. */
  readonly now: () => number;
}

/** Well before a tick is too late to be decided on: one silent instrument must not silence the rest. */
const SHARE = 0.1;
const LONGEST_MS = 15_000;

/** How long a tick of this length waits for its last instruments, by the venue's clock. */
export function usualLateness(periodMs: number, now: () => number): Lateness {
  return { ms: Math.min(SHARE * periodMs, LONGEST_MS), now };
}

type BarEvent = Extract<FeedEvent, { type: 'bar' | 'missing' }>;

/** How often the deadline is looked at. */
const CHECK_MS = 100;

/** Tells of a tick's bars one after the other in the order of `symbols`, tick after tick. */
export function wholeTicks(feed: Feed, lateness?: Lateness): Feed {
  return {
    ...feed,
    follow: (request, sink, signal) =>
      request.symbols.length === 1 ? feed.follow(request, sink, signal) : follow(feed, lateness, request, sink, signal),
  };
}

async function follow(
  feed: Feed,
  lateness: Lateness | undefined,
  request: FeedRequest,
  sink: Sink<FeedEvent>,
  signal: AbortSignal,
): Promise<void> {
  const gathering = new Gathering(request, sink, lateness?.now ?? (() => NEVER_MS));
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const timer = lateness && setInterval(() => void gathering.giveUp(lateness.now(), lateness.ms).catch(fail), CHECK_MS);
  try {
    await Promise.race([feed.follow(request, event => gathering.hear(event), signal), failed]);
  } finally {
    clearInterval(timer);
  }
}

/** What is there of a tick that is not whole. */
interface Gathered {
  /** By symbol. */
  readonly events: Map<string, BarEvent>;
  /** By the venue's clock: when its first bar was told; NaN: it has none. */
  firstMs: number;
}

class Gathering {
  readonly #symbols: readonly string[];
  readonly #periodMs: number;
  readonly #sink: Sink<FeedEvent>;
  readonly #now: () => number;
  /** By open. */
  readonly #waiting = new Map<number, Gathered>();
  /** Open of the tick that is gathered. */
  #openMs: number;

  constructor({ symbols, periodMs, fromMs }: FeedRequest, sink: Sink<FeedEvent>, now: () => number) {
    this.#symbols = symbols;
    this.#periodMs = periodMs;
    this.#openMs = fromMs;
    this.#sink = sink;
    this.#now = now;
  }

  /** Resolves when the sink has done what follows from what this completes; the next may be told before. */
  async hear(event: FeedEvent): Promise<void> {
    if (event.type !== 'bar' && event.type !== 'missing') return this.#sink(event);
    const openMs = event.type === 'bar' ? event.bar.openMs : event.openMs;
    if (openMs < this.#openMs) {
      const { symbol, receivedMs } = event;
      if (event.type === 'bar') await this.#sink({ type: 'revised', symbol, bar: event.bar, receivedMs });
      return;
    }
    const { events } = this.#note(openMs, event.type === 'bar');
    if (!events.has(event.symbol)) events.set(event.symbol, event);
    await Promise.all(this.#tellWhole());
  }

  #note(openMs: number, isBar: boolean): Gathered {
    const tick = this.#waiting.get(openMs) ?? { events: new Map(), firstMs: Number.NaN };
    this.#waiting.set(openMs, tick);
    if (isBar && Number.isNaN(tick.firstMs)) tick.firstMs = this.#now();
    return tick;
  }

  /** Takes what is absent from a tick for missing, when its lateness has passed. */
  async giveUp(nowMs: number, latenessMs: number): Promise<void> {
    const told: Promise<void>[] = [];
    while (nowMs >= dueMs(this.#openMs + this.#periodMs, this.#firstMs(), latenessMs)) {
      const openMs = this.#openMs;
      const { events } = this.#note(openMs, false);
      for (const symbol of this.#symbols) {
        if (!events.has(symbol)) events.set(symbol, { type: 'missing', symbol, openMs, receivedMs: nowMs });
      }
      told.push(...this.#tellWhole());
    }
    await Promise.all(told);
  }

  /** When the first bar came that waits, be it of a later tick: the feed is not silent since then. */
  #firstMs(): number {
    let firstMs = NEVER_MS;
    for (const tick of this.#waiting.values()) if (tick.firstMs < firstMs) firstMs = tick.firstMs;
    return firstMs;
  }

  #tellWhole(): readonly Promise<void>[] {
    const told: Promise<void>[] = [];
    for (;;) {
      const tick = this.#waiting.get(this.#openMs);
      if (tick === undefined || tick.events.size < this.#symbols.length) return told;
      this.#waiting.delete(this.#openMs);
      this.#openMs += this.#periodMs;
      for (const symbol of this.#symbols) {
        const event = tick.events.get(symbol);
        if (event !== undefined) told.push(this.#sink(event));
      }
    }
  }
}

const NEVER_MS = Number.POSITIVE_INFINITY;

/**
 * Until when the rest of a tick is waited for. After a gap its bars come one instrument after another, long after its close:
 * then nothing can be decided on it anyway, and the others have their time from the first that came.
 */
function dueMs(closeMs: number, firstMs: number, latenessMs: number): number {
  return latenessMs + (firstMs > closeMs + 2 * latenessMs ? firstMs : closeMs);
}
