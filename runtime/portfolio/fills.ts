/**
 * What a fill does to a member: to its ledger, its trades, the intent that it settles. A liquidation, the end of a listing
 * and a person's correction are fills that nobody ordered.
 */
import type { Sign } from '../engine/costs.ts';
import { addExactly } from '../engine/decimal.ts';
import type { AdjustEvent, DelistedEvent, DustEvent, FillEvent, LiquidationEvent, Moment } from '../engine/events.ts';
import { logTrade, quantityGone } from '../engine/fills.ts';
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
} from '../engine/ledger.ts';
import { openTime } from '../engine/market.ts';
import type { ExitReason, Fill } from '../engine/result.ts';
import type { Member, MemberIntent } from './member.ts';
import { intentOf, type MemberOrder, settleIntent } from './orders.ts';
import type { PortfolioState } from './state.ts';

/** What an order asked for, as far as a fill of it is told by that. */
type Asked = Pick<MemberIntent, 'rule' | 'reason'>;

export function applyFill(state: PortfolioState, actual: MemberOrder, event: FillEvent): void {
  const { member, intent, order } = actual;
  const told = { ...event, order: intent.id };
  if (event.cutFrom !== undefined) {
    state.counts.cuts += 1;
    state.journal.instrument = member.number;
    state.journal.cut(event.tick, intent.id, event.cutFrom, event.quantity);
  }
  const closes = sideOf(member.ledger.position) === -order.direction;
  if (closes) closeSome(state, member, intent, told, order.direction);
  else openSome(state, actual, told);
  noteFilled(actual, event);
  if (intentOf(actual) === undefined) aimAgain(member);
  settleIntent(member);
}

/** Takes what has filled off the order and off what its intent still asks for. */
function noteFilled(actual: MemberOrder, { partial, quantity }: FillEvent): void {
  const { part, order } = actual;
  const rest = partial === true ? Math.max(0, addExactly(order.quantity, -quantity)) : 0;
  actual.begun = true;
  if (partial === true) actual.order = { ...order, quantity: rest };
  const intent = intentOf(actual);
  if (intent === undefined) return;
  if (part === 'close') intent.close = rest;
  else intent.open = order.direction * rest || 0;
}

/** Something else has filled than what a member asks for: what it asks for is what leads from here to where it was to be. */
function aimAgain({ order, ledger: { position } }: Member): void {
  if (order === undefined) return;
  const isOnSide = position === 0 || Math.sign(order.target) === Math.sign(position);
  const more = Math.abs(order.target) > Math.abs(position);
  order.close = !isOnSide ? Math.abs(position) : more ? 0 : addExactly(Math.abs(position), -Math.abs(order.target));
  order.open = !isOnSide ? order.target : more ? addExactly(order.target, -position) : 0;
}

// ---------------------------------------------------------------- opening and closing

/** Later parts of one order are no entries of their own. */
function openSome(state: PortfolioState, { member, intent, order, begun }: MemberOrder, event: FillEvent): void {
  const { ledger, steps } = member;
  const { tick, moment, price, fee, slippage, feeQuantity } = event;
  const opens = ledger.position === 0;
  const isLater = begun === true && !opens;
  const reason = opens || (isLater && order.role === 'enter') ? 'entry' : 'add';
  noteFill(state, member, event, order.direction, reason, intent.rule);
  if (opens) noteOpening(member, tick, moment, price);
  charge(ledger, fee, slippage, price * event.quantity);
  // Base coin that the venue kept as its fee.
  if (feeQuantity !== undefined) ledger.isOffGrid = true;
  const quantity = feeQuantity === undefined ? event.quantity : addExactly(event.quantity, -feeQuantity);
  grow(ledger, heldAfterMore(ledger, order.direction * quantity, steps.lot), price);
  if (isLater) ledger.entries -= 1;
  if (opens) takeInDust(ledger);
}

function noteOpening({ ledger, market }: Member, tick: number, moment: Moment, price: number): void {
  ledger.openTick = nextOpen(tick, moment);
  ledger.trade.entryTick = tick;
  ledger.trade.entryTimeMs = openTime(market, ledger.openTick);
  ledger.mark = price;
}

