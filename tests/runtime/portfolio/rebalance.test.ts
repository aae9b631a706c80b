/** What a rebalance does, by hand-made weights and prices. */
import { describe, expect, test } from 'vitest';
import { runPortfolio } from '../../../runtime/backtest.ts';
import type { PortfolioResult } from '../../../runtime/portfolio/result.ts';
import type { PortfolioConfig } from '../../../runtime/portfolio/settings.ts';
import { type PortfolioScript, scriptedPortfolio, steady } from '../../support/scripted-portfolio.ts';
import { fixed, ONE } from '../../support/scripted-run.ts';

function play(script: PortfolioScript, config: PortfolioConfig = {}): PortfolioResult {
  const { run, set } = scriptedPortfolio(script);
  return runPortfolio(run, set, { capital: 1000, ...config });
}

const short = (value: number) => Number(value.toPrecision(9));

/** `symbol side quantity price tick` of every fill, in the order in which they happened. */
const fillsOf = (result: PortfolioResult): string[] =>
  result.members
    .flatMap(({ symbol, fills }) => fills.map(fill => ({ symbol: symbol.split('/')[0], ...fill })))
    .toSorted((a, b) => a.tick - b.tick)
    .map(
      ({ symbol, side, quantity, price, tick, reason }) =>
        `${symbol} ${side} ${short(quantity)} ${short(price)} ${tick} ${reason}`,
    );

const A = 'A/USDT';
const B = 'B/USDT';
const flat = (price: number, length = 6) => steady(...Array.from({ length }, () => price));
const weights = (length: number, at: Readonly<Record<number, number>>) => Array.from({ length }, (_, tick) => at[tick]);

describe('from weights to holdings', () => {
  test('weights of equity become market orders at the next open; 0 closes, absent keeps', () => {
    const result = play({
      members: [
        { symbol: A, bars: flat(10), weights: weights(6, { 0: 0.5, 2: 0 }) },
        { symbol: B, bars: flat(20), weights: weights(6, { 0: 0.4 }) },
      ],
      at: [0, 2],
    });
    expect(fillsOf(result)).toEqual(['A buy 50 10 1 entry', 'B buy 20 20 1 entry', 'A sell 50 10 3 signal']);
    expect(result.rebalances).toBe(2);
    expect(result.trades.map(({ instrument, open, bars, reason }) => [instrument, open, bars, reason])).toEqual([
      [A, false, 2, 'signal'],
      [B, true, 5, 'end of data'],
    ]);
  });

  test('the target is a share of what the account is worth at that close', () => {
    const result = play({
      members: [
        { symbol: A, bars: steady(10, 10, 20, 20), weights: weights(4, { 0: 0.5, 2: 0.5 }) },
        { symbol: B, bars: flat(20, 4), weights: weights(4, { 0: 0.5, 2: 0.5 }) },
      ],
      at: [0, 2],
    });
    // A doubled: 1000 + 500 = 1500, half of it is 750: 12.5 of A go, and 12.5 of B come.
    expect(fillsOf(result)).toEqual([
      'A buy 50 10 1 entry',
      'B buy 25 20 1 entry',
      'A sell 12.5 20 3 reduce',
      'B buy 12.5 20 3 add',
    ]);
    expect([...result.equity]).toEqual([1000, 1000, 1500, 1500]);
  });

  test('what is nearer than the band is left alone; 0 is not', () => {
    const result = play({
      members: [
        { symbol: A, bars: steady(10, 10, 11, 12, 12, 12), weights: weights(6, { 0: 0.5, 2: 0.5, 3: 0.5, 4: 0.004 }) },
        { symbol: B, bars: flat(20), weights: weights(6, { 0: 0.02, 4: 0 }) },
      ],
      at: [0, 2, 3, 4],
      band: fixed(0),
      fixed: [0.03],
    });
    // 550 of 1050 is 2.4 % beside a half; 600 of 1100 is 4.5 %. B's 2 % were never bought.
    expect(fillsOf(result)).toEqual([
      'A buy 50 10 1 entry',
      'A sell 4.16666667 12 4 reduce',
      'A sell 45.4666667 12 5 reduce',
    ]);
  });

  test('sales come before purchases, both in the order of symbols', () => {
    const result = play({
      members: [
        { symbol: A, bars: flat(10), weights: weights(6, { 0: 0, 2: 1 }) },
        { symbol: B, bars: flat(20), weights: weights(6, { 0: 1, 2: 0 }) },
      ],
      at: [0, 2],
    });
    expect(fillsOf(result)).toEqual(['B buy 50 20 1 entry', 'A buy 100 10 3 entry', 'B sell 50 20 3 signal']);
    expect(result.counts.cuts).toBe(0);
  });

  test('this_close fills where the weights are known', () => {
    const result = play({
      members: [{ symbol: A, bars: steady(10, 11, 12), weights: [0.5, undefined, undefined] }],
      at: [0],
      execution: { fill: 'this_close' },
    });
    expect(fillsOf(result)).toEqual(['A buy 50 10 0 entry']);
    expect([...result.equity]).toEqual([1000, 1050, 1100]);
  });

  test('a short weight of a perpetual sells, and turning round closes and opens at one price', () => {
    const result = play({
      members: [{ symbol: 'A/USDT:USDT', bars: flat(10), weights: weights(6, { 0: 0.5, 2: -0.3 }) }],
      at: [0, 2],
      perpetual: true,
    });
    expect(fillsOf(result)).toEqual(['A buy 50 10 1 entry', 'A sell 50 10 3 reverse', 'A sell 30 10 3 entry']);
    expect(result.trades.map(({ side, open }) => [side, open])).toEqual([
      ['long', false],
      ['short', true],
    ]);
  });
});

