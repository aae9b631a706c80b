/**
 * What a fill does: to the ledger, to the trade list, to the bracket, to the intents that it settles. A liquidation is a
 * fill that nobody ordered.
 */
import { clearBracket, evaluateLevels, moveTrail, restate } from './bracket.ts';
import type { Sign } from './costs.ts';
import { addExactly } from './decimal.ts';
import type { AdjustEvent, DustEvent, FillEvent, LiquidationEvent, Moment, Order } from './events.ts';
import { type EntryIntent, type ExitIntent, exitReasonOf, isOf, targetQuantities } from './intents.ts';
import {
  charge,
  clearPosition,
  grow,
  heldAfterLess,
  heldAfterMore,
  leaveDust,
  shrink,
  sideOf,
  takeInDust,
  tradeProfit,
} from './ledger.ts';
import { openTime } from './market.ts';
import { FIRST_TARGET } from './orders.ts';
import { noteCut } from './request.ts';
import type { ExitReason, Fill } from './result.ts';
import type { EngineState } from './state.ts';
import { STREAM, setEvent, writeStreams } from './streams.ts';
import { TRADE } from './trade-log.ts';

/**
 * `entry` is what the order asked for when it was one to enter or to add; `isFirst`: nothing of the order has filled
 * before. Later parts of an entry state nothing new, and are no entries of their own.
 */
export function applyFill(
  state: EngineState,
  event: FillEvent,
  order: Order,
  entry: EntryIntent | undefined,
  isFirst = true,
): void {
  const { ledger } = state;
  const side = sideOf(ledger.position);
  const closes = side !== 0 && order.direction === -side;
  const exitReason = exitReasonOf(state, order);
  const reason: Fill['reason'] = closes
    ? order.role === 'reduce'
      ? 'reduce'
      : exitReason
    : order.role === 'add'
      ? 'add'
      : 'entry';
  noteFill(state, event, order, reason, entry?.rule ?? ruleOf(state, order));
  if (closes) closeSome(state, event, order, exitReason);
  else openSome(state, event, order, entry, isFirst);
}

/** The fill of an entry that cannot close anything, since nothing is held. */
export function applyEntry(state: EngineState, event: FillEvent, entry: EntryIntent): void {
  noteFill(state, event, entry.order, 'entry', entry.rule);
  openSome(state, event, entry.order, entry, true);
}

/** The fill of an exit. */
export function applyExit(state: EngineState, event: FillEvent, { order, reason, rule }: ExitIntent): void {
  noteFill(state, event, order, reason, rule);
  closeSome(state, event, order, reason);
}

function noteFill(state: EngineState, event: FillEvent, order: Order, reason: Fill['reason'], rule: number): void {
  if (event.cutFrom !== undefined) noteCut(state, event.tick, order.id, event.cutFrom, event.quantity);
  state.journal.fill(event, order.direction, reason, rule);
  setEvent(state, STREAM.filled);
}

function ruleOf({ exit, reduces }: EngineState, { id }: Order): number {
  if (exit !== undefined && isOf(exit, id)) return exit.rule;
  for (const reduce of reduces) if (isOf(reduce, id)) return reduce.rule;
  return -1;
}

/** The moment of a fill inside a bar is not known; it carries the time of the bar. */
function timeOf({ market }: EngineState, tick: number, moment: Moment): number {
  return openTime(market, nextOpen(tick, moment));
}

/** The bar that a moment belongs to: a close is the open of the next one. */
function nextOpen(tick: number, moment: Moment): number {
  return moment === 'close' ? tick + 1 : tick;
}

// ---------------------------------------------------------------- opening

function openSome(
  state: EngineState,
  event: FillEvent,
  order: Order,
  entry: EntryIntent | undefined,
  isFirst: boolean,
): void {
  const { ledger, settings } = state;
  const { price, fee, slippage, tick, moment, feeQuantity } = event;
  const opens = ledger.position === 0;
  if (opens) {
    noteOpening(state, tick, moment, price);
    state.insideTick = moment === 'inside' ? tick : -1;
  }
  charge(ledger, fee, slippage, price * event.quantity);
  if (feeQuantity !== undefined) ledger.isOffGrid = true;
  const quantity = feeQuantity === undefined ? event.quantity : addExactly(event.quantity, -feeQuantity);
  grow(ledger, heldAfterMore(ledger, order.direction * quantity, settings.steps.lot), price);
  if (!opens && !isFirst) ledger.entries -= 1;
  if (opens) {
    takeInDust(ledger);
    beginBracket(state);
  }
  if (entry && (opens || isFirst)) restate(state.bracket, entry.bracket);
  if (event.partial !== true) {
    if (isOf(state.add, order.id)) state.add = undefined;
    if (isOf(state.enter, order.id)) state.enter = undefined;
  }
  evaluateAfterFill(state, event, settings.steps.tick);
  if (entry?.bracket.trail) {
    moveTrail(state.run, state.bracket, order.direction, ledger, settings.steps.tick, nextOpen(tick, moment) - 1);
  }
}

