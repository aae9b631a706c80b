/**
 * The one account of a portfolio: capital and the balances of all members, always added in the same order.
 *
 *   balance = capital + Σ member balances      free cash = balance − Σ margins      equity = balance + Σ open profits
 */
import { createLedger, equityAt, type Ledger, marginOf } from '../engine/ledger.ts';
import type { Member } from './member.ts';

export interface Account {
  readonly capital: number;
  readonly members: readonly Pick<Member, 'ledger' | 'market'>[];
  /** Balance, equity and peak as limits and streams read them; it never holds a position. */
  readonly ledger: Ledger;
}

/** What cash is reckoned from. */
export interface Balances {
  readonly capital: number;
  readonly members: readonly Pick<Member, 'ledger'>[];
}

export function createAccount(capital: number, leverage: number, members: Account['members']): Account {
  return { capital, members, ledger: createLedger(capital, leverage) };
}

export function balanceOf({ capital, members }: Balances): number {
  let balance = capital;
  for (const { ledger } of members) balance += ledger.balance;
  return balance;
}

/** Cash that no position binds; on spot all the cash there is. */
export function freeCashOf(account: Balances): number {
  let cash = balanceOf(account);
  for (const { ledger } of account.members) cash -= marginOf(ledger);
  return cash;
}

/** Marks every member at its last known price. Returns how many are held. */
export function markAccount({ capital, members, ledger: total }: Account, tick: number): number {
  let balance = capital;
  let equity = capital;
  let held = 0;
  for (const { ledger, market } of members) {
    const mark = market.mark.close[tick] as number;
    if (!Number.isNaN(mark)) ledger.mark = mark;
    balance += ledger.balance;
    equity += equityAt(ledger.balance, ledger.position, ledger.entry, ledger.mark);
    if (ledger.position !== 0) held += 1;
  }
  total.balance = balance;
  total.equity = equity;
  if (equity > total.peak) total.peak = equity;
  return held;
}