describe('what gets in the way', () => {
  test('a negative weight on spot is refused and the holding kept', () => {
    const result = play({
      members: [{ symbol: A, bars: flat(10), weights: weights(6, { 0: 0.5, 2: -0.1 }) }],
      at: [0, 2],
    });
    expect(fillsOf(result)).toEqual(['A buy 50 10 1 entry']);
    expect(result.counts.refusals).toEqual({ 'no short selling on spot': 1 });
  });

  test('buys are cut to the cash there is, in order', () => {
    const result = play({
      members: [
        {
          symbol: A,
          bars: [
            [10, 10, 10, 10],
            [20, 20, 20, 20],
          ],
          weights: [0.4, undefined],
        },
        { symbol: B, bars: flat(10, 2), weights: [0.6, undefined] },
      ],
      at: [0],
    });
    // A opens at twice its close: 800 of 1000 are gone, 200 are left for the 600 that B wants.
    expect(fillsOf(result)).toEqual(['A buy 40 20 1 entry', 'B buy 20 10 1 entry']);
    expect(result.counts.cuts).toBe(1);
  });

  test('fees and slippage count against the cash as well', () => {
    const result = play({
      members: [{ symbol: A, bars: flat(10), weights: weights(6, { 0: 1, 2: 0 }) }],
      at: [0, 2],
      execution: { taker: fixed(0), slippage: fixed(1) },
      fixed: [0.01, 0.02],
    });
    const bought = 1000 / (10.2 * 1.01);
    const [entry, exit] = result.members[0]?.fills ?? [];
    expect(entry).toMatchObject({ price: 10.2, quantity: bought });
    expect(entry?.fee).toBeCloseTo(bought * 10.2 * 0.01, 12);
    expect(entry?.slippage).toBeCloseTo(bought * 0.2, 12);
    expect(exit).toMatchObject({ price: 9.8, quantity: bought });
    expect(result.equity.at(-1)).toBeCloseTo(bought * 9.8 * 0.99, 10);
  });

  test("quantities are rounded to each venue's lot and refused under its minimum", () => {
    const result = play(
      {
        members: [
          { symbol: A, bars: flat(10), weights: weights(6, { 0: 0.257, 2: 0.261, 3: 0 }) },
          { symbol: B, bars: flat(10), weights: weights(6, { 0: 0.257, 2: 0.261, 3: 0 }) },
        ],
        at: [0, 2, 3],
      },
      { facts: { [A]: { lot: '0.1', minNotional: '5', maintenance: 0, source: 'test' } } },
    );
    expect(fillsOf(result)).toEqual([
      'A buy 25.7 10 1 entry',
      'B buy 25.7 10 1 entry',
      'B buy 0.4 10 3 add',
      'A sell 25.7 10 4 signal',
      'B sell 26.1 10 4 signal',
    ]);
    expect(result.counts.refusals).toEqual({ 'under the minimum notional': 1 });
  });

  test('without a real bar an order waits, and nothing is decided', () => {
    const [bar] = steady(10) as [[number, number, number, number]];
    const result = play({
      members: [
        { symbol: A, bars: [bar, null, null, bar, null, bar], weights: weights(6, { 0: 0.5, 4: 0 }) },
        { symbol: B, bars: flat(10), weights: weights(6, { 0: 0.5, 4: 0 }) },
      ],
      at: [0, 4],
    });
    expect(fillsOf(result)).toEqual(['B buy 50 10 1 entry', 'A buy 50 10 3 entry', 'B sell 50 10 5 signal']);
    expect(result.counts).toMatchObject({ missedOnHeld: 1, heldBars: 3 });
  });

  test('a member that is not listed has no weight; one that leaves is sold at its last price', () => {
    const script: PortfolioScript = {
      members: [
        { symbol: A, bars: flat(10, 8), weights: weights(8, { 0: 0.5, 6: 0.5 }) },
        { symbol: B, start: 2, bars: steady(20, 20, 30), weights: weights(8, { 0: 0.4, 2: 0.4, 6: 0.4 }) },
      ],
      at: [0, 2, 6],
    };
    const result = play(script);
    expect(fillsOf(result)).toEqual([
      'A buy 50 10 1 entry',
      'B buy 20 20 3 entry',
      'B sell 20 30 5 end of data',
      'A buy 10 10 7 add',
    ]);
    expect([...result.equity]).toEqual([1000, 1000, 1000, 1000, 1200, 1200, 1200, 1200]);
    const kept = play({ ...script, leavers: 'keep' });
    expect(fillsOf(kept)).toEqual(['A buy 50 10 1 entry', 'B buy 20 20 3 entry', 'A buy 10 10 7 add']);
    expect(kept.equity.at(-1)).toBe(1200);
  });

  test('a run that starts later begins with nothing held', () => {
    const script: PortfolioScript = {
      members: [{ symbol: A, bars: flat(10, 40), weights: weights(40, { 3: 0.5, 30: 0.25 }) }],
      at: [3, 30],
      blockTicks: 7,
    };
    expect(fillsOf(play(script, { fromTick: 20 }))).toEqual(['A buy 25 10 31 entry']);
    expect(fillsOf(play(script, { toTick: 31 }))).toEqual(['A buy 50 10 4 entry']);
  });
});

