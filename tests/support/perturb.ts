/** The same data with another future, and what a recorded run says of the past: for proofs that no output looks ahead. */
import { closingTicks } from '../../compiler/crossing.ts';
import { type LaneData, type PlanData, type RunData, runDataOf } from '../../compiler/kernel/run.ts';
import { gridOf } from '../../compiler/lanes.ts';
import type { Plan } from '../../compiler/plan.ts';
import { numbersFrom } from './generate-data.ts';
import type { LaneRecord, Record } from './record-run.ts';

/** The same bars up to the base tick, others behind it. */
export function withOtherFuture(lane: LaneData, now: number): LaneData {
  const random = numbersFrom(now);
  const clocks = lane.clocks.map((columns, clock) => {
    const closing = closingTicks(lane, clock);
    const changed = (column: Float64Array) =>
      column.map((value, tick) => ((closing[tick] ?? Number.POSITIVE_INFINITY) > now ? random() * 300 : value));
    const fields = Object.entries(columns.fields).map(([field, column]) => [field, changed(column)]);
    return { ...columns, fields: Object.fromEntries(fields) };
  });
  return { ...lane, clocks };
}

/** The same of many instruments, whose holes, ends and predictions are others too; who is listed later stays so. */
export function withOtherFutures({ instruments, predictions }: RunData, now: number): RunData {
  const random = numbersFrom(now + 1);
  const [grid] = instruments;
  const changed = instruments.map(instrument => {
    const { firstTick } = instrument;
    const isLate = (tick: number): boolean => tick > now && tick >= firstTick;
    const held = instrument.held.map((value, tick) => (isLate(tick) ? Math.round(random()) : value));
    const endTick = Math.min(instrument.endTick, now + 1);
    return { ...instrument, ...withOtherFuture(instrument, now), held, endTick };
  });
  // Generated names end with the number of their clock; others are of the base clock.
  const clockOf = (key: string): number => Number(/\d$/.exec(key)?.[0] ?? 0);
  const other = [...predictions].map(([key, columns]) => {
    const closing = grid ? closingTicks(grid, clockOf(key)) : new Int32Array();
    const moved = columns.map(column =>
      column.map((value, tick) => ((closing[tick] ?? Number.POSITIVE_INFINITY) > now ? random() : value)),
    );
    return [key, moved] as const;
  });
  return { instruments: changed, predictions: new Map(other) };
}

/** What a record says of ticks that have closed by `now`, in every lane. */
export function past(record: Record, plan: Plan, data: PlanData, now: number) {
  const grid = gridOf(runDataOf(data));
  const closing = plan.marketColumns.map(({ stage }) => closingTicks(grid, plan.stages[stage]?.clock ?? 0));
  const known = <T>(byTick: ReadonlyMap<number, T>) => [...byTick].filter(([tick]) => tick <= now);
  const ofLane = ({ market, flags, account }: LaneRecord) => ({
    market: market.map((column, index) => column.filter((_, tick) => (closing[index]?.[tick] ?? 0) <= now)),
    flags: flags.map(column => column.slice(0, now + 1)),
    account: known(account),
  });
  return { lanes: [record, ...record.lanes].map(ofLane), brackets: known(record.brackets) };
}
