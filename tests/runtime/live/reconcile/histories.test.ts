/**
 * Random histories of a run and its venue: fills whole and in parts, messages that are lost, doubled or swapped, placements
 * of which nobody hears, processes that die, strangers' coins and trades. After a reconciliation the books agree to the last
 * digit, every order that is wanted works once, and no order works that is not.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { number } from '../../../venue/amount.ts';
import { CAPITAL, History, type Step, step } from './history.ts';

const RUNS = process.env.VELA_DEEP === '1' ? 3000 : 60;
async function played(steps: readonly Step[]): Promise<History> {
  const history = new History();
  await history.begin();
  for (const what of steps) await history.play(what);
  await history.settle();
  return history;
}

const any = fc.array(step, { minLength: 5, maxLength: 40 });

describe('after any history', () => {
  it(
    'the ledger holds what the run’s own orders left, and no coin of others',
    () =>
      fc.assert(
        fc.asyncProperty(any, async steps => {
          const { desk, own } = await played(steps).then(history => ({ desk: history.desk, own: history.own() }));
          const { trader } = desk.run.parts;
          const { quantity, dust = 0, mark } = trader.position(0);
          expect(quantity + dust).toBeCloseTo(own.coins, 9);
          // Marked alike, dust included, the equity is what was paid and received.
          const { equity, position, entry, balance } = trader.account;
          const marked = balance + position * ((Number.isNaN(mark) ? 0 : mark) - (position === 0 ? 0 : entry));
          void equity;
          const dustWorth = dust === 0 ? 0 : dust * (mark - trader.account.dustPrice);
          expect((position === 0 ? balance : marked) + dustWorth).toBeCloseTo(
            CAPITAL + own.cash + own.coins * (Number.isNaN(mark) ? 0 : mark),
            4,
          );
        }),
        { numRuns: RUNS, seed: 11 },
      ),
    120_000,
  );

  it(
    'every order that is wanted works once, none that is not, and no id was used twice',
    () =>
      fc.assert(
        fc.asyncProperty(any, async steps => {
          const { desk, exchange, strangers } = await played(steps);
          const { trader } = desk.run.parts;
          const ours = exchange.openOrders('BTCUSDT');
          const wanted = trader.orders.map(
            ({ order }) => `${desk.run.clientIds.get(order.id)} ${order.quantity.toFixed(8)}`,
          );
          expect(
            ours.map(order => `${order.clientId} ${number(order.quantity - order.filled).toFixed(8)}`).sort(),
          ).toEqual(wanted.sort());
          expect(trader.orders.every(({ status }) => status === 'working')).toBe(true);
          const open = ours.map(({ clientId }) => clientId);
          expect(new Set(open).size).toBe(open.length);
          const { quantity } = trader.position(0);
          if (quantity > 0)
            expect(
              trader.orders.some(
                ({ order }) => order.role === 'stop' || order.role === 'exit' || order.role === 'target',
              ),
            ).toBe(true);
          expect(desk.run.guard.degraded.some(({ code }) => code === 'foreign')).toBe(strangers);
        }),
        { numRuns: RUNS, seed: 12 },
      ),
    120_000,
  );
});
