import { expect, test } from 'vitest';
import { simulateBars, simulateMarket } from '../../../runtime/data/simulate.ts';
import { BTC, clock, HOUR } from './support.ts';

const YEAR = 24 * 365;

test('the same seed gives the same bars on every machine', () => {
  const bars = simulateBars({ seed: 42, bars: YEAR, periodMs: HOUR });
  expect(bars.hash).toBe('7f440d4be1da9bb6cb3006282a2092be932f37121150688b4a0ca4dc04519e12');
  expect(simulateBars({ seed: 42, bars: YEAR, periodMs: HOUR }).close).toEqual(bars.close);
  expect(simulateBars({ seed: 43, bars: YEAR, periodMs: HOUR }).hash).not.toBe(bars.hash);
});

test('a longer run begins with a shorter one', () => {
  const short = simulateBars({ seed: 1, bars: 100, periodMs: HOUR });
  const long = simulateBars({ seed: 1, bars: 200, periodMs: HOUR });
  expect(long.close.subarray(0, 100)).toEqual(short.close);
});

test('bars look like a market: consistent, joined, busy at times, fat in the tails', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const bars = simulateBars({ seed, bars: 2 * YEAR, periodMs: HOUR });
    expect(bars.counts).toMatchObject({ ohlcViolations: 0, offGrid: 0, zeroVolume: 0 });
    expect(bars.open.subarray(1)).toEqual(bars.close.subarray(0, -1));
    expect(Math.min(...bars.low)).toBeGreaterThan(100);
    const returns = Array.from(bars.close.subarray(1), (close, i) => close / (bars.close[i] ?? 1) - 1);
    const moment = (power: number) => returns.reduce((sum, r) => sum + r ** power, 0) / returns.length;
    const yearly = Math.sqrt(moment(2) * YEAR);
    expect(yearly).toBeGreaterThan(0.3);
    expect(yearly).toBeLessThan(0.9);
    expect(moment(4) / moment(2) ** 2).toBeGreaterThan(4);
  }
});

test('a whole series says that it is simulated', () => {
  const series = simulateMarket(BTC, [clock(1, 'h'), clock(1, 'd')], { seed: 7, bars: 240 });
  expect(series.clocks.map(table => table.length)).toEqual([240, 10]);
  expect(series.files).toEqual(['simulated candles (seed 7), not real market data']);
});
