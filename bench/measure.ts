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

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

type Job = () => unknown | Promise<unknown>;

/** Medians of `repeats` alternating runs of each job, in milliseconds. */
export async function interleaved(repeats: number, jobs: readonly Job[]): Promise<number[]> {
  return (await alternate(repeats, jobs)).map(median);
}

/**
 * The fastest of `repeats` alternating runs of each job, in milliseconds: what the work costs when nothing disturbs it,
 * which on a machine that has other work to do is the only figure of two sides that can be compared.
 */
export async function fastest(repeats: number, jobs: readonly Job[]): Promise<number[]> {
  return (await alternate(repeats, jobs)).map(times => Math.min(...times));
}

async function alternate(repeats: number, jobs: readonly Job[]): Promise<number[][]> {
  const times: number[][] = jobs.map(() => []);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [index, job] of jobs.entries()) {
      const start = performance.now();
      await job();
      times[index].push(performance.now() - start);
    }
  }
  return times;
}

function show(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
