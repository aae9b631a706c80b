/** Waits of tests that end with what they wait for, however long this machine stands still meanwhile. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

const LOOK_MS = 5;
const LONGEST_MS = 40_000;

/** Until it is so. */
export async function until(
  holds: () => boolean,
  otherwise: () => string = () => 'it did not come about',
): Promise<void> {
  for (const fromMs = performance.now(); !holds(); await sleep(LOOK_MS))
    if (performance.now() - fromMs > LONGEST_MS) throw new Error(otherwise());
}

/**
 * A few turns of the event loop: what has arrived at this process is read, and what followed from it has been sent. Time says
 * nothing of that: it passes, too, while nothing has its turn.
 */
export async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}
