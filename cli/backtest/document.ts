/** The JSON document of `vela backtest --json`. */
import type { MemberResult } from '../../runtime/portfolio/result.ts';
import { formatPeriod } from '../../runtime/report/format.ts';
import { isoInstant } from '../json.ts';
import { assumptionsOf } from './assumptions.ts';
import { instrumentOf, type Outcome } from './outcome.ts';

export interface Extras {
  readonly trades: boolean;
  readonly equity: boolean;
  readonly reportFile?: string;
}

/** Instants are ISO text in UTC; columns of times are UTC milliseconds of the bars' opens. Undefined figures are null. */
export function backtestDocument(outcome: Outcome, extras: Extras): object {
  const { plan, set, result, span, statistics, otherBound, portfolio } = outcome;
  const instrument = instrumentOf(plan);
  return {
    strategy: plan.title,
    file: outcome.source.name,
    ...(instrument !== undefined && { instrument: instrumentRow(instrument) }),
    ...(plan.instruments.length > 1 && { instruments: plan.instruments.map(instrumentRow) }),
    every: formatPeriod(span.period),
    planHash: plan.planHash,
    dataHash: set.hash,
    journalHash: result.journalHash,
    span: {
      from: isoInstant(span.startMs),
      to: isoInstant(span.closeTimes.at(-1) ?? span.startMs),
      bars: result.equity.length,
      firstOrderPossible: outcome.firstOrderMs === undefined ? null : isoInstant(outcome.firstOrderMs),
    },
    params: Object.fromEntries(plan.params.map(param => [param.name, outcome.values[param.name] ?? param.value])),
    capital: result.capital,
    currency: result.currency,
    metrics: statistics.metrics,
    ambiguousFills: result.counts.ambiguousFills,
    bounds: otherBound && {
      [plan.execution.bothHit]: boundOf(result),
      [otherBound.bothHit]: boundOf(otherBound.result),
    },
    counts: result.counts,
    simulated: outcome.simulated,
    ...(outcome.models !== undefined && { models: outcome.models.models }),
    ...(outcome.trials !== undefined && { trials: outcome.trials }),
    warnings: outcome.warnings,
    assumptions: assumptionsOf(outcome),
    quality: set.quality,
    ...(portfolio !== undefined && {
      rebalances: { count: portfolio.rebalances, limited: portfolio.limited },
      members: portfolio.members.map(member => memberRow(outcome, member)),
    }),
    ...(extras.trades && { trades: result.trades.map(tradeRow) }),
    ...(extras.equity && { equity: { times: span.openTimes, values: result.equity } }),
    ...(outcome.watched.some(stream => stream.asked) && { series: askedSeries(outcome) }),
    ...(extras.reportFile !== undefined && { report: extras.reportFile }),
    timing: outcome.timing,
  };
}

function tradeRow(trade: Outcome['result']['trades'][number]): object {
  const { entryTimeMs, exitTimeMs, entryTick, exitTick, instrument, side, entryPrice, exitPrice, ...rest } = trade;
  return {
    instrument,
    side,
    entryTime: isoInstant(entryTimeMs),
    entryPrice,
    exitTime: isoInstant(exitTimeMs),
    exitPrice,
    ...rest,
    entryTick,
    exitTick,
  };
}

function boundOf(result: Outcome['result']): object {
  const equity = result.equity.at(-1) ?? result.capital;
  return { totalReturn: equity / result.capital - 1, equity };
}

function instrumentRow({ symbol, venue, market }: Outcome['plan']['instruments'][number]): object {
  return { symbol, venue, market };
}

function memberRow({ span }: Outcome, member: MemberResult): object {
  const { symbol, profit, totals, trades, ticksHeld } = member;
  return {
    instrument: symbol,
    profit,
    trades: trades.filter(({ open }) => !open).length,
    exposure: ticksHeld / span.openTimes.length,
    ...totals,
    funding: 0 - totals.funding,
  };
}

/** A stream of a universe has a column a member, by symbol. */
function askedSeries({ watched }: Outcome): object {
  const series: Record<string, unknown> = {};
  for (const { name, member, asked, times, values } of watched) {
    if (!asked) continue;
    if (member === undefined) series[name] = { times, values };
    else series[name] = { times, ...(series[name] ?? {}), members: { ...membersOf(series[name]), [member]: values } };
  }
  return series;
}

function membersOf(column: unknown): object {
  return typeof column === 'object' && column !== null && 'members' in column ? { ...(column.members ?? {}) } : {};
}
