/**
 * The port of inference: float32 rows in, margins out. What a prediction means (probability, class, absent) is
 * `runtime/models/output.ts`; here nobody knows labels.
 *
 * `exact` predictors give the same bits on every machine and for every batch size: trees, ridge, logistic and mlp in our
 * own code. `approximate` ones (graphs made elsewhere, GPUs, fp16, int8) are named in a journal's first line and hash.
 */
import type { Model, Objective } from '../../../language/check/model.ts';
import type { Artefact } from '../artefact.ts';
import type { Matrix } from '../matrix.ts';

export interface Predictor {
  readonly promise: 'exact' | 'approximate';
  /** For people and the journal's first line: `vela trees`, `onnxruntime 1.30.0 cpu`. */
  readonly name: string;
  readonly features: number;
  readonly outputs: number;
  /**
   * Margins of all rows, output by output: `margins[o * rows + r]`. NaN where the model has nothing to say: every feature
   * absent, or for linear models and nets any feature. Calls may overlap. Throws a `ModelError` E1160–E1179.
   */
  readonly predict: (matrix: Matrix) => Promise<Float64Array>;
  /** The same within the call; only of predictors that work in this thread. */
  readonly predictNow?: (matrix: Matrix) => Float64Array;
  /** Frees sessions and threads, once what they have been asked is answered. A closed predictor predicts no more. */
  readonly close: () => Promise<void>;
}

/** What is predicted with: numbers of ours, or the bytes of an ONNX graph (`file` names it in errors). */
export type Predictable =
  | { readonly kind: 'artefact'; readonly artefact: Artefact }
  | {
      readonly kind: 'onnx';
      readonly bytes: Uint8Array;
      readonly features: number;
      /**
       * What is asked of it: decides how many outputs it must have. Under `logistic` and `softmax` a graph made elsewhere
       * gives probabilities, which become margins here; of two where one is needed the second is taken.
       */
      readonly objective?: Objective;
      readonly file?: string;
    };

export interface OpenOptions {
  readonly device: Model['device'];
  /** Rows of a usual call: decides the batch class (1 · 2–256 · more) that a device is measured at. */
  readonly batch: number;
  /** Threads for large batches. Does not change a bit of the result. */
  readonly threads?: number;
  /** Where decisions about devices are kept; absent: decided anew. */
  readonly cacheFolder?: string;
  /** Why a device was taken or left, one line a time. */
  readonly log?: (line: string) => void;
}
