/** Rows by their ticks: the places are sorted, so a run of ticks is a run of rows. */
import type { DropCause, RowPlaces } from './fold.ts';

/** Number of the first row whose tick is at or after this one. */
export function firstRowFrom(places: RowPlaces, tick: number): number {
  let low = 0;
  let high = places.tick.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places.tick[middle] < tick) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows with `from ≤ tick ≤ to`, ascending. */
export function rowsBetween(places: RowPlaces, from: number, to: number): Int32Array {
  const start = firstRowFrom(places, from);
  const end = firstRowFrom(places, to + 1);
  return Int32Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

/** Different ticks among rows with `from ≤ tick ≤ to`. */
export function usableTicks(places: RowPlaces, from: number, to: number): number {
  let count = 0;
  const end = firstRowFrom(places, to + 1);
  for (let row = firstRowFrom(places, from); row < end; row++)
    if (row === 0 || places.tick[row] !== places.tick[row - 1] || places.tick[row] < from) count++;
  return count;
}

export const NO_DROPS: Readonly<Record<DropCause, number>> = {
  'label open at the cut': 0,
  'label open at the valid part': 0,
  purged: 0,
  embargo: 0,
};

export const NO_ROWS: Int32Array = new Int32Array(0);
