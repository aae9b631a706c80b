/**
 * Where the ticks of a lane's clocks lie on one another. Both crossings are one question: which tick of another clock had
 * completed last when this one closed? For `latest` the other clock is the slower one, for `sample` the faster one.
 */
import { closeTimeOf } from '../language/check/calendar.ts';
import type { ClockId } from '../language/check/node.ts';
import type { Clock } from '../language/check/program.ts';
import type { LaneData } from './kernel/run.ts';

/**
 * For each tick of clock `to`: the last tick of clock `from` that had completed at its close, -1 before the first.
 */
export function completedAt(lane: LaneData, from: ClockId, to: ClockId): Int32Array {
  const closing = closingTicks(lane, to);
  if (from === 0) return closing;
  const completed = lane.completed[from];
  if (!completed) throw new Error(`the data have no clock ${from}`);
  if (to === 0) return completed;
  return closing.map(base => completed[base] ?? -1);
}

/** For each tick of a clock, the base tick that closes it. */
export function closingTicks(lane: LaneData, clock: ClockId): Int32Array {
  const ticks = new Int32Array(lane.clocks[clock]?.length ?? 0);
  if (clock === 0) return ticks.map((_, tick) => tick);
  const completed = lane.completed[clock];
  if (!completed) throw new Error(`the data have no clock ${clock}`);
  let next = 0;
  completed.forEach((last, base) => {
    for (; next <= last; next++) ticks[next] = base;
  });
  // Slow ticks that no base tick of the data closes never happen.
  return ticks.slice(0, next);
}

/** Milliseconds from the close of `fromTick` of clock `from` to the close of `toTick` of clock `to`. */
export function ageMs(
  lane: LaneData,
  clocks: readonly Clock[],
  from: { readonly clock: ClockId; readonly tick: number },
  to: { readonly clock: ClockId; readonly tick: number },
): number {
  return closeMs(lane, clocks, to) - closeMs(lane, clocks, from);
}

function closeMs(
  lane: LaneData,
  clocks: readonly Clock[],
  { clock, tick }: { readonly clock: ClockId; readonly tick: number },
): number {
  const [columns, declared] = [lane.clocks[clock], clocks[clock]];
  if (!columns || !declared) throw new Error(`the data have no clock ${clock}`);
  return closeTimeOf(declared.period, columns.firstOrdinal + tick);
}
