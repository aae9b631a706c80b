/**
 * Several instruments on one calendar: each clock has the same ticks for all of them, from the first bar of any to the
 * last of any. Outside of its own bars an instrument does not exist: its columns are absent and its ticks count as held.
 */
import { createHash } from 'node:crypto';
import { closeTimeOf, openTimeOf } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';
import { type DataWarning, dataError, dataWarning } from './errors.ts';
import { completedTicks } from './grid.ts';
import type { BarTable, MarketSeries, QualityReport } from './series.ts';

/** An instrument among others. Its tables span the common calendar. */
export interface PlacedSeries extends MarketSeries {
  /** First base tick with a real bar and one past the last; both are the length where it has none in this run. */
  readonly firstTick: number;
  readonly endTick: number;
}

export interface MarketSet {
  /** By number of the plan's instruments. */
  readonly members: readonly PlacedSeries[];
  /** Summed over the members. */
  readonly quality: QualityReport;
  readonly warnings: readonly DataWarning[];
  readonly files: readonly string[];
  /** Over everything that a run can see of all members, in their order; hex. */
  readonly hash: string;
}

/** Ticks of a clock that all instruments share. */
interface Span {
  readonly period: Period;
  readonly firstOrdinal: number;
  readonly length: number;
}

/** Throws a `DataError` where there is a time in which none of them exists. */
export function placeTogether(series: readonly MarketSeries[]): MarketSet {
  const [first] = series;
  if (first === undefined) throw new Error('a run has at least one instrument');
  refuseHoles(series);
  const spans = first.clocks.map(({ period }, clock) => unionOf(series, clock, period));
  const ownClocks = series.map(({ clocks }) => clocks.map((table, clock) => placed(table, spans[clock])));
  const [base, ...slow] = ownClocks[0] ?? [];
  if (base === undefined) throw new Error('a market has at least its base clock');
  const completed = [new Int32Array(0), ...slow.map(table => completedTicks(base, table))];
  const members = series.map((member, number): PlacedSeries => {
    const own = baseOf(member);
    const firstTick = own.length === 0 ? base.length : own.firstOrdinal - base.firstOrdinal;
    return {
      ...member,
      clocks: ownClocks[number] ?? [],
      completed,
      ...(member.mark !== undefined && { mark: placed(member.mark, spans[0]) }),
      firstTick,
      endTick: firstTick + own.length,
    };
  });
  return {
    members,
    quality: summed(members.map(({ quality }) => quality)),
    warnings: [
      ...series.flatMap(({ warnings = [] }) => warnings),
      ...absentWarnings(members),
      ...endWarnings(members, base),
      ...markWarnings(members),
    ],
    files: members.flatMap(({ files = [] }) => files),
    hash: hashOf(members),
  };
}

/** One instrument as a set of its own, with its own hash. */
export function loneSet(series: MarketSeries): MarketSet {
  const { quality, warnings = [], files = [], hash } = series;
  const member: PlacedSeries = { ...series, firstTick: 0, endTick: baseOf(series).length };
  return { members: [member], quality, warnings, files, hash };
}

/** An instrument of which no bar lies in the run. */
export function absentSeries(symbol: string, venue: string, clocks: readonly Period[], periodMs: number): MarketSeries {
  return {
    symbol,
    venue,
    clocks: clocks.map(period => placed(undefined, { period, firstOrdinal: 0, length: 0 })),
    completed: clocks.map(() => new Int32Array(0)),
    quality: {
      rows: 0,
      firstMs: Number.NaN,
      lastMs: Number.NaN,
      periodMs,
      missingBars: 0,
      duplicates: 0,
      outOfOrder: 0,
      offGrid: 0,
      merged: 0,
      ohlcViolations: 0,
      zeroVolume: 0,
      unfinishedLast: false,
      thinBars: 0,
      heldBars: 0,
    },
    hash: 'absent',
  };
}

function baseOf({ clocks: [base] }: MarketSeries): BarTable {
  if (base === undefined) throw new Error('a market has at least its base clock');
  return base;
}

// ---------------------------------------------------------------- one calendar

function unionOf(series: readonly MarketSeries[], clock: number, period: Period): Span {
  let first = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const { clocks } of series) {
    const table = clocks[clock];
    if (table === undefined || table.length === 0) continue;
    first = Math.min(first, table.firstOrdinal);
    end = Math.max(end, table.firstOrdinal + table.length);
  }
  return first < end ? { period, firstOrdinal: first, length: end - first } : { period, firstOrdinal: 0, length: 0 };
}

