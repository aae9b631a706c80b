/** The same data, begun later: for proofs that the past stops mattering. */
import type { LaneData } from '../../compiler/kernel/run.ts';
import { openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';

/** The lane from a base tick on, and how many ticks of each clock are gone. Slow bars cut in two are gone as well. */
export function startingAt(lane: LaneData, periods: readonly Period[], tick: number) {
  const [base] = periods;
  const [columns] = lane.clocks;
  if (!base || !columns) throw new Error('a lane has a base clock');
  const startMs = openTimeOf(base, columns.firstOrdinal + tick);
  const skipped = lane.clocks.map(({ firstOrdinal, length }, clock) => {
    const period = periods[clock] ?? base;
    const holding = ordinalAt(period, startMs);
    const first = openTimeOf(period, holding) < startMs ? holding + 1 : holding;
    return Math.min(length, Math.max(0, first - firstOrdinal));
  });
  const from: LaneData = {
    clocks: lane.clocks.map(({ firstOrdinal, length, fields }, clock) => {
      const gone = skipped[clock] ?? 0;
      const rest = Object.entries(fields).map(([field, column]) => [field, column.slice(gone)]);
      return { firstOrdinal: firstOrdinal + gone, length: length - gone, fields: Object.fromEntries(rest) };
    }),
    completed: lane.completed.map((ticks, clock) =>
      ticks.slice(tick).map(last => Math.max(-1, last - (skipped[clock] ?? 0))),
    ),
  };
  return { from, skipped };
}
