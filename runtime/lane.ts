/** From a market to what a plan runs on: its columns clock by clock, its venue's facts, and the part a run starts from. */
import type { InstrumentMeta } from '../compiler/bind.ts';
import type { ClockColumns, InstrumentData, LaneData, PlanData, RunData } from '../compiler/kernel/run.ts';
import { closeTimeOf, openTimeOf } from '../language/check/calendar.ts';
import { fundingTicks } from './data/funding.ts';
import type { MarketSet, PlacedSeries } from './data/market-set.ts';
import type { BarTable, MarketFacts, MarketSeries } from './data/series.ts';

/** The columns that a kernel reads. Marks and funding stand on the base clock, where there are any. */
export function laneOf(series: MarketSeries): LaneData {
  const [base, ...slower] = series.clocks.map(columnsOf);
  if (base === undefined) throw new Error('a market has at least its base clock');
  const extra = { ...markColumn(series), ...fundingColumn(series) };
  return { clocks: [{ ...base, fields: { ...base.fields, ...extra } }, ...slower], completed: series.completed };
}

/** The columns of each instrument of a run, by its number in the plan. */
export function instrumentsOf({ members }: Pick<MarketSet, 'members'>): readonly InstrumentData[] {
  return members.map(instrumentOf);
}

/** What a plan is opened on. One instrument that asks no model has its columns alone. */
export function dataOf(set: Pick<MarketSet, 'members'>, predictions: RunData['predictions'] = new Map()): PlanData {
  const [only] = set.members;
  const isAlone = set.members.length === 1 && predictions.size === 0 && only !== undefined;
  return isAlone ? laneOf(only) : { instruments: instrumentsOf(set), predictions };
}

function instrumentOf(series: PlacedSeries): InstrumentData {
  const { firstTick, endTick } = series;
  const held = series.clocks[0]?.held ?? new Uint8Array(0);
  return { ...laneOf(series), firstTick, endTick, held };
}

function columnsOf({ firstOrdinal, length, open, high, low, close, volume }: BarTable): ClockColumns {
  return { firstOrdinal, length, fields: { open, high, low, close, volume } };
}

function markColumn({ mark }: MarketSeries): { readonly mark?: Float64Array } {
  return mark === undefined ? {} : { mark: mark.close };
}

/** The rate at the tick in whose bar it is paid, absent at all others. */
function fundingColumn({ clocks: [base], funding }: MarketSeries): { readonly funding?: Float64Array } {
  if (base === undefined || funding === undefined) return {};
  const column = new Float64Array(base.length).fill(Number.NaN);
  fundingTicks(funding, base).forEach((tick, i) => {
    if (tick >= 0 && tick < column.length) column[tick] = funding.rates[i] ?? Number.NaN;
  });
  return { funding: column };
}

/** Facts as the language's `tick`, `lot`, `min_notional`; what nobody states is absent. */
export function metaOf({ tick, lot, minNotional }: MarketFacts): InstrumentMeta {
  const meta: Record<string, number> = { contract: 1 };
  if (tick !== undefined) meta.tick = Number(tick);
  if (lot !== undefined) meta.lot = Number(lot);
  if (minNotional !== undefined) meta.min_notional = Number(minNotional);
  return meta;
}

/**
 * The market as if its data began at base tick `start`: what a run is given that starts later than its data do. A slower
 * clock's bar that lies across the start does not exist, as at the start of any data.
 */
export function marketFrom(series: MarketSeries, start: number): MarketSeries {
  const [base] = series.clocks;
  if (base === undefined || start <= 0) return series;
  const startMs = openTimeOf(base.period, base.firstOrdinal + start);
  const drops = series.clocks.map((table, clock) => (clock === 0 ? start : firstTickFrom(table, startMs)));
  const completed = series.completed.map((ticks, clock) =>
    clock === 0 ? ticks : ticks.subarray(start).map(tick => Math.max(-1, tick - (drops[clock] ?? 0))),
  );
  const { mark, funding } = series;
  const firstPayment = funding?.times.findIndex(time => time >= startMs) ?? -1;
  const paid = firstPayment < 0 ? funding?.times.length : firstPayment;
  return {
    ...series,
    clocks: series.clocks.map((table, clock) => tableFrom(table, drops[clock] ?? 0)),
    completed,
    ...(mark !== undefined && { mark: tableFrom(mark, start) }),
    ...(funding !== undefined && {
      funding: { ...funding, times: funding.times.subarray(paid), rates: funding.rates.subarray(paid) },
    }),
  };
}

/** All of a set as if the data began at base tick `start`. */
export function setFrom(set: MarketSet, start: number): MarketSet {
  if (start <= 0) return set;
  const members = set.members.map((member): PlacedSeries => {
    const { firstTick, endTick } = member;
    const cut = (tick: number) => Math.max(0, tick - start);
    return { ...marketFrom(member, start), firstTick: cut(firstTick), endTick: cut(endTick) };
  });
  return { ...set, members };
}

/** For each clock the ticks that `setFrom` leaves out. */
export function ticksBefore(set: MarketSet, start: number): readonly number[] {
  const [base, ...slow] = set.members[0]?.clocks ?? [];
  if (base === undefined) return [];
  const startMs = openTimeOf(base.period, base.firstOrdinal + start);
  return [start, ...slow.map(table => firstTickFrom(table, startMs))];
}

function firstTickFrom({ period, firstOrdinal, length }: BarTable, timeMs: number): number {
  let tick = 0;
  while (tick < length && openTimeOf(period, firstOrdinal + tick) < timeMs) tick++;
  return tick;
}

function tableFrom(table: BarTable, start: number): BarTable {
  const drop = Math.min(start, table.length);
  const { open, high, low, close, volume, held } = table;
  return {
    ...table,
    firstOrdinal: drop === table.length ? 0 : table.firstOrdinal + drop,
    length: table.length - drop,
    open: open.subarray(drop),
    high: high.subarray(drop),
    low: low.subarray(drop),
    close: close.subarray(drop),
    volume: volume.subarray(drop),
    held: held.subarray(drop),
  };
}

/** Opens and closes of base ticks [from, to), UTC milliseconds. */
export function tickTimes(table: BarTable, from: number, to: number): { opens: Float64Array; closes: Float64Array } {
  const { period, firstOrdinal } = table;
  const at = (time: typeof openTimeOf) =>
    Float64Array.from({ length: to - from }, (_, i) => time(period, firstOrdinal + from + i));
  return { opens: at(openTimeOf), closes: at(closeTimeOf) };
}
