/**
 * Successive halving: many points are tried with little effort, the best third of them with three times as much, until
 * few are tried with all of it.
 *
 * Source: K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization" (2016).
 */
import { drawnAt } from './random.ts';
import type { Proposer, SearchPlan, Trial } from './types.ts';

/** One in so many goes on to the next rung. */
const FACTOR = 3;

export interface Rung {
  readonly points: number;
  readonly effort: number;
}

/** Rungs of a search that starts with `trials` points: 27 with 1/27 of the effort, 9 with 1/9, 3 with 1/3, 1 with all. */
export function rungsOf(trials: number): readonly Rung[] {
  const rungs: Rung[] = [];
  for (let points = trials; points >= 1; points = Math.floor(points / FACTOR)) rungs.push({ points, effort: 1 });
  return rungs.map(({ points }, i) => ({ points, effort: 1 / FACTOR ** (rungs.length - 1 - i) }));
}

export const successiveHalving: Proposer = (plan, record) => {
  const counted = record.filter(({ state }) => state !== 'pruned');
  const rungs = rungsOf(plan.trials);
  let first = 0;
  let standing: readonly Trial[] = [];
  for (const [level, rung] of rungs.entries()) {
    // Where trials failed, or every draw was refused, fewer go on.
    const points = level === 0 ? rung.points : Math.min(rung.points, standing.length);
    const done = counted.slice(first, first + points);
    if (done.length < points) return next(plan, record, level, standing, done.length, rung);
    first += points;
    standing = best(done);
  }
  return undefined;
};

function next(
  plan: SearchPlan,
  record: readonly Trial[],
  level: number,
  standing: readonly Trial[],
  position: number,
  { effort }: Rung,
) {
  const point = level === 0 ? drawnAt(plan, record.length) : standing[position].point;
  return { point, effort };
}

/** Trials with a score, the best first, earlier ones at equal scores. */
function best(trials: readonly Trial[]): readonly Trial[] {
  return trials
    .filter(({ state }) => state === 'done')
    .sort((a, b) => (a.score ?? 0) - (b.score ?? 0) || a.number - b.number);
}
