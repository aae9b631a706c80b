/**
 * `calendar` columns: what a tick's ordinal alone says. Computed by the host for every back-end, since months and days of
 * the week have no place in a kernel.
 */
import { openTimeOf, ordinalAt } from '../language/check/calendar.ts';
import type { Clock, Period } from '../language/check/program.ts';
import type { StageInput } from './plan.ts';

export type CalendarInput = Extract<StageInput, { kind: 'calendar' }>;

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Value at the tick of `period` that has the given ordinal. A bar belongs to the period that holds its open. */
export function calendarValue(input: CalendarInput, clocks: readonly Clock[], period: Period, ordinal: number): number {
  const openMs = openTimeOf(period, ordinal);
  switch (input.field) {
    case 'new':
      return ordinalIn(clocks, input, openMs) === ordinalIn(clocks, input, openTimeOf(period, ordinal - 1)) ? 0 : 1;
    case 'ends':
      return ordinalIn(clocks, input, openMs) === ordinalIn(clocks, input, openTimeOf(period, ordinal + 1)) ? 0 : 1;
    case 'hour_of_day':
      return Math.floor(modulo(openMs, DAY_MS) / HOUR_MS);
    case 'weekday':
      // 1 is Monday; 1970-01-01 was a Thursday.
      return modulo(Math.floor(openMs / DAY_MS) + 3, 7) + 1;
    default:
      throw new Error(`no calendar field ${input.field}`);
  }
}

/** Fills `into[0..count)` with the values of ticks from `ordinal` on. */
export function fillCalendar(
  input: CalendarInput,
  clocks: readonly Clock[],
  period: Period,
  ordinal: number,
  count: number,
  into: Float64Array,
): void {
  for (let i = 0; i < count; i++) into[i] = calendarValue(input, clocks, period, ordinal + i);
}

function ordinalIn(clocks: readonly Clock[], { of = 0 }: CalendarInput, timeMs: number): number {
  const clock = clocks[of];
  if (!clock) throw new Error(`no clock ${of}`);
  return ordinalAt(clock.period, timeMs);
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}
