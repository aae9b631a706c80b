/** Bars onto clocks, against the definition spelled out with rows and loops. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closeTimeOf, openTimeOf } from '../../../language/check/calendar.ts';
import type { Period } from '../../../language/check/program.ts';
import { assembleMarket } from '../../../runtime/data/assemble.ts';
import { barsOf, type ImportedBars, measure } from '../../../runtime/data/import.ts';
import type { BarTable } from '../../../runtime/data/series.ts';
import { BTC, clock, DAY, START } from './support.ts';

const MINUTE = 60_000;

interface Row {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

function imported(rows: readonly Row[], periodMs: number): ImportedBars {
  const column = (name: keyof Row) => Float64Array.from(rows, row => row[name]);
  const columns = [column('time'), column('open'), column('high'), column('low'), column('close'), column('volume')];
  const counts = { ...measure(columns, rows.length, periodMs), duplicates: 0, unfinishedLast: false };
  return barsOf(columns, rows.length, periodMs, 'hash', ['test'], counts);
}

/** Minute bars with holes; prices are whole numbers, so that sums are exact in any order. */
const minutes = fc
  .tuple(
    fc.nat(2000),
    fc.array(fc.tuple(fc.constantFrom(1, 1, 1, 1, 1, 2, 3, 40, 200), fc.nat(100)), { minLength: 2, maxLength: 400 }),
  )
  .map(([offset, steps]) => {
    let time = START + offset * MINUTE;
    return steps.map(([step, price]): Row => {
      time += step * MINUTE;
      return { time, open: price + 5, high: price + 9, low: price + 1, close: price + 4, volume: price };
    });
  });

/** Ticks of a clock built by the definition: every whole period of the span, its rows gathered by their closes. */
function byDefinition(rows: readonly Row[], rowMs: number, period: Period, from: number, to: number) {
  const ticks: { ordinal: number; row: Row | undefined; count: number }[] = [];
  let ordinal = period.kind === 'fixed' ? Math.floor((from - period.anchorMs) / period.ms) : 0;
  while (openTimeOf(period, ordinal) < from) ordinal++;
  for (; closeTimeOf(period, ordinal) <= to; ordinal++) {
    const open = openTimeOf(period, ordinal);
    const close = closeTimeOf(period, ordinal);
    const inside = rows.filter(row => row.time + rowMs > open && row.time + rowMs <= close);
    const [first] = inside;
    const last = inside.at(-1);
    if (first === undefined || last === undefined) {
      if (ticks.length > 0) ticks.push({ ordinal, row: undefined, count: 0 });
      continue;
    }
    const row = {
      time: open,
      open: first.open,
      high: Math.max(...inside.map(each => each.high)),
      low: Math.min(...inside.map(each => each.low)),
      close: last.close,
      volume: inside.reduce((sum, each) => sum + each.volume, 0),
    };
    ticks.push({ ordinal, row, count: inside.length });
  }
  return ticks;
}

function tableRows(table: BarTable) {
  return Array.from({ length: table.length }, (_, tick) => ({
    ordinal: table.firstOrdinal + tick,
    row:
      table.held[tick] === 1
        ? undefined
        : {
            time: openTimeOf(table.period, table.firstOrdinal + tick),
            open: table.open[tick],
            high: table.high[tick],
            low: table.low[tick],
            close: table.close[tick],
            volume: table.volume[tick],
          },
  }));
}

function lastReal<Tick extends { readonly row: Row | undefined }>(ticks: readonly Tick[]): readonly Tick[] {
  return ticks.slice(0, ticks.findLastIndex(tick => tick.row !== undefined) + 1);
}

test('a base clock is built from the real finer bars of its whole periods', () => {
  fc.assert(
    fc.property(minutes, fc.constantFrom(clock(5, 'm'), clock(15, 'm'), clock(1, 'h')), (rows, period) => {
      const expected = lastReal(
        byDefinition(rows, MINUTE, period, rows[0]?.time ?? 0, (rows.at(-1)?.time ?? 0) + MINUTE),
      );
      fc.pre(expected.length > 0);
      const series = assembleMarket({ instrument: BTC, clocks: [period], bars: imported(rows, MINUTE) });
      const [base] = series.clocks;
      if (base === undefined) throw new Error('no base clock');
      expect(tableRows(base)).toEqual(expected.map(({ ordinal, row }) => ({ ordinal, row })));
      const perTick = period.kind === 'fixed' ? period.ms / MINUTE : 0;
      expect(series.quality.thinBars).toBe(expected.filter(tick => tick.count > 0 && tick.count < perTick).length);
      expect(series.quality.heldBars).toBe(expected.filter(tick => tick.row === undefined).length);
    }),
  );
});

