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

/** Markets that have just been read are those of the next symbol too: the list of all is some megabytes long. */
const FRESH_MS = 10_000;

interface ReadMarkets {
  readonly atMs: number;
  readonly markets: Promise<Readonly<Record<string, unknown>>>;
}

const lastRead = new WeakMap<Connection, ReadMarkets>();

function marketsOf(connection: Connection): ReadMarkets['markets'] {
  const known = lastRead.get(connection);
  const atMs = performance.now();
  if (known !== undefined && atMs - known.atMs < FRESH_MS) return known.markets;
  const { exchange, read } = connection;
  const markets = read('markets', () => exchange.loadMarkets(true)) as ReadMarkets['markets'];
  lastRead.set(connection, { atMs, markets });
  // What could not be read is read anew by whoever asks next.
  markets.catch(() => lastRead.delete(connection));
  return markets;
}

/** Reads the venue's markets anew: they change while a run goes on. */
export async function marketOf(connection: Connection, symbol: string): Promise<VenueMarket> {
  const { profile } = connection;
  const market = (await marketsOf(connection))[symbol] as CcxtMarket | undefined;
  if (market === undefined) throw new VenueError('rejected', `${profile.name} has no market ${symbol}`, 'not trading');
  const { precision, limits } = market;
  const positive = (value: number | undefined) => (value !== undefined && value > 0 ? decimalText(value) : undefined);
  const tick = positive(precision?.price);
  const lot = positive(precision?.amount);
  const minNotional = positive(limits?.cost?.min);
  const facts: MarketFacts = {
    ...(tick !== undefined && { tick }),
    ...(lot !== undefined && { lot }),
    ...(minNotional !== undefined && { minNotional }),
    maintenance: profile.kind === 'perpetual' ? await maintenanceOf(connection, symbol) : 0,
    source: `the metadata of ${profile.name}`,
  };
  return {
    symbol,
    facts,
    isTrading: market.active !== false,
    ...(market.expiry !== undefined && { endsMs: market.expiry }),
  };
}

/** Of the lowest tier; only an account is told. */
async function maintenanceOf({ exchange, read, hasKeys }: Connection, symbol: string): Promise<number> {
  if (!hasKeys) return USUAL_MAINTENANCE;
  const brackets = (await read('balances', () => exchange.loadLeverageBrackets())) as Readonly<Record<string, unknown>>;
  const [lowest] = (brackets[symbol] ?? []) as readonly (readonly unknown[])[];
  const ratio = Number(lowest?.[1]);
  return ratio > 0 && ratio < 1 ? ratio : USUAL_MAINTENANCE;
}
