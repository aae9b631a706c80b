/**
 * The short way of market orders in a batch run: from the intent to its fill at the next open, without an order that is
 * sent, kept and compared in between. It is taken by plans of which nothing but market orders can ever work, so that a bar
 * is its open and its close; sizes, prices, costs and bookings are those of all other runs. A run that visits each tick
 * takes the long way, and both must agree to the bit.
 */

import type { PlanBracket } from '../../compiler/plan.ts';
import { bookQuiet } from '../engine/booking.ts';
import { decideEntries, decideExits } from '../engine/decide.ts';
import { turnDown } from '../engine/engine.ts';
import { applyEntry, applyExit } from '../engine/fills.ts';
import { countIgnored, nextSignal } from '../engine/signals.ts';
import type { EngineState } from '../engine/state.ts';
import { clearEvents } from '../engine/streams.ts';
import { openTriggers } from '../engine/stretch.ts';
import type { FillMaker } from './fill-maker.ts';
import { stepUntil } from './quiet.ts';

const NO_TRIGGERS = openTriggers();

/** Whether each intent of a run is filled or rejected at the open after its decision, with no other event in between. */
export function fillsDirectly({ settings, market, risk }: EngineState): boolean {
  const { enters, exits, adds, reduces } = settings.rules;
  if (settings.fill !== 'next_open' || !Number.isNaN(settings.maintenance) || settings.chargesFunding) return false;
  if (market.hasHeld || risk.hasLossCaps || adds.length > 0 || reduces.length > 0) return false;
  return (
    enters.every(({ rule }) => rule.order.type === 'market' && isEmpty(rule.bracket)) &&
    exits.every(({ rule }) => rule.verb === 'flatten' || rule.order.type === 'market')
  );
}

function isEmpty({ stop, hold, trail, targets }: PlanBracket): boolean {
  return stop === undefined && hold === undefined && trail === undefined && targets.length === 0;
}

/**
 * Plays ticks [from, end) of the current block: fills at opens, decisions at signals, and all between them in ranges.
 * Returns the first tick not done: `end`, or one that has to be visited. Nothing that moves with each tick is read.
 */
export function playDirectly(state: EngineState, fills: FillMaker, from: number, end: number): number {
  const { run, risk } = state;
  const { hasAccountPart } = run;
  const { hasPauses, hasOrderCaps } = risk;
  let at = from;
  while (at < end) {
    if (state.exit !== undefined || state.enter !== undefined) fillWaiting(state, fills, at);
    if (!state.started || state.refusedSince) return at;
    // Nothing but an order cap halts such a run.
    const due = hasOrderCaps ? Math.min(end, risk.nextTick(at - 1)) | 0 : end;
    if (due <= at) return at;
    const signal = nextSignal(state, at, due);
    let decided = signal;
    if (hasAccountPart) {
      const fired = stepUntil(state, at, signal < due ? signal + 1 : due);
      if (fired >= 0) decided = fired;
    }
    const isQuiet = decided >= due;
    const done = isQuiet ? due : decided + 1;
    bookQuiet(state, at, done, NO_TRIGGERS);
    if (hasPauses) watchPauses(state, at, decided, done);
    if (state.ledger.position !== 0) countIgnored(state, at, isQuiet ? due : decided);
    if (!isQuiet) decideMarket(state, decided);
    if (state.eventsSet) clearEvents(state);
    at = done;
  }
  return at;
}

/** Quiet ticks and the one of a decision are taken in apart, as where each tick is visited. */
function watchPauses({ risk }: EngineState, from: number, decided: number, to: number): void {
  const quiet = Math.min(decided, to);
  if (from < quiet) risk.watchPauses(from, quiet);
  if (quiet < to) risk.watchPauses(quiet, to);
}

/** What a close decides about a plan of nothing but market orders: no level moves and no condition is remembered. */
function decideMarket(state: EngineState, tick: number): void {
  state.lastTick = tick;
  state.streamsStale = true;
  decideEntries(state, tick, decideExits(state, tick));
}

/** Something waits for the next open. */
export function isFillDue({ enter, exit }: EngineState): boolean {
  return enter !== undefined || exit !== undefined;
}

/** Fills what waits at the open of a tick. Nothing is sold short where there is no margin, so an entry only opens. */
export function fillWaiting(state: EngineState, fills: FillMaker, tick: number): void {
  const { enter, exit } = state;
  if (exit !== undefined) {
    const event = fills.fillAtOpen(exit.order, tick);
    if (event.type === 'fill') applyExit(state, event, exit);
    else turnDown(state, event);
  }
  if (enter !== undefined) {
    const event = fills.fillAtOpen(enter.order, tick);
    if (event.type === 'fill') applyEntry(state, event, enter);
    else turnDown(state, event);
  }
}
