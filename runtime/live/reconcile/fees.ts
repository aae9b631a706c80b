/**
 * Fees in a coin that is not the account's, such as an exchange's own: counted when the venue has said what the coin is
 * worth. The price is journaled with the amount.
 */
import { VenueError } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import { of } from '../store/rows.ts';

/** Takes in all that have not been converted yet; what the venue cannot say now is asked again the next time. */
export async function convertFees(run: LiveRun): Promise<void> {
  const { venue, trader } = run.parts;
  const prices = new Map<string, number | undefined>();
  for (const [key, { currency, instrument }] of [...run.books.unconverted]) {
    if (!prices.has(currency)) prices.set(currency, await priceOf(run, currency));
    const price = prices.get(currency);
    // While the venue was asked more may have come to it, or it may have become a part of another.
    const quantity = run.books.unconverted.get(key)?.quantity;
    if (venue.rate === undefined || price === undefined || quantity === undefined) continue;
    const event = {
      type: 'income',
      ...run.about(instrument),
      tick: trader.live.length,
      kind: 'fee',
      amount: -quantity * price,
      from: { currency, quantity, price },
    } as const;
    await run.take({ type: 'event', ...of(instrument), event, key: `fee of ${key}` });
  }
}

async function priceOf(run: LiveRun, currency: string): Promise<number | undefined> {
  const { venue, trader } = run.parts;
  try {
    const price = await venue.rate?.(currency, trader.currency);
    if (price !== undefined && price > 0) return price;
    run.notice('warning', 'fee not converted', { currency, why: `${venue.name} has no price of it` });
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    run.notice('warning', 'fee not converted', { currency, why: error.message });
  }
  return undefined;
}
