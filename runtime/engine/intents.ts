/**
 * What the engine has decided and not yet got: at most one entry and one add, one exit, and reductions. From these, the
 * position and its bracket follow the orders that should be working.
 */
import { type FrozenBracket, isTrailing, NOTHING, workingStop } from './bracket.ts';
import { cashPerUnit, type Sign } from './costs.ts';
import { addExactly, roundToStep } from './decimal.ts';
import type { Order, OrderRole } from './events.ts';
import { closableQuantity, sideOf } from './ledger.ts';
import { appended, FIRST_REDUCE, FIRST_TARGET, SLOT } from './orders.ts';
import type { ExitReason } from './result.ts';
import type { EngineState } from './state.ts';

interface Intent {
  readonly rule: number;
  readonly order: Order;
  /** Real bars that it has lived, where the venue does not count them. */
  readonly age?: number;
}
export interface EntryIntent extends Intent {
  readonly bracket: FrozenBracket;
}
export interface ExitIntent extends Intent {
  readonly reason: ExitReason;
  readonly else: 'market' | 'nothing';
}
export type ReduceIntent = Intent;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Intents to be used again, in a run where an intent is filled or given up before there is another of its kind and no
 * order is kept by anybody else.
 */
export interface SpareIntents {
  readonly enter: Writable<EntryIntent>;
  readonly exit: Writable<ExitIntent>;
}

export function createSpares(): SpareIntents {
  const orderIn = (slot: number, role: OrderRole) => orderOf(0, slot, role, 'market', 1, Number.NaN, 0.5);
  return {
    enter: { rule: 0, order: orderIn(SLOT.enter, 'enter'), bracket: NOTHING },
    exit: { rule: 0, order: orderIn(SLOT.exit, 'exit'), reason: 'signal', else: 'nothing' },
  };
}

/** A market order with another number, way and size. */
export function renew(order: Writable<Order>, id: number, direction: Sign, quantity: number): void {
  order.id = id;
  order.direction = direction;
  order.quantity = quantity;
}

/** Whether an intent is what the order was made for. */
export function isOf(intent: Intent | undefined, order: number): boolean {
  return intent !== undefined && intent.order.id === order;
}

/** Orders of the bracket: they cancel one another, and go when the position does. */
const BRACKET_GROUP = 1;

export function isWaiting({ enter, add }: EngineState): boolean {
  return enter !== undefined || add !== undefined;
}

/** Cash set aside for entries that rest; a market order takes its cash when it fills. */
export function reservedCash(state: EngineState): number {
  return reservedBy(state, state.enter) + reservedBy(state, state.add);
}

function reservedBy({ settings, ledger }: EngineState, intent: EntryIntent | undefined): number {
  if (intent === undefined || intent.order.type === 'market') return 0;
  const { type, direction, price, quantity } = intent.order;
  // A reversal is paid for by the position that it closes.
  if (sideOf(ledger.position) === -direction) return 0;
  return quantity * cashPerUnit(price, settings.leverage, entryFee(settings, type));
}

/** Targets and limits pay maker, everything else taker. */
export function entryFee({ maker, taker }: EngineState['settings'], type: Order['type']): number {
  return type === 'limit' ? maker : taker;
}

export function orderOf(
  id: number,
  slot: number,
  role: OrderRole,
  type: Order['type'],
  direction: Sign,
  price: number,
  quantity: number,
  expireBars = Number.POSITIVE_INFINITY,
): Order {
  const group = role === 'stop' || role === 'target' ? BRACKET_GROUP : 0;
  return { id, slot, role, type, direction, price, quantity, expireBars, group };
}

/** The orders that should be working now. */
export function desiredOrders(state: EngineState): readonly Order[] {
  const { enter, add, exit, reduces, ledger } = state;
  const side = sideOf(ledger.position);
  let desired: Order[] = [];
  const closable = closableQuantity(ledger, state.settings.steps.lot);
  // Of less than a lot no order can be made.
  if (side !== 0 && closable !== 0) {
    if (exit) desired = [sized(exit.order, closable)];
    for (const reduce of reduces) desired.push(reduce.order);
    const stop = stopOrder(state, side, closable);
    if (stop) desired = appended(desired, stop);
    if (state.bracket.targets.length > 0) desired.push(...targetOrders(state, side));
    if (state.settings.ways.reserves) desired = withinPosition(state, desired, closable);
  }
  if (enter) desired = appended(desired, enter.order);
  if (add) desired = appended(desired, add.order);
  return desired;
}

/** Limits that close the position or a part of it, wanted or waiting to be. */
export function closingLimits(state: EngineState): readonly Pick<Order, 'slot' | 'price' | 'direction'>[] {
  const side = sideOf(state.ledger.position);
  if (side === 0) return [];
  const { exit, lastProtection } = state;
  const targets = targetOrders(state, side);
  // Who only looks takes no number: the engine moves by its inputs alone.
  state.lastProtection = lastProtection;
  return exit?.order.type === 'limit' ? [...targets, exit.order] : targets;
}

/**
 * What may rest at a venue that sets aside the quantity of each sale: orders at market first, then limits that the price is
 * at, then the stop for all that is left. Other limits wait until the price is at them; where there is no stop, they rest.
 * While nobody knows of an order at market, or a limit was not found, the stop is wanted as if there were none of them, for
 * all that is held: whichever comes second is refused.
 */
