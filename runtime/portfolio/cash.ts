/**
 * What a run may buy with: its own cash, whatever lies in the account beside it. A sale may have come to nothing, or may still
 * be under way, when the purchases go out that it was to pay for.
 */
import { cashPerUnit, type Sign, slipped } from '../engine/costs.ts';
import { heldAfterMore } from '../engine/ledger.ts';
import { affordable } from '../engine/sizing.ts';
import { freeCashOf } from './account.ts';
import type { Member, MemberIntent } from './member.ts';
import type { MemberOrder } from './orders.ts';
import { type PortfolioState, refuse } from './state.ts';

/** Cuts what an intent adds to what the run can pay for at the last price. */
export function boundByCash(state: PortfolioState, member: Member, intent: MemberIntent): void {
  const { settings, account, journal, counts, lastTick } = state;
  const { leverage, taker } = settings;
  const wanted = Math.abs(intent.open);
  const direction: Sign = intent.open > 0 ? 1 : -1;
  const cash = state.orders.reduce((left, order) => left - bindsCash(state, order), freeCashOf(account));
  const quantity = affordable(wanted, cash, priceOf(state, member, direction), leverage, taker, member.steps);
  if (quantity === wanted) return;
  intent.open = direction * quantity || 0;
  intent.target = heldAfterMore(member.ledger, intent.open, member.steps.lot);
  if (quantity === 0) {
    refuse(state, member, lastTick, intent.rule, 'not enough cash', intent.id);
    if (intent.close === 0) member.order = undefined;
    return;
  }
  counts.cuts += 1;
  journal.instrument = member.number;
  journal.cut(lastTick, intent.id, wanted, quantity);
}

/** Of an order that adds and may still fill. */
function bindsCash(state: PortfolioState, { part, order, member }: MemberOrder): number {
  if (part !== 'open') return 0;
  const { leverage, taker } = state.settings;
  return order.quantity * cashPerUnit(priceOf(state, member, order.direction), leverage, taker);
}

/** The last one that is known, and what the strategy reckons with to lose on it. */
function priceOf(
  { settings, lastTick }: PortfolioState,
  { ledger, market, slippage }: Member,
  direction: Sign,
): number {
  const close = market.bars.close[lastTick] as number;
  return slipped(direction, Number.isNaN(close) ? ledger.mark : close, slippage.at(lastTick), settings.slippageIs);
}
