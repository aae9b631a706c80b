/** A backtest from a plan and a market to its outcome. Reads and prints nothing; `demo` and `backtest` both come here. */

import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { PlanRun, RunData } from '../../compiler/kernel/run.ts';
import type { Plan } from '../../compiler/plan.ts';
import { closeTimeOf } from '../../language/check/calendar.ts';
import { lateOrders } from '../../language/diagnostics/late-orders.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import { runPlan, runPortfolio } from '../../runtime/backtest.ts';
import type { DataWarning } from '../../runtime/data/errors.ts';
import type { MarketSet, PlacedSeries } from '../../runtime/data/market-set.ts';
import type { BarTable } from '../../runtime/data/series.ts';
import type { RunResult } from '../../runtime/engine/result.ts';
import { DEFAULT_CAPITAL, type RunConfig, tradedInstrument } from '../../runtime/engine/settings.ts';
import { dataOf, metaOf, setFrom, ticksBefore, tickTimes } from '../../runtime/lane.ts';
import { equalWeightIndex } from '../../runtime/portfolio/benchmark.ts';
import type { PortfolioResult } from '../../runtime/portfolio/result.ts';
import { isPortfolio } from '../../runtime/portfolio/settings.ts';
import { formatInstant, formatNumber } from '../../runtime/report/format.ts';
import { measure } from '../../runtime/report/statistics.ts';
import { type Recording, recordWatches } from '../../runtime/report/watch.ts';
import type { Predictions } from '../models/predictions.ts';
import type { Prepared } from '../plan_cache.ts';
import { type FactTable, factsFor, NO_FACTS } from './facts.ts';
import { firstEntryTick } from './first_order.ts';
import type { Outcome, WatchedSeries } from './outcome.ts';
import type { ParamValues } from './param_values.ts';
import { baseOf, firstTickOpeningFrom, startOf } from './start.ts';

export interface RunInput {
  readonly source: SourceFile;
  readonly prepared: Prepared;
  readonly values: ParamValues;
  readonly set: MarketSet;
  readonly facts?: FactTable;
  readonly capital?: number;
  /** Bars that open before this are only warm-up. */
  readonly fromMs?: number;
  /** Names given with `--series`. */
  readonly asked: readonly string[];
  /** What the plan's models predict, over all of the data. */
  readonly models?: Predictions;
  readonly maxGapMs?: number;
  readonly simulated: boolean;
  readonly loadMs: number;
  readonly compileMs: number;
}

/** The part of the data that a run reads, and the ticks of it that are traded. */
interface Stretch {
  readonly set: MarketSet;
  readonly predictions: RunData['predictions'];
  readonly fromTick: number;
  readonly toTick: number;
}

interface Played {
  readonly recording: Recording;
  readonly result: RunResult;
  readonly portfolio?: PortfolioResult;
  readonly traded?: PlacedSeries;
}

export function runBacktest(input: RunInput): Outcome {
  const { prepared, source, values, simulated, asked } = input;
  const { plan } = prepared;
  const stretch = startedAt(input);
  const { set, fromTick } = stretch;

  const startedMs = performance.now();
  const played = play(input, stretch);
  const runMs = performance.now() - startedMs;
  const { recording, result, portfolio, traded } = played;

  const { bothHit } = plan.execution;
  const other = bothHit === 'worst' ? 'best' : 'worst';
  const otherBound =
    result.counts.ambiguousFills === 0
      ? undefined
      : ({ bothHit: other, result: play(input, stretch, other).result } as const);
  const base = baseOf(set);
  const span =
    traded === undefined ? indexSpan(membersOf(set, portfolio), base, result) : spanOf(base, baseOf(traded), result);
  const firstTick = Math.max(fromTick, firstOrderTick(played, spokenFrom(base, input.models), values));
  return {
    source,
    plan,
    fixed: recording.run.fixed,
    values,
    set,
    ...(traded !== undefined && { traded }),
    ...(portfolio !== undefined && { portfolio }),
    facts: input.facts ?? NO_FACTS,
    result,
    span,
    statistics: measure(result, span),
    capitalSource: capitalSource(input),
    ...(Number.isFinite(firstTick) && { firstOrderMs: closeTimeOf(base.period, base.firstOrdinal + firstTick) }),
    ...(otherBound !== undefined && { otherBound }),
    watched: watchedSeries(recording, asked, span, result),
    ...(input.models !== undefined && { models: input.models }),
    warnings: [
      ...prepared.warnings,
      ...(input.models?.warnings ?? []),
      ...dataWarnings(set),
      ...lateOrderWarnings(recording, base, fromTick),
    ],
    ...(input.maxGapMs !== undefined && { maxGapMs: input.maxGapMs }),
    simulated,
    timing: { loadMs: input.loadMs, compileMs: input.compileMs, runMs },
  };
}

