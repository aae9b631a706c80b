/** A backtest from a plan and a market to its outcome. Reads and prints nothing; `demo` and `backtest` both come here. */

import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { Plan } from '../../compiler/plan.ts';
import { planWarmup } from '../../compiler/plan-warmup.ts';
import { closeTimeOf, openTimeOf } from '../../language/check/calendar.ts';
import { lateOrders } from '../../language/diagnostics/late-orders.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import { runPlan } from '../../runtime/backtest.ts';
import type { DataWarning } from '../../runtime/data/errors.ts';
import type { BarTable, MarketFacts, MarketSeries } from '../../runtime/data/series.ts';
import type { RunResult } from '../../runtime/engine/result.ts';
import { DEFAULT_CAPITAL, DEFAULT_FACTS, type RunConfig } from '../../runtime/engine/settings.ts';
import { laneOf, marketFrom, metaOf, tickTimes } from '../../runtime/lane.ts';
import { formatInstant, formatNumber } from '../../runtime/report/format.ts';
import { measure } from '../../runtime/report/statistics.ts';
import { type Recording, recordWatches } from '../../runtime/report/watch.ts';
import { CommandError } from '../errors.ts';
import type { Prepared } from '../plan_cache.ts';
import type { Outcome, WatchedSeries } from './outcome.ts';
import type { ParamValues } from './param_values.ts';

export interface RunInput {
  readonly source: SourceFile;
  readonly prepared: Prepared;
  readonly values: ParamValues;
  readonly series: MarketSeries;
  readonly facts?: MarketFacts;
  readonly capital?: number;
  /** Bars that open before this are only warm-up. */
  readonly fromMs?: number;
  /** Names given with `--series`. */
  readonly asked: readonly string[];
  readonly maxGapMs?: number;
  readonly simulated: boolean;
  readonly loadMs: number;
  readonly compileMs: number;
}

export function runBacktest(input: RunInput): Outcome {
  const { prepared, source, values, simulated, asked } = input;
  const { plan } = prepared;
  const facts = input.facts ?? DEFAULT_FACTS;
  const { series, fromTick } = startedAt(input);
  const base = baseOf(series);
  const config: RunConfig = {
    facts,
    fromTick,
    params: values,
    ...(input.capital !== undefined && { capital: input.capital }),
  };

  const startedMs = performance.now();
  const { recording, result } = play(input, series, config, facts);
  const runMs = performance.now() - startedMs;

  const { bothHit } = plan.execution;
  const other = bothHit === 'worst' ? 'best' : 'worst';
  const otherBound =
    result.counts.ambiguousFills === 0
      ? undefined
      : ({ bothHit: other, result: play(input, series, { ...config, bothHit: other }, facts).result } as const);
  const span = spanOf(base, result);
  const firstTick = Math.max(fromTick, firstOrderTick(recording));
  return {
    source,
    plan,
    fixed: recording.run.fixed,
    values,
    series,
    facts,
    result,
    span,
    statistics: measure(result, span),
    capitalSource: capitalSource(input),
    ...(Number.isFinite(firstTick) && { firstOrderMs: closeTimeOf(base.period, base.firstOrdinal + firstTick) }),
    ...(otherBound !== undefined && { otherBound }),
    watched: watchedSeries(recording, asked, span, result),
    warnings: [...prepared.warnings, ...dataWarnings(series), ...lateOrderWarnings(recording, base, fromTick)],
    ...(input.maxGapMs !== undefined && { maxGapMs: input.maxGapMs }),
    simulated,
    timing: { loadMs: input.loadMs, compileMs: input.compileMs, runMs },
  };
}

function play(
  { prepared, values }: RunInput,
  series: MarketSeries,
  config: RunConfig,
  facts: MarketFacts,
): { readonly recording: Recording; readonly result: RunResult } {
  const run = openKernelRun(prepared.plan, values, laneOf(series), [metaOf(facts)]);
  const recording = recordWatches(run, baseOf(series).length, series.completed);
  return { recording, result: runPlan(recording.run, series, config) };
}

