/**
 * Ticks are ordinal on the calendar: `floor((open - anchor) / period)` in UTC, months by the calendar. The same
 * arithmetic places bars, slow clocks, `new(day)` and the anchored windows, so it is written once, here.
 */
import type { Duration } from '../syntax/tree.ts';
import type { Period } from './program.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Monday 1970-01-05, so that a week starts on a Monday. */
const WEEK_ANCHOR_MS = 4 * DAY_MS;

const FIXED_UNIT_MS = { ms: 1, s: 1000, m: MINUTE_MS, h: 60 * MINUTE_MS, d: DAY_MS, w: WEEK_MS } as const;

/** Milliseconds of a duration that has a fixed length; `undefined` for months and years. */
export function fixedMs(duration: Duration): number | undefined {
  if (duration.unit === 'mo' || duration.unit === 'y') return undefined;
  return duration.count * FIXED_UNIT_MS[duration.unit];
}

export function periodOf(duration: Duration): Period {
  if (duration.unit === 'mo') return { kind: 'months', months: duration.count };
  if (duration.unit === 'y') return { kind: 'months', months: 12 * duration.count };
  const ms = duration.count * FIXED_UNIT_MS[duration.unit];
  return { kind: 'fixed', ms, anchorMs: ms % WEEK_MS === 0 ? WEEK_ANCHOR_MS : 0 };
}

/** Ordinal of the period that holds the instant. */
export function ordinalAt(period: Period, timeMs: number): number {
  if (period.kind === 'fixed') return Math.floor((timeMs - period.anchorMs) / period.ms);
  const date = new Date(timeMs);
  const month = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
  return Math.floor(month / period.months);
}

/** Instant at which the period with this ordinal opens; it closes where the next one opens. */
export function openTimeOf(period: Period, ordinal: number): number {
  if (period.kind === 'fixed') return period.anchorMs + ordinal * period.ms;
  const month = ordinal * period.months;
  return Date.UTC(1970 + Math.floor(month / 12), ((month % 12) + 12) % 12, 1);
}

export function closeTimeOf(period: Period, ordinal: number): number {
  return openTimeOf(period, ordinal + 1);
}

/** A slower clock fits when each of its edges is an edge of the faster one, and it is truly slower. */
export function alignsWith(slow: Period, fast: Period): boolean {
  if (fast.kind === 'months')
    return slow.kind === 'months' && slow.months > fast.months && slow.months % fast.months === 0;
  if (slow.kind === 'months') return DAY_MS % fast.ms === 0 && fast.anchorMs % fast.ms === 0;
  return slow.ms > fast.ms && slow.ms % fast.ms === 0 && (slow.anchorMs - fast.anchorMs) % fast.ms === 0;
}
