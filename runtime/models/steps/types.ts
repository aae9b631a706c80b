/**
 * Fitted steps: what is learnt about columns and outputs beside the model itself. Plain numbers, constants of the
 * artefact; fitted on the training part of a fold alone (calibration: on the calibrating half of its valid part).
 */

/** Of a data set, before the float32 edge: one array a column of the block, absent is NaN. */
export type Columns = readonly Float64Array[];

export type ColumnCause = 'all absent' | 'constant' | 'variance' | 'correlation' | 'gain' | 'permutation';

/** Steps over feature columns, as fitted. Applied in f64, column by column, then rounded to float32 once. */
export interface ColumnSteps {
  /** One for each column that stays, in the block's order. */
  readonly kept: readonly ColumnStep[];
  /** Columns that left, by their number in the block. */
  readonly left: readonly { readonly column: number; readonly cause: ColumnCause }[];
}
/** `x` absent → `fill`; cut to [low, high]; then (x − centre) / spread. */
export interface ColumnStep {
  readonly column: number;
  /** Of an absent value; without it absent stays absent. */
  readonly fill?: number;
  readonly low?: number;
  readonly high?: number;
  readonly centre: number;
  readonly spread: number;
}

/** Maps scores to probabilities, class by class; of two classes one curve, of its margin. */
export type Calibration =
  | { readonly kind: 'platt'; readonly classes: readonly { readonly slope: number; readonly offset: number }[] }
  | {
      readonly kind: 'isotonic';
      /** Scores ascending; between two the probability is interpolated, outside them it stays. */
      readonly classes: readonly { readonly scores: readonly number[]; readonly probabilities: readonly number[] }[];
    };
