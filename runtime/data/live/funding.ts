/** Settlements of a perpetual, from the venue's own history. */
import type { Connection } from '../../exchange/ccxt/connection.ts';

export interface Settlement {
  readonly timeMs: number;
  /** Fraction of notional, paid by longs to shorts when positive. */
  readonly rate: number;
}

const MOST = 1000;

/** From an instant on, in order. */
export async function fundingSince(
  { exchange, read }: Connection,
  symbol: string,
  sinceMs: number,
): Promise<readonly Settlement[]> {
  const rows = await read('bars', () => exchange.fetchFundingRateHistory(symbol, Math.floor(sinceMs), MOST));
  return rows
    .flatMap(({ timestamp, fundingRate }) =>
      timestamp === undefined || fundingRate === undefined ? [] : [{ timeMs: timestamp, rate: fundingRate }],
    )
    .filter(({ timeMs }) => timeMs >= sinceMs)
    .sort((a, b) => a.timeMs - b.timeMs);
}
