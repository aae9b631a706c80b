/**
 * What a split gives: for each training, which rows it learns from, stops by, calibrates on and is judged by. Rows are
 * numbers of one data set; its ticks are those of the clock of the model's block.
 *
 * Splits are cut on ticks, never on rows: all members of a tick stand on one side, so that purging holds across
 * instruments. A label at `t` spans (t, t + h] and is closed at T when t + h ≤ T.
 */
import type { Period } from '../../../language/check/program.ts';

/** A clock of a run: tick i is the period with ordinal `firstOrdinal + i`. A tick stands where its bar opens. */
export interface Grid {
  readonly period: Period;
  readonly firstOrdinal: number;
  readonly length: number;
}

/** Where the usable rows of a data set stand: by tick, and in one tick by lane. */
export interface RowPlaces {
  /** Tick of the block's clock, ascending. */
  readonly tick: Int32Array;
  readonly lane: Int32Array;
}

/** One instant at which a model is trained: a place on the calendar, never counted from the start of a run. */
export interface TrainingInstant {
  /** The calendar's own instant, and T, the first base tick whose bar opens at or after it. */
  readonly gridMs: number;
  readonly baseTick: number;
  /** Open of the bar of T: with the model's name the name of the version, `2024-01-01T00:00:00.000Z`. */
  readonly atMs: number;
  /** First base tick that the version serves, T + train_lag, and the open of its bar. May lie beyond the data. */
  readonly activeFrom: number;
  readonly activeMs: number;
  /** Ticks of the block's clock: the last one completed when T closes, */
  readonly cut: number;
  /** the one that the window begins after (rows have `after < t`), */
  readonly after: number;
  /** and the first one that the version predicts: completed at or after the close of `activeFrom`. */
  readonly serves: number;
}

/** Why a row that stands in the window (k-fold: in the data) is not in the training part. */
export type DropCause = 'label open at the cut' | 'label open at the valid part' | 'purged' | 'embargo';

/** Rows of one training, ascending. No row is in two parts, except those of `refit`. */
export interface Fold {
  /** ISO time of T, or the numbers of the blocks held out: `3`, `1+4`. */
  readonly id: string;
  readonly train: Int32Array;
  /** The valid part: early stopping, acceptance. Empty without one. */
  readonly valid: Int32Array;
  /** The newer half of the valid part where the model is calibrated; else empty. */
  readonly calibrate: Int32Array;
  /** All rows with a label closed at the cut: what `refit: yes` learns from. */
  readonly refit: Int32Array;
  /** Out of sample: served by this version before its successor, or held out. */
  readonly test: Int32Array;
  /** First tick of the valid part and of the calibrating half. */
  readonly validFrom?: number;
  readonly calibrateFrom?: number;
  readonly dropped: Readonly<Record<DropCause, number>>;
}
export interface TimedFold extends Fold {
  readonly instant: TrainingInstant;
}
export interface BlockFold extends Fold {
  /** Blocks held out, ascending, and their first and last ticks. */
  readonly blocks: readonly number[];
  readonly held: readonly { readonly from: number; readonly to: number }[];
}
