/** What trading costs: each formula once, used by the exchange that charges it and by the sizing that allows for it. */

/** A long position is +1, a short one −1; a buy is +1, a sale −1. */
export type Sign = 1 | -1;

/** Fee on a fill, in quote currency. */
export function feeOn(price: number, quantity: number, rate: number): number {
  return price * quantity * rate;
}

/** Price after slippage: always against the one who trades. `slippage` is a ratio of the price or a price distance. */
export function slipped(direction: Sign, price: number, slippage: number, slippageIs: 'ratio' | 'price'): number {
  return slippageIs === 'ratio' ? price * (1 + direction * slippage) : price + direction * slippage;
}

/** What a settlement pays to the holder of a signed position: longs pay shorts while the rate is positive. */
export function fundingPayment(position: number, price: number, rate: number): number {
  return -(position * price * rate);
}

/** Cash that one unit of a new position takes: its margin (all of its price on spot) and its fee. */
export function cashPerUnit(price: number, leverage: number, feeRate: number): number {
  return price / leverage + price * feeRate;
}
