/**
 * Funding events as a run sees them. Venues stamp settlements a few milliseconds off; they are moved to the full second,
 * so that each is charged in the bar that holds its true instant.
 */
import { type DataWarning, dataWarning } from './errors.ts';
import type { Window } from './gaps.ts';
import { tickAt } from './grid.ts';
import type { BarTable, FundingEvents } from './series.ts';

const JITTER_STEP_MS = 1000;
/** A step this much longer than the one before and the one after is most likely a lost settlement. */
const SUSPICIOUS_STEP = 1.5;

export function settleStamps(events: FundingEvents): FundingEvents {
  return { ...events, times: events.times.map(time => Math.round(time / JITTER_STEP_MS) * JITTER_STEP_MS) };
}

/** The most common step between settlements; 0 for a single event. */
export function usualStepMs(times: Float64Array): number {
  const steps = Array.from(times.subarray(1), (time, index) => time - (times[index] ?? 0)).sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

/** Until when the events speak: one usual step after the last. */
export function fundingEndMs({ times }: FundingEvents): number {
  return (times.at(-1) ?? 0) + usualStepMs(times);
}

/** Steps inside a span that are longer than both their neighbours: a change of interval is not one, a lost settlement is. */
export function lostSettlements({ times }: FundingEvents, { fromMs, toMs }: Window): readonly DataWarning[] {
  const step = (index: number): number => (times[index + 1] ?? Number.NaN) - (times[index] ?? Number.NaN);
  let count = 0;
  let firstMs = 0;
  for (let index = 1; index + 2 < times.length; index++) {
    const longer = step(index) > SUSPICIOUS_STEP * step(index - 1) && step(index) > SUSPICIOUS_STEP * step(index + 1);
    const isInside = (times[index + 1] ?? 0) > fromMs && (times[index] ?? 0) < toMs;
    if (!longer || !isInside) continue;
    if (count === 0) firstMs = times[index] ?? 0;
    count++;
  }
  return count === 0 ? [] : [dataWarning('D1055', { count, firstMs })];
}

/** The events whose instants lie in the table's bars. */
export function fundingWithin(events: FundingEvents, base: BarTable): FundingEvents {
  const kept = Array.from(events.times.keys()).filter(index => tickAt(base, events.times[index] ?? 0) >= 0);
  return {
    times: Float64Array.from(kept, index => events.times[index] ?? 0),
    rates: Float64Array.from(kept, index => events.rates[index] ?? 0),
    hash: events.hash,
  };
}

/** For each event the base tick that holds its instant, rising; -1 outside the table. */
export function fundingTicks(events: FundingEvents, base: BarTable): Int32Array {
  return Int32Array.from(events.times, time => tickAt(base, time));
}
