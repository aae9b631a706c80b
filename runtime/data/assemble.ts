/**
 * From raw inputs to the series that a run reads: one span in which all inputs exist, the base clock, the slower clocks
 * built from its real bars, marks on the same ticks, funding inside it. No I/O; files and the simulator both end here.
 */
import { createHash } from 'node:crypto';
import { closeTimeOf, openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';
import { type DataWarning, dataError, dataWarning } from './errors.ts';
import { fundingEndMs, fundingWithin, lostSettlements, settleStamps } from './funding.ts';
import { fillHoles, type GapPolicy, refuseLongHoles, type Window } from './gaps.ts';
import { completedTicks, firstRow, type Grid, placeRaw, placeSlow } from './grid.ts';
import { type ImportedBars, measure } from './import.ts';
import type { BarTable, FundingEvents, MarketSeries, QualityReport } from './series.ts';
import { instantText, periodText } from './text.ts';

export interface MarketInstrument {
  readonly symbol: string;
  readonly venue: string;
  readonly gaps: GapPolicy;
  readonly maxGapMs: number;
}

export interface MarketInputs {
  readonly instrument: MarketInstrument;
  /** Entry 0 is the base clock. */
  readonly clocks: readonly Period[];
  readonly bars: ImportedBars;
  readonly mark?: ImportedBars;
  readonly funding?: FundingEvents;
  /** Bars that close after this do not exist for the run. */
  readonly toMs?: number;
  /** The run reads no bar before this instant, not even to warm up: holes before it are none of its business. */
  readonly readsFromMs?: number;
  /** The first instant that the run trades, where that is not the first bar: quality is counted from here on. */
  readonly tradesFromMs?: number;
  /** There are other instruments: messages say whose the data are. */
  readonly isAmongOthers?: boolean;
}

/** Throws a `DataError` where the inputs cannot make the clocks, never exist together, or have too long a hole. */
export function assembleMarket(inputs: MarketInputs): MarketSeries {
  const { instrument, bars } = inputs;
  const [basePeriod, ...slowPeriods] = inputs.clocks;
  if (basePeriod === undefined) throw new Error('assembleMarket needs a base clock');
  refuseCoarseBars(bars, basePeriod);
  if (inputs.mark !== undefined) refuseSlowMarks(inputs.mark, basePeriod);

  const funding = inputs.funding === undefined ? undefined : settleStamps(inputs.funding);
  const parts = spansOf({ ...inputs, ...(funding !== undefined && { funding }) });
  const window = commonWindow(parts, inputs.toMs);
  const countFromMs =
    inputs.tradesFromMs === undefined ? window.fromMs : firstOpenFrom(basePeriod, inputs.tradesFromMs);
  const markGrid = inputs.mark === undefined ? undefined : placeRaw(placeable(inputs.mark), basePeriod, window);
  const barWindow = markGrid === undefined ? window : spanOf(markGrid.table, window);
  const base = placeRaw(placeable(bars), basePeriod, barWindow, countFromMs);
  for (const [series, grid] of [[inputs.mark, markGrid] as const, [bars, base] as const]) {
    if (series === undefined || grid?.table.length !== 0) continue;
    if (window.toMs === inputs.toMs) throw dataError('D1026', window);
    throw dataError('D1025', { rows: series.length, clock: periodText(basePeriod) }, filePlace(series));
  }

  const used = spanOf(base.table, window);
  const traded = { ...used, fromMs: Math.max(used.fromMs, countFromMs) };
  const read = { ...used, fromMs: Math.max(used.fromMs, inputs.readsFromMs ?? used.fromMs) };
  refuseLongHoles(bars, read, instrument.gaps, instrument.maxGapMs, `the candles of ${instrument.symbol}`);
  if (inputs.mark !== undefined)
    refuseLongHoles(inputs.mark, read, instrument.gaps, instrument.maxGapMs, `the marks of ${instrument.symbol}`);

  // Slower clocks first: they are built from the base clock's real bars, before its holes are filled.
  const slow = slowPeriods.map(period => placeSlow(base.table, period, used, countFromMs));
  fillHoles(base.table, instrument.gaps);
  for (const grid of slow) fillHoles(grid.table, instrument.gaps);
  const mark = markGrid === undefined ? undefined : onSameTicks(markGrid.table, base.table);
  const clocks = [base.table, ...slow.map(grid => grid.table)];
  const inside = funding === undefined ? undefined : fundingWithin(funding, base.table);

  return {
    symbol: instrument.symbol,
    venue: instrument.venue,
    clocks,
    completed: [new Int32Array(0), ...slow.map(grid => completedTicks(base.table, grid.table))],
    ...(mark !== undefined && { mark }),
    ...(inside !== undefined && { funding: inside }),
    quality: qualityOf(bars, [base, ...slow], traded),
    warnings: [...endWarnings(parts, inputs.toMs), ...(funding === undefined ? [] : lostSettlements(funding, traded))],
    files: [...bars.files, ...(inputs.mark?.files ?? [])],
    hash: seriesHash(inputs, used),
  };
}

function refuseCoarseBars(bars: ImportedBars, base: Period): void {
  if (fits(bars.periodMs, base)) return;
  throw dataError('D1018', { dataMs: bars.periodMs, clock: periodText(base) }, filePlace(bars));
}

/** A slower mark would leave equity and liquidation on an old price between marks; it is refused, not held. */
function refuseSlowMarks(mark: ImportedBars, base: Period): void {
  if (fits(mark.periodMs, base)) return;
  throw dataError('D1021', { markMs: mark.periodMs, clock: periodText(base) }, filePlace(mark));
}

function filePlace(bars: ImportedBars): { readonly file?: string } {
  const [file] = bars.files;
  return file === undefined ? {} : { file };
}

const DAY_MS = 86_400_000;

function fits(finerMs: number, period: Period): boolean {
  return period.kind === 'months' ? DAY_MS % finerMs === 0 : period.ms % finerMs === 0;
}

// ---------------------------------------------------------------- the span of a run

interface Part {
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
}

function spansOf({ bars, mark, funding, instrument, isAmongOthers = false }: MarketInputs): readonly Part[] {
  const named = (what: string) => (isAmongOthers ? `${what} of ${instrument.symbol}` : what);
  const barSpan = (what: string, series: ImportedBars): Part => ({
    what,
    fromMs: series.times[0] ?? 0,
    toMs: (series.times[series.length - 1] ?? 0) + series.periodMs,
  });
  return [
    barSpan(named('candles'), bars),
    ...(mark === undefined ? [] : [barSpan(named('marks'), mark)]),
    ...(funding === undefined
      ? []
      : [{ what: named('funding'), fromMs: funding.times[0] ?? 0, toMs: fundingEndMs(funding) }]),
  ];
}

/** From the first instant at which all inputs exist to the last. */
function commonWindow(parts: readonly Part[], toMs = Number.POSITIVE_INFINITY): Window {
  const fromMs = Math.max(...parts.map(part => part.fromMs));
  const endMs = Math.min(...parts.map(part => part.toMs));
  if (endMs <= fromMs) throw dataError('D1019', { parts });
  if (toMs <= fromMs) throw dataError('D1026', { toMs, fromMs });
  return { fromMs, toMs: Math.min(toMs, endMs) };
}

/** The open of the first bar that opens at the instant or after it. */
function firstOpenFrom(period: Period, timeMs: number): number {
  const ordinal = ordinalAt(period, timeMs);
  const open = openTimeOf(period, ordinal);
  return open >= timeMs ? open : openTimeOf(period, ordinal + 1);
}

function placeable(bars: ImportedBars) {
  return { ...bars, onGrid: bars.counts.offGrid === 0 };
}

/** The instants between which a table has bars; the window itself where it has none. */
function spanOf(table: BarTable, window: Window): Window {
  if (table.length === 0) return window;
  return {
    fromMs: openTimeOf(table.period, table.firstOrdinal),
    toMs: closeTimeOf(table.period, table.firstOrdinal + table.length - 1),
  };
}

/** The marks of the base clock's ticks; where one is missing the last one holds, and `held` says so. */
function onSameTicks(mark: BarTable, base: BarTable): BarTable {
  fillHoles(mark, 'hold');
  const from = base.firstOrdinal - mark.firstOrdinal;
  const cut = (column: Float64Array) => column.slice(from, from + base.length);
  return {
    period: base.period,
    firstOrdinal: base.firstOrdinal,
    length: base.length,
    open: cut(mark.open),
    high: cut(mark.high),
    low: cut(mark.low),
    close: cut(mark.close),
    volume: cut(mark.volume),
    held: mark.held.slice(from, from + base.length),
  };
}

/** Says which input ended the run, where that left out a day or more of the others. */
function endWarnings(parts: readonly Part[], toMs = Number.POSITIVE_INFINITY): readonly DataWarning[] {
  const endMs = Math.min(toMs, Math.max(...parts.map(part => part.toMs)));
  const early = parts.filter(part => part.toMs + DAY_MS <= endMs).sort((a, b) => a.toMs - b.toMs);
  return early.slice(0, 1).map(part => dataWarning('D1053', { what: part.what, endMs, cutMs: part.toMs }));
}

// ---------------------------------------------------------------- quality and identity

/** What there is to know of the bars of a span; only what was dropped or seen on reading is counted over the whole files. */
function qualityOf(bars: ImportedBars, grids: readonly Grid[], span: Window): QualityReport {
  const { times, periodMs, counts, holes } = bars;
  const from = firstRow(times, span.fromMs);
  const to = Math.max(from, firstRow(times, span.toMs - periodMs + 1));
  let missingBars = 0;
  let longest: QualityReport['longestGap'];
  for (const hole of holes) {
    const fromMs = Math.max(hole.fromMs, span.fromMs);
    const toMs = Math.min(hole.toMs, span.toMs);
    const missing = Math.max(0, Math.floor((toMs - fromMs) / periodMs));
    missingBars += missing;
    if (missing > (longest?.bars ?? 0)) longest = { fromMs, toMs, bars: missing };
  }
  const isWhole = from === 0 && to === bars.length;
  const { offGrid, ohlcViolations, zeroVolume } = isWhole
    ? counts
    : measure(columnsOf(bars, from, to), to - from, periodMs);
  return {
    rows: to - from,
    firstMs: times[from] ?? 0,
    lastMs: times[to - 1] ?? 0,
    periodMs,
    missingBars,
    ...(longest !== undefined && { longestGap: longest }),
    duplicates: counts.duplicates,
    // Rows out of order are refused on reading, so a series that exists has none.
    outOfOrder: 0,
    offGrid,
    merged: grids[0]?.merged ?? 0,
    ohlcViolations,
    zeroVolume,
    unfinishedLast: counts.unfinishedLast,
    thinBars: grids.reduce((sum, grid) => sum + grid.thin, 0),
    heldBars: heldWithin(grids[0]?.table, span.fromMs),
  };
}

function columnsOf(bars: ImportedBars, from: number, to: number): readonly Float64Array[] {
  const { times, open, high, low, close, volume } = bars;
  return [times, open, high, low, close, volume].map(column => column.subarray(from, to));
}

function heldWithin(table: BarTable | undefined, fromMs: number): number {
  if (table === undefined || table.length === 0) return 0;
  const first = Math.max(0, ordinalAt(table.period, fromMs) - table.firstOrdinal);
  return table.held.subarray(first).reduce((sum, held) => sum + held, 0);
}

/** Names the content and how it was cut, not where it came from. */
function seriesHash({ instrument, clocks, bars, mark, funding }: MarketInputs, used: Window): string {
  const identity = [
    'vela series 1',
    instrument.gaps,
    clocks.map(periodText).join(' '),
    instantText(used.fromMs),
    instantText(used.toMs),
    bars.hash,
    mark?.hash ?? '-',
    funding?.hash ?? '-',
  ];
  return createHash('sha256').update(identity.join('\n')).digest('hex');
}
