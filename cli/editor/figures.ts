/** What an editor shows of an outcome. The numbers are those of the JSON document; nothing is computed twice. */
import type { Program } from '../../language/check/program.ts';
import { positionOf } from '../../language/diagnostics/position.ts';
import type { Sample } from '../../lsp/server/features/hover.ts';
import type { TradeBars, TradeRow, Unavailable } from '../../lsp/server/protocol.ts';
import type { Fired, RunFigures } from '../../lsp/server/runs.ts';
import type { Outcome, WatchedSeries } from '../backtest/outcome.ts';
import { isoInstant } from '../json.ts';
import { type Prepared, REBALANCE_COLUMN, RULE_COLUMN } from './setting.ts';

/** Points of a sparkline. */
const POINTS = 32;
const MOST_TRADES = 10_000;

export function figuresOf({ program, job }: Prepared, outcome: Outcome, tookMs: number): RunFigures {
  const { plan, result, span, set, statistics, simulated } = outcome;
  const { totalReturn, sharpe, maxDrawdown, trades } = statistics.metrics;
  const byName = new Map<string, readonly WatchedSeries[]>();
  for (const watched of outcome.watched) byName.set(watched.name, [...(byName.get(watched.name) ?? []), watched]);
  const closes = span.closeTimes;
  const fired = (name: string, count = risesOf) => {
    const [first, ...others] = (byName.get(name) ?? []).map(({ values }) => firedOf(values, closes, count));
    return first === undefined ? [] : [others.reduce(together, first)];
  };
  return {
    summary: {
      simulated,
      totalReturn: numberOrNull(totalReturn),
      sharpe: numberOrNull(sharpe),
      maxDrawdown: numberOrNull(maxDrawdown),
      trades,
      bars: result.equity.length,
      from: isoInstant(span.startMs),
      to: isoInstant(closes.at(-1) ?? span.startMs),
      planHash: plan.planHash,
      dataHash: set.hash,
      tookMs,
    },
    currency: result.currency,
    samples: program.streams.flatMap(({ name, node }): readonly (readonly [string, Sample])[] => {
      const [watched] = byName.get(name) ?? [];
      const isBool = program.nodes[node]?.base === 'bool';
      // Of a universe's stream each member has a line of its own.
      return watched === undefined || watched.member !== undefined
        ? []
        : [[name, sampleOf(watched.values, closes, isBool, simulated)]];
    }),
    signals: program.streams.flatMap(({ name, kind }) =>
      kind === 'signal' ? fired(name).map(one => [name, one] as const) : [],
    ),
    rules: [
      ...program.rules.flatMap(({ span: place }, number) =>
        fired(`${RULE_COLUMN}${number}`).map(one => [place.start, one] as const),
      ),
      // A portfolio is brought to its weights at every bar at which its condition holds.
      ...program.rebalances.flatMap(({ span: place }, number) =>
        fired(`${REBALANCE_COLUMN}${number}`, holdsOf).map(one => [place.start, one] as const),
      ),
    ],
    trades: result.trades.slice(0, MOST_TRADES).map(tradeRow),
    warnings: job.settings.runs === false ? [] : outcome.warnings,
  };
}

function numberOrNull(value: number | null | undefined): number | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : value;
}

type Counts = (values: Float64Array, tick: number) => boolean;
const holdsOf: Counts = (values, tick) => values[tick] === 1;
const risesOf: Counts = (values, tick) => values[tick] === 1 && (tick === 0 || values[tick - 1] !== 1);

/** What happened to either. */
function together(a: Fired, b: Fired): Fired {
  const last = [a.last, b.last]
    .flatMap(time => time ?? [])
    .toSorted()
    .at(-1);
  return { count: a.count + b.count, ...(last !== undefined && { last }) };
}

/** How often it became true (or was), and the close of the last bar at which it did. */
function firedOf(values: Float64Array, closeTimes: Float64Array, counts: Counts): Fired {
  let count = 0;
  let last = -1;
  for (let tick = 0; tick < values.length; tick++) {
    if (!counts(values, tick)) continue;
    count++;
    last = tick;
  }
  return last < 0 ? { count } : { count, last: isoInstant(closeTimes[last] ?? Number.NaN) };
}

