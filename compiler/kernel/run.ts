/**
 * A plan bound to params and data: what an engine drives. Implemented by the Wasm kernel (instance.ts) and by the
 * interpreter, which is how the two are compared.
 *
 * The market part runs ahead in blocks of at most `BLOCK_TICKS` base ticks; its columns are views that stay valid (and
 * are overwritten) from block to block. Tick indices are absolute: 0 is the first base tick of the data given.
 */
import type { Plan } from '../plan.ts';

export const BLOCK_TICKS = 4096;

/** One clock's bars as the kernel reads them: dense on the calendar, held bars filled in. */
export interface ClockColumns {
  readonly firstOrdinal: number;
  readonly length: number;
  readonly fields: Readonly<Record<string, Float64Array>>;
}

export interface LaneData {
  /** Entry 0 is the base clock. */
  readonly clocks: readonly ClockColumns[];
  /**
   * For each clock, per base tick: index of the last tick of that clock that has completed at this base tick's close,
   * -1 before the first. Entry 0 is unused.
   */
  readonly completed: readonly Int32Array[];
}

/** One instrument of a run. All instruments stand on one base grid: equal first ordinals and lengths, clock by clock. */
export interface InstrumentData extends LaneData {
  /** First base tick with a real bar and one past the last; outside them its columns are absent. Its lane starts here. */
  readonly firstTick: number;
  readonly endTick: number;
  /** 1 where the base tick has no real bar: held, or outside. Absent from every cross-section there. */
  readonly held: Uint8Array;
  /** The same by clock (1 where no base bar of the tick is real), where bars come one at a time and `held` is not known ahead. */
  readonly absent?: readonly Float64Array[];
}

/** All that a plan of several instruments or with models reads. */
export interface RunData {
  /** By number of `Plan.instruments`. */
  readonly instruments: readonly InstrumentData[];
  /**
   * Predictions enter a plan as columns, like bars: by model name, or `model.class`, one column a lane of the universe (one
   * alone without a universe), on the clock of the model's block.
   */
  readonly predictions: ReadonlyMap<string, readonly Float64Array[]>;
}

/** What is run: all instruments and predictions, or the columns of the one instrument that there is. */
export type PlanData = RunData | LaneData;

export function runDataOf(data: PlanData): RunData {
  if ('instruments' in data) return data;
  const length = data.clocks[0]?.length ?? 0;
  const only: InstrumentData = { ...data, firstTick: 0, endTick: length, held: new Uint8Array(length) };
  return { instruments: [only], predictions: new Map() };
}

/**
 * The columns of one member of the plan's universe. A plan without a universe has one lane. Before the lane's first tick a
 * value is absent and a flag is 0. A universe of fewer members has no columns in the lanes behind its last one (empty).
 */
export interface LaneColumns {
  readonly flags: readonly Uint8Array[];
  readonly market: readonly Float64Array[];
  /** Of the account part, as of its latest step. */
  readonly account: Float64Array;
}

export interface PlanRun {
  readonly plan: Plan;
  /** The `fixed` table for these params. */
  readonly fixed: Float64Array;
  /** For each rule, the first base tick at which it can fire (Infinity if never on this data). */
  readonly ruleReady: readonly number[];
  /** First tick of the current block, and how many it holds. */
  readonly blockStart: number;
  readonly blockLength: number;
  /**
   * The same for every clock: ticks [start, start + length) of it have completed inside the current block. Entry 0 is
   * (`blockStart`, `blockLength`).
   */
  readonly blocks: readonly { readonly start: number; readonly length: number }[];
  /** Block-relative columns: entry i is tick `blockStart + i`, or tick `blocks[c].start + i` for a column of clock c. */
  readonly flags: readonly Uint8Array[];
  readonly market: readonly Float64Array[];
  /** `flags`, `market` and `account` of each lane; entry 0 is those three. A column without the axis is the same in every lane. */
  readonly lanes: readonly LaneColumns[];
  /** Computes the next block (at most BLOCK_TICKS, less at the end). False when there is no data left. */
  nextBlock(): boolean;
  /** Engine streams, in the order of ENGINE_STREAMS, one instrument a row; the engine writes them before `step`. */
  readonly engine: Float64Array;
  /** True when the plan has an account part. */
  readonly hasAccountPart: boolean;
  /** Names of engine streams that the account part reads. */
  readonly accountReads: ReadonlySet<string>;
  /**
   * Runs the account part for base ticks [tick, tick + count), all inside the current block, with `engine` as it stands.
   * Returns the ticks done: fewer than count when a rule, pause or cap output became true on the last one done.
   */
  step(tick: number, count: number): number;
  readonly account: Float64Array;
  /**
   * Value of a bracket function. Live market values are read at `tick`, which lies in the current block or is the last tick
   * before it; engine streams and account values as they stand.
   */
  bracket(k: number, frozen: Float64Array, tick: number): number;
  /** Updates of states that were NaN after the state was ready; those kept what they had. */
  stateNaN(): number;
  /** Bits of everything that the rest of the run depends on; `restore` on a run of the same layout continues it. */
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): void;
  /**
   * Goes on with the account part's states of a run of another plan that stands at the same tick, stage by stage where they
   * are of the same structure and have the same params. Gives the names of states that were taken over, and of those that
   * were not. Absent: nothing can be.
   */
  takeOver?(from: PlanRun): TakenOver;
}

export interface TakenOver {
  readonly kept: readonly string[];
  readonly anew: readonly string[];
}
