/**
 * All figures of a run, from its equity curve, trades and totals.
 */
import type { Period } from '../../language/check/program.ts';
import type { RunResult } from '../engine/result.ts';
import { excessKurtosis, ratio, skewness } from '../statistics/moments.ts';
import { deflatedSharpe, probabilisticSharpe, sharpeRecord } from '../statistics/significance.ts';
import { againstBenchmark } from './benchmark.ts';
import { type Drawdown, measureDrawdown } from './drawdown.ts';
import type { Metrics } from './metrics.ts';
import { monthlyTable, type YearRow } from './monthly.ts';
import {
  expectedShortfall,
  omegaRatio,
  sharpeRatio,
  sortinoRatio,
  tailRatio,
  ulcerIndex,
  valueAtRisk,
  yearlyGrowth,
  yearlyVolatility,
} from './ratios.ts';
import { type PeriodReturns, periodReturns } from './returns.ts';
import { measureTrades } from './trade_statistics.ts';

/** The bars of the traded span: entry i belongs to base tick `fromTick + i`. */
export interface SpanBars {
  readonly period: Period;
  /** Open of the first bar, UTC milliseconds. */
  readonly startMs: number;
  readonly closeTimes: Float64Array;
  /** What buying and holding is measured on. */
  readonly firstOpen: number;
  readonly closes: Float64Array;
}

export interface Statistics {
  readonly metrics: Metrics;
  readonly returns: PeriodReturns;
  readonly benchmark: PeriodReturns;
  readonly drawdown: Drawdown;
  readonly monthly: readonly YearRow[];
  /** Variants that were run to get here; what the deflated Sharpe ratio allows for. */
  readonly trials: number;
}

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const FEWEST_DAYS = 2;

export function measure(result: RunResult, bars: SpanBars): Statistics {
  const { equity, capital, totals } = result;
  const returns = periodReturns(equity, bars.closeTimes, capital, bars.period);
  const benchmark = periodReturns(bars.closes, bars.closeTimes, bars.firstOpen, bars.period);
  const drawdown = measureDrawdown(equity, capital, bars.closeTimes, bars.startMs);
  const series = returns.returns;
  // One day, or a part of one, is no sample of days: raised to a year it is a number that nobody has earned.
  const isSample = series.length >= FEWEST_DAYS;
  const cagr = isSample ? yearlyGrowth(series, returns.periodsPerYear) : Number.NaN;
  const profit = (equity.at(-1) ?? capital) - capital;
  const years = ((bars.closeTimes.at(-1) ?? bars.startMs) - bars.startMs) / YEAR_MS;
  const averageEquity = equity.reduce((sum, value) => sum + value, 0) / equity.length;
  const record = sharpeRecord(series);
  const trials = 1;
  // The ledger counts funding as received; as a cost it is what was paid.
  const fundingPaid = 0 - totals.funding;
  const metrics: Metrics = {
    totalReturn: profit / capital,
    cagr,
    volatility: yearlyVolatility(series, returns.periodsPerYear),
    sharpe: sharpeRatio(series, returns.periodsPerYear),
    sortino: sortinoRatio(series, returns.periodsPerYear),
    calmar: ratio(cagr, -drawdown.depth),
    omega: omegaRatio(series),
    probabilisticSharpe: probabilisticSharpe(record),
    deflatedSharpe: deflatedSharpe(record, trials, 0),
    maxDrawdown: drawdown.depth,
    longestDrawdownDays: drawdown.longestMs / DAY_MS,
    ulcer: ulcerIndex(series),
    valueAtRisk: isSample ? valueAtRisk(series) : Number.NaN,
    expectedShortfall: isSample ? expectedShortfall(series) : Number.NaN,
    skew: skewness(series),
    kurtosis: excessKurtosis(series),
    tailRatio: isSample ? tailRatio(series) : Number.NaN,
    exposure: ratio(result.ticksInMarket, equity.length),
    turnover: isSample ? ratio(totals.turnover, averageEquity * years) : Number.NaN,
    profit,
    profitBeforeCosts: profit + totals.fees + totals.slippage + fundingPaid,
    fees: totals.fees,
    slippage: totals.slippage,
    funding: fundingPaid,
    ...measureTrades(result.trades),
    ...againstBenchmark(series, benchmark.returns, returns.periodsPerYear),
  };
  return { metrics, returns, benchmark, drawdown, monthly: monthlyTable(returns), trials };
}
