/** A process of a test that can die: from then on nothing of it reaches its journal or its venue, and it hears of nothing. */
import type { Venue } from '../../../../runtime/live/ports.ts';
import type { RowSink } from '../../../../runtime/live/store/rows.ts';
import { withCalls } from './support.ts';

export interface Mortality {
  die(): void;
  sink(sink: RowSink): RowSink;
  venue(venue: Venue): Venue;
}

export function mortality(): Mortality {
  let isDead = false;
  const forever = new Promise<never>(() => {});
  /** What was asked while it lived may be answered when it is dead. */
  const mortal =
    <A extends readonly unknown[], T>(call: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      if (isDead) return forever;
      try {
        const answer = await call(...given);
        return isDead ? forever : answer;
      } catch (error) {
        if (isDead) return forever;
        throw error;
      }
    };
  return {
    die: () => {
      isDead = true;
    },
    sink: sink => ({
      ...sink,
      append: row => (isDead ? undefined : sink.append(row)),
      snapshot: row => (isDead ? undefined : sink.snapshot(row)),
      durable: () => (isDead ? forever : sink.durable()),
    }),
    venue: venue =>
      withCalls(venue, {
        market: mortal((symbol, round) => venue.market(symbol, round)),
        place: mortal(order => venue.place(order)),
        amend: mortal((order, id) => venue.amend(order, id)),
        cancel: mortal((symbol, clientId, id) => venue.cancel(symbol, clientId, id)),
        lookup: mortal((symbol, clientId) => venue.lookup(symbol, clientId)),
        openOrders: mortal(symbol => venue.openOrders(symbol)),
        fills: mortal((symbol, since) => venue.fills(symbol, since)),
        positions: mortal(symbols => venue.positions(symbols)),
        balances: mortal(() => venue.balances()),
      }),
  };
}
