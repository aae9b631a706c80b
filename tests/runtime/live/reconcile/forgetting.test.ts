/**
 * Of orders that are over a run forgets what its venue cannot be asked about any more: whatever happens, it decides what one
 * that forgets nothing decides, and however many orders it makes, it stays of one size.
 */
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunSnapshot } from '../../../../runtime/live/run-snapshot.ts';
import { History, type Step, step } from './history.ts';
import { BUY, SELL } from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
const NEVER = Number.MAX_SAFE_INTEGER;

/** Ten orders a round: hundreds are over before the first is forgotten. */
const TEXT = `strategy "Many orders"
instrument "BTC/USDT" on binance
every 1h
when close > 50100 enter long {
  at:     limit 49990
  expire: 3 bars
  size:   0.05432 base
  stop:   entry * 0.97
  target: [10% at entry * 1.01, 10% at entry * 1.012, 10% at entry * 1.014, 10% at entry * 1.016, 10% at entry * 1.018,
           10% at entry * 1.02, 10% at entry * 1.022, rest at entry * 1.05]
}
when close < 49900 exit long
execution { fee: 10bp  slippage: 0bp }
`;

/** In and out again: an entry, its stop, its targets, and whatever happens meanwhile. */
const noise = fc.array(
  step.filter(({ do: what }) => what !== 'stranger buys'),
  { maxLength: 3 },
);
const round = fc
  .tuple(noise, noise, noise, fc.constantFrom(46_000, 51_300, 53_000, 53_000, 53_000))
  .map(([first, then, last, price]): readonly Step[] => [
    { do: 'bar', close: BUY },
    ...first,
    { do: 'price', price: 49_900 },
    { do: 'deliver', count: 3 },
    ...then,
    { do: 'price', price },
    { do: 'deliver', count: 5 },
    { do: 'bar', close: SELL },
    ...last,
    { do: 'reconcile' },
  ]);
/** Slow: a venue is asked about little again. Quick: about dozens of orders. */
const pace = fc.constantFrom(60_000, 2000);
const rounds = (count: number) => fc.array(round, { minLength: count, maxLength: count }).map(each => each.flat());

async function played(steps: readonly Step[], forgetAfter: number, stepMs: number): Promise<History> {
  const history = new History({ text: TEXT, forgetAfter, snapshotEvery: 37 }, stepMs);
  await history.begin();
  for (const what of steps) {
    await history.play(what);
    await turn();
  }
  await history.settle();
  return history;
}

/** What goes on beside the run has its turn. */
function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}

function remembered({ desk }: History): RunSnapshot {
  return deserialize(serialize(desk.run.snapshot()));
}

describe('a run at a venue that forgets what is over', () => {
  it('decides what one that forgets nothing decides, through faults and deaths', { timeout: 600_000 }, async () => {
    let forgotten = 0;
    await fc.assert(
      fc.asyncProperty(rounds(160), pace, async (steps, stepMs) => {
        const all = await played(steps, NEVER, stepMs);
        const some = await played(steps, 1, stepMs);
        expect(some.rows.rows).toEqual(all.rows.rows);
        expect(some.own()).toEqual(all.own());
        forgotten += remembered(all).seen.size - remembered(some).seen.size;
      }),
      { numRuns: isDeep ? 60 : 2, seed: 41, endOnFailure: true },
    );
    expect(forgotten).toBeGreaterThan(100);
  });

  it('stays of one size over thousands of orders', { timeout: 600_000 }, async () => {
    const count = isDeep ? 3000 : 400;
    const [steps = []] = fc.sample(rounds(count), { numRuns: 1, seed: 42 });
    const history = new History({
      text: TEXT,
      snapshotEvery: 500,
      forgetAfter: 100,
      capacity: 4 * count,
      capital: 90_000,
    });
    await history.begin();
    const sizes: number[] = [];
    for (const what of steps) {
      await history.play(what);
      await turn();
      if (what.do !== 'reconcile') continue;
      const { clientIds, venueIds, orderOf, seen } = history.desk.run.snapshot();
      sizes.push(clientIds.size + venueIds.size + orderOf.size + seen.size);
    }
    await history.settle();
    console.log(
      sizes.filter((_, i) => i % 20 === 0).join(' '),
      history.exchange.trades.length,
      history.exchange.orders.length,
      history.desk.run.parts.trader.account.equity,
    );
    expect(history.exchange.trades.length).toBeGreaterThan(2 * count);
    expect(Math.max(...sizes)).toBeLessThan(2600);
    const { quantity, dust = 0 } = history.desk.run.parts.trader.position(0);
    expect(quantity + dust).toBeCloseTo(history.own().coins, 9);
  });
});
