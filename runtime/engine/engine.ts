/**
 * The engine: `handle(state, event) → commands`. Synchronous, no clock, no I/O, so the same sequence of events gives the
 * same account in every mode and after every restart. A backtest that jumps runs the pieces of `barClosed` over ranges of
 * ticks (runtime/exchange/batch.ts); it has no rules of its own.
 */
import { bookPlayed } from './booking.ts';
import { evaluateLevels, moveTrail, protectsNothing, readsAccount, roundLimit, roundStop } from './bracket.ts';
import { countMissed, decide, noteLateExit, rememberConditions } from './decide.ts';
import { addExactly, roundToStep } from './decimal.ts';
import {
  type BlockCause,
  type Command,
  type EngineEvent,
  type FillEvent,
  isReducing,
  NO_COMMANDS,
  type Order,
  type OrderCancelled,
  type OrderLost,
  type OrderRejected,
} from './events.ts';
import { applyAdjustment, applyDust, applyFill, applyLiquidation } from './fills.ts';
import { desiredOrders, type EntryIntent, isOf, takeId } from './intents.ts';
import { charge, equityAt, receiveFunding, sideOf } from './ledger.ts';
import { isHeld } from './market.ts';
import { type ActualOrder, appended, diff, FIRST_TARGET, removeOrder } from './orders.ts';
import { cancelEntries, exitAgain, exitAtMarket, obey, refuse, requestExit } from './request.ts';
import { stepsOf, type VenueSteps } from './settings.ts';
import type { EngineState } from './state.ts';
import { clearEvents, STREAM, setEvent, writeStreams } from './streams.ts';

export function handle(state: EngineState, event: EngineEvent): readonly Command[] {
  switch (event.type) {
    case 'barClosed':
      return closeBar(state, event.tick, event.late === true);
    case 'fill':
      return filled(state, event);
    case 'adjust':
      applyAdjustment(state, event);
      return sync(state);
    case 'dust':
      applyDust(state, event);
      return sync(state);
    case 'income':
      if (event.kind === 'fee') charge(state.ledger, -event.amount, 0, 0);
      else receiveFunding(state.ledger, event.amount);
      state.journal.income(event);
      return NO_COMMANDS;
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
      if (order && event.sought) order.sought = true;
      // Where an exit takes the place of the stop, it gives it back while nobody knows whether it is there.
      return state.settings.ways.reserves ? sync(state) : NO_COMMANDS;
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
    case 'block':
      return block(state, event.why);
    case 'unblock':
      return unblock(state, event.why);
    case 'flatten':
      if (event.reason === 'stop') requestExit(state, -1, 'stop', state.lastTick);
      else obey(state, 'flatten', state.lastTick);
      return sync(state);
    case 'restored':
      return restored(state, event.order);
    case 'touched':
      state.touched = state.touched.filter(slot => slot !== event.slot);
      if (event.isTouched) state.touched = [...state.touched, event.slot];
      return sync(state);
    case 'steps':
      changeSteps(state, stepsOf(event.steps));
      return sync(state);
    case 'timer':
      return sync(state);
    // Of several instruments: here nothing waits for an order, and what is held is sold by its rules before a listing ends.
    case 'orderWaits':
    case 'delisted':
      return NO_COMMANDS;
  }
}

// ---------------------------------------------------------------- the close of a bar

function closeBar(state: EngineState, tick: number, late: boolean): readonly Command[] {
  if (!state.settings.ways.expires && !isHeld(state.market, tick)) expireIntents(state, tick);
  markTick(state, tick);
  return finishTick(state, tick, late);
}

/** What has lived for its bars is wanted no more: before the close is decided, as where an exchange ends it. */
function expireIntents(state: EngineState, tick: number): void {
  for (const slot of ['enter', 'add', 'exit'] as const) {
    const intent = state[slot];
    if (intent === undefined || intent.order.expireBars === Number.POSITIVE_INFINITY) continue;
    const age = (intent.age ?? 0) + 1;
    if (age >= Math.max(1, Math.floor(intent.order.expireBars))) expire(state, intent.order.id, tick);
    else if (slot === 'exit') state.exit = state.exit && { ...state.exit, age };
    else state[slot] = { ...(intent as EntryIntent), age };
  }
}

function expire(state: EngineState, id: number, tick: number): void {
  const order = actual(state, id);
  if (order !== undefined) order.expired = true;
  state.journal.gone(tick, id, 'expired');
  state.counts.expired += 1;
  const exit = isOf(state.exit, id) ? state.exit : undefined;
  dropIntent(state, id);
  if (exit?.else === 'market') exitAtMarket(state, exit, tick);
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
  if (!state.settings.ways.amends && commands.some(({ type }) => type === 'amend')) return replace(state, commands);
  return noted(state, state.settings.ways.reserves ? roomFirst(state, commands) : commands);
}

