/** What is traded at the local venue, and the bars that move its prices. */
import { type Amount, amount, amountOf } from './amount.ts';

export interface VenueMarket {
  /** The venue's own name: BTCUSDT, BTC-USD. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly kind: 'spot' | 'perpetual';
  readonly tick: Amount;
  readonly lot: Amount;
  readonly minQuantity: Amount;
  readonly minNotional: Amount;
  /** The most that an order at market is for, a stop that takes at market among them. */
  readonly mostAtMarket: Amount;
  /** Fractions of the notional; on spot a buyer pays in the base coin. */
  readonly makerFee: Amount;
  readonly takerFee: Amount;
  readonly feesInQuote?: boolean;
}

export interface VenueBar {
  readonly openMs: number;
  readonly open: Amount;
  readonly high: Amount;
  readonly low: Amount;
  readonly close: Amount;
  readonly volume: Amount;
}

export function spotMarket(
  symbol: string,
  base: string,
  quote: string,
  changes: Partial<VenueMarket> = {},
): VenueMarket {
  return {
    symbol,
    base,
    quote,
    kind: 'spot',
    tick: amount('0.01'),
    lot: amount('0.00001'),
    minQuantity: amount('0.00001'),
    minNotional: amount('5'),
    mostAtMarket: amount('120'),
    makerFee: amount('0.001'),
    takerFee: amount('0.001'),
    ...changes,
  };
}

export function perpetualMarket(
  symbol: string,
  base: string,
  quote: string,
  changes: Partial<VenueMarket> = {},
): VenueMarket {
  return spotMarket(symbol, base, quote, {
    kind: 'perpetual',
    tick: amount('0.1'),
    lot: amount('0.001'),
    minQuantity: amount('0.001'),
    makerFee: amount('0.0002'),
    takerFee: amount('0.0005'),
    ...changes,
  });
}

/** `[openMs, open, high, low, close, volume]` as files have them. */
export function venueBar([openMs, ...prices]: readonly [number, number, number, number, number, number]): VenueBar {
  const [open, high, low, close, volume] = prices.map(amountOf) as [Amount, Amount, Amount, Amount, Amount];
  return { openMs, open, high, low, close, volume };
}
