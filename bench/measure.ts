/**
 * A measure: ours against a named reference, taken in the same run. Times are those of interleaved repeats, so that a
 * slow moment of the machine meets both.
 */
export interface Measure {
  readonly name: string;
  readonly ours: number;
  readonly other: number;
  readonly unit: string;
  /** What `other` is. */
  readonly against: string;
  /** The bound that the project holds itself to, as a ratio; absent when the measure only informs. */
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly notes?: readonly string[];
}

export interface Skipped {
  readonly name: string;
  readonly skipped: string;
}

export interface Benchmark {
  readonly name: string;
  readonly about: string;
  readonly run: () => Promise<readonly (Measure | Skipped)[]>;
}

export function ratio(measure: Measure): number {
  return measure.ours / measure.other;
}

export function line(measure: Measure | Skipped): string {
  if ('skipped' in measure) return `${measure.name}: skipped, ${measure.skipped}`;
  const bound =
    measure.atMost !== undefined
      ? ` (at most ${measure.atMost}x)`
      : measure.atLeast !== undefined
        ? ` (at least ${measure.atLeast}x)`
        : '';
  const notes = (measure.notes ?? []).map(note => `\n    ${note}`).join('');
  return (
    `${measure.name}: ${show(measure.ours)} ${measure.unit}, ${measure.against} ${show(measure.other)} ` +
    `${measure.unit}, ${ratio(measure).toFixed(2)}x${bound}${notes}`
  );
}

type Job = () => unknown | Promise<unknown>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Medians of `repeats` alternating runs of each job, in milliseconds. */
export async function interleaved(repeats: number, jobs: readonly Job[]): Promise<number[]> {
  const times: number[][] = jobs.map(() => []);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [index, job] of jobs.entries()) times[index].push(await timed(job));
  }
  return times.map(median);
}

/** Rounds without a better time after which the best ones stand, and rounds at most. */
const SETTLED_ROUNDS = 20;
const MOST_ROUNDS = 200;
const BETTER = 0.99;

/**
 * The best time of each job in alternating runs, in milliseconds: what the work costs when nothing disturbs it, which on a
 * machine that has other work to do is the only figure of two sides that can be compared. There are as many rounds as it
 * takes until none of them brings a better time.
 */
export async function fastest(jobs: readonly Job[]): Promise<number[]> {
  const best = jobs.map(() => Number.POSITIVE_INFINITY);
  let settled = 0;
  for (let round = 0; round < MOST_ROUNDS && settled < SETTLED_ROUNDS; round++) {
    settled += 1;
    for (const [index, job] of jobs.entries()) {
      const time = await timed(job);
      if (time < BETTER * best[index]) settled = 0;
      best[index] = Math.min(best[index], time);
    }
  }
  return best;
}

async function timed(job: Job): Promise<number> {
  const start = performance.now();
  await job();
  return performance.now() - start;
}

function show(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
