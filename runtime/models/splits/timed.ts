/**
 * Folds of walk-forward and hold-out. The version made at T learns from rows with T − window < t and t + h ≤ T, which is
 * the whole purge: training never follows a test, so there is no embargo.
 */
import { HONEST, type LearningParts } from '../parts.ts';
import type { RowPlaces, TimedFold, TrainingInstant } from './fold.ts';
import { NO_DROPS, NO_ROWS, rowsBetween } from './rows.ts';
import { cutValid, type ValidWish } from './valid.ts';

/** One fold an instant. Its test rows are those it serves before its successor does, made or not. */
export function timedFolds(
  places: RowPlaces,
  instants: readonly TrainingInstant[],
  horizon: number,
  valid?: ValidWish,
  parts: LearningParts = HONEST,
): readonly TimedFold[] {
  const lastTick = places.tick.at(-1) ?? -1;
  return instants.map((instant, i) => {
    const until = (instants[i + 1]?.serves ?? lastTick + 1) - 1;
    return timedFold(places, instant, until, horizon, valid, parts);
  });
}

function timedFold(
  places: RowPlaces,
  instant: TrainingInstant,
  until: number,
  horizon: number,
  wish: ValidWish | undefined,
  parts: LearningParts,
): TimedFold {
  const { after, cut, serves } = instant;
  const lastClosed = Math.min(cut, parts.lastClosedAt(cut, horizon));
  const refit = rowsBetween(places, after + 1, lastClosed);
  const fold = {
    id: new Date(instant.atMs).toISOString(),
    instant,
    refit,
    test: rowsBetween(places, Math.max(0, serves), until),
  };
  const drops = { ...NO_DROPS, 'label open at the cut': rowsBetween(places, after + 1, cut).length - refit.length };
  if (wish === undefined) return { ...fold, train: refit, valid: NO_ROWS, calibrate: NO_ROWS, dropped: drops };
  const { open, ...cutWindow } = cutValid(places, after, cut, lastClosed, horizon, wish, parts);
  return { ...fold, ...cutWindow, dropped: { ...drops, 'label open at the valid part': open } };
}
