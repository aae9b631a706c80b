/**
 * Slippage as of a decision: the stream's value at that close. A value that is absent there (a bar that does not exist)
 * is the last one that was present.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { ValueRef } from '../../compiler/plan.ts';
import { RunRefused } from './settings.ts';
import { valueAt } from './values.ts';

export interface Slippage {
  /** For a decision at a tick of the current block. */
  at(tick: number): number;
  /** To be called before the next block replaces the current one, of which `lastTick` is the last. */
  blockEnds(lastTick: number): void;
}

export function createSlippage(run: PlanRun, ref: ValueRef): Slippage {
  let carried = Number.NaN;
  const lastPresent = (tick: number): number => {
    if (ref.from !== 'market') return valueAt(run, ref, tick);
    for (let at = tick; at >= run.blockStart; at--) {
      const value = valueAt(run, ref, at);
      if (Number.isFinite(value)) return value;
    }
    return carried;
  };
  return {
    at(tick) {
      const value = lastPresent(tick);
      if (!Number.isFinite(value))
        throw new RunRefused(`the slippage has no value at tick ${tick}, so a fill has no price`);
      return value;
    },
    blockEnds(lastTick) {
      carried = lastPresent(lastTick);
    },
  };
}
