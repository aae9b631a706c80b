/**
 * How the members' market orders fill: what reduces a position comes first, so that its cash is there for what is bought,
 * and both in the members' order. Prices, fees, cuts and ledger entries are those of a run of one instrument.
 */
import { feeOn, fundingPayment, type Sign, slipped } from '../engine/costs.ts';
import type { FillEvent, Moment } from '../engine/events.ts';
import { logTrade } from '../engine/fills.ts';
import {
  charge,
  clearPosition,
  grow,
  heldAfterLess,
  heldAfterMore,
  type Ledger,
  marginOf,
  receiveFunding,
  shrink,
  sideOf,
} from '../engine/ledger.ts';
import { openTime } from '../engine/market.ts';
import type { ExitReason, Fill } from '../engine/result.ts';
import { affordable } from '../engine/sizing.ts';
import { isLiquidated, type Liquidation, liquidationOf } from '../exchange/liquidation.ts';
import { freeCashOf } from './account.ts';
import { isTradable, type Member, type PortfolioOrder } from './member.ts';
import { type PortfolioState, refuse } from './state.ts';

/** What is left of the cash by the arithmetic alone, as a share of the capital, buys nothing. */
const ARTEFACT = 1e-12;

/** Fills what waits and can: at the open of a tick, or at its close when the orders were decided there. */
export function fillOrders(state: PortfolioState, tick: number, moment: 'open' | 'close'): void {
  const { members } = state.settings;
  const due = members.filter(member => member.order !== undefined && isTradable(member, tick));
  if (due.length === 0) return;
  for (const member of due) if (member.order !== undefined) fillReduction(state, member, member.order, tick, moment);
  for (const member of due) {
    const { order } = member;
    if (order !== undefined && order.open !== 0) fillIncrease(state, member, order, tick, moment);
    member.order = undefined;
  }
}

function priceAt({ market: { bars } }: Member, tick: number, moment: Moment): number {
  return (moment === 'close' ? bars.close : bars.open)[tick] as number;
}

function fillReduction(
  state: PortfolioState,
  member: Member,
  order: PortfolioOrder,
  tick: number,
  moment: 'open' | 'close',
): void {
  const quantity = Math.min(order.close, Math.abs(member.ledger.position));
  if (!(quantity > 0)) return;
  closeSome(
    state,
    member,
    order,
    quantity,
    priceAt(member, tick, moment),
    tick,
    moment,
    slippageAt(member, tick, moment),
  );
}

function fillIncrease(
  state: PortfolioState,
  member: Member,
  order: PortfolioOrder,
  tick: number,
  moment: 'open' | 'close',
): void {
  const { taker, leverage, slippageIs } = state.settings;
  const direction: Sign = order.open > 0 ? 1 : -1;
  const asked = Math.abs(order.open);
  const at = priceAt(member, tick, moment);
  const price = slipped(direction, at, slippageAt(member, tick, moment), slippageIs);
  const quantity = affordable(asked, freeCashOf(state.account), price, leverage, taker, member.steps);
  if (quantity * price <= ARTEFACT * state.settings.capital) {
    refuse(state, member, tick, -1, 'not enough cash', order.id);
    return;
  }
  if (quantity < asked) {
    state.counts.cuts += 1;
    state.journal.instrument = member.number;
    state.journal.cut(tick, order.id, asked, quantity);
  }
  const { ledger } = member;
  const opens = ledger.position === 0;
  const event = fillEvent(state, order.id, tick, moment, at, price, quantity);
  noteFill(state, member, event, direction, opens ? 'entry' : 'add', order.rule);
  if (opens) {
    ledger.openTick = nextOpen(tick, moment);
    ledger.trade.entryTick = tick;
    ledger.trade.entryTimeMs = openTime(member.market, ledger.openTick);
    ledger.mark = price;
  }
  charge(ledger, event.fee, event.slippage, price * quantity);
  grow(ledger, heldAfterMore(ledger, direction * quantity, member.steps.lot), price);
}

/** The slippage known when the order was decided: at the last close, or at this one. */
function slippageAt({ slippage }: Member, tick: number, moment: Moment): number {
  return slippage.at(moment === 'close' ? tick : tick - 1);
}

function fillEvent(
  { settings }: PortfolioState,
  order: number,
  tick: number,
  moment: Moment,
  at: number,
  price: number,
  quantity: number,
): FillEvent {
  const fee = feeOn(price, quantity, settings.taker);
  return {
    type: 'fill',
    order,
    tick,
    moment,
    price,
    quantity,
    fee,
    slippage: Math.abs(price - at) * quantity,
    maker: false,
  };
}

