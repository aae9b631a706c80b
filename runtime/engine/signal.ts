/** Where the condition of a rule is next true, as far as data alone can tell. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { ValueRef } from '../../compiler/plan.ts';
import { nextSet, wordsOf } from './flag-scan.ts';
import { nextTrue } from './values.ts';

/** A condition as it is looked for in the current block. */
export interface Signal {
  /** The next tick of the block at which the condition holds; −1 when it is not known. Ticks only go on. */
  next: number;
  /** The column of the condition, when it is one of flags. */
  flags: Uint8Array;
  words: Float64Array;
}

const NO_FLAGS = new Uint8Array(0);

export function createSignal(): Signal {
  return { next: -1, flags: NO_FLAGS, words: wordsOf(NO_FLAGS) };
}

/** First tick of [from, to), inside the current block, at which a condition that data alone decide is true, or `to`. */
export function findTrue(run: PlanRun, signal: Signal, when: ValueRef, from: number, to: number): number {
  if (when.from !== 'flag') return nextTrue(run, when, from, to);
  const flags = run.flags[when.index] ?? NO_FLAGS;
  if (signal.flags !== flags) {
    signal.flags = flags;
    signal.words = wordsOf(flags);
  }
  const { blockStart } = run;
  return blockStart + nextSet(flags, signal.words, from - blockStart, to - blockStart);
}
