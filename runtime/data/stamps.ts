/**
 * Time stamps in data files: ISO text, or a count since 1970 whose unit is taken from the size of the first one and must
 * then hold for the whole file. All are UTC; text without a zone is UTC too.
 */
export type CountUnit = 's' | 'ms' | 'us';
export type StampUnit = 'iso' | CountUnit;

/** 1971-01-01 and 2200-01-01: wide enough for any market, narrow enough to tell the units apart. */
export const EARLIEST_MS = 31_536_000_000;
export const LATEST_MS = 7_258_118_400_000;

/** Epoch milliseconds of a count since 1970; what is finer than a millisecond is dropped. */
export function countMs(count: number, unit: CountUnit): number {
  if (unit === 's') return Math.round(count * 1000);
  return unit === 'us' ? Math.floor(count / 1000) : Math.floor(count);
}

/** Unit of a count since 1970; `undefined` when no unit puts it into the years 1971 to 2200. */
export function unitOf(count: number): CountUnit | undefined {
  if (count * 1000 >= EARLIEST_MS && count * 1000 < LATEST_MS) return 's';
  if (count >= EARLIEST_MS && count < LATEST_MS) return 'ms';
  if (count / 1000 >= EARLIEST_MS && count / 1000 < LATEST_MS) return 'us';
  return undefined;
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|([+-])(\d{2}):?(\d{2}))?$/i;

/** Epoch milliseconds of an ISO date or date and time; NaN when it is none. Digits after the millisecond are dropped. */
export function isoMs(text: string): number {
  const match = ISO.exec(text);
  if (match === null) return Number.NaN;
  const at = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [at(1), at(2), at(3), at(4), at(5), at(6)];
  const ms = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const date = new Date(time);
  const exists =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!exists) return Number.NaN;
  if (match[9] === undefined) return time;
  const offsetMs = (at(10) * 60 + at(11)) * 60_000;
  return match[9] === '+' ? time - offsetMs : time + offsetMs;
}
