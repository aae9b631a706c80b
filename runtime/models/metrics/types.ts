/** What predictions are judged by: rows out of sample, pooled or of one fold. Arrays run in parallel, one entry a row. */

export interface Judged {
  readonly tick: Int32Array;
  readonly lane: Int32Array;
  /** A number, 0 or 1, or the number of a class. */
  readonly label: Float64Array;
  /** One array; of a category one a class, their sum 1. NaN where there was no prediction: such rows are left out. */
  readonly prediction: readonly Float64Array[];
  /** Absent: every row weighs 1. */
  readonly weight?: Float64Array;
}

/** What kind of answer a model gives decides which metrics are measured. */
export type Task =
  | { readonly kind: 'binary' }
  | { readonly kind: 'classes'; readonly names: readonly string[] }
  | { readonly kind: 'number' }
  | { readonly kind: 'quantile'; readonly at: number }
  | { readonly kind: 'rank' };

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** NaN where a figure is not defined on these rows. */
export interface Judgement {
  readonly rows: number;
  readonly ticks: number;
  /** By the names of `METRICS`, those of the task alone. */
  readonly values: Readonly<Record<string, number>>;
  /** 95 %, moving blocks of ticks; of the pooled judgement alone. */
  readonly intervals?: Readonly<Record<string, Interval>>;
  /** True answers among all, by class: what a threshold is compared with. */
  readonly baseRates?: readonly number[];
  readonly confusion?: Confusion;
  readonly calibration?: readonly CalibrationTable[];
  readonly lift?: readonly LiftTable[];
}
/** `counts[truth][answer]`, weights summed. */
export interface Confusion {
  readonly names: readonly string[];
  readonly counts: readonly (readonly number[])[];
}
export interface CalibrationTable {
  readonly name: string;
  readonly bins: readonly CalibrationBin[];
}
/** Predictions in (from, to]; mean prediction beside the share of true answers. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly predicted: number;
  readonly observed: number;
}
/** Tenths of the rows by prediction, the highest first. */
export interface LiftTable {
  readonly name: string;
  readonly tenths: readonly LiftRow[];
}
export interface LiftRow {
  readonly rows: number;
  readonly predicted: number;
  /** Mean of the label; of probabilities the share of true answers. */
  readonly observed: number;
  /** `observed` over the mean of all rows; NaN for numbers. */
  readonly lift: number;
}
