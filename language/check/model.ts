/**
 * What a strategy says about learning, checked: universes, blocks of features, labels, models, how they are trained, and
 * portfolios that rebalance. Plain data beside the Program's nodes; runtime/models does what is written here.
 */
import type { Span } from '../syntax/tree.ts';
import type { ClockId, NodeId } from './node.ts';
import type { Period } from './program.ts';

// ---------------------------------------------------------------- universes

/**
 * A listed set of instruments. Its number is the axis of its nodes. Members are numbers of `Program.instruments`, in order
 * of their symbols: that is their lane order and the order of every sum, however the list was written.
 */
export interface Universe {
  readonly name: string;
  readonly venue: string;
  readonly members: readonly number[];
  readonly span: Span;
}

// ---------------------------------------------------------------- features and labels

/** One block has one clock and one axis; all columns are series nodes on them. Groups are expanded in place. */
export interface FeatureBlock {
  readonly name: string;
  readonly axis: number | null;
  readonly clock: ClockId;
  readonly columns: readonly FeatureColumn[];
  readonly span: Span;
}
export interface FeatureColumn {
  /** `mom`, or for a column of a group `technical_indicators.rsi_14.1d.lag2`. Unique in its block. */
  readonly name: string;
  readonly node: NodeId;
  readonly span: Span;
}

/** The only streams that read ahead: `ahead` and `triple_barrier` nodes stand under them. The horizon is an analysis. */
export interface Label {
  readonly name: string;
  readonly node: NodeId;
  readonly base: 'num' | 'bool' | 'category';
  /** Of a category, in their order. */
  readonly categories?: readonly string[];
  /**
   * `quantile_class`: the node is the number that is cut into as many classes as there are categories, lowest first, with
   * equally many training rows in each; the cuts are fitted.
   */
  readonly quantiles?: true;
  readonly axis: number | null;
  readonly clock: ClockId;
  readonly span: Span;
}

// ---------------------------------------------------------------- models

export type TrainerName = 'xgboost' | 'random_forest' | 'logistic' | 'ridge' | 'mlp';
export type Objective =
  | { readonly kind: 'squared' }
  | { readonly kind: 'huber' }
  | { readonly kind: 'quantile'; readonly at: number }
  | { readonly kind: 'logistic' }
  | { readonly kind: 'softmax'; readonly classes: readonly string[] }
  | { readonly kind: 'rank' };

/**
 * A model. `predict` nodes name it (`attrs.name`), with `attrs.field` a class for softmax (`likeliest` for the class with
 * the highest probability), and have as arguments the columns of the block they read, then `when` if there is one: a
 * prediction is known as soon as those are.
 */
export interface Model {
  readonly name: string;
  /** `file`: an ONNX graph made elsewhere; absent up to `trainedToMs`, unproven without it. */
  readonly source:
    | { readonly kind: 'trained'; readonly trainer: TrainerName }
    | { readonly kind: 'file'; readonly path: string; readonly trainedToMs?: number };
  /** Number in `Program.labels`; absent for a file. */
  readonly label?: number;
  /** Number in `Program.blocks`. */
  readonly block: number;
  /** A bool on the block's clock and axis. */
  readonly when?: { readonly node: NodeId; readonly text: string };
  /** Factors of a row's weight. Unstated: uniqueness where the horizon is above 1, and each tick weighs one for `rank`. */
  readonly weight?: readonly WeightFactor[];
  readonly objective: Objective;
  /** The trainer's own parameters as written, by its names, ranges for a search beside them. */
  readonly settings: readonly Setting[];
  readonly seed: number;
  readonly steps: FittedSteps;
  readonly accept?: { readonly metric: string; readonly comparison: '>=' | '<='; readonly value: number };
  /** Milliseconds for which an old version stays when a retraining fails; 2 × `retrain` unless stated. */
  readonly maxAgeMs?: number;
  readonly device: 'auto' | 'cpu' | 'cuda' | 'webgpu';
  readonly onFailure: 'hold' | 'flat' | 'last';
  /** Absent when nothing says how to train it: then it cannot predict. */
  readonly training?: Training;
  /** Came from the configuration (`config/model.yaml`), not from the strategy's text. */
  readonly configured: boolean;
  readonly span: Span;
}

export type WeightFactor =
  | { readonly kind: 'uniqueness'; readonly label: number }
  | { readonly kind: 'decay'; readonly halfLifeMs: number }
  | { readonly kind: 'value'; readonly node: NodeId };

export interface Setting {
  readonly name: string;
  readonly value: number | string | boolean;
  readonly range?: { readonly low: number; readonly high: number; readonly step?: number };
  readonly span: Span;
}

/** Fitted on the training part of a fold alone, constants of the artefact, applied in f64 before the float32 edge. */
export interface FittedSteps {
  readonly scale: 'standard' | 'robust' | 'none';
  /** Values beyond this many deviations are cut to it. */
  readonly clip?: number;
  readonly impute: 'median' | 'none';
  readonly select: readonly Selection[];
  readonly calibrate: 'isotonic' | 'platt' | 'none';
}
export type Selection =
  | { readonly by: 'variance'; readonly above: number }
  | { readonly by: 'correlation'; readonly below: number }
  | { readonly by: 'gain' | 'permutation'; readonly keep: number };

// ---------------------------------------------------------------- training

export interface Training {
  readonly split: Split;
  /** Share of the window's ticks, its last ones; serves early stopping, search and calibration. */
  readonly valid?: number;
  readonly refit: boolean;
  /** Rounds without progress on the valid part; 50 when `valid` is given. */
  readonly earlyStoppingRounds?: number;
  readonly minRows: number;
  readonly search?: Search;
  readonly span: Span;
}

export type Split = WalkForward | HoldOut | KFold;
export interface WalkForward {
  readonly kind: 'walk_forward';
  /** Learns from the last of this, or from a date on. */
  readonly window:
    | { readonly kind: 'rolling'; readonly length: Period }
    | { readonly kind: 'expanding'; readonly fromMs: number };
  /** Calendar grid of the retrain instants, UTC. */
  readonly retrain: Period;
  /** Milliseconds from T to the first tick that the new version serves, in whole bars of the base clock, at least one. */
  readonly trainLagMs: number;
}
export interface HoldOut {
  readonly kind: 'hold_out';
  /** T of the one training. */
  readonly atMs: number;
  readonly trainLagMs: number;
}
/** Evaluate and choose; a rule may not read a model that is trained so (E0307). */
export interface KFold {
  readonly kind: 'purged_kfold' | 'combinatorial';
  readonly folds: number;
  /** Blocks held out together; 1 for `purged_kfold`. */
  readonly test: number;
  readonly embargo: 'auto' | number;
}

export interface Search {
  readonly method: 'tpe' | 'random' | 'grid' | 'halving';
  readonly trials: number;
  readonly score: string;
  readonly inner: KFold;
  readonly every: Period;
}

// ---------------------------------------------------------------- portfolios

export interface Rebalance {
  /** A bool on the base clock: `ends(period)`, or what was written. */
  readonly when: NodeId;
  readonly text: string;
  /** Weights are notional over equity; absent keeps the holding, 0 closes it. */
  readonly to:
    | { readonly kind: 'across'; readonly axis: number; readonly weight: NodeId }
    | { readonly kind: 'named'; readonly weights: readonly { readonly instrument: number; readonly weight: NodeId }[] };
  /** Nearer to its target than this, a holding is left alone. A param-stage ratio. */
  readonly band?: NodeId;
  /** What is done with members that leave the universe. */
  readonly leavers: 'exit' | 'keep';
  readonly span: Span;
}
