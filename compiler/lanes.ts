/**
 * The lanes of a run: one for what has no axis, and one for each member of a universe. A member's lane begins with the
 * instrument's first bar, on each clock with the first tick that is whole from there on, as a run of that instrument alone
 * would; all ticks are counted on the grid that the instruments share.
 */
import { openTimeOf, ordinalAt } from '../language/check/calendar.ts';
import type { Clock } from '../language/check/program.ts';
import type { InstrumentData, LaneData, RunData } from './kernel/run.ts';
import type { Plan, PlanStage } from './plan.ts';

export interface Lane {
  /** Place in the universe; 0 for what has no axis. */
  readonly index: number;
  /** The instrument whose streams the lane's `member` inputs are. */
  readonly instrument: number;
  /** By clock: the first tick of the grid at which the lane runs. */
  readonly start: readonly number[];
}

export interface Lanes {
  of(axis: number | null): readonly Lane[];
  /** Lanes of the largest universe, at least one: the entries of `PlanRun.lanes`. */
  readonly count: number;
}

/** Throws a RangeError when the data lack an instrument of the plan, or stand on different grids. */
export function lanesOf(plan: Plan, data: RunData): Lanes {
  checkGrid(plan, data);
  const shared: readonly Lane[] = [{ index: 0, instrument: 0, start: plan.clocks.map(() => 0) }];
  const members = plan.universes.map(universe =>
    universe.members.map((instrument, index): Lane => {
      return { index, instrument, start: startsOf(plan.clocks, instrumentAt(data, instrument)) };
    }),
  );
  return {
    of(axis) {
      const lanes = axis === null ? shared : members[axis];
      if (!lanes) throw new Error(`the plan has no universe ${axis}`);
      return lanes;
    },
    count: Math.max(1, ...members.map(lanes => lanes.length)),
  };
}

/** The lanes that a stage is run in: one a member, and one alone where it reads all members at once. */
export function runsOf({ axis, host }: Pick<PlanStage, 'axis' | 'host'>, lanes: Lanes): readonly Lane[] {
  return lanes.of(host === undefined || host.over === null ? axis : null);
}

/** Stages without an axis read one grid; all instruments stand on it. */
export function gridOf(data: RunData): LaneData {
  return instrumentAt(data, 0);
}

export function instrumentAt(data: RunData, instrument: number): InstrumentData {
  const found = data.instruments[instrument];
  if (!found) throw new RangeError(`the data have no instrument ${instrument}`);
  return found;
}

/** By clock: the first tick that is whole from the instrument's first bar on. */
export function startsOf(clocks: readonly Clock[], instrument: InstrumentData): readonly number[] {
  const { firstTick } = instrument;
  const [base] = clocks;
  if (firstTick === 0 || !base) return clocks.map(() => 0);
  const startMs = openTimeOf(base.period, (instrument.clocks[0]?.firstOrdinal ?? 0) + firstTick);
  return clocks.map(({ period }, clock) => {
    const { firstOrdinal = 0, length = 0 } = instrument.clocks[clock] ?? {};
    const holding = ordinalAt(period, startMs);
    const first = openTimeOf(period, holding) < startMs ? holding + 1 : holding;
    return Math.min(length, Math.max(0, first - firstOrdinal));
  });
}

function checkGrid(plan: Plan, data: RunData): void {
  if (data.instruments.length < plan.instruments.length) {
    const { symbol } = plan.instruments[data.instruments.length] ?? {};
    throw new RangeError(`the data have no instrument ${data.instruments.length} (${symbol})`);
  }
  const grid = gridOf(data);
  for (const [number, { clocks }] of data.instruments.entries()) {
    const stands = grid.clocks.every(
      ({ firstOrdinal, length }, clock) =>
        clocks[clock]?.firstOrdinal === firstOrdinal && clocks[clock]?.length === length,
    );
    if (!stands) throw new RangeError(`instrument ${number} stands on another grid than instrument 0`);
  }
  for (const { clock, inputs } of plan.stages) {
    const length = grid.clocks[clock]?.length ?? 0;
    for (const { from } of inputs) {
      if (from.kind !== 'prediction') continue;
      // A model that has said nothing has no column at all.
      for (const column of data.predictions.get(from.key) ?? [])
        if (column.length < length)
          throw new RangeError(`the prediction ${from.key} has ${column.length} of ${length} ticks`);
    }
  }
}
