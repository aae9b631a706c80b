/** The yardstick of a portfolio: all members in equal parts at every bar, as far as they exist. */
import { expect, test } from 'vitest';
import { placeTogether } from '../../../runtime/data/market-set.ts';
import { equalWeightIndex } from '../../../runtime/portfolio/benchmark.ts';
import { type Bar, scriptedMarket } from '../../support/scripted-run.ts';

const bar = (open: number, close: number): Bar => [open, Math.max(open, close), Math.min(open, close), close];

test('is the mean of what the members of each bar gained', () => {
  const { members } = placeTogether([
    scriptedMarket({ bars: [bar(10, 11), bar(11, 22), null, bar(22, 11)] }),
    scriptedMarket({ firstOrdinal: 1, bars: [bar(50, 50), bar(50, 60)] }),
  ]);
  // 1.1 from the first open · 2 alone, the other has no close before · 1.2 alone, a hole · 0.5, the other has ended
  const index = [1.1, 2.2, 2.64, 1.32];
  [...equalWeightIndex(members, 0, 4)].forEach((value, tick) => {
    expect(value).toBeCloseTo(index[tick] ?? Number.NaN, 12);
  });
  // From the second bar on each counts from its open.
  expect(equalWeightIndex(members, 1, 2)[0]).toBeCloseTo((2 + 1) / 2, 12);
});