/** The kernel starts at exactly `from − settled`, or with the data where they start later or the past never settles. */
function startedAt({ series, fromMs, prepared, values, facts }: RunInput): { series: MarketSeries; fromTick: number } {
  if (fromMs === undefined) return { series, fromTick: 0 };
  const base = baseOf(series);
  const fromTick = firstTickOpeningFrom(base, fromMs);
  if (fromTick >= base.length) {
    const last = new Date(closeTimeOf(base.period, base.firstOrdinal + base.length - 1)).toISOString();
    throw new CommandError('empty-span', 'no bar opens at or after `--from`', {
      help: `the data end at ${last}`,
    });
  }
  const settled = settledBars(prepared.plan, values, facts);
  const start = Number.isFinite(settled) ? Math.max(0, fromTick - settled) : 0;
  return { series: marketFrom(series, start), fromTick: fromTick - start };
}

/** Bars after which what came before no longer matters; Infinity where it always does. */
export function settledBars(plan: Plan, values: ParamValues, facts: MarketFacts = DEFAULT_FACTS): number {
  return planWarmup(plan, values, [metaOf(facts)]).settled;
}

function firstTickOpeningFrom({ period, firstOrdinal, length }: BarTable, timeMs: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (openTimeOf(period, firstOrdinal + middle) >= timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

function baseOf(series: MarketSeries): BarTable {
  const [base] = series.clocks;
  if (base === undefined) throw new Error('a market has at least its base clock');
  return base;
}

function spanOf(base: BarTable, { fromTick, toTick }: RunResult): Outcome['span'] {
  const { opens, closes } = tickTimes(base, fromTick, toTick);
  const cut = (column: Float64Array) => column.subarray(fromTick, toTick);
  const candles = { open: cut(base.open), high: cut(base.high), low: cut(base.low), close: cut(base.close) };
  const firstOpen = candles.open.find(open => !Number.isNaN(open)) ?? Number.NaN;
  return {
    period: base.period,
    startMs: opens[0] ?? Number.NaN,
    openTimes: opens,
    closeTimes: closes,
    firstOpen,
    closes: base.held.includes(1) ? carried(candles.close, firstOpen) : candles.close,
    candles,
  };
}

/** Who buys and holds, holds through absent bars too: they repeat the close before them. */
function carried(closes: Float64Array, first: number): Float64Array {
  let last = first;
  return closes.map(close => {
    if (!Number.isNaN(close)) last = close;
    return last;
  });
}

/** The first tick at which a rule that opens a position can fire. */
function firstOrderTick({ run }: Recording): number {
  const ready = run.plan.rules.map((rule, i) => (rule.verb === 'enter' ? run.ruleReady[i] : undefined));
  return Math.min(...ready.map(tick => tick ?? Number.POSITIVE_INFINITY));
}

/** Counted over the whole data, since bars before `--from` serve to warm up; none where that was enough. */
function lateOrderWarnings(
  recording: Recording,
  { period, firstOrdinal, length }: BarTable,
  fromTick: number,
): readonly string[] {
  if (firstOrderTick(recording) <= fromTick) return [];
  const { run } = recording;
  const rules = run.plan.rules.map(({ verb, text }, i) => ({
    verb,
    text,
    ready: run.ruleReady[i] ?? Number.POSITIVE_INFINITY,
  }));
  const late = lateOrders(rules, length, tick => `${formatInstant(closeTimeOf(period, firstOrdinal + tick))} UTC`);
  return late === undefined ? [] : [`${late.code}: ${late.message}`];
}

function watchedSeries(
  recording: Recording,
  asked: readonly string[],
  span: Outcome['span'],
  result: RunResult,
): readonly WatchedSeries[] {
  return recording.run.plan.watches.map(({ name, pane }, i) => ({
    name,
    asked: asked.includes(name),
    ...(pane !== undefined && { pane }),
    times: span.openTimes,
    values: (recording.values[i] ?? new Float64Array(0)).subarray(result.fromTick, result.toTick),
  }));
}

function capitalSource({ capital, prepared }: RunInput): string {
  if (capital !== undefined) return 'as --capital says';
  return prepared.plan.account.capital === undefined
    ? `nothing stated: ${formatNumber(DEFAULT_CAPITAL, 0)} by default`
    : 'as the strategy says';
}

/** What is about this machine is no part of the outcome (from_files.ts tells it). */
function dataWarnings(series: MarketSeries): readonly string[] {
  return (series.warnings ?? []).filter(warning => warning.environment !== true).map(dataWarningLine);
}

export function dataWarningLine({ code, message, file, line }: DataWarning): string {
  const place = [file, line].filter(part => part !== undefined).join(':');
  return `${code}${place === '' ? '' : ` ${place}`}: ${message}`;
}
