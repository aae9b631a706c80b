/** `pause n bars when E`: entries and adds are refused at the tick that sees E and the n − 1 after it. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { PlanPause } from '../../compiler/plan.ts';
import { holdsAt, lastTrue, valueAt } from '../engine/values.ts';

export interface Pauses {
  /** Takes in ticks [from, to) of the current block. */
  watch(from: number, to: number): void;
  /** As of the last tick that was taken in. */
  includes(tick: number): boolean;
}

export function createPauses(run: PlanRun): Pauses {
  const { pauses } = run.plan;
  let end = Number.NEGATIVE_INFINITY;
  const see = (pause: PlanPause, tick: number): void => {
    end = Math.max(end, tick + valueAt(run, pause.length, tick));
  };
  return {
    watch(from, to) {
      for (const pause of pauses) {
        // What the account part saw is known for its latest step only; it stops wherever it saw something.
        const seen = pause.when.from === 'account' ? accountSaw(run, pause, to) : lastTrue(run, pause.when, from, to);
        if (seen >= 0) see(pause, seen);
      }
    },
    includes: tick => tick < end,
  };
}

function accountSaw(run: PlanRun, pause: PlanPause, to: number): number {
  return holdsAt(run, pause.when, to - 1) ? to - 1 : -1;
}