/** What makes room for others goes out before them. */
function roomFirst(state: EngineState, commands: readonly Command[]): readonly Command[] {
  const makesRoom = (command: Command) =>
    command.type === 'cancel' ||
    (command.type === 'amend' && command.order.quantity < (actual(state, command.order.id)?.order.quantity ?? 0));
  return [...commands.filter(makesRoom), ...commands.filter(command => !makesRoom(command))];
}

/**
 * Where a venue changes no order, another takes its place, under a number of its own: the new one first, so that protection
 * is never absent, but where the old one holds the quantity that the new one needs.
 */
function replace(state: EngineState, commands: readonly Command[]): readonly Command[] {
  const cancels = commands.flatMap((command): readonly Command[] =>
    command.type === 'amend'
      ? [{ type: 'cancel', order: command.order.id }]
      : command.type === 'cancel'
        ? [command]
        : [],
  );
  noted(state, cancels);
  for (const command of commands) if (command.type === 'amend') renumber(state, command.order.id);
  const places = noted(state, diff(desiredOrders(state), state.orders));
  return state.settings.ways.reserves ? [...cancels, ...places] : [...places, ...cancels];
}

/** Protective orders get a number when they are wanted anew; what was decided has one of its own. */
function renumber(state: EngineState, id: number): void {
  const anew = <I extends { readonly order: Order }>(intent: I): I => ({
    ...intent,
    order: { ...intent.order, id: takeId(state) },
  });
  if (state.exit !== undefined && isOf(state.exit, id)) state.exit = anew(state.exit);
  if (state.enter !== undefined && isOf(state.enter, id)) state.enter = anew(state.enter);
  if (state.add !== undefined && isOf(state.add, id)) state.add = anew(state.add);
  if (state.reduces.length > 0) state.reduces = state.reduces.map(each => (isOf(each, id) ? anew(each) : each));
}