function closeSome(state: PortfolioState, member: Member, asked: Asked, event: FillEvent, direction: Sign): void {
  const { ledger, steps } = member;
  const { tick, moment, price, quantity, fee, slippage, feeQuantity } = event;
  noteFill(state, member, event, direction, asked.reason, asked.rule);
  charge(ledger, fee, slippage, price * quantity);
  if (feeQuantity !== undefined) ledger.isOffGrid = true;
  const gone = feeQuantity === undefined ? quantity : quantityGone(quantity, feeQuantity, direction);
  shrink(ledger, heldAfterLess(ledger, gone, steps.lot), price);
  if (event.leavesDust === true && ledger.position !== 0) leaveDust(ledger, price);
  if (ledger.position === 0) closeTrade(member, tick, moment, asked.reason === 'reduce' ? 'signal' : asked.reason);
}

function noteFill(
  { journal }: PortfolioState,
  member: Member,
  event: FillEvent,
  direction: Sign,
  reason: Fill['reason'],
  rule: number,
): void {
  journal.instrument = member.number;
  journal.fill(event, direction, reason, rule);
}

/** The bar that a moment belongs to: a close is the open of the next one. */
function nextOpen(tick: number, moment: Moment): number {
  return moment === 'close' ? tick + 1 : tick;
}

function closeTrade(member: Member, tick: number, moment: Moment, reason: ExitReason): void {
  const now = nextOpen(tick, moment);
  logTrade(member, tick, openTime(member.market, now), now, reason, false);
  clearPosition(member.ledger);
}

// ---------------------------------------------------------------- what nobody ordered

export function applyLiquidation(state: PortfolioState, member: Member, event: LiquidationEvent): void {
  const { ledger } = member;
  const { tick, moment, price } = event;
  const quantity = Math.abs(ledger.position);
  if (quantity === 0) return;
  const direction: Sign = ledger.position > 0 ? -1 : 1;
  state.journal.instrument = member.number;
  state.journal.liquidation(event);
  noteFill(state, member, unordered(tick, moment, price, quantity), direction, 'liquidation', -1);
  charge(ledger, 0, 0, price * quantity);
  shrink(ledger, 0, price);
  closeTrade(member, tick, moment, 'liquidation');
  dropOrder(state, member, tick);
}

/** The listing has ended, and with it what was on order; what was held was sold at its last price. */
export function applyDelisting(state: PortfolioState, member: Member, { tick, sale }: DelistedEvent): void {
  dropOrder(state, member, tick);
  const { position } = member.ledger;
  if (sale === undefined || position === 0) return;
  state.lastId += 1;
  const event: FillEvent = { type: 'fill', order: state.lastId, tick, moment: 'open', maker: false, ...sale };
  closeSome(state, member, { rule: -1, reason: 'end of data' }, event, position > 0 ? -1 : 1);
}

/** Makes the position what it is said to be, the difference at a price: as a fill without an order or a cost. */
export function applyAdjustment(state: PortfolioState, member: Member, event: AdjustEvent): void {
  const { tick, position, price, why } = event;
  const { ledger } = member;
  const side = sideOf(ledger.position);
  const isTurned = side !== 0 && side !== sideOf(position);
  const closing = isTurned ? Math.abs(ledger.position) : Math.abs(ledger.position) - Math.abs(position);
  if (side !== 0 && closing > 0) {
    noteFill(state, member, unordered(tick, 'inside', price, closing), side === 1 ? -1 : 1, why, -1);
    shrink(ledger, isTurned ? 0 : position, price);
    if (ledger.position === 0) closeTrade(member, tick, 'inside', why);
  }
  const opening = Math.abs(position) - Math.abs(ledger.position);
  if (opening > 0) {
    noteFill(state, member, unordered(tick, 'inside', price, opening), position > 0 ? 1 : -1, why, -1);
    if (ledger.position === 0) noteOpening(member, tick, 'inside', price);
    grow(ledger, position, price);
    ledger.isOffGrid = true;
  }
  aimAgain(member);
  settleIntent(member);
}

/** What is left is written down, so that the position is closed. */
export function applyDust(member: Member, { tick, price }: DustEvent): void {
  if (member.ledger.position === 0) return;
  leaveDust(member.ledger, price);
  closeTrade(member, tick, 'inside', 'dust');
  settleIntent(member);
}

function unordered(tick: number, moment: Moment, price: number, quantity: number): FillEvent {
  return { type: 'fill', order: 0, tick, moment, price, quantity, fee: 0, slippage: 0, maker: false };
}

/** Gives up what a member still asks for. */
export function dropOrder(state: PortfolioState, member: Member, tick: number): void {
  if (member.order === undefined) return;
  state.journal.instrument = member.number;
  state.journal.gone(tick, member.order.id, 'cancelled');
  member.order = undefined;
}
