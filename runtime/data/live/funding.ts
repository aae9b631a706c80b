/** Settlements of a perpetual, from the venue's own history. */
import type { Connection } from '../../exchange/ccxt/connection.ts';
import type { Settlement } from '../../live/ports.ts';

const MOST = 1000;

/** From an instant on, in order. */
export async function fundingSince(
  { exchange, read }: Connection,
  symbol: string,
  sinceMs: number,
): Promise<readonly Settlement[]> {
  const found: Settlement[] = [];
  for (let since = Math.floor(sinceMs); ; since = (found.at(-1)?.timeMs ?? since) + 1) {
    const page = settlementsOf(
      await read('funding', () => exchange.fetchFundingRateHistory(symbol, since, MOST)),
      since,
    );
    found.push(...page);
    if (page.length < MOST) return found;
  }
}

interface CcxtRate {
  readonly timestamp?: number | undefined;
  readonly fundingRate?: number | undefined;
}

function settlementsOf(rows: readonly CcxtRate[], sinceMs: number): readonly Settlement[] {
  return rows
    .flatMap(({ timestamp, fundingRate }) =>
      timestamp === undefined || fundingRate === undefined ? [] : [{ timeMs: timestamp, rate: fundingRate }],
    )
    .filter(({ timeMs }) => timeMs >= sinceMs)
    .sort((a, b) => a.timeMs - b.timeMs);
}
