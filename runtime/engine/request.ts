/**
 * From a rule that acts to an intent: its size, its price, what it freezes. Risk may shrink or refuse; what is refused is
 * journaled with its reason.
 */
import type { PlanBracket, PlanOrder, PlanRule, PlanSize } from '../../compiler/plan.ts';
import { type FrozenBracket, freeze, roundLimit, roundTrigger } from './bracket.ts';
import { cashPerUnit, type Sign } from './costs.ts';
import { roundToStep } from './decimal.ts';
import type { Order } from './events.ts';
import { type EntryIntent, type ExitIntent, entryFee, orderOf, reduceSlot, renew, takeId } from './intents.ts';
import { closableQuantity, freeCash, sideOf } from './ledger.ts';
import { SLOT } from './orders.ts';
import type { RiskDemand } from './ports.ts';
import { type Refusal, refusalCode } from './refusals.ts';
import type { ExitReason } from './result.ts';
import { affordable, roundQuantity, sizeOf } from './sizing.ts';
import type { EngineState } from './state.ts';
import { valueAt } from './values.ts';

const NO_RULE = -1;

interface EntryRule {
  readonly size: PlanSize;
  readonly order: PlanOrder;
  readonly bracket: PlanBracket;
}

/** Makes an entry or add wait for its fill. False when it was refused. */
export function requestEntry(
  state: EngineState,
  role: 'enter' | 'add',
  rule: number,
  { size, order, bracket }: EntryRule,
  side: Sign,
  tick: number,
): boolean {
  const { run, settings, ledger, risk } = state;
  const blocked =
    state.risk.blocked(ledger) ?? (hasUnknownOrder(state) ? 'an order is in an unknown state' : undefined);
  // Why nothing happens during a halt is told by the record of the halt.
  if (blocked === 'halted') return countRefusal(state, blocked);
  if (state.blocks.length > 0) return countRefusal(state, 'entries are blocked');
  if (blocked !== undefined) return refuse(state, tick, rule, blocked);
  if (side === -1 && settings.instrument.market === 'spot')
    return refuse(state, tick, rule, 'no short selling on spot');

  const price = entryPrice(state, order, side, tick);
  const reference = order.type === 'market' ? (state.market.bars.close[tick] ?? Number.NaN) : price;
  if (!(reference > 0) || reference === Number.POSITIVE_INFINITY) {
    return refuse(state, tick, rule, 'price is not a positive number');
  }
  const frozen = freeze(run, bracket, tick);
  const sized = sizeOf(state, size, side, reference, frozen, tick);
  if (typeof sized === 'string') return refuse(state, tick, rule, sized);
  const allowed = risk.hasOrderCaps ? review(state, rule, sized, side, reference, tick) : sized;
  if (allowed === undefined) return false;
  const rounded = roundQuantity(allowed, reference, settings.steps);
  if (typeof rounded === 'string') return refuse(state, tick, rule, rounded);

  const id = takeId(state);
  const isCutAtFill = order.type === 'market' && settings.ways.isShared !== true;
  const at = order.type === 'market' ? reference : price;
  const quantity = isCutAtFill ? rounded : reserve(state, id, side, rounded, order, at, tick);
  if (quantity === 0) return refuse(state, tick, rule, 'not enough cash');
  const expireBars = order.type === 'market' ? Number.POSITIVE_INFINITY : valueAt(run, order.expire, tick);
  const intent = entryIntent(state, id, role, order.type, side, price, quantity, expireBars, rule, frozen);
  if (role === 'add') state.add = intent;
  else state.enter = intent;
  state.journal.intent(tick, intent.order, rule, reference);
  return true;
}

function entryIntent(
  { spares }: EngineState,
  id: number,
  role: 'enter' | 'add',
  type: Order['type'],
  side: Sign,
  price: number,
  quantity: number,
  expireBars: number,
  rule: number,
  bracket: FrozenBracket,
): EntryIntent {
  if (spares === undefined) {
    const slot = role === 'add' ? SLOT.add : SLOT.enter;
    return { rule, order: orderOf(id, slot, role, type, side, price, quantity, expireBars), bracket };
  }
  const { enter } = spares;
  renew(enter.order, id, side, quantity);
  enter.rule = rule;
  return enter;
}