/** Nothing of the position before holds for this one: neither its levels nor which of them the price was at. */
function beginBracket(state: EngineState): void {
  clearBracket(state.bracket);
  state.touched = [];
}

function noteOpening(state: EngineState, tick: number, moment: Moment, price: number): void {
  const { ledger } = state;
  ledger.openTick = nextOpen(tick, moment);
  ledger.trade.entryTick = tick;
  ledger.trade.entryTimeMs = timeOf(state, tick, moment);
  ledger.mark = price;
  setEvent(state, STREAM.opened);
}

/** Levels are functions of the account as the fill left it; live market values are those of the last close. */
function evaluateAfterFill(state: EngineState, event: FillEvent, step: EngineState['settings']['steps']['tick']): void {
  const { run, ledger, bracket, journal } = state;
  const side = sideOf(ledger.position);
  if (side === 0) return;
  const now = nextOpen(event.tick, event.moment);
  if (state.bracketsUseStreams) writeStreams(state, now, event.price);
  if (bracket.stop === undefined && bracket.hold === undefined && bracket.targets.length === 0) return;
  evaluateLevels(run, bracket, side, step, now - 1, 'all');
  const quantities = targetQuantities(state);
  journal.levels(event.tick, {
    stop: bracket.stopPrice,
    hold: bracket.holdBars,
    targets: bracket.targets.map(({ price }, index) => ({ price, quantity: quantities[index] ?? 0 })),
  });
}

// ---------------------------------------------------------------- closing

/** Streams that an exit sets, beside `filled` and `closed`. */
const EXIT_EVENT: Partial<Record<ExitReason, number>> = {
  stop: STREAM.stoppedOut,
  trail: STREAM.stoppedOut,
  target: STREAM.targetHit,
  hold: STREAM.timedOut,
  liquidation: STREAM.liquidated,
};

/** What a fill takes off a position, when the venue kept a fee of it in coins: a purchase brings less, a sale costs more. */
export function quantityGone(quantity: number, feeQuantity: number, direction: Sign): number {
  return addExactly(quantity, -direction * feeQuantity);
}

function closeSome(state: EngineState, event: FillEvent, order: Order, reason: ExitReason): void {
  const { ledger, settings } = state;
  const { price, quantity, fee, slippage, tick, moment, feeQuantity } = event;
  charge(ledger, fee, slippage, price * quantity);
  if (feeQuantity !== undefined) ledger.isOffGrid = true;
  const gone = feeQuantity === undefined ? quantity : quantityGone(quantity, feeQuantity, order.direction);
  shrink(ledger, heldAfterLess(ledger, gone, settings.steps.lot), price);
  if (event.leavesDust === true && ledger.position !== 0) leaveDust(ledger, price);
  const exitEvent = EXIT_EVENT[reason];
  if (exitEvent !== undefined && (ledger.position === 0 || reason === 'target')) setEvent(state, exitEvent);
  if (order.role === 'target') {
    const target = state.bracket.targets[order.slot - FIRST_TARGET];
    if (target) {
      target.filled = event.partial !== true;
      target.taken += quantity;
    }
  }
  if (order.role === 'reduce' && event.partial !== true)
    state.reduces = state.reduces.filter(reduce => !isOf(reduce, order.id));
  if (ledger.position === 0) closeTrade(state, tick, moment, reason);
  else evaluateAfterFill(state, event, settings.steps.tick);
}

/**
 * Makes the position what it is said to be, the difference at a price: as a fill without an order or a cost. What a person
 * gives to the run has the bracket of the position that it joins, or none.
 */
export function applyAdjustment(state: EngineState, { tick, position, price, why }: AdjustEvent): void {
  const { ledger } = state;
  const side = sideOf(ledger.position);
  const isTurned = side !== 0 && side !== sideOf(position);
  const closing = isTurned ? Math.abs(ledger.position) : Math.abs(ledger.position) - Math.abs(position);
  if (side !== 0 && closing > 0) {
    noteAdjustment(state, tick, price, closing, side === 1 ? -1 : 1, why);
    shrink(ledger, isTurned ? 0 : position, price);
    if (ledger.position === 0) closeTrade(state, tick, 'inside', why);
  }
  const opening = Math.abs(position) - Math.abs(ledger.position);
  if (!(opening > 0)) return;
  noteAdjustment(state, tick, price, opening, position > 0 ? 1 : -1, why);
  const opens = ledger.position === 0;
  if (opens) noteOpening(state, tick, 'inside', price);
  grow(ledger, position, price);
  ledger.isOffGrid = true;
  if (opens) beginBracket(state);
}

