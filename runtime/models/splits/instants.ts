/**
 * When a model is trained: the instants of its calendar grid, and from which of them on it can be. An instant depends on
 * the calendar and the data alone, so that every run that covers it meets the same version.
 */

import { ordinalAt } from '../../../language/check/calendar.ts';
import type { HoldOut, WalkForward } from '../../../language/check/model.ts';
import type { Period } from '../../../language/check/program.ts';
import { HONEST, type LearningParts } from '../parts.ts';
import { closeMs, earlier, firstTickFrom, gridInstants, lastTickClosedBy, lastTickOpenBy, openMs } from './calendar.ts';
import type { Grid, RowPlaces, TrainingInstant } from './fold.ts';
import { usableTicks } from './rows.ts';

export interface Clocks {
  readonly base: Grid;
  /** Of the model's block: the base itself, or slower and aligned with it. */
  readonly block: Grid;
}

/** Share of a rolling window that data must cover before the first training. */
const COVERED = 0.8;

/** All instants whose T lies in the data, trainable or not. */
export function trainingInstants(
  split: WalkForward | HoldOut,
  clocks: Clocks,
  parts: LearningParts = HONEST,
): readonly TrainingInstant[] {
  const { base } = clocks;
  const grid =
    split.kind === 'hold_out'
      ? [split.atMs]
      : gridInstants(split.retrain, openMs(base, -1) + 1, openMs(base, base.length - 1));
  const instants: TrainingInstant[] = [];
  for (const gridMs of grid) {
    const baseTick = firstTickFrom(base, gridMs);
    // A grid finer than the bars has several instants at one T.
    if (baseTick < 0 || baseTick >= base.length || baseTick === instants.at(-1)?.baseTick) continue;
    instants.push(instantAt(split, clocks, gridMs, baseTick, parts));
  }
  return instants;
}

function instantAt(
  split: WalkForward | HoldOut,
  { base, block }: Clocks,
  gridMs: number,
  baseTick: number,
  parts: LearningParts,
): TrainingInstant {
  const atMs = openMs(base, baseTick);
  const lagTicks = Math.max(1, firstTickFrom(base, atMs + split.trainLagMs) - baseTick);
  const activeFrom = parts.activeFrom(baseTick, lagTicks);
  const cut = lastTickClosedBy(block, closeMs(base, baseTick));
  return {
    gridMs,
    baseTick,
    atMs,
    activeFrom,
    activeMs: openMs(base, activeFrom),
    cut,
    after: windowStart(split, block, cut),
    serves: lastTickClosedBy(block, closeMs(base, activeFrom) - 1) + 1,
  };
}

/** The tick that the window begins after: T − window, or the last one before the date; −1 is all there is. */
function windowStart(split: WalkForward | HoldOut, block: Grid, cut: number): number {
  if (split.kind === 'hold_out') return -1;
  if (split.window.kind === 'expanding') return firstTickFrom(block, split.window.fromMs) - 1;
  return lastTickOpenBy(block, earlier(openMs(block, cut), split.window.length));
}

/**
 * The instants from the first on that has `minRows` usable ticks and data over 80 % of its rolling window. Later ones may
 * still have too few rows: then the version before them stays on.
 */
export function fromFirstTrainable(
  split: WalkForward | HoldOut,
  instants: readonly TrainingInstant[],
  places: RowPlaces,
  horizon: number,
  minRows: number,
  parts: LearningParts = HONEST,
): readonly TrainingInstant[] {
  const first = instants.findIndex(
    instant => coverage(split, instant, places) >= COVERED && usableBefore(instant, places, horizon, parts) >= minRows,
  );
  return first < 0 ? [] : instants.slice(first);
}

/** Share of a rolling window in which there can be rows; 1 where the window is another one. */
function coverage(split: WalkForward | HoldOut, { after, cut }: TrainingInstant, places: RowPlaces): number {
  if (split.kind === 'hold_out' || split.window.kind !== 'rolling') return 1;
  const firstUsable = places.tick[0] ?? Number.POSITIVE_INFINITY;
  return (cut - Math.max(after, firstUsable - 1)) / (cut - after);
}

function usableBefore({ after, cut }: TrainingInstant, places: RowPlaces, horizon: number, parts: LearningParts) {
  return usableTicks(places, after + 1, parts.lastClosedAt(cut, horizon));
}

/** What keeps every instant from being trained: there is none, its window is not covered, or it has too few rows. */
export type NoTraining =
  | { readonly why: 'not due' }
  | { readonly why: 'window'; readonly covered: number; readonly needed: number }
  | { readonly why: 'rows'; readonly rows: number; readonly needed: number };

/** Of instants of which `fromFirstTrainable` leaves none: the nearest miss. */
export function noTraining(
  split: WalkForward | HoldOut,
  instants: readonly TrainingInstant[],
  places: RowPlaces,
  horizon: number,
  minRows: number,
  parts: LearningParts = HONEST,
): NoTraining {
  if (instants.length === 0) return { why: 'not due' };
  const covered = instants.filter(instant => coverage(split, instant, places) >= COVERED);
  const most = Math.max(0, ...instants.map(instant => usableBefore(instant, places, horizon, parts)));
  if (covered.length === 0 && places.tick.length > 0) {
    const share = Math.max(0, ...instants.map(instant => coverage(split, instant, places)));
    return { why: 'window', covered: share, needed: COVERED };
  }
  return { why: 'rows', rows: most, needed: minRows };
}

/**
 * For each instant the number of the one whose search serves it: the first of the same period of `every`, on the
 * calendar.
 */
export function searchedAt(instants: readonly TrainingInstant[], every: Period): readonly number[] {
  const ordinals = instants.map(({ gridMs }) => ordinalAt(every, gridMs));
  return ordinals.map(ordinal => ordinals.indexOf(ordinal));
}

/**
 * For each tick of the block's clock the number of the version that predicts it, −1 where none does. A version serves
 * until its successor is active. Where that one could not be trained or accepted (`made` false) it stays for `maxAgeMs`
 * after its activation, unstated: until the second instant after its own would have been active.
 */
export function servingVersions(
  block: Grid,
  instants: readonly TrainingInstant[],
  made: readonly boolean[],
  maxAgeMs?: number,
): Int32Array {
  const serving = new Int32Array(block.length).fill(-1);
  instants.forEach((instant, number) => {
    if (!made[number]) return;
    const successor = instants.findIndex((_, later) => later > number && made[later]);
    const until = successor < 0 ? block.length : instants[successor].serves;
    const expires =
      maxAgeMs === undefined
        ? (instants[number + 2]?.serves ?? block.length)
        : firstTickFrom(block, instant.activeMs + maxAgeMs);
    serving.fill(number, Math.max(0, instant.serves), Math.max(0, Math.min(until, expires, block.length)));
  });
  return serving;
}
