/**
 * Ticks and instants: retrain instants lie on the calendar, windows reach back by it, and a model's block may stand on a
 * slower clock than the base. A tick stands where its bar opens and is known when it closes.
 */
import { closeTimeOf, openTimeOf, ordinalAt } from '../../../language/check/calendar.ts';
import type { Period } from '../../../language/check/program.ts';
import type { Grid } from './fold.ts';

export function openMs(grid: Grid, tick: number): number {
  return openTimeOf(grid.period, grid.firstOrdinal + tick);
}

export function closeMs(grid: Grid, tick: number): number {
  return closeTimeOf(grid.period, grid.firstOrdinal + tick);
}

/** First tick whose bar opens at or after the instant. By the calendar: it may lie outside the data. */
export function firstTickFrom(grid: Grid, timeMs: number): number {
  const ordinal = ordinalAt(grid.period, timeMs);
  return ordinal - grid.firstOrdinal + (openTimeOf(grid.period, ordinal) < timeMs ? 1 : 0);
}

/** Last tick whose bar has closed at the instant or before it. */
export function lastTickClosedBy(grid: Grid, timeMs: number): number {
  return ordinalAt(grid.period, timeMs) - grid.firstOrdinal - 1;
}

/** Last tick whose bar opens at the instant or before it. */
export function lastTickOpenBy(grid: Grid, timeMs: number): number {
  return ordinalAt(grid.period, timeMs) - grid.firstOrdinal;
}

/** Instants of a calendar grid in [from, to]. */
export function gridInstants(period: Period, fromMs: number, toMs: number): readonly number[] {
  const instants: number[] = [];
  for (let ordinal = ordinalAt(period, fromMs); openTimeOf(period, ordinal) <= toMs; ordinal++)
    if (openTimeOf(period, ordinal) >= fromMs) instants.push(openTimeOf(period, ordinal));
  return instants;
}

/** The instant a period earlier; a month that is too short gives its last day. */
export function earlier(timeMs: number, period: Period): number {
  if (period.kind === 'fixed') return timeMs - period.ms;
  const date = new Date(timeMs);
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth() - period.months;
  const days = new Date(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), days);
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  return Date.UTC(Math.floor(month / 12), month % 12, day) + (timeMs - midnight);
}