/** Members may come and go, but there is always one. */
function refuseHoles(series: readonly MarketSeries[]): void {
  const present = series
    .filter(member => baseOf(member).length > 0)
    .toSorted((a, b) => baseOf(a).firstOrdinal - baseOf(b).firstOrdinal);
  let last: MarketSeries | undefined;
  for (const member of present) {
    const { period, firstOrdinal } = baseOf(member);
    if (last !== undefined && endOf(last) < firstOrdinal) {
      const [endMs, startMs] = [openTimeOf(period, endOf(last)), openTimeOf(period, firstOrdinal)];
      throw dataError('D1029', { before: last.symbol, endMs, after: member.symbol, startMs });
    }
    if (last === undefined || endOf(member) > endOf(last)) last = member;
  }
}

function endOf(series: MarketSeries): number {
  const { firstOrdinal, length } = baseOf(series);
  return firstOrdinal + length;
}

const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;

function placed(table: BarTable | undefined, span: Span | undefined): BarTable {
  if (span === undefined) throw new Error('all instruments of a run have its clocks');
  const { firstOrdinal, length } = span;
  if (table !== undefined && table.firstOrdinal === firstOrdinal && table.length === length) return table;
  const column = () => new Float64Array(length).fill(Number.NaN);
  const larger: BarTable = {
    ...span,
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
    held: new Uint8Array(length).fill(1),
  };
  if (table === undefined || table.length === 0) return larger;
  const offset = table.firstOrdinal - firstOrdinal;
  for (const field of FIELDS) larger[field].set(table[field], offset);
  larger.held.set(table.held, offset);
  return larger;
}

// ---------------------------------------------------------------- warnings, quality, identity

function absentWarnings(members: readonly PlacedSeries[]): readonly DataWarning[] {
  const symbols = members.filter(({ firstTick, endTick }) => firstTick === endTick).map(({ symbol }) => symbol);
  return symbols.length === 0 ? [] : [dataWarning('D1059', { symbols })];
}

function endWarnings(
  members: readonly PlacedSeries[],
  { period, firstOrdinal, length }: BarTable,
): readonly DataWarning[] {
  const closeMs = (tick: number) => closeTimeOf(period, firstOrdinal + tick - 1);
  const early = members
    .filter(({ firstTick, endTick }) => firstTick < endTick && endTick < length)
    .map(({ symbol, endTick }) => ({ symbol, endMs: closeMs(endTick) }));
  return early.length === 0 ? [] : [dataWarning('D1058', { members: early, lastMs: closeMs(length) })];
}

function markWarnings(members: readonly PlacedSeries[]): readonly DataWarning[] {
  const without = members.filter(({ mark, symbol }) => mark === undefined && symbol.includes(':'));
  const some = members.some(({ mark }) => mark !== undefined);
  return some && without.length > 0 ? [dataWarning('D1060', { symbols: without.map(({ symbol }) => symbol) })] : [];
}

const COUNTS = [
  'rows',
  'missingBars',
  'duplicates',
  'outOfOrder',
  'offGrid',
  'merged',
  'ohlcViolations',
  'zeroVolume',
  'thinBars',
  'heldBars',
] as const;

function summed(all: readonly QualityReport[]): QualityReport {
  const present = all.filter(({ rows }) => rows > 0);
  const [first] = all;
  if (first === undefined) throw new Error('a run has at least one instrument');
  const sums = Object.fromEntries(
    COUNTS.map(count => [count, all.reduce((sum, quality) => sum + quality[count], 0)]),
  ) as Pick<QualityReport, (typeof COUNTS)[number]>;
  const longest = all
    .flatMap(({ longestGap }) => longestGap ?? [])
    .reduce<QualityReport['longestGap']>((most, gap) => (gap.bars > (most?.bars ?? 0) ? gap : most), undefined);
  return {
    ...sums,
    firstMs: Math.min(...present.map(({ firstMs }) => firstMs)),
    lastMs: Math.max(...present.map(({ lastMs }) => lastMs)),
    periodMs: first.periodMs,
    ...(longest !== undefined && { longestGap: longest }),
    unfinishedLast: all.some(({ unfinishedLast }) => unfinishedLast),
  };
}

function hashOf(members: readonly PlacedSeries[]): string {
  return createHash('sha256')
    .update(['vela markets 1', ...members.map(({ hash }) => hash)].join('\n'))
    .digest('hex');
}
