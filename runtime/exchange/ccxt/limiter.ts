/**
 * Request weight, as the venue counts it: so much a minute of its clock. A part is kept for cancels and protection, so that
 * reads and entries can never use up what gets a position out. After a ban nothing is sent until it ends: going on makes it
 * longer.
 */
import { NotSent } from './errors.ts';

/** `protection`: cancels, stops, exits. */
export type Urgency = 'ordinary' | 'protection';

export interface LimiterSettings {
  readonly weightPerMinute: number;
  /** Part of the minute's weight that only protection may use. */
  readonly reserve: number;
  /** How long what is ordinary is held back when the venue refuses a request for its limits and does not say. */
  readonly pauseMs: number;
  /** How long an ordinary call waits for the next minute before it is refused. */
  readonly longestWaitMs: number;
}

export interface Limiter {
  /** Resolves when the call may be made; throws `NotSent` when it may not be. `longestWaitMs`: of this call. */
  take(weight: number, urgency: Urgency, longestWaitMs?: number): Promise<void>;
  /**
   * What the venue says has been used in this minute: other programs share the address. `sentMs`: when what it answers was
   * sent, by its clock; what it says of a minute that is over says nothing of this one.
   */
  reported(usedWeight: number, sentMs?: number): void;
  /** The venue refused for its limits; `banned`: the address is shut out. */
  refused(forMs: number | undefined, banned: boolean): void;
  /** The venue's time was found to be another than it was taken for: waits last as long as they did. */
  clockMoved(jumpMs: number): void;
  /** Venue time until which nothing is sent; 0: none. */
  readonly blindUntilMs: number;
  /** Each time the address is shut out; gives what ends that. */
  onBan(listener: () => void): () => void;
}

const MINUTE_MS = 60_000;
const LOOK_AGAIN_MS = 250;
/** Its clock and what it is taken for differ by less. */
const CLOCKS_APART_MS = 1000;
/** Some room for what is under way and not yet counted. */
const USABLE = 0.9;

export function limiter(
  { weightPerMinute, reserve, pauseMs, longestWaitMs: usualWaitMs }: LimiterSettings,
  now: () => number,
  sleep: (ms: number) => Promise<void>,
): Limiter {
  const capacity = weightPerMinute * USABLE;
  let minute = Number.NaN;
  let used = 0;
  let quietUntil = Number.NEGATIVE_INFINITY;
  let bannedUntil = Number.NEGATIVE_INFINITY;
  const listeners = new Set<() => void>();

  function roll(): void {
    const present = Math.floor(now() / MINUTE_MS);
    if (present !== minute) [minute, used] = [present, 0];
  }

  async function take(weight: number, urgency: Urgency, longestWaitMs = usualWaitMs): Promise<void> {
    const limit = urgency === 'protection' ? capacity : capacity * (1 - reserve);
    for (const askedMs = now(); ; ) {
      roll();
      if (now() < bannedUntil) throw new NotSent(`the venue has shut this address out until ${iso(bannedUntil)}`);
      const isQuiet = urgency === 'ordinary' && now() < quietUntil;
      if (!isQuiet && used + weight <= limit) {
        used += weight;
        return;
      }
      const waitMs = Math.max(1, (isQuiet ? quietUntil : (minute + 1) * MINUTE_MS) - now());
      if (urgency === 'protection' || now() + waitMs - askedMs > longestWaitMs)
        throw new NotSent(
          `the request weight of this minute is used up; the next begins in ${Math.ceil(waitMs / 1000)} s`,
        );
      // The venue's clock is not ours: it may be measured anew meanwhile.
      await sleep(Math.min(waitMs, LOOK_AGAIN_MS));
    }
  }

  return {
    take,
    reported: (weight, sentMs = Number.POSITIVE_INFINITY) => {
      roll();
      if (sentMs >= minute * MINUTE_MS + CLOCKS_APART_MS) used = Math.max(used, weight);
    },
    refused: (forMs = pauseMs, banned) => {
      quietUntil = Math.max(quietUntil, now() + forMs);
      if (!banned) return;
      bannedUntil = Math.max(bannedUntil, now() + forMs);
      for (const listener of listeners) listener();
    },
    clockMoved: jumpMs => {
      quietUntil += jumpMs;
      bannedUntil += jumpMs;
    },
    onBan: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get blindUntilMs() {
      return now() < bannedUntil ? bannedUntil : 0;
    },
  };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