function play(input: RunInput, stretch: Stretch, bothHit?: 'worst' | 'best'): Played {
  const { prepared, values, facts = NO_FACTS } = input;
  const { set, fromTick, toTick } = stretch;
  const recording = recordWatches(openRun(input, stretch), baseOf(set).length, set.members[0]?.completed ?? []);
  const { run } = recording;
  const config = {
    fromTick,
    toTick,
    params: values,
    ...(input.models !== undefined && { models: journaled(input.models) }),
    ...(input.capital !== undefined && { capital: input.capital }),
  };
  if (isPortfolio(run)) {
    const bySymbol = prepared.plan.instruments.map(({ symbol }) => [symbol, factsFor(facts, symbol)] as const);
    const portfolio = runPortfolio(run, set, { ...config, facts: Object.fromEntries(bySymbol) });
    return { recording, result: portfolio, portfolio };
  }
  const traded = tradedSeries(run, set);
  const { firstTick, endTick } = traded;
  const result = runPlan(
    run,
    { ...traded, hash: set.hash },
    {
      ...config,
      // What is traded may be listed later than what is only read, and leave earlier.
      fromTick: Math.max(fromTick, firstTick),
      toTick: Math.min(toTick, endTick),
      facts: factsFor(facts, traded.symbol),
      ...(bothHit !== undefined && { bothHit }),
    },
  );
  return { recording, result, traded };
}

/** What answered is named where it could have answered otherwise on another machine. */
function journaled({ models }: Predictions): NonNullable<RunConfig['models']> {
  return models.map(({ model, promise, predictor, versions }) => ({
    model,
    promise,
    ...(promise === 'approximate' && { predictor }),
    versions,
  }));
}

function openRun({ prepared, values, facts = NO_FACTS }: RunInput, { set, predictions }: Stretch): PlanRun {
  const { plan } = prepared;
  const metas = plan.instruments.map(({ symbol }) => metaOf(factsFor(facts, symbol)));
  return openKernelRun(plan, values, dataOf(set, predictions), metas);
}

function tradedSeries(run: PlanRun, set: MarketSet): PlacedSeries {
  const series = set.members[run.plan.instruments.indexOf(tradedInstrument(run))];
  if (series === undefined) throw new Error('there are no data of the instrument that is traded');
  return series;
}

/** The kernel starts at exactly `from − settled`, or with the data where they start later or the past never settles. */
function startedAt(input: RunInput): Stretch {
  const { set, prepared, models } = input;
  const predictions = models?.predictions ?? new Map();
  const base = baseOf(set);
  const { start, fromTick } = startOf(prepared.plan, input);
  return {
    set: setFrom(set, start),
    predictions: predictionsFrom(prepared.plan, predictions, ticksBefore(set, start)),
    fromTick: fromTick - start,
    toTick: base.length - start,
  };
}

/** The same columns without the ticks before the start, clock by clock. */
function predictionsFrom(
  plan: Plan,
  predictions: RunData['predictions'],
  drops: readonly number[],
): RunData['predictions'] {
  const clockOf = new Map(
    plan.stages.flatMap(({ clock, inputs }) =>
      inputs.flatMap(({ from }) => (from.kind === 'prediction' ? [[from.key, clock] as const] : [])),
    ),
  );
  return new Map(
    [...predictions].map(([key, lanes]) => {
      const drop = drops[clockOf.get(key) ?? 0] ?? 0;
      return [key, lanes.map(column => column.subarray(drop))];
    }),
  );
}

// ---------------------------------------------------------------- what is measured against

function timesOf(base: BarTable, { fromTick, toTick }: RunResult) {
  const { opens, closes } = tickTimes(base, fromTick, toTick);
  return { period: base.period, startMs: opens[0] ?? Number.NaN, openTimes: opens, closeTimes: closes };
}

