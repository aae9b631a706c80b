/** A ledger goes on under another strategy: all but what the strategy itself states. */
import type { Ledger } from '../engine/ledger.ts';

export function inheritLedger(heir: Ledger, from: Readonly<Ledger>): void {
  const { totals, trade, capital: _capital, leverage: _leverage, ...rest } = from;
  Object.assign(heir, rest);
  Object.assign(heir.totals, totals);
  Object.assign(heir.trade, trade);
}
