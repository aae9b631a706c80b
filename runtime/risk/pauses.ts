/** `pause n bars when E`: entries and adds are refused at the tick that sees E and the n − 1 after it. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { PlanPause } from '../../compiler/plan.ts';
import { holdsAt, lastTrue, valueAt } from '../engine/values.ts';

export class Pauses {
  readonly #run: PlanRun;
  /** First tick at which entries are taken again. */
  #end = Number.NEGATIVE_INFINITY;

  constructor(run: PlanRun) {
    this.#run = run;
  }

  /** Takes in ticks [from, to) of the current block. */
  watch(from: number, to: number): void {
    const run = this.#run;
    for (const pause of run.plan.pauses) {
      // What the account part saw is known for its latest step only; it stops wherever it saw something.
      const seen = pause.when.from === 'account' ? accountSaw(run, pause, to) : lastTrue(run, pause.when, from, to);
      if (seen >= 0) this.#end = Math.max(this.#end, seen + valueAt(run, pause.length, seen));
    }
  }

  /** All of its state. */
  get end(): number {
    return this.#end;
  }

  set end(tick: number) {
    this.#end = tick;
  }

  /** As of the last tick that was taken in. */
  includes(tick: number): boolean {
    return tick < this.#end;
  }
}

function accountSaw(run: PlanRun, pause: PlanPause, to: number): number {
  return holdsAt(run, pause.when, to - 1) ? to - 1 : -1;
}