function spanOf(base: BarTable, bars: BarTable, result: RunResult): Outcome['span'] {
  const { fromTick, toTick } = result;
  const cut = (column: Float64Array) => column.subarray(fromTick, toTick);
  const candles = { open: cut(bars.open), high: cut(bars.high), low: cut(bars.low), close: cut(bars.close) };
  const firstOpen = candles.open.find(open => !Number.isNaN(open)) ?? Number.NaN;
  return {
    ...timesOf(base, result),
    firstOpen,
    closes: bars.held.includes(1) ? carried(candles.close, firstOpen) : candles.close,
    candles,
  };
}

/** Those that are given weights; others are only read. */
function membersOf(set: MarketSet, portfolio: PortfolioResult | undefined): readonly PlacedSeries[] {
  return (portfolio?.members ?? []).flatMap(({ number }) => set.members[number] ?? []);
}

/** A portfolio has no price of its own; it is measured against its members in equal parts. */
function indexSpan(members: readonly PlacedSeries[], base: BarTable, result: RunResult): Outcome['span'] {
  return {
    ...timesOf(base, result),
    firstOpen: 1,
    closes: equalWeightIndex(members, result.fromTick, result.toTick),
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

// ---------------------------------------------------------------- when it begins

/** The first tick at which an order that opens a position can be decided. */
function firstOrderTick(
  { recording: { run }, portfolio }: Played,
  spoken: (model: string) => number,
  values: ParamValues,
): number {
  return portfolio === undefined
    ? firstEntryTick(run, spoken, values)
    : (portfolio.firstDecision ?? Number.POSITIVE_INFINITY);
}

/** First tick whose bar opens when a model has a version. */
function spokenFrom(base: BarTable, used: Predictions | undefined): (model: string) => number {
  return name => {
    const first = used?.models.find(({ model }) => model === name)?.versions[0];
    if (first === undefined) return Number.POSITIVE_INFINITY;
    return first.activeFrom === '' ? 0 : firstTickOpeningFrom(base, Date.parse(first.activeFrom));
  };
}

/** Counted over the whole data, since bars before `--from` serve to warm up; none where that was enough. */
function lateOrderWarnings(
  { run }: Recording,
  { period, firstOrdinal, length }: BarTable,
  fromTick: number,
): readonly string[] {
  const rules = run.plan.rules.map(({ verb, text }, i) => ({
    verb,
    text,
    ready: run.ruleReady[i] ?? Number.POSITIVE_INFINITY,
  }));
  const first = Math.min(...rules.map(({ verb, ready }) => (verb === 'enter' ? ready : Number.POSITIVE_INFINITY)));
  if (isPortfolio(run) || first <= fromTick) return [];
  const late = lateOrders(rules, length, tick => `${formatInstant(closeTimeOf(period, firstOrdinal + tick))} UTC`);
  return late === undefined ? [] : [`${late.code}: ${late.message}`];
}

// ---------------------------------------------------------------- what is told

function watchedSeries(
  recording: Recording,
  asked: readonly string[],
  span: Outcome['span'],
  result: RunResult,
): readonly WatchedSeries[] {
  const { plan } = recording.run;
  const cut = (column: Float64Array | undefined) =>
    (column ?? new Float64Array(0)).subarray(result.fromTick, result.toTick);
  return plan.watches.flatMap(({ name, pane }, i): readonly WatchedSeries[] => {
    const common = { name, asked: asked.includes(name), times: span.openTimes };
    const lanes = recording.lanes[i];
    if (lanes === undefined) {
      return [{ ...common, ...(pane !== undefined && { pane }), values: cut(recording.values[i]) }];
    }
    return lanes.columns.map((column, lane) => ({
      ...common,
      member: plan.instruments[plan.universes[lanes.axis]?.members[lane] ?? -1]?.symbol ?? '',
      values: cut(column),
    }));
  });
}

function capitalSource({ capital, prepared }: RunInput): string {
  if (capital !== undefined) return 'as --capital says';
  return prepared.plan.account.capital === undefined
    ? `nothing stated: ${formatNumber(DEFAULT_CAPITAL, 0)} by default`
    : 'as the strategy says';
}

/** What is about this machine is no part of the outcome (from_files.ts tells it). */
function dataWarnings({ warnings }: MarketSet): readonly string[] {
  return warnings.filter(warning => warning.environment !== true).map(dataWarningLine);
}

export function dataWarningLine({ code, message, file, line }: DataWarning): string {
  const place = [file, line].filter(part => part !== undefined).join(':');
  return `${code}${place === '' ? '' : ` ${place}`}: ${message}`;
}
