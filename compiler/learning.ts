/**
 * What a model learns from and predicts from: plans of their own, cut from the strategy's Program, whose only outputs are
 * watched columns. The DAG of kernels and models is thereby a DAG of plans: features plan → model → strategy plan, into
 * which a prediction enters as a column (`RunData.predictions`).
 *
 * A label is lowered to delays: `ahead(x, k)` under a label of horizon h becomes x delayed by h − k, everything else is
 * delayed by h, so that row t + h of the label's columns speaks of tick t and the plan reads nothing ahead.
 */
import type { ClockId } from '../language/check/node.ts';
import type { ParamValues } from './bind.ts';
import type { Plan } from './plan.ts';

/** A number in `Plan.watches`. */
export type WatchIndex = number;

export interface FeatureOfPlan {
  readonly name: string;
  readonly watch: WatchIndex;
  /** Of the node's structure, equal wherever the same thing is computed. */
  readonly hash: string;
  /** Names of the params that its values depend on. */
  readonly params: readonly string[];
}

export interface FeaturesPlan {
  readonly plan: Plan;
  readonly clock: ClockId;
  readonly axis: number | null;
  /** Of the block, in their order. */
  readonly columns: readonly FeatureOfPlan[];
  readonly when?: WatchIndex;
  /** Names of the params that the plan's values depend on, whose values are no part of the hashes. */
  readonly params: readonly string[];
}

export interface TrainingPlan extends FeaturesPlan {
  readonly label: LabelColumns;
  /** Of `value` weight factors, in their order. */
  readonly weights: readonly WatchIndex[];
  /** Of labels that other factors or the label itself name for `uniqueness`, by number in `Program.labels`. */
  readonly uniqueness: readonly { readonly label: number; readonly columns: LabelColumns }[];
  /**
   * Ticks from a row's tick to the bar in which its order fills: 1 under `fill: next_open`, else 0. A row whose fill bar, or the
   * bar that closes its label, is held could not have been traded; the label's value does not say so.
   */
  readonly entry: 0 | 1;
}

/** Row t + h speaks of tick t; h = `horizon(params)`. */
export interface LabelColumns {
  readonly value: WatchIndex;
  /** Real end in ticks after t, at most h. Absent: every label ends at t + h. */
  readonly end?: WatchIndex;
  /** Hash of the label's structure. */
  readonly hash: string;
  /** Ticks of the label's clock. A param that is left out has its own value. */
  readonly horizon: (params: ParamValues) => number;
}
