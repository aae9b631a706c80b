/**
 * What the close of a tick decides: from weights to the orders that bring the holdings there. Quantities are fixed here,
 * from equity and close; they fill later.
 */
import { sideOf } from '../engine/ledger.ts';
import type { RiskDemand } from '../engine/ports.ts';
import { roundQuantity } from '../engine/sizing.ts';
import { holdsAt, valueAt } from '../engine/values.ts';
import { dropOrder } from './fills.ts';
import { isTradable, type Member, type PortfolioOrder } from './member.ts';
import type { BoundRebalance } from './settings.ts';
import { countRefusal, type PortfolioState, refuse } from './state.ts';
import { targetsOf, type WeightLimit, withoutIncrease } from './targets.ts';

/** Carries out every rebalance whose condition holds at a tick that has been marked. */
export function decide(state: PortfolioState, tick: number): void {
  for (const rebalance of state.settings.rebalances) {
    if (holdsAt(state.run, rebalance.when, tick)) carryOut(state, rebalance, tick);
  }
}

function carryOut(state: PortfolioState, rebalance: BoundRebalance, tick: number): void {
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
  const { weights, reached } = targetsOf(current, asked, settings.limits, rebalance.band);
  for (const limit of reached) noteLimit(state, limit, tick);
  const blocked = risk.blocked(account.ledger);
  const paused = risk.hasPauses && risk.paused(tick);
  settings.members.forEach((member, i) => {
    if (Number.isNaN(asked[i] as number)) return;
    const [weight, now] = [weights[i] as number, current[i] as number];
    const calm = blocked === undefined && !paused ? weight : withoutIncrease(weight, now);
    if (calm !== weight) {
      if (blocked === undefined) state.counts.pausesRefused += 1;
      else countRefusal(state, blocked);
    }
    order(state, member, rebalance.rule, tick, calm, now);
  });
}

/** Notional over equity at the close. */
function weightOf({ ledger, market }: Member, tick: number, equity: number): number {
  if (ledger.position === 0) return 0;
  const close = market.bars.close[tick] as number;
  return (ledger.position * (Number.isNaN(close) ? ledger.mark : close)) / equity;
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
  const held = Math.abs(ledger.position);
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
  reason: PortfolioOrder['reason'],
  reference: number,
): void {
  state.lastId += 1;
  const id = state.lastId;
  member.order = { id, rule, close, open, reason };
  const held = member.ledger.position;
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

function cancelIncrease(state: PortfolioState, member: Member, tick: number): void {
  const { order } = member;
  if (order === undefined || order.open === 0) return;
  if (order.close > 0) order.open = 0;
  else dropOrder(state, member, tick);
}

function flatten(state: PortfolioState, member: Member, tick: number): void {
  const held = Math.abs(member.ledger.position);
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

/** An order that closes all of the position waits. */
export function isLeaving({ order, ledger }: Member): boolean {
  return order !== undefined && ledger.position !== 0 && order.close >= Math.abs(ledger.position);
}

/** There is something to lose: a position that nothing closes yet, or an increase that waits. */
export function isExposed({ settings: { members } }: PortfolioState): boolean {
  return members.some(
    member =>
      (member.ledger.position !== 0 && !isLeaving(member)) || (member.order !== undefined && member.order.open !== 0),
  );
}
