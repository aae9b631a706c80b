/** Ticks at which nothing is decided: stepped in ranges, and taken note of. */
import { refreshStreams } from '../engine/engine.ts';
import { countIgnored, firesNow, settleConditions } from '../engine/signals.ts';
import type { EngineState } from '../engine/state.ts';
import { clearEvents } from '../engine/streams.ts';

/** Steps the account part over [from, to); the tick at which something that matters now became true, or -1. */
export function stepUntil(state: EngineState, from: number, to: number): number {
  const { run } = state;
  if (state.streamsStale) refreshStreams(state, from);
  let at = from;
  if (state.eventsSet && at < to) {
    run.step(at, 1); // an event is true at one tick only
    if (firesNow(state)) return at;
    clearEvents(state);
    at += 1;
  }
  while (at < to) {
    at += run.step(at, to - at);
    if (firesNow(state)) return at - 1;
  }
  return -1;
}

/** Takes note of quiet ticks [from, to): nothing was decided there, but pauses and counts go on. Returns `to`. */
export function absorb(state: EngineState, from: number, to: number): number {
  if (to <= from) return to;
  if (state.risk.hasPauses) state.risk.watchPauses(from, to);
  if (state.ledger.position !== 0) countIgnored(state, from, to);
  settleConditions(state, to - 1);
  if (state.eventsSet) clearEvents(state);
  return to;
}
