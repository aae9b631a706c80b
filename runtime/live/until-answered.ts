/**
 * What a start cannot do without its venue is tried until the venue answers: a network that is down as a service begins, a
 * venue that is being worked on. Meanwhile nothing is traded, and what rests at the venue protects.
 */
import { VenueError } from './ports.ts';

export interface Waiting {
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
  /** Each time that it was tried in vain. */
  readonly told: (error: VenueError, againInMs: number) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** Until it is done or the signal aborts. Rejects with what no further try mends: a definite no, and what is no word of the venue. */
export async function untilAnswered(work: () => Promise<void>, { signal, told, sleep }: Waiting): Promise<void> {
  const given = new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (let pauseMs = FIRST_MS; !signal.aborted; pauseMs = Math.min(LONGEST_MS, 2 * pauseMs)) {
    try {
      const done = work().then(() => 'done' as const);
      // Its own reads take their time; whoever has given up does not wait for them.
      if ((await Promise.race([done, given])) === 'done') return;
    } catch (error) {
      if (!(error instanceof VenueError) || error.kind === 'rejected') throw error;
      told(error, pauseMs);
      await Promise.race([sleep(pauseMs), given]);
    }
  }
}