describe('perpetuals', () => {
  const P = 'A/USDT:USDT';
  test('leverage sets the margin, and so how much may be bought', () => {
    const script: PortfolioScript = {
      members: [{ symbol: P, bars: flat(10), weights: weights(6, { 0: 2 }) }],
      at: [0],
      perpetual: true,
    };
    expect(fillsOf(play(script))).toEqual(['A buy 100 10 1 entry']);
    expect(fillsOf(play({ ...script, fixed: [3], execution: { leverage: fixed(0) } }))).toEqual([
      'A buy 200 10 1 entry',
    ]);
  });

  test('funding is paid on what was held before, from the one cash', () => {
    const result = play({
      members: [
        {
          symbol: P,
          bars: flat(10),
          weights: weights(6, { 0: 0.5 }),
          funding: [1, 3].map(hour => ({ timeMs: hour * 3_600_000, rate: 0.01 })),
        },
      ],
      at: [0],
      perpetual: true,
      execution: { funding: 'data' },
    });
    expect(result.totals.funding).toBeCloseTo(-5, 12);
    expect(result.equity.at(-1)).toBeCloseTo(995, 12);
  });

  test('a position whose margin is gone is taken over; the others stay', () => {
    const result = play({
      members: [
        { symbol: P, bars: [...steady(10, 10), [10, 10, 7, 9], ...steady(9)], weights: weights(4, { 0: 1 }) },
        { symbol: 'B/USDT:USDT', bars: flat(20, 4), weights: weights(4, { 0: 0.5 }) },
      ],
      at: [0],
      perpetual: true,
      fixed: [4],
      execution: { leverage: fixed(0) },
    });
    // Margin of 2.5 on 10: gone at 7.5.
    expect(fillsOf(result)).toEqual(['A buy 100 10 1 entry', 'B buy 25 20 1 entry', 'A sell 100 7.5 2 liquidation']);
    expect(result.equity.at(-1)).toBe(750);
  });
});

test('plans that cannot be run are refused before the first bar', () => {
  const script: PortfolioScript = { members: [{ symbol: A, bars: flat(10), weights: [0.5] }], at: [0] };
  const refusal = (more: Partial<PortfolioScript>, config: PortfolioConfig = {}) => {
    try {
      play({ ...script, ...more }, config);
      return 'none';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(refusal({ execution: { leverage: fixed(0) }, fixed: [2] })).toBe('A/USDT is spot: leverage must be 1');
  expect(refusal({ perpetual: true, execution: { funding: 'data' } })).toContain('funding is charged from data');
  expect(refusal({ execution: { participation: ONE } })).toContain('participation');
  expect(refusal({ band: fixed(0), fixed: [-1] })).toContain('the band must be 0 or more');
  expect(refusal({}, { capital: -1 })).toContain('capital must be positive');
  expect(refusal({}, { fromTick: 9 })).toContain('no ticks to trade');
  const mixed = [A, 'B/EUR'].map(symbol => ({ symbol, bars: flat(10), weights: [0.5] }));
  expect(refusal({ members: mixed })).toBe('B/EUR settles in EUR, A/USDT in USDT: one account holds one currency');
});
