/**
 * A version of a model: all that is kept of it besides the graph itself. A function of what it was made from: no clock, no
 * path, no host, so that the same training gives the same bytes wherever and whenever it runs.
 */
import type { Objective, TrainerName } from '../../../language/check/model.ts';
import type { Point, Trial } from '../search/types.ts';
import type { Baseline } from '../statistics/stability.ts';
import type { Calibration, ColumnSteps } from '../steps/types.ts';

/** Raised when a version's document changes its meaning. */
export const VERSION_FORMAT = 1;
/** Raised when the arithmetic between a row and a prediction may give other bits. Part of every id. */
export const NUMERIC_VERSION = 1;

export interface Version {
  readonly format: typeof VERSION_FORMAT;
  /** SHA-256 of everything that it is made from, hex. */
  readonly id: string;
  /** SHA-256 of what was made: graph, steps, calibration. */
  readonly digest: string;
  readonly model: string;
  readonly origin: TrainedOrigin | ImportedOrigin | CompressedOrigin;
  readonly objective: Objective;
  /** Columns of the block, in their order, before any step. */
  readonly features: readonly VersionFeature[];
  readonly steps: ColumnSteps;
  /** Values of params that a search chose, as the kernel sees them: its features are computed with these. */
  readonly params?: Readonly<Record<string, number>>;
  readonly calibration?: Calibration;
  /** Inputs and outputs of the graph. */
  readonly graph: {
    readonly features: number;
    readonly outputs: number;
    readonly kind: 'trees' | 'linear' | 'net' | 'onnx';
  };
  /** Deciles of the training part, by column of the block and by output: what drift is measured against. */
  readonly baselines?: { readonly features: readonly Baseline[]; readonly outputs: readonly Baseline[] };
  /** Cuts between the classes of a `quantile_class` label. */
  readonly cuts?: readonly number[];
  /** Versions whose predictions are among the features: ids. */
  readonly upstream: readonly string[];
  /**
   * First instant that it may predict, UTC: T + train_lag of a trained one, the day after `trained_to` of an imported one.
   * Null: nothing is known of when it was made.
   */
  readonly activeFrom: string | null;
}

export interface VersionFeature {
  readonly name: string;
  /** Of the structure of what is computed (compiler/learning.ts). */
  readonly hash: string;
}

export interface TrainedOrigin {
  readonly kind: 'trained';
  readonly trainer: { readonly name: TrainerName; readonly version: number };
  readonly numeric: number;
  /** T: open of its bar, UTC. */
  readonly trainedAt: string;
  /** First bar of the data that it is a function of. */
  readonly dataFrom: string;
  /** The label's structure, in words and as a hash. */
  readonly label: { readonly name: string; readonly hash: string; readonly horizon: number };
  /** What was asked for, with everything filled in. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** What the trainer was told: after a search, what it chose. */
  readonly settings: Readonly<Record<string, number | string | boolean>>;
  readonly search?: { readonly point: Point; readonly trials: readonly Trial[] };
  readonly rows: RowCounts;
  /** Share of true answers by class, in the training part; the mean of a number. */
  readonly baseRates: readonly number[];
  readonly rounds: number;
  readonly curve: readonly { readonly round: number; readonly train?: number; readonly valid?: number }[];
  readonly metric?: string;
  /** Total gain by column of the graph, for trainers that have it. */
  readonly gain?: readonly number[];
  /** Measured on the valid part; null where a figure is not defined. */
  readonly valid?: Readonly<Record<string, number | null>>;
  /** False where it failed `accept`: it is kept, and never serves. */
  readonly accepted: boolean;
}

export interface RowCounts {
  readonly train: number;
  readonly valid: number;
  readonly calibrate: number;
  /** As many rows with labels that do not overlap and equal weights would tell as much. */
  readonly effective: number;
  readonly ticks: number;
  /** Rows of the window that were not learned from, by cause. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface ImportedOrigin {
  readonly kind: 'imported';
  /** Name of the file, without its folder. */
  readonly file: string;
  /** Last day of the data that it has seen, as its owner says; absent: unproven. */
  readonly trainedTo?: string;
}

export interface CompressedOrigin {
  readonly kind: 'compressed';
  readonly parent: string;
  readonly by: 'fp16' | 'int8' | 'truncated';
  /** On the parent's valid part. */
  readonly metric: { readonly name: string; readonly before: number; readonly after: number; readonly bound: number };
}
