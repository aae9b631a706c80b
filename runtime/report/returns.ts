/**
 * From an equity curve at every bar to the returns that the yearly figures are made of.
 *
 * Bars shorter than a day are resampled to daily closes in UTC, so that the same account gives the same Sharpe ratio
 * whether it was watched every minute or every hour; crypto trades all week, so a year has 365 of them. Bars of a day or
 * longer give one return each. A day without a bar repeats the last close: the position was still held.
 */
import type { Period } from '../../language/check/program.ts';

const DAY_MS = 86_400_000;
const DAYS_A_YEAR = 365;

export interface PeriodReturns {
  readonly returns: Float64Array;
  /** UTC instant at which each return's period closes. */
  readonly closes: Float64Array;
  readonly periodsPerYear: number;
}

/** `values` at the close of bars that end at `closeTimes`; `start` is the value before the first bar. */
export function periodReturns(
  values: Float64Array,
  closeTimes: Float64Array,
  start: number,
  period: Period,
): PeriodReturns {
  if (period.kind === 'fixed' && period.ms < DAY_MS) {
    const daily = dailyCloses(values, closeTimes);
    return { ...daily, returns: simpleReturns(daily.values, start), periodsPerYear: DAYS_A_YEAR };
  }
  const periodsPerYear = period.kind === 'months' ? 12 / period.months : (DAYS_A_YEAR * DAY_MS) / period.ms;
  return { returns: simpleReturns(values, start), closes: closeTimes, periodsPerYear };
}

/** Last value of each UTC day, from the first bar's day to the last bar's; a bar that closes at midnight ends its day. */
function dailyCloses(values: Float64Array, closeTimes: Float64Array): { values: Float64Array; closes: Float64Array } {
  const dayOf = (i: number) => Math.floor(((closeTimes[i] ?? 0) - 1) / DAY_MS);
  const firstDay = dayOf(0);
  const days = values.length === 0 ? 0 : dayOf(values.length - 1) - firstDay + 1;
  const daily = new Float64Array(days);
  let bar = 0;
  for (let day = 0; day < days; day++) {
    while (bar + 1 < values.length && dayOf(bar + 1) <= firstDay + day) bar++;
    daily[day] = values[bar] ?? Number.NaN;
  }
  return { values: daily, closes: daily.map((_, day) => (firstDay + day + 1) * DAY_MS) };
}

function simpleReturns(values: Float64Array, start: number): Float64Array {
  return values.map((value, i) => value / (i === 0 ? start : (values[i - 1] ?? Number.NaN)) - 1);
}
