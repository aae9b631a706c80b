/** What the account part needs when it ticks on more than the base clock: which slow tick is due, and how old values are. */
import { closingTicks, completedAt } from '../crossing.ts';
import type { Plan } from '../plan.ts';
import { staleness } from './columns.ts';
import type { AgedCell } from './placement.ts';
import type { LaneData } from './run.ts';

export interface SlowTicks {
  readonly completed: Int32Array;
  readonly closing: Int32Array;
}

/** The tick of a slow clock that a base tick closes, or -1. */
export function dueTick(slow: SlowTicks | undefined, base: number): number {
  const own = slow?.completed[base] ?? -1;
  return own >= 0 && slow?.closing[own] === base ? own : -1;
}

/** For each clock that an account stage ticks on, other than the base clock. */
export function slowTicksOf(plan: Plan, lane: LaneData): readonly (SlowTicks | undefined)[] {
  return plan.clocks.map((_, clock) => {
    const completed = lane.completed[clock];
    const isUsed = plan.stages.some(stage => stage.part === 'account' && stage.clock === clock);
    return clock > 0 && isUsed && completed ? { completed, closing: closingTicks(lane, clock) } : undefined;
  });
}

export interface RunningAgedCell {
  readonly reader: number;
  readonly lane: number;
  /** Before the reader's tick `own`. */
  readonly update: (cells: Float64Array, own: number) => void;
}

export function runAgedCell(plan: Plan, grid: LaneData, fixed: Float64Array, aged: AgedCell): RunningAgedCell {
  const { reader, lane, from, source, cell } = aged;
  const fromClock = plan.stages[from.stage]?.clock ?? 0;
  const toClock = plan.stages[reader]?.clock ?? 0;
  const maxAgeMs = fixed[from.maxAge ?? -1] ?? Number.NaN;
  const at = completedAt(grid, fromClock, toClock);
  const isStale = staleness(plan.clocks, grid, fromClock, toClock, maxAgeMs);
  return {
    reader,
    lane,
    update: (cells, own) => {
      const tick = at[own] ?? -1;
      cells[cell] = tick < 0 || isStale(tick, own) ? Number.NaN : (cells[source] ?? Number.NaN);
    },
  };
}
