/**
 * Who watches the watchman: the event loop of a run beats, and a thread beside it listens. A loop that stands still (a call
 * that does not return, a memory that thrashes) can neither protect nor exit, and says nothing; so the thread stops the run by
 * its stop file and ends the process. What rests at the venue goes on protecting; the service that runs it starts it again,
 * and the first thing that a new process does is to see to its protection. It then stays stopped until a person lets it go on.
 *
 * The thread is that of the journal: it has a loop of its own and nothing to do between two rows.
 */

/** One number that both threads see. */
export type Heartbeat = SharedArrayBuffer;

export const BEAT_EVERY_MS = 1000;
/** Looks of the watching thread in a row, a second apart, that find the loop standing. */
export const MOST_MISSED = 30;

export function createHeartbeat(): Heartbeat {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/** Long work that gets on says so itself. */
export function beatOnce(heartbeat: Heartbeat): void {
  Atomics.add(new Int32Array(heartbeat), 0, 1);
}

/** Beats until it is stopped; keeps no process alive. */
export function beat(heartbeat: Heartbeat, everyMs = BEAT_EVERY_MS): () => void {
  const timer = setInterval(() => beatOnce(heartbeat), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Counts looks without a beat between them, not time: after a machine has slept both threads wake at once, and nothing was
 * missed.
 */
export function listen(
  heartbeat: Heartbeat,
  lost: () => void,
  { everyMs = BEAT_EVERY_MS, mostMissed = MOST_MISSED } = {},
): () => void {
  const beats = new Int32Array(heartbeat);
  let last = Atomics.load(beats, 0);
  let missed = 0;
  const timer = setInterval(() => {
    const now = Atomics.load(beats, 0);
    missed = now === last ? missed + 1 : 0;
    last = now;
    if (missed < mostMissed) return;
    missed = 0;
    lost();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
