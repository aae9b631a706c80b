/**
 * The figures of a run by name. `METRICS` says of each how it is called, shown and explained; the command line, the JSON
 * contract and the HTML report all read that table.
 */
import type { AgainstBenchmark } from './benchmark.ts';
import type { TradeStatistics } from './trade_statistics.ts';

/** Ratios as fractions, losses negative, undefined figures NaN. */
export interface Metrics extends TradeStatistics, AgainstBenchmark {
  readonly totalReturn: number;
  readonly cagr: number;
  readonly volatility: number;
  readonly sharpe: number;
  readonly sortino: number;
  readonly calmar: number;
  readonly omega: number;
  readonly probabilisticSharpe: number;
  readonly deflatedSharpe: number;
  readonly maxDrawdown: number;
  readonly longestDrawdownDays: number;
  readonly ulcer: number;
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
  readonly skew: number;
  readonly kurtosis: number;
  readonly tailRatio: number;
  readonly exposure: number;
  readonly turnover: number;
  readonly profit: number;
  readonly profitBeforeCosts: number;
  readonly fees: number;
  readonly slippage: number;
  readonly funding: number;
}

/** How a figure is shown. `percent` values are ratios; `money` is in the account's currency. */
export type MetricFormat = 'percent' | 'number' | 'money' | 'count' | 'bars' | 'days' | 'times';
export type MetricGroup = 'result' | 'risk' | 'trades' | 'costs' | 'benchmark';

export interface Metric {
  readonly key: keyof Metrics;
  readonly label: string;
  readonly group: MetricGroup;
  readonly format: MetricFormat;
  /** What it means, in a trader's words; shown as a hint. */
  readonly doc: string;
}

const metric = (group: MetricGroup, key: keyof Metrics, label: string, format: MetricFormat, doc: string): Metric => ({
  group,
  key,
  label,
  format,
  doc,
});

export const METRICS: readonly Metric[] = [
  metric(
    'result',
    'totalReturn',
    'Total return',
    'percent',
    'Final equity over the capital, less one; after all costs.',
  ),
  metric(
    'result',
    'profit',
    'Profit',
    'money',
    'Final equity less the capital; an open position is marked at the last close.',
  ),
  metric('result', 'cagr', 'CAGR', 'percent', 'Compound growth a year of 365 days.'),
  metric(
    'result',
    'volatility',
    'Volatility',
    'percent',
    'Standard deviation of daily returns, for a year of 365 days.',
  ),
  metric('result', 'sharpe', 'Sharpe', 'number', 'Mean daily return over its deviation, for a year; risk-free rate 0.'),
  metric('result', 'sortino', 'Sortino', 'number', 'As Sharpe, over the deviation of losing days only.'),
  metric('result', 'calmar', 'Calmar', 'number', 'CAGR over the maximum drawdown.'),
  metric('result', 'omega', 'Omega', 'number', 'Sum of daily gains over sum of daily losses.'),
  metric(
    'result',
    'probabilisticSharpe',
    'Probabilistic Sharpe',
    'percent',
    'Probability that the true Sharpe ratio is above zero, given length, skew and kurtosis of the record.',
  ),
  metric(
    'result',
    'deflatedSharpe',
    'Deflated Sharpe',
    'percent',
    'The same after allowing for the number of variants that were tried.',
  ),
  metric('risk', 'maxDrawdown', 'Max drawdown', 'percent', 'Deepest fall below an earlier peak, at bar closes.'),
  metric('risk', 'longestDrawdownDays', 'Longest drawdown', 'days', 'Longest time below an earlier peak.'),
  metric('risk', 'ulcer', 'Ulcer index', 'percent', 'Root mean square of the daily drawdowns.'),
  metric('risk', 'valueAtRisk', 'VaR 95 %', 'percent', 'The daily return that the worst 5 % of days fall below.'),
  metric('risk', 'expectedShortfall', 'Expected shortfall', 'percent', 'Mean return of the worst 5 % of days.'),
  metric('risk', 'skew', 'Skew', 'number', 'Negative: the bad surprises are the larger ones.'),
  metric('risk', 'kurtosis', 'Kurtosis (excess)', 'number', 'Above 0: more extreme days than a normal distribution.'),
  metric(
    'risk',
    'tailRatio',
    'Tail ratio',
    'number',
    'Size of the 95th percentile of daily returns over that of the 5th.',
  ),
  metric('risk', 'exposure', 'Time in market', 'percent', 'Share of the bars that ended with a position.'),
  metric('risk', 'turnover', 'Turnover a year', 'times', 'Notional traded in a year over the mean equity.'),
  metric('trades', 'trades', 'Closed trades', 'count', 'Round trips; one still open at the end is not counted.'),
  metric('trades', 'openTrades', 'Open at the end', 'count', 'Marked at the last close, without exit costs.'),
  metric('trades', 'winRate', 'Win rate', 'percent', 'Share of closed trades with a profit after costs.'),
  metric('trades', 'profitFactor', 'Profit factor', 'number', 'Money won over money lost.'),
  metric('trades', 'expectancy', 'Expectancy', 'percent', 'Mean profit of a trade over its entry notional.'),
  metric('trades', 'payoff', 'Payoff', 'number', 'Mean win over mean loss.'),
  metric('trades', 'averageProfit', 'Average trade', 'money', 'Mean profit of a closed trade.'),
  metric('trades', 'bestTrade', 'Best trade', 'percent', 'Over its entry notional.'),
  metric('trades', 'worstTrade', 'Worst trade', 'percent', 'Over its entry notional.'),
  metric('trades', 'averageBars', 'Average holding', 'bars', 'Bars of the base clock, and how long they last.'),
  metric('trades', 'longestBars', 'Longest holding', 'bars', 'Bars of the base clock, and how long they last.'),
  metric(
    'costs',
    'profitBeforeCosts',
    'Before costs',
    'money',
    'What the same fills had earned without fees, slippage and funding.',
  ),
  metric('costs', 'fees', 'Fees', 'money', 'Maker and taker fees paid.'),
  metric('costs', 'slippage', 'Slippage', 'money', 'What fills cost against their reference price.'),
  metric('costs', 'funding', 'Funding', 'money', 'Paid on perpetual positions; negative: received.'),
  metric(
    'benchmark',
    'benchmarkReturn',
    'Buy and hold',
    'percent',
    'The instrument bought at the first open and held, without costs.',
  ),
  metric('benchmark', 'alpha', 'Alpha a year', 'percent', 'Growth a year that the benchmark does not explain.'),
  metric('benchmark', 'beta', 'Beta', 'number', 'How much the account moves when the benchmark moves by one.'),
  metric(
    'benchmark',
    'informationRatio',
    'Information ratio',
    'number',
    'Mean daily return above the benchmark over its deviation, for a year.',
  ),
];
