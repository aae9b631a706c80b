/**
 * What an edited portfolio goes on with (inherit.ts), member by member: the ledgers, what takes holdings down, the orders of
 * which a fill may still be told. What the old weights meant to buy is dropped: the new ones say what is to be held.
 */
import { heldAfterLess } from '../engine/ledger.ts';
import type { Member, MemberIntent } from '../portfolio/member.ts';
import type { MemberOrder } from '../portfolio/orders.ts';
import { inheritLedger } from './inherit-ledger.ts';
import type { PortfolioTrader } from './portfolio-trader.ts';

/** `heir` trades the instruments that `old` trades. */
export function inheritPortfolio(heir: PortfolioTrader, old: PortfolioTrader): void {
  const [state, before] = [heir.state, old.state];
  const heirs = new Map(heir.settings.members.map(member => [member.number, member]));
  const heirOf = ({ number }: Member): Member => {
    const member = heirs.get(number);
    if (member === undefined) throw new RangeError(`the heir has no instrument ${number}`);
    return member;
  };
  const intents = new Map<MemberIntent, MemberIntent>();
  for (const from of old.settings.members) {
    const member = heirOf(from);
    inheritLedger(member.ledger, from.ledger);
    member.trades.restore(from.trades.snapshot());
    member.ticksHeld = from.ticksHeld;
    member.steps = from.steps;
    member.order = from.order && closingOf(from, from.order);
    if (from.order !== undefined && member.order !== undefined) intents.set(from.order, member.order);
  }
  const inherited = ({ member, intent, ...order }: MemberOrder): MemberOrder => ({
    ...order,
    member: heirOf(member),
    // Rules are numbered by their plan.
    intent: intents.get(intent) ?? { ...intent, rule: -1 },
  });
  state.orders = before.orders.map(inherited);
  state.departed = before.departed.map(inherited);
  for (const order of state.orders) {
    if (order.part === 'close') order.member.closing = order;
    else order.member.opening = order;
  }
  inheritLedger(state.account.ledger, before.account.ledger);
  state.blocks = before.blocks;
  state.lastId = before.lastId;
  state.lastTick = before.lastTick;
  state.ticksInMarket = before.ticksInMarket;
  state.rebalances = before.rebalances;
  state.firstDecision = before.firstDecision;
  for (const [name, count] of before.limited) state.limited.set(name, count);
  Object.assign(state.counts, before.counts);
  state.refusals.set(before.refusals);
}

/** The part of an intent that takes the holding down; undefined where it has none. */
function closingOf({ ledger, steps }: Member, intent: MemberIntent): MemberIntent | undefined {
  if (intent.close === 0) return undefined;
  return { ...intent, rule: -1, open: 0, target: heldAfterLess(ledger, intent.close, steps.lot) };
}