/** What the limits leave of a quantity, if anything. */
function review(
  state: EngineState,
  rule: number,
  quantity: number,
  side: Sign,
  reference: number,
  tick: number,
): number | undefined {
  const { ledger, risk } = state;
  const existing = sideOf(ledger.position) === side ? Math.abs(ledger.position) : 0;
  const filling = stillFilling(state, side)?.quantity ?? 0;
  const reviewed = risk.review(tick, ledger, quantity, existing + filling, reference);
  obey(state, reviewed.demand, tick);
  if (reviewed.refusal === undefined) return reviewed.quantity;
  refuse(state, tick, rule, reviewed.refusal);
  return undefined;
}

/** What opened the position, where a part of it has not filled yet: it counts as held. */
function stillFilling({ ledger, enter }: EngineState, side: Sign): Order | undefined {
  return sideOf(ledger.position) === side && enter?.order.direction === side ? enter.order : undefined;
}

/** NaN for a market order. */
function entryPrice({ run, settings }: EngineState, order: PlanOrder, side: Sign, tick: number): number {
  if (order.type === 'market' || order.price === undefined) return Number.NaN;
  const asked = valueAt(run, order.price, tick);
  return order.type === 'limit'
    ? roundLimit(side, asked, settings.steps.tick)
    : roundTrigger(side, asked, settings.steps.tick);
}

/** Cash is set aside when an entry is placed; what there is none for is cut at once. */
function reserve(
  state: EngineState,
  id: number,
  side: Sign,
  quantity: number,
  order: PlanOrder,
  price: number,
  tick: number,
): number {
  const { ledger, settings } = state;
  if (sideOf(ledger.position) === -side) return quantity; // paid for by the position that it closes
  const fee = entryFee(settings, order.type);
  const cash = freeCash(ledger) - cashToFill(state, stillFilling(state, side), price);
  const given = affordable(quantity, cash, price, settings.leverage, fee, settings.steps);
  if (given > 0 && given < quantity) noteCut(state, tick, id, quantity, given);
  return given;
}

function cashToFill({ settings }: EngineState, order: Order | undefined, reference: number): number {
  if (order === undefined) return 0;
  const { type, price, quantity } = order;
  return quantity * cashPerUnit(type === 'market' ? reference : price, settings.leverage, entryFee(settings, type));
}

export function noteCut(state: EngineState, tick: number, order: number, asked: number, given: number): void {
  state.counts.cuts += 1;
  state.journal.cut(tick, order, asked, given);
}

export function refuse(state: EngineState, tick: number, rule: number, reason: Refusal, order = 0): false {
  state.journal.refusal(tick, order, rule, reason);
  state.refusedSince = true;
  return countRefusal(state, reason);
}

function countRefusal(state: EngineState, reason: Refusal): false {
  const code = refusalCode(reason);
  state.refusals[code] = (state.refusals[code] ?? 0) + 1;
  return false;
}

function hasUnknownOrder({ orders }: EngineState): boolean {
  for (const { status } of orders) if (status === 'unknown') return true;
  return false;
}

/** Carries out what a limit demands of the account. Protection stays; exits are never refused. */
export function obey(state: EngineState, demand: RiskDemand, tick: number): void {
  if (demand === 'nothing') return;
  cancelEntries(state);
  if (demand === 'flatten' && state.ledger.position !== 0) requestExit(state, NO_RULE, 'flatten', tick);
}

export function cancelEntries(state: EngineState): void {
  state.enter = undefined;
  state.add = undefined;
}

type ExitRule = Extract<PlanRule, { verb: 'exit' | 'flatten' }>;

/**
 * Asks for the whole position to be closed, by a rule or for a reason of the engine's own (at market). A market exit
 * supersedes one that rests; one that rests is left as it is until it fills or expires.
 */
