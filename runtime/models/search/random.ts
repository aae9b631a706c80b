/** Random search and grid search. */
import { chance } from '../../statistics/chance.ts';
import { drawPoint, keyOf, valueAt, valueCount } from './space.ts';
import type { Point, Proposer, SearchPlan } from './types.ts';

/** Every trial is drawn by (seed, T, number of the trial). */
export const randomSearch: Proposer = (plan, record) => ({ point: drawnAt(plan, record.length), effort: 1 });

export function drawnAt({ space, seed, atMs }: SearchPlan, number: number): Point {
  return drawPoint(space, chance(seed, atMs, number));
}

/** Draws that look for a point of the grid that was not tried yet. */
const ATTEMPTS = 1000;

/**
 * All points of the grid, the last dimension first to change; of a range without steps as many even levels as keep the
 * grid within the number of trials. A grid of more points than trials is drawn from without repeats.
 */
export const gridSearch: Proposer = (plan, record) => {
  const levels = levelsOf(plan);
  const size = levels.reduce((product, count) => product * count, 1);
  if (record.length >= size) return undefined;
  if (size <= plan.trials) return { point: pointAt(plan, levels, record.length), effort: 1 };
  const tried = new Set(record.map(({ point }) => keyOf(point)));
  const { next } = chance(plan.seed, plan.atMs, record.length);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const point = pointOf(
      plan,
      levels,
      levels.map(count => Math.floor(next() * count)),
    );
    if (!tried.has(keyOf(point))) return { point, effort: 1 };
  }
  return undefined;
};

function levelsOf({ space, trials }: SearchPlan): readonly number[] {
  const counts = space.map(valueCount);
  const stepped = counts.filter(Number.isFinite).reduce((product, count) => product * count, 1);
  const free = counts.filter(count => !Number.isFinite(count)).length;
  let even = 2;
  while (free > 0 && stepped * (even + 1) ** free <= trials) even++;
  return counts.map(count => (Number.isFinite(count) ? count : even));
}

function pointAt(plan: SearchPlan, levels: readonly number[], number: number): Point {
  let rest = number;
  const indices = levels.map(() => 0);
  for (let i = levels.length - 1; i >= 0; i--) {
    indices[i] = rest % levels[i];
    rest = Math.floor(rest / levels[i]);
  }
  return pointOf(plan, levels, indices);
}

function pointOf({ space }: SearchPlan, levels: readonly number[], indices: readonly number[]): Point {
  return Object.fromEntries(space.map((dimension, i) => [dimension.name, valueAt(dimension, indices[i], levels[i])]));
}
