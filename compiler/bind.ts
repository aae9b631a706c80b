/**
 * Binding: a plan meets values of its params, the data of a lane and the facts of its instruments. What depends on those
 * alone is computed here, once, on the host, by the reference forms of the operators, and is the same for every back-end.
 */
import type { LaneData } from './kernel/run.ts';
import type { Plan } from './plan.ts';

/** Values by name, as the kernel sees them (`Param.value`); a param that is left out has its own value. */
export type ParamValues = Readonly<Record<string, number>>;
/** META_STREAMS of an instrument by field; one that is left out is NaN. */
export type InstrumentMeta = Readonly<Record<string, number>>;

export interface Binding {
  /** The `fixed` table: values of `Plan.fixed`. */
  readonly fixed: Float64Array;
  /** The params region of each stage: one f64 a slot. */
  readonly regions: readonly Float64Array[];
  /** For each rule, the first base tick at which it can fire; Infinity if never on this data. */
  readonly ruleReady: readonly number[];
}

export interface RunOptions {
  /** Ticks of a block at most; `BLOCK_TICKS` unless stated. */
  readonly blockTicks?: number;
}

export type Bind = (plan: Plan, params: ParamValues, lane: LaneData, meta: readonly InstrumentMeta[]) => Binding;
/** How the interpreter and the kernel's instance are opened. */
export type OpenRun = (
  plan: Plan,
  params: ParamValues,
  lane: LaneData,
  meta: readonly InstrumentMeta[],
  options?: RunOptions,
) => import('./kernel/run.ts').PlanRun;
