/** The length of a bar, inferred from the steps between stamps. */

/** Share of the steps that must be whole multiples of the most common one. */
const REGULAR_SHARE = 0.9;
const SHORTEST_MS = 1000;

export interface IntervalGuess {
  /** Absent when the stamps have no common step of a second or more. */
  readonly intervalMs?: number;
  readonly mostCommonMs?: number;
}

export function inferInterval(length: number, timeAt: (row: number) => number): IntervalGuess {
  const counts = stepCounts(length, timeAt);
  let mostCommonMs: number | undefined;
  let most = 0;
  for (const [step, count] of counts) {
    if (count > most || (count === most && step < (mostCommonMs ?? Infinity))) [mostCommonMs, most] = [step, count];
  }
  if (mostCommonMs === undefined) return {};
  let multiples = 0;
  for (const [step, count] of counts) if (step % mostCommonMs === 0) multiples += count;
  const regular = mostCommonMs >= SHORTEST_MS && multiples >= REGULAR_SHARE * (length - 1);
  return regular ? { intervalMs: mostCommonMs, mostCommonMs } : { mostCommonMs };
}

/** How often each step occurs; equal steps in a row are one look-up. */
function stepCounts(length: number, timeAt: (row: number) => number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  let previous = timeAt(0);
  let step = Number.NaN;
  let repeats = 0;
  for (let row = 1; row < length; row++) {
    const time = timeAt(row);
    if (time - previous !== step) {
      if (repeats > 0) counts.set(step, (counts.get(step) ?? 0) + repeats);
      step = time - previous;
      repeats = 0;
    }
    repeats++;
    previous = time;
  }
  if (repeats > 0) counts.set(step, (counts.get(step) ?? 0) + repeats);
  return counts;
}
