/**
 * Calls that a venue counts by the second or by ten: so many of a kind in any such span. What goes over is refused there,
 * and everything ordinary stands still for it; so it waits here.
 */
import { NotSent } from './errors.ts';
import type { Urgency } from './limiter.ts';
import type { CallName } from './profile.ts';

export interface Span {
  /** Requests that each of these calls is. */
  readonly calls: Readonly<Partial<Record<CallName, number>>>;
  readonly most: number;
  readonly perMs: number;
}

/** Resolves when the call may be made; throws `NotSent` when what is ordinary would wait for too long. */
export type Spans = (call: CallName, urgency: Urgency) => Promise<void>;

/** Part of each span that only protection may use. */
const RESERVE = 0.2;
const LOOK_AGAIN_MS = 20;

/**
 * `clocks`: milliseconds; where one of them says that there is room, there is. A rehearsal's time runs faster than this
 * machine's, or stands still.
 */
export function spansOf(
  spans: readonly Span[],
  clocks: readonly (() => number)[],
  longestWaitMs: number,
  sleep: (ms: number) => Promise<void>,
): Spans {
  /** Of each span, by each clock: when calls were made, the oldest first. */
  const made = spans.map(() => clocks.map((): number[] => []));

  function hasRoom(at: number, { most, perMs }: Span, requests: number, urgency: Urgency): boolean {
    const limit = urgency === 'protection' ? most : Math.floor(most * (1 - RESERVE));
    return clocks.some((clock, i) => {
      const times = made[at]?.[i] ?? [];
      const from = clock() - perMs;
      while (times[0] !== undefined && times[0] <= from) times.shift();
      return times.length + requests <= limit;
    });
  }

  return async (call, urgency) => {
    const ours = spans.flatMap((span, at) => {
      const requests = span.calls[call] ?? 0;
      return requests === 0 ? [] : [{ span, at, requests }];
    });
    const waitFrom = performance.now();
    while (!ours.every(({ span, at, requests }) => hasRoom(at, span, requests, urgency))) {
      if (urgency === 'ordinary' && performance.now() - waitFrom > longestWaitMs)
        throw new NotSent('the venue takes no more requests of this kind for some seconds');
      await sleep(LOOK_AGAIN_MS);
    }
    for (const { at, requests } of ours)
      for (const [i, clock] of clocks.entries()) made[at]?.[i]?.push(...Array(requests).fill(clock()));
  };
}
