/** Rows as a model sees them, and what it learns from them. Columns, never rows; absent is NaN. */

/** Float32, column by column: column c is `values[c * rows .. (c + 1) * rows)`. Never −0, never infinite. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

export interface LabelledRows {
  readonly matrix: Matrix;
  /** A number, 0 or 1, or the number of a class. */
  readonly labels: Float64Array;
  /** Mean 1; absent: every row weighs 1. */
  readonly weights?: Float64Array;
  /** Rows of each tick's group, in row order, for ranking. They sum to `matrix.rows`. */
  readonly groups?: Int32Array;
}
