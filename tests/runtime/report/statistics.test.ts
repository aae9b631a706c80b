/** The figures of a run, against the field's packages (golden/reference.py says which and how). */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunResult, Trade } from '../../../runtime/engine/result.ts';
import { drawdownSeries, measureDrawdown } from '../../../runtime/report/drawdown.ts';
import { METRICS, type Metrics } from '../../../runtime/report/metrics.ts';
import { periodReturns } from '../../../runtime/report/returns.ts';
import { measure, type SpanBars } from '../../../runtime/report/statistics.ts';
import { normalCdf, normalQuantile } from '../../../runtime/statistics/normal.ts';
import { deflatedSharpe, expectedBestSharpe, probabilisticSharpe } from '../../../runtime/statistics/significance.ts';
import { aRun, aTrade, DAY_MS, hourly } from './support.ts';

interface Reference {
  readonly firstDay: string;
  readonly returns: readonly number[];
  readonly benchmark: readonly number[];
  readonly profits: readonly number[];
  readonly expected: Readonly<Record<string, number>>;
  readonly monthly: readonly (readonly number[])[];
  readonly normalCdf: readonly (readonly [number, number])[];
  readonly normalQuantile: readonly (readonly [number, number])[];
}
const reference: Reference = JSON.parse(readFileSync(new URL('golden/reference.json', import.meta.url), 'utf8'));

/** The value of `start` after each of the returns. */
function grow(start: number, returns: readonly number[]): Float64Array {
  let value = start;
  return Float64Array.from(returns, r => {
    value *= 1 + r;
    return value;
  });
}

/** A run whose daily closes have the reference's returns, seen through bars of `barsADay` bars a day. */
function referenceRun(barsADay: number): { result: RunResult; bars: SpanBars } {
  const startMs = Date.parse(reference.firstDay);
  const spread = (closes: Float64Array) =>
    Float64Array.from({ length: closes.length * barsADay }, (_, i) => closes[Math.floor(i / barsADay)] ?? Number.NaN);
  const periodMs = DAY_MS / barsADay;
  const equity = spread(grow(10_000, reference.returns));
  const trades: readonly Trade[] = reference.profits.map(profit => aTrade({ profit, profitRatio: profit / 1000 }));
  return {
    result: aRun({ equity, trades }),
    bars: {
      period: { kind: 'fixed', ms: periodMs, anchorMs: 0 },
      startMs,
      closeTimes: equity.map((_, i) => startMs + (i + 1) * periodMs),
      firstOpen: 300,
      closes: spread(grow(300, reference.benchmark)),
    },
  };
}

describe('figures agree with empyrical and quantstats', () => {
  const { result, bars } = referenceRun(1);
  const { metrics, monthly } = measure(result, bars);
  const values: Readonly<Record<string, number>> = { ...metrics };
  for (const [name, value] of Object.entries(reference.expected)) {
    test(name, () => expect(values[name]).toBeCloseTo(value, 10));
  }

  test('the monthly table', () => {
    const rows = monthly.map(row => [row.year, ...row.months.map(value => value ?? 0), row.total]);
    expect(rows.length).toBe(reference.monthly.length);
    rows.forEach((row, i) => {
      row.forEach((value, column) => {
        expect(value).toBeCloseTo(reference.monthly[i]?.[column] ?? Number.NaN, 10);
      });
    });
  });

  test('bars of an hour give the figures of daily closes', () => {
    const hours = referenceRun(24);
    const intraday = measure(hours.result, hours.bars).metrics;
    for (const { key } of METRICS) expect(intraday[key], key).toBeCloseTo(metrics[key], 10);
  });
});

describe('the normal distribution agrees with scipy', () => {
  test.each(reference.normalCdf)('P(Z ≤ %f)', (x, p) => {
    expect(Math.abs(normalCdf(x) - p)).toBeLessThanOrEqual(1e-15 + 1e-11 * Math.min(p, 1 - p));
  });
  test.each(reference.normalQuantile)('quantile of %f', (p, x) => expect(normalQuantile(p)).toBeCloseTo(x, 11));
  test('outside of its range', () => {
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(1.1), normalQuantile(Number.NaN)]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      Number.NaN,
    ]);
    expect(normalCdf(Number.NaN)).toBeNaN();
  });
});

describe('how far a Sharpe ratio can be trusted', () => {
  test("Bailey and López de Prado's worked example: 100 trials, five years of days", () => {
    const threshold = expectedBestSharpe(100, 0.5 / 250);
    expect(threshold).toBeCloseTo(0.1132, 4);
    const record = { sharpe: 2.5 / Math.sqrt(250), periods: 1250, skew: -3, kurtosis: 10 };
    expect(deflatedSharpe(record, 100, 0.5 / 250)).toBeCloseTo(0.9004, 4);
  });
  test('one trial needs no deflation', () => {
    const record = { sharpe: 0.05, periods: 500, skew: -0.4, kurtosis: 5 };
    expect(deflatedSharpe(record, 1, 0)).toBe(probabilisticSharpe(record));
  });
});

