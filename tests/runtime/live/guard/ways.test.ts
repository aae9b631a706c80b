/** Venues that take orders in other ways than the simulated exchange does; what comes of it is the same, or nearly. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../../compiler/index.ts';
import { USUAL_WAYS, type VenueWays } from '../../../../runtime/engine/settings.ts';
import type { Venue } from '../../../../runtime/live/ports.ts';
import { busyPlan, busySeries, busyText } from '../busy.ts';
import { backtestOf, comparable, compileText, FACTS, replayOf } from '../support.ts';
import { withCalls } from './support.ts';

const plan = busyPlan();
const series = busySeries(plan);
/** Its limits lie so far away that most of them end unfilled. */
const patient = compileText(
  busyText().replace('limit close * (1 - 2bp)', 'limit close * (1 - 60bp)').replace('(1 + 5bp)', '(1 + 60bp)'),
);

async function played(ways: Partial<VenueWays>, through: (venue: Venue) => Venue, strategy: Plan = plan) {
  const replay = replayOf(strategy, series, {
    config: { facts: { [series.symbol]: FACTS }, ways: { ...USUAL_WAYS, ...ways } },
    through,
  });
  await replay.follow(new AbortController().signal);
  await replay.run.idle();
  return replay;
}

describe('a venue', () => {
  it('that ends no order by itself is told to, and the run is that of one that does', async () => {
    const forever = (venue: Venue) =>
      withCalls(venue, {
        place: order => venue.place({ ...order, order: { ...order.order, expireBars: Number.POSITIVE_INFINITY } }),
      });
    const backtest = comparable(backtestOf(patient, series));
    expect(backtest.counts.expired).toBeGreaterThan(3);
    const replay = await played({ expires: false }, forever, patient);
    expect(comparable(replay.result())).toEqual(backtest);
  });

  it('that changes no order gets another in its place, and the run is that of one that does', async () => {
    let amended = 0;
    const replay = await played({ amends: false }, venue =>
      withCalls(venue, {
        amend: (order, id) => {
          amended += 1;
          return venue.amend(order, id);
        },
      }),
    );
    expect(amended).toBe(0);
    const { fills, trades, totals } = comparable(replay.result());
    const backtest = comparable(backtestOf(plan, series));
    expect({ fills, trades, totals }).toEqual({
      fills: backtest.fills,
      trades: backtest.trades,
      totals: backtest.totals,
    });
  });

  it('that sets quantities aside never has more to sell than is held', async () => {
    let most = 0;
    // It lists an order until it has told that it is gone.
    const cancelled = new Set<string>();
    const replay = await played({ reserves: true }, venue => {
      const looked = async () => {
        const [held] = await venue.positions([series.symbol]);
        const sales = (await venue.openOrders(series.symbol)).filter(
          ({ side, clientId = '' }) => side === 'sell' && !cancelled.has(clientId),
        );
        const asked = sales.reduce((sum, { quantity }) => sum + quantity, 0);
        if (sales.length > 0) most = Math.max(most, asked / (held?.quantity ?? 0));
      };
      return withCalls(venue, {
        place: async order => {
          const answer = await venue.place(order);
          await looked();
          return answer;
        },
        cancel: (symbol, clientId, id) => {
          cancelled.add(clientId);
          return venue.cancel(symbol, clientId, id);
        },
        amend: async (order, id) => {
          const answer = await venue.amend(order, id);
          await looked();
          return answer;
        },
      });
    });
    expect(replay.trader.tradeCount).toBeGreaterThan(10);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(1 + 1e-9);
  });
});
