/** Weights of the rows of one training part. All of them come from the rows of that part alone. */

export interface RowWeights {
  /** One a row of the training part, mean 1. */
  readonly values: Float64Array;
  /** (Σ w)² / Σ w²: as many equal rows would tell as much (Kish). */
  readonly effectiveRows: number;
}

/** A factor of a row's weight; the product of all factors is scaled to mean 1. */
export type Factor =
  /** Mean over (t, end] of 1 / labels of that instrument open there. `end`: real end of every row's label, in ticks. */
  | { readonly kind: 'uniqueness'; readonly end: Int32Array }
  /** ½^((T − t) / half-life), by time. `timeMs`: of every row. */
  | { readonly kind: 'decay'; readonly timeMs: Float64Array; readonly atMs: number; readonly halfLifeMs: number }
  /** A number of every row. Absent, negative or infinite ones are an error. */
  | { readonly kind: 'value'; readonly values: Float64Array }
  /** Each tick weighs one, however many members it has. */
  | { readonly kind: 'tick' };
