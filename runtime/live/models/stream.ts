/**
 * The columns of a block of features, bar by bar: the same kernel as in a training and a backtest, from the same origin, so
 * the same bits. What is ready, and what a row is, are questions that models/pipeline answers for whole spans in one go.
 */
import type { InstrumentMeta, OpenRun, ParamValues } from '../../../compiler/bind.ts';
import type { PlanRun, RunData } from '../../../compiler/kernel/run.ts';
import { type RowWarmup, rowWarmup } from '../../../compiler/learn/row-warmup.ts';
import type { FeaturesPlan } from '../../../compiler/learning.ts';
import { sliceData } from '../../models/dataset/slice.ts';
import { ownParams, predictionClocks } from '../../models/pipeline/data.ts';

export interface StreamParts {
  readonly features: FeaturesPlan;
  /** All ticks that there is room for, with the columns of predictions that the features read. */
  readonly data: RunData;
  readonly params: ParamValues;
  readonly meta: readonly InstrumentMeta[];
  readonly open: OpenRun;
  /** Base tick that the stages begin at. */
  readonly fromBase: number;
}

/** What a model is asked about at one tick of its block's clock. */
export interface FeatureRows {
  /** `columns[column][lane]`; NaN is absent. */
  readonly columns: readonly Float64Array[];
  /** Lanes that have a row there. */
  readonly lanes: readonly number[];
}

export class FeatureStream {
  readonly #parts: StreamParts;
  readonly #run: PlanRun;
  readonly #warmups: readonly RowWarmup[];
  /** Ticks of the block's clock before the stages' first. */
  readonly #shift: number;
  #next: number;

  constructor(parts: StreamParts) {
    const { features, data, params, meta, fromBase } = parts;
    const { plan } = features;
    const length = data.instruments[0]?.clocks[0]?.length ?? 0;
    const slice = sliceData(data, plan.clocks, fromBase, length, predictionClocks(plan));
    const own = ownParams(plan, params);
    this.#parts = parts;
    this.#run = parts.open(plan, own, slice.data, meta, { blockTicks: 1 });
    this.#warmups = rowWarmup(features, own, slice.data, meta);
    this.#shift = slice.dropped[features.clock] ?? 0;
    this.#next = fromBase;
  }

  /** The next base tick to be run. */
  get next(): number {
    return this.#next;
  }

  get lanes(): number {
    return this.#warmups.length;
  }

  /** Runs the next base tick; its bars are there. */
  advance(): void {
    if (!this.#run.nextBlock()) throw new RangeError(`there is no room for base tick ${this.#next}`);
    this.#next += 1;
  }

  /** Rows of the block's tick that the base tick run last has completed. */
  rows(): FeatureRows {
    const { features } = this.#parts;
    const { start = 0, length = 0 } = this.#run.blocks[features.clock] ?? {};
    if (length !== 1) throw new Error('the base tick completes none of the block');
    const lanes = [...this.#warmups.keys()];
    const columns = features.columns.map(({ watch }) => Float64Array.from(lanes, lane => this.#read(watch, lane)));
    const when = features.when;
    const tick = start + this.#shift;
    return {
      columns,
      lanes: lanes.filter(lane => {
        const { start: from = 0, ready = 0 } = this.#warmups[lane] ?? {};
        if (tick < this.#shift + Math.max(ready, from)) return false;
        if (when !== undefined && this.#read(when, lane) !== 1) return false;
        return columns.some(column => !Number.isNaN(column[lane] ?? Number.NaN));
      }),
    };
  }

  #read(watch: number, lane: number): number {
    const value = this.#parts.features.plan.watches[watch]?.value;
    const columns = this.#run.lanes[lane];
    switch (value?.from) {
      case 'fixed':
        return this.#run.fixed[value.index] ?? Number.NaN;
      case 'flag':
        return columns?.flags[value.index]?.[0] ?? Number.NaN;
      case 'market':
        return columns?.market[value.index]?.[0] ?? Number.NaN;
      default:
        throw new Error(`watch ${watch} is no column of a market`);
    }
  }
}