test("a slow clock is built from the base clock's real bars, and completes where its last base bar does", () => {
  const slowClocks = [clock(1, 'h'), clock(4, 'h'), clock(1, 'd')];
  fc.assert(
    fc.property(minutes, rows => {
      const basePeriod = clock(15, 'm');
      const instrument = { ...BTC, maxGapMs: 30 * DAY };
      const ends = [rows[0]?.time ?? 0, (rows.at(-1)?.time ?? 0) + MINUTE] as const;
      fc.pre(byDefinition(rows, MINUTE, basePeriod, ...ends).some(tick => tick.row !== undefined));
      const series = assembleMarket({ instrument, clocks: [basePeriod, ...slowClocks], bars: imported(rows, MINUTE) });
      const [base, ...slow] = series.clocks;
      if (base === undefined) throw new Error('no base clock');
      const baseRows = tableRows(base).flatMap(tick => (tick.row === undefined ? [] : [tick.row as Row]));
      const from = openTimeOf(basePeriod, base.firstOrdinal);
      const to = closeTimeOf(basePeriod, base.firstOrdinal + base.length - 1);
      slow.forEach((table, index) => {
        const expected = lastReal(byDefinition(baseRows, 15 * MINUTE, table.period, from, to));
        expect(tableRows(table)).toEqual(expected.map(({ ordinal, row }) => ({ ordinal, row })));
        const completed = series.completed[index + 1];
        for (let tick = 0; tick < base.length; tick++) {
          const close = closeTimeOf(basePeriod, base.firstOrdinal + tick);
          const done = expected.findLastIndex(each => closeTimeOf(table.period, each.ordinal) <= close);
          expect(completed?.[tick]).toBe(done);
        }
      });
    }),
    { numRuns: 60 },
  );
});

test("bars of the clock's own length stand on their ticks, holes between them", () => {
  fc.assert(
    fc.property(minutes, rows => {
      const instrument = { ...BTC, maxGapMs: 30 * DAY };
      const [base] = assembleMarket({ instrument, clocks: [clock(1, 'm')], bars: imported(rows, MINUTE) }).clocks;
      if (base === undefined) throw new Error('no base clock');
      const expected = byDefinition(rows, MINUTE, clock(1, 'm'), rows[0]?.time ?? 0, (rows.at(-1)?.time ?? 0) + MINUTE);
      expect(tableRows(base)).toEqual(expected.map(({ ordinal, row }) => ({ ordinal, row })));
    }),
    { numRuns: 50 },
  );
});

describe('a bar off the grid', () => {
  const row = (time: number, price: number): Row => ({
    time,
    open: price,
    high: price + 2,
    low: price - 2,
    close: price + 1,
    volume: 1,
  });
  test('belongs to the first bar that closes at or after its own close; two in one are merged and counted', () => {
    const rows = [
      row(START, 10),
      row(START + 60 * MINUTE, 20),
      // Closes at 03:05: belongs to the bar 03:00 to 04:00, as does the next.
      row(START + 125 * MINUTE, 30),
      row(START + 180 * MINUTE, 40),
      row(START + 240 * MINUTE, 50),
    ];
    const series = assembleMarket({
      instrument: BTC,
      clocks: [clock(1, 'h')],
      bars: imported(rows, 60 * MINUTE),
    });
    const [base] = series.clocks;
    expect(base?.open).toEqual(Float64Array.of(10, 20, 21, 30, 50));
    expect(base?.close).toEqual(Float64Array.of(11, 21, 21, 41, 51));
    expect(base?.high).toEqual(Float64Array.of(12, 22, 21, 42, 52));
    expect(base?.volume).toEqual(Float64Array.of(1, 1, 0, 2, 1));
    expect(base?.held).toEqual(Uint8Array.of(0, 0, 1, 0, 0));
    expect([series.quality.merged, series.quality.heldBars]).toEqual([1, 1]);
  });
});