function withinPosition({ orders: sent, touched }: EngineState, orders: readonly Order[], held: number): Order[] {
  const stop = orders.find(({ role }) => role === 'stop');
  const isDoubtful = ({ id, type }: Order) =>
    stop !== undefined &&
    id !== stop.id &&
    sent.some(({ order, status, sought }) => order.id === id && status === 'unknown' && (type === 'market' || sought));
  const atMarket = orders.filter(order => order.type === 'market' && !isDoubtful(order));
  const limits = orders.filter(order => order.type !== 'market' && order !== stop && !isDoubtful(order));
  const doubtful = orders.filter(isDoubtful);
  const isWanted = ({ slot }: Order) => stop === undefined || (doubtful.length === 0 && touched.includes(slot));
  const nearest = limits.filter(isWanted);
  let left = held;
  const allow = (order: Order): Order[] => {
    const quantity = Math.min(order.quantity, left);
    left = Math.max(0, addExactly(left, -quantity));
    return quantity > 0 ? [sized(order, quantity)] : [];
  };
  const first = atMarket.flatMap(allow);
  const then = nearest.flatMap(allow);
  // What is sold at market is gone in a moment; until it is, a stop for the rest could be refused.
  // What an earlier process put back holds its part until it is known.
  if (stop !== undefined) left = Math.max(0, addExactly(left, -restoredBeside(sent, stop)));
  const last = stop === undefined || atMarket.length > 0 ? [] : allow(stop);
  return [...doubtful, ...first, ...last, ...then];
}

/** Quantity of other stops of which nobody knows yet, and which have not been looked for in vain. */
function restoredBeside(sent: EngineState['orders'], { id }: Order): number {
  const others = sent.filter(
    ({ order, status, sought }) => order.role === 'stop' && order.id !== id && status === 'unknown' && sought !== true,
  );
  return others.reduce((sum, { order }) => addExactly(sum, order.quantity), 0);
}

/** An exit is for the whole position, whatever that has become. */
function sized(order: Order, quantity: number): Order {
  return order.quantity === quantity ? order : { ...order, quantity };
}

function stopOrder(state: EngineState, side: Sign, quantity: number): Order | undefined {
  const price = workingStop(state.bracket, side);
  if (Number.isNaN(price) || price === state.bracket.refusedStop) return undefined;
  const id = protectionId(state, SLOT.stop);
  return orderOf(id, SLOT.stop, 'stop', 'stop', side === 1 ? -1 : 1, price, quantity);
}

function targetOrders(state: EngineState, side: Sign): readonly Order[] {
  const orders: Order[] = [];
  for (const [index, quantity] of targetQuantities(state).entries()) {
    const target = state.bracket.targets[index];
    if (target === undefined || !(quantity > 0) || Number.isNaN(target.price)) continue;
    const slot = FIRST_TARGET + index;
    const id = protectionId(state, slot);
    orders.push(orderOf(id, slot, 'target', 'limit', side === 1 ? -1 : 1, target.price, quantity));
  }
  return orders;
}

/**
 * Quantity of each part of the target that is still open: its share of what the set covers, which is the position and
 * what the set has taken off it. `rest`, and the last one open of parts that make up the whole, get what the others leave.
 */
export function targetQuantities({ bracket, ledger, settings }: EngineState): readonly number[] {
  const { lot } = settings.steps;
  let left = closableQuantity(ledger, lot);
  const total = bracket.targets.reduce((sum, { share }) => sum + (Number.isNaN(share) ? 1 : share), 0);
  const last = total >= 1 - WHOLE ? bracket.targets.findLastIndex(({ filled }) => !filled) : -1;
  const covered = bracket.targets.reduce((sum, { taken }) => sum + taken, left);
  return bracket.targets.map(({ share, filled, taken }, index) => {
    if (filled) return 0;
    const asked = share * covered - taken;
    const part = Number.isNaN(share) || index === last ? left : lot ? roundToStep(asked, lot, 'down') : asked;
    const quantity = Math.min(part, left);
    left -= quantity;
    return quantity;
  });
}
/** Shares that sum to one up to this are the whole. */
const WHOLE = 1e-9;

/**
 * A protective order keeps its number while it works. It is numbered apart from intents: a trail that begins to work is
 * no decision, and when the exchange hears of it must not show in the numbers of those.
 */
function protectionId(state: EngineState, slot: number): number {
  for (const { order, status } of state.orders) if (order.slot === slot && status !== 'leaving') return order.id;
  state.lastProtection += 1;
  return state.lastProtection;
}

export function takeId(state: EngineState): number {
  state.lastId += 1;
  return state.lastId;
}

export function reduceSlot(rule: number): number {
  return FIRST_REDUCE + rule;
}

/** Why the position closes when this order fills. */
export function exitReasonOf(state: EngineState, order: Order): ExitReason {
  switch (order.role) {
    case 'stop':
      return isTrailing(state.bracket, sideOf(state.ledger.position) === -1 ? -1 : 1) ? 'trail' : 'stop';
    case 'target':
      return 'target';
    case 'exit':
      return state.exit?.reason ?? 'signal';
    case 'reduce':
      return 'signal';
    case 'enter':
    case 'add':
      return 'reverse';
  }
}
