/** What the HTML report shows of an outcome. */
import type { MarketSet } from '../../runtime/data/market-set.ts';
import type { PortfolioResult } from '../../runtime/portfolio/result.ts';
import { weightsOver } from '../../runtime/portfolio/weights.ts';
import type { MemberRow, PlotSeries, ReportInput } from '../../runtime/report/report.ts';
import { VERSION } from '../version.ts';
import { assumptionsOf } from './assumptions.ts';
import { marketOf, type Outcome } from './outcome.ts';
import { showParam } from './param_values.ts';

export function reportInput(outcome: Outcome): ReportInput {
  const { plan, source, set, result, statistics, span, values, warnings, simulated, portfolio } = outcome;
  return {
    title: plan.title,
    ...marketOf(plan),
    period: span.period,
    source: { name: source.name, text: source.text },
    hashes: { plan: plan.planHash, data: set.hash, journal: result.journalHash },
    version: VERSION,
    result,
    statistics,
    span,
    ...(portfolio !== undefined && { members: memberRows(portfolio, span.openTimes.length) }),
    plots:
      portfolio !== undefined
        ? weightPlots(portfolio, set)
        : outcome.watched.flatMap(({ name, pane, values: column }) =>
            pane === undefined ? [] : [{ name, pane, values: column }],
          ),
    params: plan.params.map(param => ({
      name: param.name,
      value: showParam(param, values[param.name] ?? param.value),
      changed: values[param.name] !== undefined,
    })),
    assumptions: assumptionsOf(outcome),
    warnings,
    simulated,
  };
}

function memberRows({ members }: PortfolioResult, ticks: number): readonly MemberRow[] {
  return members.map(({ symbol, profit, trades, totals, ticksHeld }) => ({
    symbol,
    profit,
    trades: trades.filter(({ open }) => !open).length,
    fees: totals.fees,
    slippage: totals.slippage,
    funding: 0 - totals.funding,
    turnover: totals.turnover,
    exposure: ticksHeld / ticks,
  }));
}

/** More lines than these cannot be told apart. */
const MOST_LINES = 5;
const PANE = 'weights, %';

/** Weights over time of the members that had the most on average; the rest as one. */
function weightPlots(portfolio: PortfolioResult, set: MarketSet): readonly PlotSeries[] {
  const lines = portfolio.members.flatMap(member => {
    const series = set.members[member.number];
    if (series === undefined) return [];
    const values = weightsOver(portfolio, member, series).map(weight => weight * 100);
    return [{ name: member.symbol, values, size: values.reduce((sum, weight) => sum + Math.abs(weight), 0) }];
  });
  const largest = lines.toSorted((a, b) => b.size - a.size);
  const rest = largest.slice(MOST_LINES).filter(({ size }) => size > 0);
  const others = rest[0]?.values.map((_, tick) => rest.reduce((sum, { values }) => sum + (values[tick] ?? 0), 0));
  return [
    ...largest.slice(0, MOST_LINES).map(({ name, values }) => ({ name, pane: PANE, values })),
    ...(others === undefined ? [] : [{ name: `${rest.length} others`, pane: PANE, values: others }]),
  ];
}
