/**
 * The venue's clock: it runs as fast as this machine's, from any instant, and can be moved forward. What the venue tells the
 * world can be askew from what it reckons with, as when a client asks a server whose clock is off.
 */
export interface VenueClock {
  now(): number;
  /** Never backward. */
  moveTo(timeMs: number): void;
}

/** `frozen`: time passes only when it is moved. */
export function venueClock(startMs: number, frozen = false): VenueClock {
  let base = startMs;
  let since = performance.now();
  const now = () => Math.floor(base + (frozen ? 0 : performance.now() - since));
  return {
    now,
    moveTo: timeMs => {
      base = Math.max(timeMs, now());
      since = performance.now();
    },
  };
}
