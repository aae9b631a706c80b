/** What the parts of the pipeline hand one another. */
import type { FeaturesPlan, TrainingPlan } from '../../../compiler/learning.ts';
import type { Label, Model, Training } from '../../../language/check/model.ts';
import type { Program } from '../../../language/check/program.ts';
import type { Rows } from '../dataset/rows.ts';
import type { ModelWarning } from '../errors.ts';
import type { OpenOptions } from '../inference/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import type { Version } from '../registry/version.ts';
import type { Grid, TimedFold, TrainingInstant } from '../splits/fold.ts';
import type { Trainer } from '../trainer.ts';
import type { FeatureTable, Ground, MadeRows, ModelGround } from './data.ts';
import type { Searchable } from './language-params.ts';
import type { Outputs, Serving } from './predict.ts';
import type { Tell } from './progress.ts';
import type { Recipe } from './recipe.ts';

/** How plans are made of a program (compiler/): features of a model, or of another block for it. */
export interface PlanMaker {
  readonly features: (model: Model, block?: number) => FeaturesPlan;
  readonly training: (model: Model) => TrainingPlan;
  /** Names of the params that a model's columns, label, condition and weights read, and that rules, limits and costs do. */
  readonly paramsOf: (model: Model) => readonly string[];
  readonly paramsOfRules: () => readonly string[];
}

export interface PrepareRequest {
  readonly program: Program;
  readonly plans: PlanMaker;
  readonly ground: Ground;
  readonly registry: Registry;
  readonly threads: number;
  /** What is read of the predictions begins here, UTC milliseconds: versions that served before are not needed. */
  readonly neededFromMs?: number;
  /** As if no version were promoted. */
  readonly unpromoted?: boolean;
  /** Nothing is trained: rejects with `Untrained` where a version is needed that the registry does not hold. */
  readonly untrained?: 'refuse';
  /** Ids of promoted versions by model, instead of what the registry says now: what a run that is going on holds. */
  readonly promotions?: Readonly<Record<string, string>>;
  readonly tell?: Tell;
  readonly signal?: AbortSignal;
  /** Where verdicts on devices are kept, and who is told of them. */
  readonly devices?: Pick<OpenOptions, 'cacheFolder' | 'log'>;
  /** Bytes of an ONNX file that a model names. */
  readonly readGraph?: (path: string) => Uint8Array;
  /** Between steps of the work: lets a Ctrl-C be heard. */
  readonly checkpoint?: () => Promise<void>;
}

/** One training instant and what came of it. */
export interface PreparedFold {
  readonly instant: TrainingInstant;
  readonly fold: TimedFold;
  /** With the values that the version's params have. */
  readonly ground: ModelGround;
  /** Rows of [A, T], and those left out of them. */
  readonly made: MadeRows;
  /** Rows of all the data with those values: what the version is judged by. */
  readonly whole: Rows;
  readonly version?: Version;
  /** Trained in this call, not found. */
  readonly isNew: boolean;
  readonly refusal?: ModelWarning;
  /** Nobody asks what it would have said. */
  readonly skipped: boolean;
}

/** A model with what it says at every tick. */
export interface PreparedModel {
  readonly model: Model;
  readonly features: FeaturesPlan;
  /** Of its block's clock. */
  readonly block: Grid;
  /** By tick of that clock: number in `serving` of the version that answers, −1 for none. */
  readonly servedBy: Int32Array;
  readonly serving: readonly (Serving | undefined)[];
  /** With the stages of all the data: what others learn from, and what it is judged by. */
  readonly table: FeatureTable;
  readonly outputs: Outputs;
  /** How it came about; absent for a graph made elsewhere. */
  readonly learned?: Learned;
  /** The version that a person promoted, where it answers. */
  readonly promoted?: Version;
}

/** Of a model that is trained here. `folds` run in parallel to the first entries of `serving`. */
export interface Learned {
  readonly ground: ModelGround;
  readonly recipe: Recipe;
  readonly label: Label | undefined;
  /** Rows of all the data, with the values of the run. */
  readonly whole: Rows;
  readonly folds: readonly PreparedFold[];
}

export interface PreparedModels {
  readonly models: readonly PreparedModel[];
  readonly predictions: ReadonlyMap<string, readonly Float64Array[]>;
  readonly warnings: readonly ModelWarning[];
}

/** What all folds of a model have in common. `reads`: the models upstream. */
export interface FoldGround {
  readonly model: Model;
  readonly training: Training;
  readonly trainer: Trainer;
  readonly recipe: Recipe;
  readonly ground: ModelGround;
  readonly reads: readonly PreparedModel[];
  /** Params that a search chooses. */
  readonly searchable: Searchable;
}
