/**
 * The engine: `handle(state, event) → commands`. Synchronous, no clock, no I/O, so the same sequence of events gives the
 * same account in every mode and after every restart. A backtest that jumps runs the pieces of `barClosed` over ranges of
 * ticks (runtime/exchange/batch.ts); it has no rules of its own.
 */
import { bookPlayed } from './booking.ts';
import { evaluateLevels, moveTrail, protectsNothing, readsAccount } from './bracket.ts';
import { countMissed, decide, noteLateExit, rememberConditions } from './decide.ts';
import {
  type Command,
  type EngineEvent,
  NO_COMMANDS,
  type OrderCancelled,
  type OrderLost,
  type OrderRejected,
} from './events.ts';
import { applyFill, applyLiquidation } from './fills.ts';
import { desiredOrders, type EntryIntent, isOf } from './intents.ts';
import { equityAt, receiveFunding, sideOf } from './ledger.ts';
import { isHeld } from './market.ts';
import { type ActualOrder, appended, diff, removeOrder } from './orders.ts';
import { exitAtMarket, obey, refuse, requestExit } from './request.ts';
import type { EngineState } from './state.ts';
import { clearEvents, STREAM, setEvent, writeStreams } from './streams.ts';

export function handle(state: EngineState, event: EngineEvent): readonly Command[] {
  switch (event.type) {
    case 'barClosed':
      return closeBar(state, event.tick, event.late === true);
    case 'fill': {
      const filled = actual(state, event.order);
      if (filled === undefined) throw new Error(`a fill of order ${event.order}, which was never sent`);
      applyFill(state, event, filled.order, filled.entry);
      if (isDone(state, event.order)) removeOrder(state.orders, event.order);
      if (event.moment === 'close') remark(state, event.tick);
      return sync(state);
    }
    case 'liquidation':
      applyLiquidation(state, event);
      return sync(state);
    case 'funding':
      receiveFunding(state.ledger, event.amount);
      state.journal.funding(event);
      return NO_COMMANDS;
    case 'orderAccepted': {
      const order = actual(state, event.order);
      if (order === undefined || order.status === 'leaving') return NO_COMMANDS;
      const wasUnknown = order.status === 'unknown';
      order.status = 'working';
      // While nobody knew of it, it may have become one too many.
      return wasUnknown ? sync(state) : NO_COMMANDS;
    }
    case 'orderUnknown': {
      const order = actual(state, event.order);
      if (order) order.status = 'unknown';
      return NO_COMMANDS;
    }
    case 'orderLost':
      return lost(state, event);
    case 'orderRejected':
      return rejected(state, event);
    case 'orderCancelled':
      return cancelled(state, event);
    case 'halt':
      state.risk.halt(state.lastTick);
      obey(state, event.flatten === true ? 'flatten' : 'cancel entries', state.lastTick);
      return sync(state);
    case 'resume':
      state.risk.resume(state.lastTick);
      return NO_COMMANDS;
    case 'timer': // deadlines of a live run; the engine itself waits for nothing
      return NO_COMMANDS;
  }
}

// ---------------------------------------------------------------- the close of a bar

function closeBar(state: EngineState, tick: number, late: boolean): readonly Command[] {
  markTick(state, tick);
  return finishTick(state, tick, late);
}

/** All of a close that comes before the decisions. */
export function markTick(state: EngineState, tick: number): void {
  beginTick(state, tick);
  bookPlayed(state, tick);
  step(state, tick);
}

/** Before the close is marked: days roll over, and what happened since the last tick becomes this tick's events. */
function beginTick(state: EngineState, tick: number): void {
  state.risk.beginTick(tick, state.ledger);
  if (state.refusedSince) {
    state.refusedSince = false;
    setEvent(state, STREAM.refused);
  }
  if (!state.started && !isHeld(state.market, tick)) {
    state.started = true;
    setEvent(state, STREAM.started);
  }
}

/** Runs the account part for one tick, with the streams as they stand at its close. */
export function step(state: EngineState, tick: number): void {
  refreshStreams(state, tick);
  if (state.run.hasAccountPart) state.run.step(tick, 1);
}

export function refreshStreams(state: EngineState, tick: number): void {
  if (state.usesStreams) writeStreams(state, tick + 1, state.ledger.mark);
  state.streamsStale = false;
}

/** All that is decided at a tick that has been marked and stepped. */
export function finishTick(state: EngineState, tick: number, late = false): readonly Command[] {
  decideTick(state, tick, late);
  return sync(state);
}

/** What a close decides, as intents. */
export function decideTick(state: EngineState, tick: number, late = false): void {
  const { risk, ledger, market } = state;
  state.lastTick = tick;
  if (risk.hasPauses) risk.watchPauses(tick, tick + 1);
  if (isHeld(market, tick)) countMissed(state, tick);
  else {
    if (ledger.position !== 0) moveLevels(state, tick);
    if (risk.hasLossCaps) obey(state, risk.atClose(tick, ledger, isExposed(state)), tick);
    if (late) noteLateExit(state, tick);
    else decide(state, tick);
  }
  rememberConditions(state, tick);
  if (state.eventsSet) clearEvents(state);
  state.streamsStale = true;
}

