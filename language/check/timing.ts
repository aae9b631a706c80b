/**
 * How the ticks of two clocks lie on one another, counted from the start of a kernel.
 *
 * With the start known the answer is exact; without it, it is the latest that any start could make it. Slow tick 0 is the
 * first whole one: a slow bar that began before the start does not exist.
 */
import { closeTimeOf, openTimeOf, ordinalAt } from './calendar.ts';
import type { ClockId } from './node.ts';
import type { Clock, Period } from './program.ts';

export interface ClockTiming {
  /** Index of the fast tick that completes the given slow tick. */
  readonly completes: (slowTick: number) => number;
  /** The first slow tick that is completed at the given fast tick or later. */
  readonly firstFrom: (fastTick: number) => number;
  /** Fast ticks in a slow one, at most. */
  readonly longest: number;
}

export type Timing = (slow: ClockId, fast: ClockId) => ClockTiming;

type Clocks = readonly Pick<Clock, 'period'>[];

const DAY_MS = 86_400_000;

/** The bound for any start. */
export function worstTiming(clocks: Clocks): Timing {
  return remembered((slow, fast) => {
    const longest = ticksIn(periodOf(clocks, slow), periodOf(clocks, fast), 31);
    const shortest = ticksIn(periodOf(clocks, slow), periodOf(clocks, fast), 28);
    return {
      // Up to longest - 1 ticks are lost to a slow bar that began before the start.
      completes: slowTick => (slowTick + 2) * longest - 2,
      firstFrom: fastTick => Math.max(0, Math.ceil((fastTick + 1) / shortest) - 1),
      longest,
    };
  });
}

/** Exact, for a kernel whose first base tick has the given ordinal. */
export function exactTiming(clocks: Clocks, startOrdinal: number): Timing {
  const startMs = openTimeOf(periodOf(clocks, 0), startOrdinal);
  return remembered((slow, fast) => {
    const slowPeriod = periodOf(clocks, slow);
    const fastPeriod = periodOf(clocks, fast);
    const slowFirst = firstWholeFrom(slowPeriod, startMs);
    const fastFirst = firstWholeFrom(fastPeriod, startMs);
    return {
      completes: slowTick =>
        Number.isFinite(slowTick)
          ? ordinalAt(fastPeriod, closeTimeOf(slowPeriod, slowFirst + slowTick)) - 1 - fastFirst
          : slowTick,
      firstFrom: fastTick =>
        Number.isFinite(fastTick)
          ? Math.max(0, ordinalAt(slowPeriod, openTimeOf(fastPeriod, fastFirst + fastTick)) - slowFirst)
          : fastTick,
      longest: ticksIn(slowPeriod, fastPeriod, 31),
    };
  });
}

/** Ordinal of the first period that opens at the instant or later. */
function firstWholeFrom(period: Period, timeMs: number): number {
  const holding = ordinalAt(period, timeMs);
  return openTimeOf(period, holding) < timeMs ? holding + 1 : holding;
}

/** Fast ticks in one slow period; a month is taken to have the given number of days. */
function ticksIn(slow: Period, fast: Period, daysInMonth: number): number {
  const length = (period: Period) => (period.kind === 'fixed' ? period.ms : period.months * daysInMonth * DAY_MS);
  if (slow.kind === 'months' && fast.kind === 'months') return slow.months / fast.months;
  return Math.max(1, Math.ceil(length(slow) / length(fast)));
}

function periodOf(clocks: Clocks, clock: ClockId): Period {
  const found = clocks[clock];
  if (!found) throw new Error(`no clock ${clock}`);
  return found.period;
}

function remembered(make: Timing): Timing {
  const made = new Map<string, ClockTiming>();
  return (slow, fast) => {
    const key = `${slow} ${fast}`;
    const timing = made.get(key) ?? make(slow, fast);
    made.set(key, timing);
    return timing;
  };
}
