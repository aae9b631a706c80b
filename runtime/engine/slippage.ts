/**
 * Slippage as of a decision: the stream's value at that close. A value that is absent there (a bar that does not exist)
 * is the last one that was present.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { ValueRef } from '../../compiler/plan.ts';
import { RunRefused } from './settings.ts';
import { valueAt } from './values.ts';

export class Slippage {
  readonly #run: PlanRun;
  readonly #ref: ValueRef;
  /** The value, where it is the same at all ticks. */
  readonly #fixed: number;
  /** The last present value of the blocks before. */
  #carried = Number.NaN;

  constructor(run: PlanRun, ref: ValueRef) {
    this.#run = run;
    this.#ref = ref;
    this.#fixed = ref.from === 'fixed' ? (run.fixed[ref.index] ?? Number.NaN) : Number.NaN;
  }

  /** For a decision at a tick of the current block. */
  at(tick: number): number {
    return Number.isFinite(this.#fixed) ? this.#fixed : this.#moving(tick);
  }

  #moving(tick: number): number {
    const value = this.#lastPresent(tick);
    if (!Number.isFinite(value))
      throw new RunRefused(`the slippage has no value at tick ${tick}, so a fill has no price`);
    return value;
  }

  /** All of its state, for a run that goes on behind the current block: the value as of the block's last tick. */
  get carried(): number {
    const { blockStart, blockLength } = this.#run;
    return blockLength === 0 ? this.#carried : this.#lastPresent(blockStart + blockLength - 1);
  }

  set carried(value: number) {
    this.#carried = value;
  }

  /** To be called before the next block replaces the current one, of which `lastTick` is the last. */
  blockEnds(lastTick: number): void {
    this.#carried = this.#lastPresent(lastTick);
  }

  #lastPresent(tick: number): number {
    if (this.#ref.from !== 'market') return valueAt(this.#run, this.#ref, tick);
    for (let at = tick; at >= this.#run.blockStart; at--) {
      const value = valueAt(this.#run, this.#ref, at);
      if (Number.isFinite(value)) return value;
    }
    return this.#carried;
  }
}
