/**
 * Writes down watched streams while an engine drives a run: `--series`, plots, and whatever else wants the values behind
 * a backtest. It stands between engine and run and changes nothing that either of them sees.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { ValueRef } from '../../compiler/plan.ts';

export interface Recording {
  /** What the engine drives instead of the run it was made for. */
  readonly run: PlanRun;
  /**
   * Values of each of the plan's watches on the base clock's ticks: a slow clock's stands at the tick that completes it
   * and holds until the next. NaN where there is none, or where the run did not come.
   */
  readonly values: readonly Float64Array[];
  /** For each watch of a stream with the universe's axis the same of every member, in their order; else undefined. */
  readonly lanes: readonly (LaneValues | undefined)[];
}

export interface LaneValues {
  /** Number of the universe. */
  readonly axis: number;
  readonly columns: readonly Float64Array[];
}

/** `ticks`: of the base clock. `completed`: as in `LaneData`. Without watches the run is given back as it is. */
export function recordWatches(run: PlanRun, ticks: number, completed: readonly Int32Array[]): Recording {
  if (run.plan.watches.length === 0) return { run, values: [], lanes: [] };
  const recorded = new RecordedRun(run, ticks, completed);
  return { run: recorded, values: recorded.columns, lanes: recorded.lanesOf };
}

interface MarketWatch {
  readonly value: ValueRef;
  readonly clock: number;
  readonly lane: number;
  readonly column: Float64Array;
}

/** The universe that a stream has a value a member of. */
function axisOf({ plan }: PlanRun, { from, index }: ValueRef): number | null {
  const places = from === 'flag' ? plan.flagColumns : from === 'market' ? plan.marketColumns : [];
  return plan.stages[places[index]?.stage ?? -1]?.axis ?? null;
}

class RecordedRun implements PlanRun {
  readonly columns: readonly Float64Array[];
  readonly lanesOf: readonly (LaneValues | undefined)[];
  private readonly inner: PlanRun;
  private readonly completed: readonly Int32Array[];
  private readonly marketWatches: readonly MarketWatch[];
  private readonly accountWatches: readonly { readonly index: number; readonly column: Float64Array }[];
  /** Outputs of the account part at which an engine wants to be woken. */
  private readonly wakes: readonly number[];

  constructor(inner: PlanRun, ticks: number, completed: readonly Int32Array[]) {
    const { plan } = inner;
    const column = () => new Float64Array(ticks).fill(Number.NaN);
    const watches = plan.watches.map(({ value, clock }) => ({ value, clock, lane: 0, column: column() }));
    this.inner = inner;
    this.completed = completed;
    this.columns = watches.map(watch => watch.column);
    this.lanesOf = watches.map(({ value, column: first }): LaneValues | undefined => {
      const axis = axisOf(inner, value);
      if (axis === null) return undefined;
      const members = plan.universes[axis]?.members ?? [];
      return { axis, columns: members.map((_, lane) => (lane === 0 ? first : column())) };
    });
    const others = watches.flatMap(({ value, clock }, i): readonly MarketWatch[] =>
      (this.lanesOf[i]?.columns ?? []).map((own, lane) => ({ value, clock, lane, column: own })).slice(1),
    );
    this.marketWatches = [...watches.filter(({ value }) => value.from !== 'account'), ...others];
    this.accountWatches = watches
      .filter(({ value }) => value.from === 'account')
      .map(({ value, column }) => ({ index: value.index, column }));
    this.wakes = plan.accountColumns.flatMap(({ stage, output }, index) =>
      plan.stages[stage]?.outputs[output]?.type === 'flag' ? [index] : [],
    );
  }

  nextBlock(): boolean {
    const more = this.inner.nextBlock();
    if (more) for (const watch of this.marketWatches) this.keepBlock(watch);
    return more;
  }

  step(tick: number, count: number): number {
    const { inner, accountWatches, wakes } = this;
    if (accountWatches.length === 0) return inner.step(tick, count);
    // One tick a call, since the account part shows its values as of the latest tick only.
    for (let done = 0; done < count; done++) {
      inner.step(tick + done, 1);
      for (const { index, column } of accountWatches) column[tick + done] = inner.account[index] ?? Number.NaN;
      if (wakes.some(flag => inner.account[flag] === 1)) return done + 1;
    }
    return count;
  }

  private keepBlock({ value, clock, lane, column }: MarketWatch): void {
    const { fixed, blocks, blockStart, blockLength } = this.inner;
    const { flags, market } = this.inner.lanes[lane] ?? this.inner;
    if (value.from === 'fixed') {
      column.fill(fixed[value.index] ?? Number.NaN, blockStart, blockStart + blockLength);
      return;
    }
    const source = value.from === 'flag' ? flags[value.index] : market[value.index];
    if (source === undefined) return;
    if (clock === 0) {
      column.set(source.subarray(0, blockLength), blockStart);
      return;
    }
    const slowStart = blocks[clock]?.start ?? 0;
    const completed = this.completed[clock];
    for (let tick = blockStart; tick < blockStart + blockLength; tick++) {
      const at = (completed?.[tick] ?? -1) - slowStart;
      // Before the block's first completed slow tick, the last one of the block before still holds.
      const held = tick > 0 ? column[tick - 1] : undefined;
      column[tick] = (at >= 0 ? source[at] : held) ?? Number.NaN;
    }
  }

  // Everything else is the run's own.
  get plan() {
    return this.inner.plan;
  }
  get fixed() {
    return this.inner.fixed;
  }
  get ruleReady() {
    return this.inner.ruleReady;
  }
  get blockStart() {
    return this.inner.blockStart;
  }
  get blockLength() {
    return this.inner.blockLength;
  }
  get blocks() {
    return this.inner.blocks;
  }
  get flags() {
    return this.inner.flags;
  }
  get market() {
    return this.inner.market;
  }
  get lanes() {
    return this.inner.lanes;
  }
  get engine() {
    return this.inner.engine;
  }
  get hasAccountPart() {
    return this.inner.hasAccountPart;
  }
  get accountReads() {
    return this.inner.accountReads;
  }
  get account() {
    return this.inner.account;
  }
  bracket(k: number, frozen: Float64Array, tick: number): number {
    return this.inner.bracket(k, frozen, tick);
  }
  stateNaN(): number {
    return this.inner.stateNaN();
  }
  snapshot(): Uint8Array {
    return this.inner.snapshot();
  }
  restore(bytes: Uint8Array): void {
    this.inner.restore(bytes);
  }
}
