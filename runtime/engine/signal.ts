/**
 * The condition of one rule as a run looks for it: where it next holds, as far as data alone can tell. Rules are sorted
 * once by what they can do in a state of the account, so that a batch asks only those that matter.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { ValueRef } from '../../compiler/plan.ts';
import { nextSet, wordsOf } from './flag-scan.ts';
import type { BoundRule } from './settings.ts';
import { nextTrue } from './values.ts';

export interface Signal {
  /** The next tick of the block at which the condition holds; −1 when it is not known. Ticks only go on. */
  next: number;
  readonly when: ValueRef;
  /** First tick at which the rule can fire. */
  readonly ready: number;
  /** The column of the condition, when it is one of flags. */
  flags: Uint8Array;
  words: Float64Array;
}

const NO_FLAGS = new Uint8Array(0);

export function createSignal({ when, ready }: BoundRule): Signal {
  return { next: -1, when, ready, flags: NO_FLAGS, words: wordsOf(NO_FLAGS) };
}

/** To be called when a block has been loaded: what was found belongs to the one before. */
export function forget(run: PlanRun, signal: Signal): void {
  signal.next = -1;
  const flags = (signal.when.from === 'flag' ? run.flags[signal.when.index] : undefined) ?? NO_FLAGS;
  if (signal.flags === flags) return;
  signal.flags = flags;
  signal.words = wordsOf(flags);
}

/**
 * First tick from `from` on, inside the current block, at which the condition holds, or the block's end. Remembers what it
 * found: ticks only go on, so that stands until it is passed.
 */
export function nextOf(run: PlanRun, signal: Signal, from: number): number {
  const { next } = signal;
  return next >= from ? next : search(run, signal, from);
}

function search(run: PlanRun, signal: Signal, from: number): number {
  const { blockStart } = run;
  const end = blockStart + run.blockLength;
  const start = Math.max(from, signal.ready);
  const { flags } = signal;
  const next =
    start >= end
      ? end
      : flags.length > 0
        ? blockStart + nextSet(flags, signal.words, start - blockStart, end - blockStart)
        : nextTrue(run, signal.when, start, end);
  signal.next = next;
  return next;
}
