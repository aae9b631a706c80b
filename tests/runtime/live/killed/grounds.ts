/** Where runs are killed: at which venue, what is traded there, and what their strategies promise. */
import { amount } from '../../../venue/amount.ts';
import { perpetualMarket } from '../../../venue/market.ts';
import { coinbaseVenue, spotVenue, type TestVenue, usdmVenue, type VenueSettings } from '../../../venue/start.ts';

export type Kind = 'perpetual' | 'spot' | 'coinbase' | 'portfolio';

export interface Traded {
  /** As a strategy, and as the venue, writes it. */
  readonly symbol: string;
  readonly id: string;
  readonly firstPrice: number;
}

export interface Ground {
  readonly open: (settings: VenueSettings) => Promise<TestVenue>;
  /** As the configuration calls it. */
  readonly venue: string;
  readonly isSpot: boolean;
  readonly base: string;
  readonly quote: string;
  /** The first one's prices move a history on; of a portfolio there are others. */
  readonly markets: readonly [Traded, ...Traded[]];
  /** Share of the equity that the strategies cap their exposure at. */
  readonly mostExposure: number;
  /** What is held has a stop at the venue: all but portfolios. */
  readonly hasStops: boolean;
  /** An order without an answer may still arrive for so long: until then nobody can say what became of it. */
  readonly longestDoubtMs: number;
}

const BITCOIN = { symbol: 'BTC/USDT:USDT', id: 'BTCUSDT', firstPrice: 50_300 };

async function threePerpetuals(settings: VenueSettings): Promise<TestVenue> {
  const local = await usdmVenue(settings);
  const steps = { tick: amount('0.01'), lot: amount('0.1'), minQuantity: amount('0.1') };
  local.exchange.list(perpetualMarket('SOLUSDT', 'SOL', 'USDT', steps), amount('100'));
  return local;
}

const USDM = { venue: 'binanceusdm', isSpot: false, base: 'BTC', quote: 'USDT' } as const;
const SINGLE = { mostExposure: 0.5, hasStops: true, longestDoubtMs: 0 } as const;

export const GROUNDS: Readonly<Record<Kind, Ground>> = {
  perpetual: { ...USDM, ...SINGLE, open: usdmVenue, markets: [BITCOIN] },
  spot: {
    ...SINGLE,
    open: spotVenue,
    venue: 'binance',
    isSpot: true,
    base: 'BTC',
    quote: 'USDT',
    markets: [{ ...BITCOIN, symbol: 'BTC/USDT' }],
  },
  coinbase: {
    ...SINGLE,
    open: coinbaseVenue,
    venue: 'coinbase',
    isSpot: true,
    base: 'BTC',
    quote: 'USD',
    markets: [{ ...BITCOIN, symbol: 'BTC/USD', id: 'BTC-USD' }],
    longestDoubtMs: 130_000,
  },
  portfolio: {
    ...USDM,
    open: threePerpetuals,
    markets: [
      BITCOIN,
      { symbol: 'ETH/USDT:USDT', id: 'ETHUSDT', firstPrice: 2500 },
      { symbol: 'SOL/USDT:USDT', id: 'SOLUSDT', firstPrice: 100 },
    ],
    mostExposure: 0.8,
    hasStops: false,
    longestDoubtMs: 0,
  },
};
