/**
 * What the close of a tick decides: from weights to the orders that bring the holdings there. Quantities are fixed here,
 * from equity and close; they fill later.
 */
import { closableQuantity, heldAfterLess, heldAfterMore, sideOf } from '../engine/ledger.ts';
import type { RiskDemand } from '../engine/ports.ts';
import { roundQuantity } from '../engine/sizing.ts';
import { holdsAt, valueAt } from '../engine/values.ts';
import { dropOrder } from './fills.ts';
import { isTradable, type Member, type MemberIntent } from './member.ts';
import type { MemberOrder } from './orders.ts';
import type { BoundRebalance } from './settings.ts';
import { countRefusal, type PortfolioState, refuse } from './state.ts';
import { targetsOf, type WeightLimit, withoutIncrease } from './targets.ts';

/**
 * Carries out every rebalance whose condition holds at a tick that has been marked. A late tick decides nothing; of what it
 * left undone the next one in time does what makes holdings smaller, by its own weights.
 */
export function decide(state: PortfolioState, tick: number, late: boolean): void {
  const missed = state.missed;
  if (!late && missed.length > 0) state.missed = [];
  for (const rebalance of state.settings.rebalances) {
    const { rule } = rebalance;
    const isDue = holdsAt(state.run, rebalance.when, tick);
    if (late) {
      if (isDue && !missed.includes(rule)) state.missed = [...state.missed, rule];
    } else if (isDue) carryOut(state, rebalance, tick, true);
    else if (missed.includes(rule)) carryOut(state, rebalance, tick, false);
  }
}

function carryOut(state: PortfolioState, rebalance: BoundRebalance, tick: number, mayIncrease: boolean): void {
  const { settings, account, risk } = state;
  const { equity } = account.ledger;
  state.rebalances += 1;
  if (!(equity > 0)) {
    countRefusal(state, 'no equity');
    return;
  }
  const current = Float64Array.from(settings.members, member => weightOf(member, tick, equity));
  const asked = askedWeights(state, rebalance, tick);
  if (asked.some(weight => !Number.isNaN(weight))) state.firstDecision ??= tick;
  const doubt = doubtfulWeights(state, tick, equity);
  // What may be held counts under the limits, and is not to be had for the others.
  const counted = doubt === undefined ? current : current.map((weight, i) => weight + (doubt[i] as number));
  const free = doubt === undefined ? asked : asked.map((weight, i) => (doubt[i] === 0 ? weight : Number.NaN));
  const { weights, reached } = targetsOf(counted, free, settings.limits, rebalance.band);
  for (const limit of reached) noteLimit(state, limit, tick);
  const blocked = risk.blocked(account.ledger);
  const paused = risk.hasPauses && risk.paused(tick);
  settings.members.forEach((member, i) => {
    if (Number.isNaN(asked[i] as number)) return;
    const isDoubtful = doubt !== undefined && doubt[i] !== 0;
    const [weight, now] = [(isDoubtful ? asked[i] : weights[i]) as number, current[i] as number];
    const isUnknown = isDoubtful || hasUnknown(member);
    const stops = blocked ?? (isBlocked(state, member) ? 'entries are blocked' : undefined);
    const isCalm = stops !== undefined || paused || isUnknown || !mayIncrease;
    const calm = isCalm ? withoutIncrease(weight, now) : weight;
    if (calm !== weight && mayIncrease) {
      if (stops !== undefined) countRefusal(state, stops);
      else if (isUnknown) refuse(state, member, tick, rebalance.rule, 'an order is in an unknown state');
      else state.counts.pausesRefused += 1;
    }
    order(state, member, rebalance.rule, tick, calm, now);
  });
}

/** Whether one of the member's orders exists is not known: until it is, nothing is added. */
function hasUnknown({ closing, opening }: Member): boolean {
  return closing?.status === 'unknown' || opening?.status === 'unknown';
}

function isBlocked({ blocks }: PortfolioState, { number }: Member): boolean {
  return blocks.some(({ instrument }) => instrument === undefined || instrument === number);
}

/** Notional over equity at the close. */
function weightOf({ ledger, market }: Member, tick: number, equity: number): number {
  if (ledger.position === 0) return 0;
  const close = market.bars.close[tick] as number;
  return (ledger.position * (Number.isNaN(close) ? ledger.mark : close)) / equity;
}

/** What orders that add may bring, of which nobody knows, or which are being cancelled and may fill before; most often none. */
function doubtfulWeights({ orders, settings }: PortfolioState, tick: number, equity: number): Float64Array | undefined {
  const isDoubtful = ({ part, status }: MemberOrder) =>
    part === 'open' && (status === 'unknown' || status === 'leaving');
  if (!orders.some(isDoubtful)) return undefined;
  return Float64Array.from(settings.members, ({ opening, ledger, market }) => {
    if (opening === undefined || !isDoubtful(opening)) return 0;
    const close = market.bars.close[tick] as number;
    const { direction, quantity } = opening.order;
    return (direction * quantity * (Number.isNaN(close) ? ledger.mark : close)) / equity;
  });
}

/** NaN where the holding is kept: no weight, no bar to trade on, or a weight that cannot be held. */
function askedWeights(state: PortfolioState, { rule, targets }: BoundRebalance, tick: number): Float64Array {
  const { members } = state.settings;
  const asked = new Float64Array(members.length).fill(Number.NaN);
  for (const { member: place, run, weight: ref } of targets) {
    const member = members[place] as Member;
    if (tick < member.firstTick || tick >= member.endTick) continue;
    const weight = valueAt(run, ref, tick);
    if (!isTradable(member, tick)) {
      if (!Number.isNaN(weight)) state.counts.missedOnHeld += 1;
    } else if (weight < 0 && member.instrument.market === 'spot') {
      refuse(state, member, tick, rule, 'no short selling on spot');
    } else if (Number.isFinite(weight)) asked[place] = weight;
  }
  return asked;
}

