/**
 * The tree-structured Parzen estimator: the scores so far are split into good ones and the rest; of values drawn like the
 * good ones that is taken which is likeliest among them compared with the rest. Each dimension by itself.
 *
 * Source: J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl, "Algorithms for hyper-parameter optimization" (2011).
 */
import { type Chance, chance } from '../../statistics/chance.ts';
import { estimatorOf } from './parzen.ts';
import { drawnAt } from './random.ts';
import type { Dimension, Point, Proposer, Trial, Value } from './types.ts';

/** Trials that are drawn at random before there is something to estimate from. */
export const RANDOM_TRIALS = 10;
/** Values that are drawn for each dimension. */
const CANDIDATES = 24;

export const tpeSearch: Proposer = (plan, record) => {
  const scored = record.filter(({ state }) => state === 'done');
  if (scored.length < RANDOM_TRIALS) return { point: drawnAt(plan, record.length), effort: 1 };
  const { good, rest } = splitTrials(record);
  const draws = chance(plan.seed, plan.atMs, record.length);
  const values = plan.space.map(dimension => [dimension.name, bestValue(dimension, good, rest, draws)] as const);
  return { point: Object.fromEntries(values), effort: 1 };
};

/**
 * The best tenth of the trials with a score, at least one and at most 25, earlier ones at equal scores; and all others.
 * Points that were refused or failed stand with the rest, or the search would go on to look where nothing may be.
 */
export function splitTrials(record: readonly Trial[]): {
  readonly good: readonly Point[];
  readonly rest: readonly Point[];
} {
  const worst = Number.POSITIVE_INFINITY;
  const sorted = [...record].sort((a, b) => {
    const [x, y] = [a.score ?? worst, b.score ?? worst];
    return x === y ? a.number - b.number : x - y;
  });
  const scored = record.filter(({ state }) => state === 'done').length;
  const points = sorted.map(({ point }) => point);
  const count = Math.min(25, Math.ceil(scored / 10));
  return { good: points.slice(0, count), rest: points.slice(count) };
}

function bestValue(dimension: Dimension, good: readonly Point[], rest: readonly Point[], draws: Chance): Value {
  const values = (points: readonly Point[]) => points.map(point => point[dimension.name]);
  const [likely, unlikely] = [estimatorOf(dimension, values(good)), estimatorOf(dimension, values(rest))];
  let best: { readonly value: Value; readonly gain: number } | undefined;
  for (let i = 0; i < CANDIDATES; i++) {
    const value = likely.draw(draws);
    const gain = likely.logDensity(value) - unlikely.logDensity(value);
    if (best === undefined || gain > best.gain) best = { value, gain };
  }
  return best?.value ?? likely.draw(draws);
}
