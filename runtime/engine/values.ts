/**
 * Reading what the kernel computed. A plan names each value by a `ValueRef`; market columns hold the current block, so a
 * tick is read while its block stands.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { ValueRef } from '../../compiler/plan.ts';

/** The value at a tick of the current block; account values are those of the latest step. */
export function valueAt(run: PlanRun, ref: ValueRef, tick: number): number {
  switch (ref.from) {
    case 'fixed':
      return run.fixed[ref.index] ?? Number.NaN;
    case 'account':
      return run.account[ref.index] ?? Number.NaN;
    case 'market':
      return run.market[ref.index]?.[tick - run.blockStart] ?? Number.NaN;
    case 'flag':
      return run.flags[ref.index]?.[tick - run.blockStart] ?? Number.NaN;
  }
}

/** A condition holds where it is definitely true. */
export function holdsAt(run: PlanRun, ref: ValueRef, tick: number): boolean {
  return valueAt(run, ref, tick) === 1;
}

/**
 * First tick of [from, to), inside the current block, at which a condition that does not depend on the account is true;
 * `to` when there is none.
 */
export function nextTrue(run: PlanRun, ref: ValueRef, from: number, to: number): number {
  const { blockStart } = run;
  if (ref.from === 'fixed') return run.fixed[ref.index] === 1 ? from : to;
  const column = ref.from === 'flag' ? run.flags[ref.index] : ref.from === 'market' ? run.market[ref.index] : undefined;
  const found = column?.indexOf(1, from - blockStart) ?? -1;
  return found < 0 ? to : Math.min(to, blockStart + found);
}

/** Last such tick of [from, to), or -1. */
export function lastTrue(run: PlanRun, ref: ValueRef, from: number, to: number): number {
  const { blockStart } = run;
  if (to <= from) return -1;
  if (ref.from === 'fixed') return run.fixed[ref.index] === 1 ? to - 1 : -1;
  const column = ref.from === 'flag' ? run.flags[ref.index] : ref.from === 'market' ? run.market[ref.index] : undefined;
  const found = column?.lastIndexOf(1, to - 1 - blockStart) ?? -1;
  return found < from - blockStart ? -1 : blockStart + found;
}

/** A value as something a loop can read: `column[start + tick * stride]`, without asking each time what it is. */
export interface Cursor {
  readonly column: Float64Array;
  readonly start: number;
  readonly stride: 0 | 1;
}

export function constantCursor(value: number): Cursor {
  return { column: Float64Array.of(value), start: 0, stride: 0 };
}
const NOTHING = constantCursor(Number.NaN);

/** Cursor of a value over the current block; NaN where there is none, and for what only a step can tell. */
export function cursorOf(run: PlanRun, ref: ValueRef | undefined): Cursor {
  if (ref?.from === 'fixed') return { column: run.fixed, start: ref.index, stride: 0 };
  const column = ref?.from === 'market' ? run.market[ref.index] : undefined;
  return column === undefined ? NOTHING : { column, start: -run.blockStart, stride: 1 };
}