describe('returns', () => {
  test('an hour that closes at midnight belongs to the day that ends there; a missing day repeats the last close', () => {
    const start = Date.parse('2024-03-01T22:00Z');
    const hours = [1, 2, 3, 26 * 2]; // 23:00, midnight, 01:00, then nothing before 02:00 on the 4th
    const { returns, closes } = periodReturns(
      Float64Array.of(101, 102, 103, 51.5),
      Float64Array.from(hours, hour => start + hour * 3_600_000),
      100,
      hourly,
    );
    expect([...returns]).toEqual([102 / 100 - 1, 103 / 102 - 1, 0, 51.5 / 103 - 1]);
    expect(new Date(closes[0] ?? 0).toISOString()).toBe('2024-03-02T00:00:00.000Z');
  });

  test('bars of a week or a month give one return each', () => {
    const week = { kind: 'fixed', ms: 7 * DAY_MS, anchorMs: 0 } as const;
    const values = Float64Array.of(110, 99);
    const times = Float64Array.of(7 * DAY_MS, 14 * DAY_MS);
    const weekly = periodReturns(values, times, 100, week);
    expect(weekly.returns).toEqual(Float64Array.of(110 / 100 - 1, 99 / 110 - 1));
    expect(weekly.periodsPerYear).toBeCloseTo(365 / 7, 12);
    expect(periodReturns(values, times, 100, { kind: 'months', months: 3 }).periodsPerYear).toBe(4);
  });
});

describe('drawdown', () => {
  const hours = (n: number) => Float64Array.from({ length: n }, (_, i) => (i + 1) * 3_600_000);

  test('the capital is the first peak; the longest time below may still run', () => {
    const equity = Float64Array.of(90, 101, 99, 103, 80, 85, 90);
    expect(measureDrawdown(equity, 100, hours(7), 0)).toEqual({
      depth: 80 / 103 - 1,
      peak: 3,
      valley: 4,
      longestMs: 3 * 3_600_000,
      longestEnded: false,
    });
    expect(drawdownSeries(equity, 100)[0]).toBeCloseTo(-0.1, 12);
  });

  test('an account that never falls has none', () => {
    const none = measureDrawdown(Float64Array.of(100, 100, 101), 100, hours(3), 0);
    expect(none).toEqual({ depth: 0, peak: -1, valley: -1, longestMs: 0, longestEnded: true });
  });

  test('the depth is the least of the series', () => {
    const curve = fc.float64Array({ minLength: 1, maxLength: 60, min: 1, max: 200, noNaN: true });
    fc.assert(
      fc.property(curve, equity => {
        const depth = measureDrawdown(equity, 100, hours(equity.length), 0).depth;
        expect(depth).toBe(Math.min(0, ...drawdownSeries(equity, 100)));
      }),
    );
  });
});

describe('a run of less than two days', () => {
  test('has a return, and no figures of a year or of days', () => {
    const { bars } = referenceRun(24);
    const { metrics } = measure(aRun({ equity: Float64Array.of(10_000, 13_000) }), {
      ...bars,
      closeTimes: bars.closeTimes.subarray(0, 2),
      closes: bars.closes.subarray(0, 2),
    });
    expect(metrics.totalReturn).toBeCloseTo(0.3, 12);
    const none: readonly (keyof Metrics)[] = [
      'cagr',
      'calmar',
      'sharpe',
      'valueAtRisk',
      'expectedShortfall',
      'tailRatio',
      'turnover',
    ];
    expect(none.map(key => metrics[key])).toEqual(none.map(() => Number.NaN));
  });
});

describe('a run without trades', () => {
  test('has a return of zero and no made-up ratios', () => {
    const flat = new Float64Array(100).fill(10_000);
    const { bars } = referenceRun(1);
    const { metrics } = measure(aRun({ equity: flat }), {
      ...bars,
      closeTimes: bars.closeTimes.subarray(0, 100),
      closes: bars.closes.subarray(0, 100),
    });
    const zero: readonly (keyof Metrics)[] = ['totalReturn', 'cagr', 'volatility', 'maxDrawdown', 'trades', 'exposure'];
    const undefinedOnes: readonly (keyof Metrics)[] = [
      'sharpe',
      'sortino',
      'calmar',
      'omega',
      'winRate',
      'profitFactor',
    ];
    expect(zero.map(key => metrics[key])).toEqual(zero.map(() => 0));
    expect(undefinedOnes.map(key => metrics[key])).toEqual(undefinedOnes.map(() => Number.NaN));
  });
});

test('an open trade is not counted as decided', () => {
  const { bars } = referenceRun(1);
  const trades = [aTrade({ profit: 5, profitRatio: 0.05 }), aTrade({ profit: -50, profitRatio: -0.5, open: true })];
  const { metrics } = measure(aRun({ equity: grow(10_000, reference.returns), trades }), bars);
  expect([metrics.trades, metrics.openTrades, metrics.winRate]).toEqual([1, 1, 1]);
});

test('every figure has one entry in the table', () => {
  const { result, bars } = referenceRun(1);
  expect(METRICS.map(metric => metric.key).sort()).toEqual(Object.keys(measure(result, bars).metrics).sort());
});

test('funding is a cost: what was paid counts against the profit, what was received for it', () => {
  const { bars } = referenceRun(1);
  const equity = Float64Array.from(bars.closes, () => 9900);
  const totals = { fees: 30, slippage: 20, funding: -40, turnover: 0 };
  const { metrics } = measure(aRun({ equity, totals }), bars);
  expect(metrics).toMatchObject({ profit: -100, funding: 40, profitBeforeCosts: -10 });
  const received = measure(aRun({ equity, totals: { ...totals, funding: 40 } }), bars).metrics;
  expect(received).toMatchObject({ profit: -100, funding: -40, profitBeforeCosts: -90 });
});
