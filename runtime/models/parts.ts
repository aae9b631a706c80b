/**
 * The decisions that keep the future out of a training, as functions: when a label is closed, which rows fit what, when
 * a version begins to serve. There is one honest set of them, and nothing in the language or on the command line reaches
 * another; they are values so that a test can build a dishonest pipeline and show which check rejects it.
 */
import type { Fold } from './splits/fold.ts';

/** Ticks [from, to]. */
export interface TickRun {
  readonly from: number;
  readonly to: number;
}

export interface LearningParts {
  /** Last tick whose label is closed at tick `cut`: t + h ≤ cut. The purge before T and before the valid part. */
  readonly lastClosedAt: (cut: number, horizon: number) => number;
  readonly lastClosedBeforeValid: (validFrom: number, horizon: number) => number;
  /** First base tick that a version made at `baseTick` serves. */
  readonly activeFrom: (baseTick: number, lagTicks: number) => number;
  /** Row of the delayed label columns that speaks of tick t. */
  readonly labelRow: (tick: number, horizon: number) => number;
  /** Blocks of k-fold over ticks [first, last], each as runs of ticks. */
  readonly blocks: (first: number, last: number, folds: number) => readonly (readonly TickRun[])[];
  /** Ticks around a held-out run whose rows may not be learned from, then the embargo after them. */
  readonly around: (held: TickRun, horizon: number, embargo: number) => { purged: TickRun; embargoed: TickRun };
  /** Rows that scaling, clipping, imputing and selection are fitted on, and those that class cuts are. */
  readonly stepRows: (fold: Fold) => Int32Array;
  readonly classRows: (fold: Fold) => Int32Array;
  /** Rows that calibration is fitted on. */
  readonly calibrationRows: (fold: Fold) => Int32Array;
  /** First tick of the stages of a training: what features may have seen. */
  readonly origin: (firstBar: number, after: number, settled: number, runStart: number) => number;
  /** Number of the version whose prediction of tick t another model learns from; −1: none, and the row is not usable. */
  readonly upstream: (servedBy: Int32Array, tick: number) => number;
}

export const HONEST: LearningParts = {
  lastClosedAt: (cut, horizon) => cut - horizon,
  lastClosedBeforeValid: (validFrom, horizon) => validFrom - horizon,
  activeFrom: (baseTick, lagTicks) => baseTick + lagTicks,
  labelRow: (tick, horizon) => tick + horizon,
  blocks: contiguousBlocks,
  around: ({ from, to }, horizon, embargo) => ({
    purged: { from: from - horizon + 1, to: to + horizon - 1 },
    embargoed: { from: to + horizon, to: to + horizon + embargo - 1 },
  }),
  stepRows: fold => fold.train,
  classRows: fold => fold.train,
  calibrationRows: fold => fold.calibrate,
  origin: (firstBar, after, settled) => Math.max(firstBar, after - settled),
  upstream: (servedBy, tick) => servedBy[tick] ?? -1,
};

/** Blocks of as equal a length as can be, the longer ones first (as scikit-learn's KFold). */
function contiguousBlocks(first: number, last: number, folds: number): readonly (readonly TickRun[])[] {
  const ticks = last - first + 1;
  const short = Math.floor(ticks / folds);
  const longer = ticks % folds;
  const startOf = (block: number) => first + block * short + Math.min(block, longer);
  return Array.from({ length: folds }, (_, block) => [{ from: startOf(block), to: startOf(block + 1) - 1 }]);
}