function noteLimit(state: PortfolioState, limit: WeightLimit, tick: number): void {
  state.limited.set(limit.name, (state.limited.get(limit.name) ?? 0) + 1);
  obey(state, state.risk.reached(tick, limit), tick);
}

// ---------------------------------------------------------------- orders

/** Weights nearer to one another than this differ by the arithmetic alone. */
const ARTEFACT = 1e-12;

/** Replaces what waits for a member by what brings it from one weight to another; equal weights leave it alone. */
function order(state: PortfolioState, member: Member, rule: number, tick: number, weight: number, now: number): void {
  dropOrder(state, member, tick);
  if (Math.abs(weight - now) <= ARTEFACT * Math.max(1, Math.abs(weight), Math.abs(now))) return;
  const { ledger, market, steps } = member;
  const close = market.bars.close[tick] as number;
  const { equity } = state.account.ledger;
  const wanted = (weight * equity) / close;
  const side = sideOf(ledger.position);
  const held = closableQuantity(ledger, steps.lot);
  const turns = side !== 0 && Math.sign(wanted) !== side;
  const shrinks = side !== 0 && !turns && Math.abs(wanted) < held;
  if (shrinks) {
    const asked = held - Math.abs(wanted);
    const sized = roundQuantity(asked, close, steps);
    if (typeof sized === 'string') refuse(state, member, tick, rule, sized);
    else place(state, member, tick, rule, sized, 0, sized < held ? 'reduce' : 'signal', close);
    return;
  }
  const grows = wanted === 0 ? undefined : roundQuantity(Math.abs(wanted) - (turns ? 0 : held), close, steps);
  if (typeof grows === 'string') refuse(state, member, tick, rule, grows);
  const open = typeof grows === 'number' ? Math.sign(wanted) * grows : 0;
  const closes = turns ? held : 0;
  if (closes > 0 || open !== 0) {
    place(state, member, tick, rule, closes, open, open === 0 ? 'signal' : 'reverse', close);
  }
}

function place(
  state: PortfolioState,
  member: Member,
  tick: number,
  rule: number,
  close: number,
  open: number,
  reason: MemberIntent['reason'],
  reference: number,
): void {
  state.lastId += 1;
  const id = state.lastId;
  const held = member.ledger.position;
  const left = close === 0 ? held : heldAfterLess(member.ledger, close, member.steps.lot);
  const target = heldAfterMore({ ...member.ledger, position: left }, open, member.steps.lot);
  member.order = { id, rule, close, open, target, reason };
  const role = open !== 0 ? (close > 0 || held === 0 ? 'enter' : 'add') : reason === 'reduce' ? 'reduce' : 'exit';
  const direction = (open !== 0 ? open : -held) > 0 ? 1 : -1;
  const quantity = open !== 0 ? Math.abs(open) : close;
  state.journal.instrument = member.number;
  state.journal.intent(tick, { id, role, type: 'market', direction, quantity, price: Number.NaN }, rule, reference);
}

// ---------------------------------------------------------------- what limits demand

/** Carries out what a limit demands of the account; exits are never refused. */
export function obey(state: PortfolioState, demand: RiskDemand, tick: number): void {
  if (demand === 'nothing') return;
  for (const member of state.settings.members) {
    if (demand === 'flatten') flatten(state, member, tick);
    else cancelIncrease(state, member, tick);
  }
}

export function cancelIncrease(state: PortfolioState, member: Member, tick: number): void {
  const { order } = member;
  if (order === undefined || order.open === 0) return;
  if (order.close > 0) {
    order.target = heldAfterLess(member.ledger, order.close, member.steps.lot);
    order.open = 0;
  } else dropOrder(state, member, tick);
}

export function flatten(state: PortfolioState, member: Member, tick: number): void {
  const held = closableQuantity(member.ledger, member.steps.lot);
  if (isLeaving(member)) {
    cancelIncrease(state, member, tick);
    return;
  }
  dropOrder(state, member, tick);
  if (held > 0 && tick < member.endTick) {
    const close = member.market.bars.close[tick] as number;
    place(state, member, tick, -1, held, 0, 'flatten', Number.isNaN(close) ? member.ledger.mark : close);
  }
}

/** Asks once more for what an order did not bring about; it goes out with what happens next. */
export function again(state: PortfolioState, member: Member, intent: MemberIntent, tick: number): void {
  const { rule, close, open, reason } = intent;
  // The bar of the tick is not over yet: the last price that is known is the close before it.
  const known = member.market.bars.close[tick - 1] as number;
  member.order = undefined;
  place(state, member, tick, rule, close, open, reason, Number.isNaN(known) ? member.ledger.mark : known);
  const asked = member.order as MemberIntent | undefined;
  if (asked !== undefined) member.order = { ...asked, refusals: (intent.refusals ?? 0) + 1 };
}

/** An order that closes all of the position waits. */
export function isLeaving({ order, ledger, steps }: Member): boolean {
  return order !== undefined && ledger.position !== 0 && order.close >= closableQuantity(ledger, steps.lot);
}

/** There is something to lose: a position that nothing closes yet, or an increase that waits. */
export function isExposed({ settings: { members } }: PortfolioState): boolean {
  return members.some(
    member =>
      (member.ledger.position !== 0 && !isLeaving(member)) || (member.order !== undefined && member.order.open !== 0),
  );
}