export function requestExit(state: EngineState, index: number, cause: ExitRule | ExitReason, tick: number): void {
  const wanted = typeof cause === 'string' ? ENGINE_EXIT : cause.verb === 'flatten' ? ENGINE_EXIT : cause;
  const { type, price: priceRef, expire } = wanted.order;
  if (state.exit !== undefined && (state.exit.order.type === 'market' || type !== 'market')) return;
  const { run, ledger, settings } = state;
  const side = sideOf(ledger.position);
  if (side === 0) return;
  const direction: Sign = side === 1 ? -1 : 1;
  let price = Number.NaN;
  if (type !== 'market' && priceRef !== undefined) {
    const asked = valueAt(run, priceRef, tick);
    price =
      type === 'limit'
        ? roundLimit(direction, asked, settings.steps.tick)
        : roundTrigger(direction, asked, settings.steps.tick);
    if (!(price > 0) || price === Number.POSITIVE_INFINITY) {
      refuse(state, tick, index, 'price is not a positive number');
      return;
    }
  }
  const reason =
    typeof cause === 'string'
      ? cause
      : cause.verb === 'flatten'
        ? 'flatten'
        : type === 'limit'
          ? 'limit exit'
          : 'signal';
  const expireBars = type === 'market' || expire === undefined ? Number.POSITIVE_INFINITY : valueAt(run, expire, tick);
  placeExit(state, index, type, price, expireBars, reason, wanted.else, tick);
}

const ENGINE_EXIT = { order: { type: 'market', price: undefined, expire: undefined }, else: 'nothing' } as const;

/** A market exit that ended before the position was closed is asked for once more. */
export function exitAgain(state: EngineState, ended: ExitIntent, tick: number): void {
  placeExit(
    state,
    ended.rule,
    'market',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    ended.reason,
    ended.else,
    tick,
    tick - 1,
  );
}

/** A limit exit that expired unfilled becomes a market order, when the rule says so. */
export function exitAtMarket(state: EngineState, expired: ExitIntent, tick: number): void {
  // The bar of the tick is not over yet: the last price that is known is the close before it.
  placeExit(state, expired.rule, 'market', Number.NaN, Number.POSITIVE_INFINITY, 'signal', 'nothing', tick, tick - 1);
}

function placeExit(
  state: EngineState,
  rule: number,
  type: Order['type'],
  price: number,
  expireBars: number,
  reason: ExitReason,
  otherwise: ExitIntent['else'],
  tick: number,
  knownTick = tick,
): void {
  const { position } = state.ledger;
  const quantity = closableQuantity(state.ledger, state.settings.steps.lot);
  // Of less than a lot no order can be made.
  if (quantity === 0) return;
  const id = takeId(state);
  const direction: Sign = position > 0 ? -1 : 1;
  const spare = state.spares?.exit;
  if (spare === undefined) {
    const order = orderOf(id, SLOT.exit, 'exit', type, direction, price, quantity, expireBars);
    state.exit = { rule, order, reason, else: otherwise };
  } else {
    renew(spare.order, id, direction, quantity);
    spare.rule = rule;
    spare.reason = reason;
    state.exit = spare;
  }
  journalExit(state, tick, state.exit.order, rule, knownTick);
}

/** Takes a share of the current quantity off the position, at market. */
export function requestReduce(
  state: EngineState,
  index: number,
  rule: Extract<PlanRule, { verb: 'reduce' }>,
  tick: number,
): void {
  const { run, ledger, settings } = state;
  const { lot } = settings.steps;
  const share = valueAt(run, rule.share, tick);
  if (!(share > 0)) {
    refuse(state, tick, index, 'size is not a positive number');
    return;
  }
  const held = closableQuantity(ledger, lot);
  const asked = Math.min(1, share) * held;
  const quantity = lot && asked < held ? roundToStep(asked, lot, 'down') : asked;
  if (!(quantity > 0)) {
    refuse(state, tick, index, 'rounds to nothing');
    return;
  }
  const id = takeId(state);
  const direction: Sign = ledger.position > 0 ? -1 : 1;
  const order = orderOf(id, reduceSlot(index), 'reduce', 'market', direction, Number.NaN, quantity);
  state.reduces.push({ rule: index, order });
  journalExit(state, tick, order, index);
}

/** `knownTick`: whose close was the last price that was known. */
function journalExit(
  { journal, market }: EngineState,
  tick: number,
  order: Order,
  rule: number,
  knownTick = tick,
): void {
  const reference = order.type === 'market' ? (market.bars.close[knownTick] ?? Number.NaN) : order.price;
  journal.intent(tick, order, rule, reference);
}
