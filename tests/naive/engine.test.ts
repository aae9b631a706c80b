/**
 * An independent check of data, kernel and engine together: every example strategy gives the fills, fees, funding and
 * equity that a deliberately naive backtester gives, which was written from the design and shares no code with the product.
 */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../runtime/engine/result.ts';
import { describeWithShared } from '../support/shared.ts';
import type { Candles } from './candles.ts';
import { EXAMPLES, type Example, fundingOf, marksOf, ROUGHER } from './examples.ts';
import { runExample } from './product.ts';
import { type Outcome, trade } from './trader.ts';

const TOLERANCE = 1e-9;
const CAPITAL = 10_000;
const MAINTENANCE = 0.005;
/** Minutes read by splitting text, 2.1 million of them. */
const SLOW_MS = 60_000;

function naive(example: Example): { readonly candles: Candles; readonly outcome: Outcome } {
  const candles = example.candles();
  const marks = marksOf(example, candles);
  const funding = fundingOf(example, candles);
  const world = {
    candles,
    spot: example.mark === undefined,
    capital: CAPITAL,
    maintenance: MAINTENANCE,
    ...(marks !== undefined && { marks }),
    ...(funding !== undefined && { funding }),
  };
  return { candles, outcome: trade(example.idea(candles), world) };
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}

/** The first fill that differs, as both have it. */
function firstDifference(outcome: Outcome, result: RunResult) {
  const count = Math.max(outcome.fills.length, result.fills.length);
  for (let i = 0; i < count; i++) {
    const [a, b] = [outcome.fills[i], result.fills[i]];
    const same =
      a !== undefined &&
      b !== undefined &&
      a.bar === b.tick &&
      a.side === b.side &&
      isClose(a.price, b.price) &&
      isClose(a.quantity, b.quantity) &&
      isClose(a.fee, b.fee);
    if (!same) return { fill: i, naive: a, engine: b };
  }
  return undefined;
}

function firstUnequal(a: readonly number[], b: Float64Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  return a.findIndex((value, i) => !isClose(value, b[i] ?? Number.NaN));
}

async function compare(example: Example): Promise<{ readonly outcome: Outcome; readonly result: RunResult }> {
  const { outcome, candles } = naive(example);
  const { result, series } = await runExample(example.name, example, example.leverage);
  const [base] = series.clocks;
  expect(base?.length).toBe(candles.time.length);
  expect(firstUnequal(candles.close, base?.close ?? new Float64Array(0))).toBe(-1);
  expect(firstDifference(outcome, result)).toBeUndefined();
  expect(firstUnequal(outcome.equity, result.equity)).toBe(-1);
  expect(result.trades.filter(each => !each.open)).toHaveLength(outcome.trades);
  expect(isClose(result.totals.fees, outcome.fees)).toBe(true);
  expect(isClose(result.totals.funding, outcome.funding)).toBe(true);
  return { outcome, result };
}

describeWithShared('the naive backtester agrees', () => {
  test.each(EXAMPLES)(
    'on $name, on $market',
    async example => {
      const { outcome } = await compare(example);
      // A strategy that never trades proves nothing.
      expect(outcome.trades).toBeGreaterThan(5);
    },
    SLOW_MS,
  );

  test.each(ROUGHER)(
    'on $name, on $market',
    async example => {
      const { outcome } = await compare(example);
      expect(outcome.trades).toBeGreaterThan(15);
      if (example.leverage !== undefined) expect(outcome.liquidations).toBeGreaterThan(0);
    },
    SLOW_MS,
  );
});

describeWithShared('funding', () => {
  test('paid by the perpetual dip buyer is the direct sum over the funding file', async () => {
    const example = EXAMPLES.find(({ name }) => name === 'dip_buyer_perp');
    if (example === undefined) throw new Error('no such example');
    const { result } = await runExample(example.name, example);
    const candles = example.candles();
    const marks = marksOf(example, candles);
    const rates = fundingOf(example, candles) ?? [];
    let sum = 0;
    let position = 0;
    let fill = 0;
    for (const [bar, settled] of rates.entries()) {
      for (const rate of settled) sum -= position * (marks?.open[bar] ?? Number.NaN) * rate;
      for (; result.fills[fill]?.tick === bar; fill++) {
        const { side, quantity = 0 } = result.fills[fill] ?? {};
        position += side === 'buy' ? quantity : -quantity;
      }
    }
    expect(sum).not.toBe(0);
    expect(isClose(result.totals.funding, sum)).toBe(true);
  });
});

describe('the naive backtester itself', () => {
  const flat = (close: readonly number[]): Candles => ({
    step: 3_600_000,
    time: close.map((_, i) => i * 3_600_000),
    open: [...close],
    high: close.map(value => value + 1),
    low: close.map(value => value - 1),
    close: [...close],
    volume: close.map(() => 1),
    held: close.map(() => false),
  });

  test('buys at the next open, is stopped at the stop, and pays its fees', () => {
    const outcome = trade(
      {
        entries: bar =>
          bar === 0
            ? [
                {
                  side: 'long',
                  type: 'market',
                  size: { share: 0.5 },
                  protection: { stop: entry => entry - 5 },
                },
              ]
            : [],
        exits: () => [],
        maker: 0,
        taker: 1 / 128,
        slippage: () => 0,
        slippageIsRatio: true,
        leverage: 1,
      },
      { candles: flat([100, 100, 98, 95, 97]), spot: true, capital: 1000, maintenance: 0 },
    );
    expect(outcome.fills).toEqual([
      { bar: 1, side: 'buy', price: 100, quantity: 5, fee: 3.90625, why: 'entry' },
      { bar: 3, side: 'sell', price: 95, quantity: 5, fee: 3.7109375, why: 'stop' },
    ]);
    expect(outcome.equity).toEqual([1000, 996.09375, 986.09375, 967.3828125, 967.3828125]);
  });
});
