/** Probabilistic and deflated Sharpe ratios: the papers' examples, and scipy. */
import { describe, expect, test } from 'vitest';
import { deviation, mean } from '../../../runtime/statistics/moments.ts';
import {
  deflate,
  deflatedSharpe,
  effectiveTrials,
  expectedBestSharpe,
  meanCorrelation,
  probabilisticSharpe,
} from '../../../runtime/statistics/significance.ts';
import { chance } from '../../support/chance.ts';
import { askOracle, describeWithOracle } from '../../support/oracle.ts';

describe('the deflated Sharpe ratio (2014), its example: 2.5 a year from five years of days', () => {
  const record = { sharpe: 2.5 / Math.sqrt(250), periods: 1250, skew: -3, kurtosis: 10 };
  const variance = 1 / 2 / 250;
  test('the best of a hundred worthless trials shows 0.1132 a day', () =>
    expect(expectedBestSharpe(100, variance)).toBeCloseTo(0.1132, 4));
  test('after 100 trials it is 0.9004', () => expect(deflatedSharpe(record, 100, variance)).toBeCloseTo(0.9004, 4));
  test('after 46 trials it would be 0.9505', () => expect(deflatedSharpe(record, 46, variance)).toBeCloseTo(0.9505, 4));
  test('after 88 trials it would be 0.9505 with normal returns', () =>
    expect(deflatedSharpe({ ...record, skew: 0, kurtosis: 3 }, 88, variance)).toBeCloseTo(0.9505, 4));
});

test('the efficient frontier (2012), its example: 1.59 a year from 24 months with a thick left tail', () => {
  const months = { sharpe: 1.59 / Math.sqrt(12), periods: 24, skew: -2.448, kurtosis: 10.164 };
  expect(probabilisticSharpe({ ...months, skew: 0, kurtosis: 3 })).toBeCloseTo(0.982, 3);
  // The paper's inputs are rounded to three digits.
  expect(probabilisticSharpe(months)).toBeCloseTo(0.913, 2);
});

describe('trials that resemble one another', () => {
  test('count for fewer', () => {
    expect([effectiveTrials(1, 0.3), effectiveTrials(100, 0), effectiveTrials(100, 1)]).toEqual([1, 100, 1]);
    expect(effectiveTrials(101, 0.25)).toBe(76);
    expect(effectiveTrials(10, -0.2)).toBe(10);
  });
  test('a bar is never under that of one trial', () => {
    for (let n = 1; n < 3; n += 0.01) expect(expectedBestSharpe(n, 1)).toBeGreaterThanOrEqual(0);
  });
  test('series that never move have no correlation', () => {
    expect(meanCorrelation([new Float64Array(9).fill(1), new Float64Array(9)])).toBeNaN();
  });
});

describeWithOracle('against scipy', () => {
  const cases = [1, 2, 3, 4].map(seed => {
    const { normal } = chance(seed);
    const common = Array.from({ length: 300 }, normal);
    const trials = Array.from({ length: 3 + 4 * seed }, () =>
      common.map(x => 0.01 * (seed * 0.3 * x + normal() + 0.05)),
    );
    return { returns: trials[0] ?? [], trials };
  });
  test('correlation, effective trials, the bar, the probability', () => {
    const { deflated } = askOracle('statistics', { psi: [], deflated: cases }) as {
      deflated: readonly Readonly<Record<'rho' | 'effective' | 'best' | 'probability', number>>[];
    };
    cases.forEach(({ returns, trials }, i) => {
      const series = trials.map(values => Float64Array.from(values));
      const rho = meanCorrelation(series);
      const found = deflate(
        Float64Array.from(returns),
        Float64Array.from(series, x => mean(x) / deviation(x)),
        rho,
      );
      expect(rho).toBeCloseTo(deflated[i]?.rho ?? Number.NaN, 12);
      expect(found.effectiveTrials).toBeCloseTo(deflated[i]?.effective ?? Number.NaN, 10);
      expect(found.expectedBest).toBeCloseTo(deflated[i]?.best ?? Number.NaN, 12);
      expect(found.probability).toBeCloseTo(deflated[i]?.probability ?? Number.NaN, 11);
    });
  });
});