function closeSome(
  state: PortfolioState,
  member: Member,
  order: Pick<PortfolioOrder, 'id' | 'rule' | 'reason'>,
  quantity: number,
  at: number,
  tick: number,
  moment: Moment,
  slippage: number,
): void {
  const { ledger } = member;
  const direction: Sign = ledger.position > 0 ? -1 : 1;
  const price = slipped(direction, at, slippage, state.settings.slippageIs);
  const event = fillEvent(state, order.id, tick, moment, at, price, quantity);
  noteFill(state, member, event, direction, order.reason, order.rule);
  charge(ledger, event.fee, event.slippage, price * quantity);
  shrink(ledger, heldAfterLess(ledger, quantity, member.steps.lot), price);
  if (ledger.position === 0) closeTrade(member, tick, moment, order.reason === 'reduce' ? 'signal' : order.reason);
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

// ---------------------------------------------------------------- trades

function closeTrade(member: Member, tick: number, moment: Moment, reason: ExitReason): void {
  const now = nextOpen(tick, moment);
  logTrade(member, tick, openTime(member.market, now), now, reason, false);
  clearPosition(member.ledger);
}

// ---------------------------------------------------------------- what nobody ordered

/** Charges the settlements due at the open of a tick to what was held before it. */
export function settleFunding(state: PortfolioState, member: Member, tick: number): void {
  const { fundingTicks, fundingRates, mark } = member.market;
  const { ledger } = member;
  while (member.settlements < fundingTicks.length && (fundingTicks[member.settlements] as number) <= tick) {
    const index = member.settlements++;
    if (fundingTicks[index] !== tick || !state.settings.chargesFunding || ledger.position === 0) continue;
    const open = mark.open[tick] as number;
    const price = Number.isNaN(open) ? ledger.mark : open;
    const rate = fundingRates[index] as number;
    const amount = fundingPayment(ledger.position, price, rate);
    receiveFunding(ledger, amount);
    state.journal.instrument = member.number;
    state.journal.funding({ type: 'funding', tick, rate, price, amount });
  }
}

/** The venue takes over a position whose margin and open loss no longer cover the maintenance. */
export function liquidate(state: PortfolioState, member: Member, tick: number, moment: 'open' | 'inside'): void {
  const { ledger, market } = member;
  const side = sideOf(ledger.position);
  if (side === 0 || Number.isNaN(member.maintenance)) return;
  const { open, low, high } = market.mark;
  const price = (moment === 'open' ? open : side === 1 ? low : high)[tick] as number;
  const liquidation = liquidationIn(state, ledger, member.maintenance);
  if (liquidation === undefined || !isLiquidated(side, liquidation.level, price)) return;
  state.journal.instrument = member.number;
  state.journal.liquidation({ type: 'liquidation', tick, moment, ...liquidation });
  takeOver(state, member, tick, moment, liquidation);
}

/** Cash that is missing in the account is missing behind the position; what others hold does not protect it. */
function liquidationIn(state: PortfolioState, ledger: Ledger, maintenance: number): Liquidation | undefined {
  return liquidationOf({ ...ledger, balance: freeCashOf(state.account) + marginOf(ledger) }, maintenance);
}

function takeOver(state: PortfolioState, member: Member, tick: number, moment: Moment, { price }: Liquidation): void {
  const { ledger } = member;
  const quantity = Math.abs(ledger.position);
  const direction: Sign = ledger.position > 0 ? -1 : 1;
  const event: FillEvent = { type: 'fill', order: 0, tick, moment, price, quantity, fee: 0, slippage: 0, maker: false };
  noteFill(state, member, event, direction, 'liquidation', -1);
  charge(ledger, 0, 0, price * quantity);
  shrink(ledger, 0, price);
  closeTrade(member, tick, moment, 'liquidation');
  dropOrder(state, member, tick);
}

/** The listing has ended: what is held is sold at its last price, as of the first tick that has none. */
export function leaveListing(state: PortfolioState, member: Member, tick: number): void {
  if (tick !== member.endTick) return;
  dropOrder(state, member, tick);
  const { ledger, market, leavers } = member;
  if (ledger.position === 0 || leavers === 'keep') return;
  const last = market.bars.close[tick - 1] as number;
  state.lastId += 1;
  const order = { id: state.lastId, rule: -1, reason: 'end of data' } as const;
  closeSome(state, member, order, Math.abs(ledger.position), last, tick, 'open', member.slippage.at(tick - 1));
}

/** Gives up an order that still waits. */
export function dropOrder(state: PortfolioState, member: Member, tick: number): void {
  if (member.order === undefined) return;
  state.journal.instrument = member.number;
  state.journal.gone(tick, member.order.id, 'cancelled');
  member.order = undefined;
}
