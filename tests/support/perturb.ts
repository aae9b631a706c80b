/** The same data with another future, and what a recorded run says of the past: for proofs that no output looks ahead. */
import { closingTicks } from '../../compiler/crossing.ts';
import type { LaneData, RunData } from '../../compiler/kernel/run.ts';
import type { Plan } from '../../compiler/plan.ts';
import { numbersFrom } from './generate-data.ts';
import type { Record } from './record-run.ts';

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
  const clockOf = (key: string): number => Number(key.at(-1));
  const other = [...predictions].map(([key, columns]) => {
    const closing = grid ? closingTicks(grid, clockOf(key)) : new Int32Array();
    const moved = columns.map(column =>
      column.map((value, tick) => ((closing[tick] ?? Number.POSITIVE_INFINITY) > now ? random() : value)),
    );
    return [key, moved] as const;
  });
  return { instruments: changed, predictions: new Map(other) };
}

/** What a record says of ticks that have closed by `now`. */
export function past(record: Record, plan: Plan, lane: LaneData, now: number) {
  const closing = plan.marketColumns.map(({ stage }) => closingTicks(lane, plan.stages[stage]?.clock ?? 0));
  const known = <T>(byTick: ReadonlyMap<number, T>) => [...byTick].filter(([tick]) => tick <= now);
  return {
    market: record.market.map((column, index) => column.filter((_, tick) => (closing[index]?.[tick] ?? 0) <= now)),
    flags: record.flags.map(column => column.slice(0, now + 1)),
    account: known(record.account),
    brackets: known(record.brackets),
  };
}
