/**
 * The bars of several instruments as whole ticks. An instant is complete when each instrument has its bar, or is known to
 * have none; a declared lateness after the close those that are absent are taken for missing, so that one instrument that is
 * silent does not hold up the rest. What comes for it later is told as revised. While none of them has a bar the tick waits:
 * then it is the feed that is silent, and not an instrument.
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
  const gathering = new Gathering(request, sink);
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

class Gathering {
  readonly #symbols: readonly string[];
  readonly #periodMs: number;
  readonly #sink: Sink<FeedEvent>;
  /** By open and symbol: what is there of ticks that are not whole. */
  readonly #waiting = new Map<number, Map<string, BarEvent>>();
  /** Open of the tick that is gathered. */
  #openMs: number;

  constructor({ symbols, periodMs, fromMs }: FeedRequest, sink: Sink<FeedEvent>) {
    this.#symbols = symbols;
    this.#periodMs = periodMs;
    this.#openMs = fromMs;
    this.#sink = sink;
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
    const tick = this.#waiting.get(openMs) ?? new Map<string, BarEvent>();
    this.#waiting.set(openMs, tick);
    if (!tick.has(event.symbol)) tick.set(event.symbol, event);
    await Promise.all(this.#tellWhole());
  }

  /** Takes what is absent from a tick for missing, when its lateness has passed. */
  async giveUp(nowMs: number, latenessMs: number): Promise<void> {
    const tick = this.#waiting.get(this.#openMs);
    if (tick === undefined || nowMs < this.#openMs + this.#periodMs + latenessMs) return;
    if (![...tick.values()].some(({ type }) => type === 'bar')) return;
    for (const symbol of this.#symbols) {
      if (!tick.has(symbol)) {
        tick.set(symbol, { type: 'missing', symbol, openMs: this.#openMs, receivedMs: nowMs });
      }
    }
    await Promise.all(this.#tellWhole());
  }

  #tellWhole(): readonly Promise<void>[] {
    const told: Promise<void>[] = [];
    for (;;) {
      const tick = this.#waiting.get(this.#openMs);
      if (tick === undefined || tick.size < this.#symbols.length) return told;
      this.#waiting.delete(this.#openMs);
      this.#openMs += this.#periodMs;
      for (const symbol of this.#symbols) {
        const event = tick.get(symbol);
        if (event !== undefined) told.push(this.#sink(event));
      }
    }
  }
}
