/**
 * A run's clock for tests, faster than ours, that only goes while the event loop does: however long this machine lets the
 * loop stand still, no deadline of the run passes meanwhile.
 */
export interface PatientClock {
  /** Milliseconds of the run. */
  now(): number;
  /** Of the run's time; never over when the clock is stopped. */
  sleep(ms: number): Promise<void>;
  stop(): void;
}

const EVERY_MS = 5;
/** Of ours: more than that between two looks, and the loop stood still. */
const MOST_MS = 25;

export function patientClock(speed: number): PatientClock {
  let atMs = 0;
  let seenMs = performance.now();
  const now = () => {
    const present = performance.now();
    atMs += Math.min(present - seenMs, MOST_MS) * speed;
    seenMs = present;
    return atMs;
  };
  const asleep = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  const timer = setInterval(() => {
    const present = now();
    for (const sleeper of asleep) if (sleeper.untilMs <= present && asleep.delete(sleeper)) sleeper.wake();
  }, EVERY_MS);
  return {
    now,
    sleep: ms =>
      new Promise(resolve => {
        if (ms > 0) asleep.add({ untilMs: now() + ms, wake: resolve });
        else setImmediate(resolve);
      }),
    stop: () => clearInterval(timer),
  };
}
