/**
 * Runs a search: proposes, prunes, scores and records one trial after the other. What is proposed is a function of plan
 * and record, so that a search that goes on from a record gives what an unbroken one gives, to the bit.
 */

import { successiveHalving } from './halving.ts';
import { gridSearch, randomSearch } from './random.ts';
import { checkSpace, keyOf } from './space.ts';
import { tpeSearch } from './tpe.ts';
import type { Point, Proposal, Proposer, SearchPlan, Trial } from './types.ts';

const METHODS: Readonly<Record<SearchPlan['method'], Proposer>> = {
  tpe: tpeSearch,
  random: randomSearch,
  grid: gridSearch,
  halving: successiveHalving,
};

/** Draws that `require` refuses do not count among the trials; so many of them for each trial, and the search ends. */
const MOST_REFUSED = 20;

export interface SearchHost {
  /** Lower is better. A score that is not finite, or a `TrialFailed`, is a failed trial; any other error ends the search. */
  readonly score: (point: Point, effort: number, number: number) => Promise<number>;
  /** What `require` says of a point; refused ones are pruned. */
  readonly admits?: (point: Point) => boolean;
  /** Called for every new trial, before the next is proposed. */
  readonly record?: (trial: Trial) => void | Promise<void>;
  /** Stops between trials: an `AbortError`. */
  readonly signal?: AbortSignal;
}

/** Thrown by `score` for a point that cannot be scored: one class only, too few rows. */
export class TrialFailed extends Error {
  override readonly name = 'TrialFailed';
}

export interface SearchResult {
  readonly trials: readonly Trial[];
  /** Of the trials with all effort the one with the lowest score, the earliest of equals. */
  readonly best?: Trial;
}

/** `recorded`: trials of a search with the same plan that was broken off. */
export async function search(
  plan: SearchPlan,
  host: SearchHost,
  recorded: readonly Trial[] = [],
): Promise<SearchResult> {
  checkSpace(plan.space);
  const trials = [...recorded];
  const propose = METHODS[plan.method];
  while (!isFull(plan, trials)) {
    host.signal?.throwIfAborted();
    const proposal = propose(plan, trials);
    if (proposal === undefined) break;
    const trial = await tried(proposal, trials, host);
    trials.push(trial);
    await host.record?.(trial);
  }
  const best = bestOf(trials);
  return { trials, ...(best !== undefined && { best }) };
}

function isFull({ method, trials: wanted }: SearchPlan, trials: readonly Trial[]): boolean {
  const refused = trials.filter(({ state }) => state === 'pruned').length;
  return refused >= MOST_REFUSED * wanted || (method !== 'halving' && trials.length - refused >= wanted);
}

async function tried({ point, effort }: Proposal, trials: readonly Trial[], host: SearchHost): Promise<Trial> {
  const trial = { number: trials.length, point, effort };
  if (host.admits?.(point) === false) return { ...trial, score: null, state: 'pruned', reason: 'refused by `require`' };
  const key = keyOf(point);
  const same = trials.find(other => other.state !== 'pruned' && other.effort === effort && keyOf(other.point) === key);
  if (same !== undefined) return { ...trial, score: same.score, state: same.state, reason: `as trial ${same.number}` };
  try {
    const score = await host.score(point, effort, trial.number);
    return Number.isFinite(score)
      ? { ...trial, score, state: 'done' }
      : { ...trial, score: null, state: 'failed', reason: 'the score is not a finite number' };
  } catch (error) {
    if (error instanceof TrialFailed) return { ...trial, score: null, state: 'failed', reason: error.message };
    throw error;
  }
}

function bestOf(trials: readonly Trial[]): Trial | undefined {
  const full = trials.filter(({ state, effort }) => state === 'done' && effort === 1);
  return full.reduce<Trial | undefined>(
    (best, trial) => (best === undefined || (trial.score ?? 0) < (best.score ?? 0) ? trial : best),
    undefined,
  );
}
