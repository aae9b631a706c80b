/**
 * The valid part of a training: the last share of its window's ticks, from tick v on. Rows whose label is open at v leave
 * the training part. It serves early stopping and acceptance; where the model is calibrated it is halved in time, and
 * rows whose label is open at the cut between the halves leave the older one.
 */
import { HONEST, type LearningParts } from '../parts.ts';
import type { RowPlaces } from './fold.ts';
import { rowsBetween } from './rows.ts';

export interface ValidWish {
  /** Share of the window's ticks, 0 < share < 1. */
  readonly share: number;
  readonly calibrate: boolean;
}

export interface CutWindow {
  readonly train: Int32Array;
  readonly valid: Int32Array;
  readonly calibrate: Int32Array;
  readonly validFrom: number;
  readonly calibrateFrom?: number;
  /** Rows that left because their label is open at one of the two cuts. */
  readonly open: number;
}

/** Cuts the window (after, cut] of which rows up to `lastClosed` have a closed label. */
export function cutValid(
  places: RowPlaces,
  after: number,
  cut: number,
  lastClosed: number,
  horizon: number,
  wish: ValidWish,
  parts: LearningParts = HONEST,
): CutWindow {
  const validFrom = cut + 1 - Math.round(wish.share * (cut - after));
  const train = rowsBetween(places, after + 1, parts.lastClosedBeforeValid(validFrom, horizon));
  const all = rowsBetween(places, after + 1, lastClosed).length;
  if (!wish.calibrate) {
    const valid = rowsBetween(places, validFrom, lastClosed);
    return { train, valid, calibrate: new Int32Array(0), validFrom, open: all - train.length - valid.length };
  }
  const calibrateFrom = validFrom + Math.ceil((cut + 1 - validFrom) / 2);
  const lastOfOlder = Math.min(lastClosed, parts.lastClosedBeforeValid(calibrateFrom, horizon));
  const valid = rowsBetween(places, validFrom, lastOfOlder);
  const calibrate = rowsBetween(places, calibrateFrom, lastClosed);
  const open = all - train.length - valid.length - calibrate.length;
  return { train, valid, calibrate, validFrom, calibrateFrom, open };
}
