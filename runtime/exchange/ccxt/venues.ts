/** The venues that a run can trade at, by ccxt's names. Another one is another profile, and a line here and in `classes.ts`. */
import type { VenueProfile } from './profile.ts';
import { BINANCE } from './venues/binance.ts';
import { BINANCE_USDM } from './venues/binanceusdm.ts';
import { COINBASE } from './venues/coinbase.ts';

export const VENUES: Readonly<Record<string, VenueProfile>> = {
  binance: BINANCE,
  binanceusdm: BINANCE_USDM,
  coinbase: COINBASE,
};
