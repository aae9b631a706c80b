/**
 * Messages on their way out: each sink has a queue of its own, which nobody waits for. What does not get through is tried
 * again, later and later; what is too old or too much is dropped, and the log says so.
 */
import type { Message, SinkName } from './message.ts';

export interface Sink {
  readonly name: SinkName;
  /** Resolves when the other side has it. Rejects with a `DeliveryError`; the signal is its time-out. */
  send(message: Message, signal: AbortSignal): Promise<void>;
}

/** `isFinal`: it will not get through however often it is tried. `afterMs`: the other side says when to try again. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly isFinal: boolean;
  readonly afterMs: number | undefined;
  constructor(message: string, more: { isFinal?: boolean; afterMs?: number; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.isFinal = more.isFinal ?? false;
    this.afterMs = more.afterMs;
  }
}

export interface DeliveryParts {
  readonly sinks: readonly Sink[];
  /** Hears of what did not get through, once for each message. */
  readonly lost: (sink: SinkName, message: Message, why: string) => void;
  /** Of the first try; doubles, up to `longestWaitMs`. */
  readonly firstWaitMs?: number;
  readonly longestWaitMs?: number;
  readonly timeoutMs?: number;
  readonly attempts?: number;
}

export interface Delivery {
  /** Gives a message to each sink that is asked for and set up; returns at once. */
  send(message: Message, to: readonly SinkName[] | undefined): void;
  /** Waits for what is under way, at most so long; then nothing is sent any more. */
  close(longestMs: number): Promise<void>;
}

const MOST_WAITING = 100;

export function openDelivery(parts: DeliveryParts): Delivery {
  const queues = parts.sinks.map(sink => ({ sink, queue: new Queue(sink, parts) }));
  return {
    send: (message, to) => {
      for (const { sink, queue } of queues) if (to === undefined || to.includes(sink.name)) queue.add(message);
    },
    close: async longestMs => {
      await Promise.all(queues.map(({ queue }) => queue.close(longestMs)));
    },
  };
}

class Queue {
  readonly #sink: Sink;
  readonly #parts: DeliveryParts;
  readonly #waiting: Message[] = [];
  readonly #end = new AbortController();
  #working: Promise<void> | undefined;

  constructor(sink: Sink, parts: DeliveryParts) {
    this.#sink = sink;
    this.#parts = parts;
  }

  add(message: Message): void {
    if (this.#end.signal.aborted) return;
    this.#waiting.push(message);
    // The newest say how it is now.
    if (this.#waiting.length > MOST_WAITING) this.#drop(this.#waiting.shift(), 'too many are waiting');
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async close(longestMs: number): Promise<void> {
    const timer = setTimeout(() => this.#end.abort(), longestMs);
    await this.#working;
    clearTimeout(timer);
    this.#end.abort();
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const why = this.#end.signal.aborted ? 'the run has ended' : await this.#deliver(next);
      // While it was being sent the queue may have grown too long and lost it.
      const place = this.#waiting.indexOf(next);
      if (place >= 0) this.#waiting.splice(place, 1);
      if (why !== undefined && place >= 0) this.#drop(next, why);
    }
  }

  /** Why it did not get through; undefined: it did. */
  async #deliver(message: Message): Promise<string | undefined> {
    const { attempts = 6, timeoutMs = 10_000, firstWaitMs = 1000, longestWaitMs = 60_000 } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#sink.send(message, AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#end.signal]));
        return undefined;
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        if (error.isFinal || attempt === attempts || this.#end.signal.aborted) return error.message;
        const backOffMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1));
        await this.#pause(Math.max(backOffMs, Math.min(longestWaitMs, error.afterMs ?? 0)));
      }
    }
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#end;
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  #drop(message: Message | undefined, why: string): void {
    if (message !== undefined) this.#parts.lost(this.#sink.name, message, why);
  }
}