function isExposed({ ledger, exit, enter, add }: EngineState): boolean {
  return (ledger.position !== 0 && exit?.order.type !== 'market') || enter !== undefined || add !== undefined;
}

/** Levels that move between fills. A trail that reads data alone has been moved by the booking. */
function moveLevels(state: EngineState, tick: number): void {
  const { run, ledger, bracket, settings } = state;
  const side = sideOf(ledger.position);
  if (side === 0) return;
  const { tick: priceStep } = settings.steps;
  if (bracket.everyTick) evaluateLevels(run, bracket, side, priceStep, tick, 'every tick');
  if (bracket.trail && readsAccount(bracket.trail)) moveTrail(run, bracket, side, ledger, priceStep, tick);
}

/** A fill at the close changes what that close is worth. */
function remark(state: EngineState, tick: number): void {
  const { ledger, market, equity, fromTick } = state;
  const mark = market.mark.close[tick] as number;
  if (!Number.isNaN(mark)) ledger.mark = mark;
  ledger.equity = equityAt(ledger.balance, ledger.position, ledger.entry, ledger.mark);
  if (ledger.equity > ledger.peak) ledger.peak = ledger.equity;
  equity[tick - fromTick] = ledger.equity;
}

// ---------------------------------------------------------------- orders

/** Sends what makes the working orders the desired ones. */
export function sync(state: EngineState): readonly Command[] {
  if (isSettled(state)) return NO_COMMANDS;
  const commands = diff(desiredOrders(state), state.orders);
  for (const command of commands) {
    if (command.type === 'place') {
      const { order } = command;
      state.orders = appended(state.orders, { order, status: 'sent', entry: entryOf(state, order.id) });
    }
    if (command.type === 'amend') note(state, command.order.id, order => (order.order = command.order));
    if (command.type === 'cancel') note(state, command.order, order => (order.status = 'leaving'));
  }
  return commands;
}

/** Nothing works and nothing should: by far the most frequent case. */
export function isSettled({ orders, enter, add, exit, reduces, bracket, ledger }: EngineState): boolean {
  if (orders.length > 0 || enter !== undefined || add !== undefined) return false;
  return ledger.position === 0 || (exit === undefined && reduces.length === 0 && protectsNothing(bracket));
}

function entryOf({ enter, add }: EngineState, id: number): EntryIntent | undefined {
  return isOf(enter, id) ? enter : isOf(add, id) ? add : undefined;
}

function note(state: EngineState, id: number, change: (order: ActualOrder) => void): void {
  const order = actual(state, id);
  if (order) change(order);
}

function actual({ orders }: EngineState, id: number): ActualOrder | undefined {
  for (const order of orders) if (order.order.id === id) return order;
  return undefined;
}

/** A reversal fills twice at one price: it closes, then opens. All other orders are done when they have filled. */
function isDone({ enter, add }: EngineState, id: number): boolean {
  return !isOf(enter, id) && !isOf(add, id);
}

function cancelled(state: EngineState, { order: id, why, tick }: OrderCancelled): readonly Command[] {
  const order = actual(state, id)?.order;
  if (order === undefined) return NO_COMMANDS;
  removeOrder(state.orders, id);
  if (order.role !== 'stop' && order.role !== 'target')
    state.journal.gone(tick, id, why === 'expired' ? why : 'cancelled');
  if (why === 'requested') return NO_COMMANDS;
  state.counts.expired += 1;
  const exit = isOf(state.exit, id) ? state.exit : undefined;
  dropIntent(state, id);
  if (exit?.else === 'market') exitAtMarket(state, exit, tick);
  return sync(state);
}

function rejected(state: EngineState, event: OrderRejected): readonly Command[] {
  const { order: id, tick } = event;
  const order = actual(state, id)?.order;
  if (order === undefined) return NO_COMMANDS;
  removeOrder(state.orders, id);
  turnDown(state, event);
  // A position is never left without the protection it should have.
  if (order.role === 'stop' || order.role === 'target') requestExit(state, -1, 'stop', tick);
  return sync(state);
}

/** The same order goes out again under another client id, so that protection keeps its number. */
function lost(state: EngineState, { order: id, tick, late }: OrderLost): readonly Command[] {
  const order = actual(state, id);
  if (order === undefined) return NO_COMMANDS;
  if (late && order.entry !== undefined) {
    return rejected(state, { type: 'orderRejected', order: id, tick, reason: 'rejected by the venue' });
  }
  const wanted = desiredOrders(state).find(desired => desired.id === id && desired.slot === order.order.slot);
  if (wanted === undefined) {
    removeOrder(state.orders, id);
    return sync(state);
  }
  order.order = wanted;
  order.status = 'sent';
  return [{ type: 'place', order: wanted }];
}

/** The intent behind a rejected order is given up. */
export function turnDown(state: EngineState, { order, reason, tick }: OrderRejected): void {
  refuse(state, tick, -1, reason, order);
  dropIntent(state, order);
}

function dropIntent(state: EngineState, id: number): void {
  if (isOf(state.enter, id)) state.enter = undefined;
  if (isOf(state.add, id)) state.add = undefined;
  if (isOf(state.exit, id)) state.exit = undefined;
  if (state.reduces.length > 0) state.reduces = state.reduces.filter(reduce => !isOf(reduce, id));
}