function noted(state: EngineState, commands: readonly Command[]): readonly Command[] {
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

function filled(state: EngineState, event: FillEvent): readonly Command[] {
  const order = actual(state, event.order) ?? state.departed.find(({ order }) => order.id === event.order);
  if (order === undefined) throw new Error(`a fill of order ${event.order}, which was never sent`);
  const { role, direction } = order.order;
  // What fills exists.
  if (order.status === 'unknown') order.status = 'working';
  const closes = sideOf(state.ledger.position) === -direction;
  const isFlat = state.ledger.position === 0;
  const isUnwanted = !isReducing(role) && !isOf(state.enter, event.order) && !isOf(state.add, event.order);
  applyFill(state, event, order.order, order.entry, order.begun !== true);
  if (isUnwanted && !closes) unwanted(state, order.order, isFlat);
  // What a reversal closes is nothing of what it asks for.
  if (!closes || isReducing(role)) noteFilled(state, order, event);
  if (event.partial !== true && isDone(state, event.order)) depart(state, event.order);
  if (event.moment === 'close') remark(state, event.tick);
  // More was sold than there was: what it opened is nobody's wish.
  if (!closes && isReducing(role)) requestExit(state, -1, 'flatten', event.tick);
  return sync(state);
}

/**
 * An entry that had been given up has filled all the same: what was to take its place would come on top of it. What was to be
 * added to a position that is gone has no protection of its own; and a limit that all was closed for still holds.
 */
function unwanted(state: EngineState, { role, direction }: Order, wasFlat: boolean): void {
  const { risk, ledger, lastTick } = state;
  if (state.enter?.order.direction === direction) state.enter = undefined;
  if (state.add?.order.direction === direction) state.add = undefined;
  if (wasFlat && role === 'add') requestExit(state, -1, 'flatten', lastTick);
  if (risk.hasLossCaps) obey(state, risk.atClose(lastTick, ledger, isExposed(state)), lastTick);
}

/** Of an order that goes on working the rest is left. */
function noteFilled(state: EngineState, actual: ActualOrder, { partial, quantity }: FillEvent): void {
  const { order } = actual;
  actual.begun = true;
  if (partial !== true) return;
  const rest = { ...order, quantity: Math.max(0, addExactly(order.quantity, -quantity)) };
  actual.order = rest;
  if (state.enter && isOf(state.enter, order.id)) state.enter = { ...state.enter, order: rest };
  if (state.add && isOf(state.add, order.id)) state.add = { ...state.add, order: rest };
  if (order.role !== 'reduce') return;
  state.reduces = state.reduces.map(reduce => (isOf(reduce, order.id) ? { ...reduce, order: rest } : reduce));
}

/** A price that goes to and fro at a target makes a stop and a limit of one another once a second: these are minutes of it. */
const MOST_DEPARTED = 256;

/** The order is over, as far as is known. */
function depart(state: EngineState, id: number): void {
  const order = actual(state, id);
  if (order === undefined) return;
  removeOrder(state.orders, id);
  state.departed = appended(state.departed, order);
  if (state.departed.length > 2 * MOST_DEPARTED) state.departed = state.departed.slice(-MOST_DEPARTED);
}

// ---------------------------------------------------------------- what keeps entries out

function block(state: EngineState, why: BlockCause): readonly Command[] {
  if (state.blocks.includes(why)) return NO_COMMANDS;
  state.blocks = [...state.blocks, why];
  state.journal.halt(state.lastTick, 'entries are blocked', false);
  obey(state, 'cancel entries', state.lastTick);
  return sync(state);
}

function unblock(state: EngineState, why: BlockCause): readonly Command[] {
  if (!state.blocks.includes(why)) return NO_COMMANDS;
  state.blocks = state.blocks.filter(other => other !== why);
  if (state.blocks.length === 0) state.journal.resume(state.lastTick);
  return NO_COMMANDS;
}

/** A reversal fills twice at one price: it closes, then opens. All other orders are done when they have filled. */
function isDone({ enter, add }: EngineState, id: number): boolean {
  return !isOf(enter, id) && !isOf(add, id);
}

function cancelled(state: EngineState, { order: id, why, tick }: OrderCancelled): readonly Command[] {
  const ended = actual(state, id);
  if (ended === undefined) return NO_COMMANDS;
  const { order } = ended;
  depart(state, id);
  // That was told when its time was over.
  if (ended.expired === true) return NO_COMMANDS;
  if (order.role !== 'stop' && order.role !== 'target')
    state.journal.gone(tick, id, why === 'expired' ? why : 'cancelled');
  if (why === 'requested') return NO_COMMANDS;
  state.counts.expired += 1;
  const exit = isOf(state.exit, id) ? state.exit : undefined;
  dropIntent(state, id);
  if (exit?.order.type === 'market') {
    exitAgain(state, exit, tick);
    // One of which nothing filled would end in the same way now: it goes out with what happens next.
    if (ended.begun !== true) return NO_COMMANDS;
  } else if (exit?.else === 'market') exitAtMarket(state, exit, tick);
  return sync(state);
}

function rejected(state: EngineState, event: OrderRejected): readonly Command[] {
  const { order: id, tick } = event;
  const order = actual(state, id)?.order;
  if (order === undefined) return NO_COMMANDS;
  depart(state, id);
  const exit = isOf(state.exit, id) ? state.exit : undefined;
  turnDown(state, event);
  if (exit?.order.type === 'market') {
    exitAgain(state, exit, tick);
    return NO_COMMANDS;
  }
  // A position is never left without the protection it should have.
  if (order.role === 'stop') {
    state.bracket.refusedStop = order.price;
    requestExit(state, -1, 'stop', state.lastTick);
  }
  if (order.role === 'target') forgoTarget(state, order.slot);
  return sync(state);
}

/** A target that the venue refuses is none until its level is reckoned anew; the stop stays. */
function forgoTarget({ bracket }: EngineState, slot: number): void {
  const target = bracket.targets[slot - FIRST_TARGET];
  if (target !== undefined) target.price = Number.NaN;
}

/** An order that is known of and was sent anew, or one that is new: until the venue is asked it may or may not exist. */
function restored(state: EngineState, order: Order): readonly Command[] {
  const known = actual(state, order.id);
  if (known === undefined) state.orders = appended(state.orders, { order, status: 'unknown', entry: undefined });
  else {
    known.order = order;
    known.status = 'unknown';
  }
  return NO_COMMANDS;
}

/** What rests is put on the new steps; what waits to enter was reckoned on the old ones and goes. */
function changeSteps(state: EngineState, steps: VenueSteps): void {
  const { bracket, ledger, settings } = state;
  settings.steps = steps;
  cancelEntries(state);
  const side = sideOf(ledger.position);
  if (side === 0) return;
  const { lot, tick } = steps;
  if (lot !== undefined && roundToStep(ledger.position, lot, 'down') !== ledger.position) ledger.isOffGrid = true;
  bracket.stopPrice = roundStop(side, bracket.stopPrice, tick);
  bracket.trailPrice = roundStop(side, bracket.trailPrice, tick);
  for (const target of bracket.targets) target.price = roundLimit(side === 1 ? -1 : 1, target.price, tick);
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
    depart(state, id);
    return sync(state);
  }
  order.order = wanted;
  order.status = 'sent';
  order.sought = false;
  // Where it holds what it needs, what has taken its place meanwhile leaves first.
  const before = state.settings.ways.reserves ? sync(state) : NO_COMMANDS;
  return [...before, { type: 'place', order: wanted }];
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
