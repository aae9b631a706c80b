/** Facts of a market, from the venue's own metadata: steps and minimums as decimal text. */
import type { MarketFacts } from '../../data/series.ts';
import { decimalOf } from '../../engine/decimal.ts';
import { VenueError, type VenueMarket } from '../../live/ports.ts';
import type { Connection } from './connection.ts';

interface CcxtMarket {
  readonly active?: boolean;
  readonly expiry?: number;
  readonly precision?: { readonly amount?: number; readonly price?: number };
  readonly limits?: { readonly cost?: { readonly min?: number }; readonly amount?: { readonly min?: number } };
  readonly taker?: number;
  readonly maker?: number;
  readonly info?: unknown;
}

/** Half a percent of the notional: what the lowest tier of linear perpetuals usually asks. */
const USUAL_MAINTENANCE = 0.005;

/** `0.00001` of 1e-5: no exponent, no trailing zeros. */
export function decimalText(value: number): string {
  const { digits, scale } = decimalOf(value);
  const text = digits.toString().padStart(scale + 1, '0');
  if (scale === 0) return text;
  return `${text.slice(0, -scale)}.${text.slice(-scale)}`.replace(/\.?0+$/, '');
}

/** Reads the venue's markets anew, since they change while a run goes on; or takes those that were read when it was connected. */
export async function marketOf(connection: Connection, symbol: string, anew = true): Promise<VenueMarket> {
  const { exchange, profile, read } = connection;
  const markets = (await read('markets', () => exchange.loadMarkets(anew))) as Readonly<Record<string, unknown>>;
  const market = markets[symbol] as CcxtMarket | undefined;
  if (market === undefined) throw new VenueError('rejected', `${profile.name} has no market ${symbol}`, 'not trading');
  const { precision, limits } = market;
  const positive = (value: number | undefined) => (value !== undefined && value > 0 ? decimalText(value) : undefined);
  const tick = positive(precision?.price);
  const lot = positive(precision?.amount);
  const minNotional = positive(limits?.cost?.min);
  const told = profile.kind === 'perpetual' ? await maintenanceOf(connection, symbol) : 0;
  const known = `the metadata of ${profile.name}`;
  const facts: MarketFacts = {
    ...(tick !== undefined && { tick }),
    ...(lot !== undefined && { lot }),
    ...(minNotional !== undefined && { minNotional }),
    maintenance: told ?? USUAL_MAINTENANCE,
    source: told === undefined ? `${known}; the maintenance margin is assumed: the venue told none` : known,
  };
  const endsMs = profile.endOf?.(market.info) ?? market.expiry;
  return {
    symbol,
    facts,
    isTrading: market.active !== false,
    ...(endsMs !== undefined && { endsMs }),
  };
}

/** Of the lowest tier; undefined where the venue does not say. */
async function maintenanceOf({ exchange, read, hasKeys }: Connection, symbol: string): Promise<number | undefined> {
  if (!hasKeys) return undefined;
  const brackets = (await read('balances', () => exchange.loadLeverageBrackets())) as Readonly<Record<string, unknown>>;
  const [lowest] = (brackets[symbol] ?? []) as readonly (readonly unknown[])[];
  const ratio = Number(lowest?.[1]);
  return ratio > 0 && ratio < 1 ? ratio : undefined;
}
