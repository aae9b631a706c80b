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

const [DIGIT_0, DASH, COLON, BLANK, LETTER_T, LETTER_Z] = [0x30, 0x2d, 0x3a, 0x20, 0x54, 0x5a];
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The plain forms `2024-01-31`, `2024-01-31 12:00` and `2024-01-31T12:00:00` with or without `Z`, straight from bytes;
 * NaN for every other form and for days that do not exist, which `isoMs` then looks at. A file of minutes has millions.
 */
export function plainIsoMs(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start - (bytes[end - 1] === LETTER_Z ? 1 : 0);
  const two = (offset: number): number => {
    const tens = (bytes[start + offset] ?? 0) - DIGIT_0;
    const ones = (bytes[start + offset + 1] ?? 0) - DIGIT_0;
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
  };
  const is = (offset: number, code: number): boolean => bytes[start + offset] === code;
  if (!(length === 10 || length === 16 || length === 19) || !is(4, DASH) || !is(7, DASH)) return Number.NaN;
  const day = dayNumber(two(0) * 100 + two(2), two(5), two(8));
  if (length === 10) return day * 86_400_000;
  if (!(is(10, LETTER_T) || is(10, BLANK)) || !is(13, COLON) || (length === 19 && !is(16, COLON))) return Number.NaN;
  const [hour, minute, second] = [two(11), two(14), length === 19 ? two(17) : 0];
  if (!(hour < 24 && minute < 60 && second < 60)) return Number.NaN;
  return day * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1000;
}

/** Days since 1970-01-01 (Howard Hinnant's days_from_civil); NaN for a day that does not exist. */
function dayNumber(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (!(day >= 1 && day <= (DAYS_IN_MONTH[month - 1] ?? 0)) || (month === 2 && day === 29 && !isLeap))
    return Number.NaN;
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}
