/** Data sets without numbers: only where rows stand. */
import { ordinalAt, periodOf } from '../../../../language/check/calendar.ts';
import type { WalkForward } from '../../../../language/check/model.ts';
import type { Period } from '../../../../language/check/program.ts';
import type { Grid, RowPlaces } from '../../../../runtime/models/splits/fold.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const nowhere = { start: 0, end: 0 };
export const period = (count: number, unit: 'h' | 'd' | 'w' | 'mo' | 'y'): Period =>
  periodOf({ count, unit, span: nowhere });
export const daily: Period = period(1, 'd');
export const hourly: Period = period(1, 'h');

export function gridFrom(step: Period, from: string, length: number): Grid {
  return { period: step, firstOrdinal: ordinalAt(step, Date.parse(from)), length };
}

/** One row a tick and lane, where `usable` says so. */
export function rowsOf(
  ticks: number,
  lanes = 1,
  usable: (tick: number, lane: number) => boolean = () => true,
): RowPlaces {
  const tick: number[] = [];
  const lane: number[] = [];
  for (let t = 0; t < ticks; t++)
    for (let l = 0; l < lanes; l++)
      if (usable(t, l)) {
        tick.push(t);
        lane.push(l);
      }
  return { tick: Int32Array.from(tick), lane: Int32Array.from(lane) };
}

export function walkForward(
  window: Period | { readonly fromMs: number },
  retrain: Period,
  trainLagMs = HOUR_MS,
): WalkForward {
  return {
    kind: 'walk_forward',
    window: 'fromMs' in window ? { kind: 'expanding', ...window } : { kind: 'rolling', length: window },
    retrain,
    trainLagMs,
  };
}

export const day = (text: string): number => Date.parse(text) / DAY_MS;
export const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
