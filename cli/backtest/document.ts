/** The JSON document of `vela backtest --json`. */
import { formatPeriod } from '../../runtime/report/format.ts';
import { isoInstant } from '../json.ts';
import { assumptionsOf } from './assumptions.ts';
import type { Outcome } from './outcome.ts';

export interface Extras {
  readonly trades: boolean;
  readonly equity: boolean;
  readonly reportFile?: string;
}

/** Instants are ISO text in UTC; columns of times are UTC milliseconds of the bars' opens. Undefined figures are null. */
export function backtestDocument(outcome: Outcome, extras: Extras): object {
  const { plan, series, result, span, statistics, otherBound } = outcome;
  const instrument = plan.instruments[0];
  return {
    strategy: plan.title,
    file: outcome.source.name,
    instrument: instrument && { symbol: instrument.symbol, venue: instrument.venue, market: instrument.market },
    every: formatPeriod(span.period),
    planHash: plan.planHash,
    dataHash: series.hash,
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
    warnings: outcome.warnings,
    assumptions: assumptionsOf(outcome),
    quality: series.quality,
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

function askedSeries({ watched }: Outcome): object {
  return Object.fromEntries(
    watched.filter(stream => stream.asked).map(({ name, times, values }) => [name, { times, values }]),
  );
}