/** What is left is written down, so that the position is closed. */
export function applyDust(state: EngineState, { tick, price }: DustEvent): void {
  const { ledger } = state;
  if (ledger.position === 0) return;
  leaveDust(ledger, price);
  closeTrade(state, tick, 'inside', 'dust');
}

function noteAdjustment(
  { journal }: EngineState,
  tick: number,
  price: number,
  quantity: number,
  direction: Sign,
  why: AdjustEvent['why'],
): void {
  const fill = { type: 'fill', order: 0, tick, moment: 'inside', price, quantity, fee: 0, slippage: 0 } as const;
  journal.fill({ ...fill, maker: false }, direction, why, -1);
}

export function applyLiquidation(state: EngineState, event: LiquidationEvent): void {
  const { ledger } = state;
  const { tick, moment, price } = event;
  const quantity = Math.abs(ledger.position);
  if (quantity === 0) return;
  const direction: Sign = ledger.position > 0 ? -1 : 1;
  state.journal.liquidation(event);
  const fill: FillEvent = { type: 'fill', order: 0, tick, moment, price, quantity, fee: 0, slippage: 0, maker: false };
  state.journal.fill(fill, direction, 'liquidation', -1);
  charge(ledger, 0, 0, price * quantity);
  shrink(ledger, 0, price);
  setEvent(state, STREAM.filled);
  setEvent(state, STREAM.liquidated);
  closeTrade(state, tick, moment, 'liquidation');
}

function closeTrade(state: EngineState, tick: number, moment: Moment, reason: ExitReason): void {
  const { ledger } = state;
  const row = logTrade(state, tick, timeOf(state, tick, moment), nextOpen(tick, moment), reason, false);
  const { numbers } = state.trades;
  const profit = numbers[row + TRADE.profit] as number;
  setEvent(state, STREAM.closed);
  // Two trades may be closed in one bar: a reversal at its open, a stop inside it. Money adds up.
  const before = state.streams[STREAM.closedPnl] as number;
  setEvent(state, STREAM.closedPnl, Number.isNaN(before) ? profit : before + profit);
  setEvent(state, STREAM.closedProfit, numbers[row + TRADE.profitRatio] as number);
  setEvent(state, STREAM.closedBars, numbers[row + TRADE.bars] as number);
  clearPosition(ledger);
  clearBracket(state.bracket);
  state.exit = undefined;
  state.add = undefined;
  if (state.reduces.length > 0) state.reduces = [];
  state.insideTick = -1;
  state.lateExit = -1;
}

/** Adds the trade of the position that has just been closed, or that is open at the end of the data; returns its row. */
export function logTrade(
  state: Pick<EngineState, 'ledger' | 'trades'>,
  tick: number,
  timeMs: number,
  now: number,
  reason: ExitReason,
  open: boolean,
): number {
  const { ledger, trades } = state;
  const { trade } = ledger;
  const size = Math.abs(ledger.position);
  const openProfit = open ? ledger.position * (ledger.mark - ledger.entry) : 0;
  const profit = tradeProfit(ledger) + openProfit;
  const exited = trade.exited + (open ? size : 0);
  const exitedNotional = trade.exitedNotional + (open ? size * ledger.mark : 0);
  const row = trades.add(reason);
  const { numbers } = trades;
  numbers[row + TRADE.side] = trade.side;
  numbers[row + TRADE.entryTick] = trade.entryTick;
  numbers[row + TRADE.exitTick] = tick;
  numbers[row + TRADE.entryTimeMs] = trade.entryTimeMs;
  numbers[row + TRADE.exitTimeMs] = timeMs;
  numbers[row + TRADE.entryPrice] = trade.enteredNotional / trade.entered;
  numbers[row + TRADE.exitPrice] = exitedNotional / exited;
  numbers[row + TRADE.quantity] = trade.largest;
  numbers[row + TRADE.profit] = profit;
  numbers[row + TRADE.profitRatio] = profit / trade.enteredNotional;
  numbers[row + TRADE.fees] = trade.fees;
  numbers[row + TRADE.slippage] = trade.slippage;
  numbers[row + TRADE.funding] = trade.funding;
  numbers[row + TRADE.bars] = now - ledger.openTick;
  numbers[row + TRADE.open] = open ? 1 : 0;
  return row;
}
