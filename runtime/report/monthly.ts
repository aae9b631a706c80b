/** The monthly table: the return of each calendar month (UTC) and of each year, compounded from the period returns. */
import type { PeriodReturns } from './returns.ts';

export interface YearRow {
  readonly year: number;
  /** January first; absent where the run had no day in that month. */
  readonly months: readonly (number | undefined)[];
  readonly total: number;
}

export function monthlyTable({ returns, closes }: PeriodReturns): readonly YearRow[] {
  const growth = new Map<number, number[]>();
  returns.forEach((r, i) => {
    // A period that closes at midnight belongs to the day that ended there.
    const date = new Date((closes[i] ?? 0) - 1);
    const year = date.getUTCFullYear();
    const months = growth.get(year) ?? [];
    growth.set(year, months);
    months[date.getUTCMonth()] = (months[date.getUTCMonth()] ?? 1) * (1 + r);
  });
  return [...growth].map(([year, months]) => ({
    year,
    months: Array.from({ length: 12 }, (_, month) => {
      const value = months[month];
      return value === undefined ? undefined : value - 1;
    }),
    total: months.reduce((product, value) => product * value, 1) - 1,
  }));
}
