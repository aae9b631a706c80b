/**
 * The short way of market orders in a batch run: from the intent to its fill at the next open, without an order that is
 * sent, kept and compared in between. It is taken by plans of which nothing but market orders can ever work, so that a bar
 * is its open and its close; sizes, prices, costs and bookings are those of all other runs. A run that visits each tick
 * takes the long way, and both must agree to the bit.
 */

import type { PlanBracket } from '../../compiler/plan.ts';
import { turnDown } from '../engine/engine.ts';
import { applyFill } from '../engine/fills.ts';
import type { EntryIntent } from '../engine/intents.ts';
import type { EngineState } from '../engine/state.ts';
import type { SimulatedExchange } from './simulated.ts';

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

/** Something waits for the next open. */
export function isFillDue({ enter, exit }: EngineState): boolean {
  return enter !== undefined || exit !== undefined;
}

/** Fills what waits at the open of a tick. Nothing sells short where there is no margin, so no entry turns a position round. */
export function fillWaiting(state: EngineState, exchange: SimulatedExchange, tick: number): void {
  const { enter, exit } = state;
  if (exit !== undefined) fill(state, exchange, exit.order, undefined, tick);
  if (enter !== undefined) fill(state, exchange, enter.order, enter, tick);
}

function fill(
  state: EngineState,
  exchange: SimulatedExchange,
  order: EntryIntent['order'],
  entry: EntryIntent | undefined,
  tick: number,
): void {
  const event = exchange.fillUnplaced(order, tick);
  if (event.type === 'fill') applyFill(state, event, order, entry);
  else turnDown(state, event);
}