function sampleOf(values: Float64Array, closeTimes: Float64Array, isBool: boolean, simulated: boolean): Sample {
  const { length } = values;
  const points = Array.from({ length: Math.min(POINTS, length) }, (_, index) => {
    const at = Math.floor(((index + 1) * length) / Math.min(POINTS, length)) - 1;
    return values[at] ?? Number.NaN;
  });
  return {
    last: values[length - 1] ?? Number.NaN,
    points,
    isBool,
    simulated,
    at: isoInstant(closeTimes[length - 1] ?? Number.NaN),
  };
}

function tradeRow(trade: Outcome['result']['trades'][number], number: number): TradeRow {
  const { instrument, side, entryTimeMs, exitTimeMs, entryPrice, exitPrice, profit, reason } = trade;
  return {
    number,
    instrument,
    side,
    entryTime: isoInstant(entryTimeMs),
    exitTime: isoInstant(exitTimeMs),
    entryPrice,
    exitPrice,
    profit,
    reason,
  };
}

// ---------------------------------------------------------------- the bars of a trade

/** How far back the condition of a filled order is looked for. */
const LONGEST_ORDER = 1000;

export function tradeBars({ program, input }: Prepared, outcome: Outcome, number: number): TradeBars | Unavailable {
  const { result, span, plan, traded } = outcome;
  const trade = result.trades[number];
  if (trade === undefined) return { unavailable: `There is no trade ${number}; there are ${result.trades.length}.` };
  if (traded === undefined)
    return { unavailable: 'A portfolio is rebalanced as a whole: its trades have no bar of their own.' };
  const late = plan.execution.fill === 'next_open' ? 1 : 0;
  const fromTick = result.fromTick;
  const entered = decisionOf(program, outcome, trade, trade.entryTick - fromTick - late);
  const isDecided = trade.reason === 'signal';
  const exit = trade.exitTick - fromTick - (isDecided ? late : 0);
  const bars = [
    { what: 'entry' as const, tick: entered.tick },
    { what: 'exit' as const, tick: exit },
  ].map(({ what, tick }) => ({
    what,
    time: isoInstant(span.openTimes[tick] ?? Number.NaN),
    values: [...columnsAt(outcome, tick), ...streamsAt(program, outcome, tick)],
  }));
  const rule = entered.rule === undefined ? undefined : program.rules[entered.rule];
  const place = (offset: number) => {
    const { line, column } = positionOf(input.source, offset);
    return { line: line - 1, character: column - 1 };
  };
  return {
    trade: tradeRow(trade, number),
    bars,
    ...(rule && { rule: { uri: '', range: { start: place(rule.span.start), end: place(rule.span.end) } } }),
  };
}

/** The latest tick, up to the one before the fill, at which an entry of the trade's side held. */
function decisionOf(
  program: Program,
  { watched }: Outcome,
  { side }: { readonly side: string },
  before: number,
): { readonly tick: number; readonly rule?: number } {
  const rules = program.rules.flatMap((rule, number) => {
    const column = watched.find(({ name }) => name === `${RULE_COLUMN}${number}`);
    return rule.verb === 'enter' && rule.side === side && column ? [{ number, values: column.values }] : [];
  });
  for (let tick = before; tick >= Math.max(0, before - LONGEST_ORDER); tick--) {
    const rule = rules.find(({ values }) => values[tick] === 1);
    if (rule) return { tick, rule: rule.number };
  }
  return { tick: before };
}

type Value = TradeBars['bars'][number]['values'][number];

function columnsAt({ span }: Outcome, tick: number): readonly Value[] {
  const { candles } = span;
  if (candles === undefined) return [];
  return (['open', 'high', 'low', 'close'] as const).map(name => ({
    name,
    kind: 'column',
    value: numberOrNull(candles[name][tick]),
  }));
}

function streamsAt(program: Program, { watched }: Outcome, tick: number): readonly Value[] {
  return program.streams.flatMap(({ name, kind, node }): readonly Value[] => {
    const column = watched.find(one => one.name === name && one.member === undefined);
    if (column === undefined) return [];
    const value = numberOrNull(column.values[tick]);
    return [{ name, kind, value: program.nodes[node]?.base === 'bool' && value !== null ? value === 1 : value }];
  });
}
