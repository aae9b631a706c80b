/** What a run reads of a market, and a market that begins later than its data do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Period } from '../../language/check/program.ts';
import { assembleMarket } from '../../runtime/data/assemble.ts';
import { placeTogether } from '../../runtime/data/market-set.ts';
import type { FundingEvents, MarketSeries } from '../../runtime/data/series.ts';
import { simulateBars } from '../../runtime/data/simulate.ts';
import { laneOf, marketFrom, metaOf, setFrom, ticksBefore, tickTimes } from '../../runtime/lane.ts';

const HOUR_MS = 3_600_000;
const hour: Period = { kind: 'fixed', ms: HOUR_MS, anchorMs: 0 };
const day: Period = { kind: 'fixed', ms: 24 * HOUR_MS, anchorMs: 0 };
const month: Period = { kind: 'months', months: 1 };
const instrument = { symbol: 'BTC/USDT:USDT', venue: 'binance', gaps: 'hold', maxGapMs: 48 * HOUR_MS } as const;
const START_MS = Date.parse('2022-01-10T05:00:00Z');
const BARS = 2000;

const funding: FundingEvents = {
  times: Float64Array.from({ length: 260 }, (_, i) => Date.parse('2022-01-10T08:00:00Z') + i * 8 * HOUR_MS),
  rates: Float64Array.from({ length: 260 }, (_, i) => (i - 100) / 1e6),
  hash: 'f',
};

/** The market whose data begin `skipped` bars later. */
function market(skipped: number): MarketSeries {
  const all = simulateBars({ seed: 9, bars: BARS, periodMs: HOUR_MS, startMs: START_MS });
  const cut = (column: Float64Array) => column.slice(skipped);
  const bars = {
    ...all,
    times: cut(all.times),
    open: cut(all.open),
    high: cut(all.high),
    low: cut(all.low),
    close: cut(all.close),
    volume: cut(all.volume),
    length: all.length - skipped,
  };
  return assembleMarket({ instrument, clocks: [hour, day, month], bars, mark: bars, funding });
}

describe('a market that begins later', () => {
  const whole = market(0);
  const firstTick = (series: MarketSeries) => series.clocks[0]?.firstOrdinal ?? 0;

  test('is the market that later data would make', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: BARS - 30 }), skipped => {
        const late = market(skipped);
        // Data and funding begin together, so the first common bar may stand a little behind.
        const begun = marketFrom(whole, firstTick(late) - firstTick(whole));
        expect(
          begun.clocks.map(({ firstOrdinal, length, close, held }) => ({ firstOrdinal, length, close, held })),
        ).toEqual(late.clocks.map(({ firstOrdinal, length, close, held }) => ({ firstOrdinal, length, close, held })));
        expect(begun.completed.slice(1)).toEqual(late.completed.slice(1));
        expect(begun.mark?.close).toEqual(late.mark?.close);
        expect(laneOf(begun).clocks[0]?.fields.funding).toEqual(laneOf(late).clocks[0]?.fields.funding);
      }),
      { numRuns: 40 },
    );
  });

  test('at its own beginning is itself', () => expect(marketFrom(whole, 0)).toBe(whole));
});

test('marks and funding are columns of the base clock: a rate at the bar in which it is paid', () => {
  const { clocks } = laneOf(market(0));
  const rates = [...(clocks[0]?.fields.funding ?? [])];
  const paid = rates.flatMap((rate, tick) => (Number.isNaN(rate) ? [] : [tick]));
  expect(paid.slice(1).map((tick, i) => tick - (paid[i] ?? 0))).toEqual(Array(paid.length - 1).fill(8));
  expect(clocks[0]?.fields.mark).toEqual(clocks[0]?.fields.close);
  expect(Object.keys(clocks[1]?.fields ?? {})).toEqual(['open', 'high', 'low', 'close', 'volume']);
});

test('facts become what the language reads; unstated ones are absent', () => {
  expect(metaOf({ tick: '0.01', lot: '0.001', minNotional: '5', maintenance: 0.005, source: 'x' })).toEqual({
    contract: 1,
    tick: 0.01,
    lot: 0.001,
    min_notional: 5,
  });
  expect(metaOf({ maintenance: 0.005, source: 'x' })).toEqual({ contract: 1 });
});

test('times of ticks, also on a clock of months', () => {
  const table = market(0).clocks[2];
  if (table === undefined) throw new Error('no months');
  const { opens, closes } = tickTimes(table, 0, 2);
  const iso = (times: Float64Array) => [...times].map(time => new Date(time).toISOString().slice(0, 10));
  expect([iso(opens), iso(closes)]).toEqual([
    ['2022-02-01', '2022-03-01'],
    ['2022-03-01', '2022-04-01'],
  ]);
});

test('a set that begins later has each member as it would begin later, on the same calendar', () => {
  const bars = (seed: number, hours: number, count: number) =>
    assembleMarket({
      instrument,
      clocks: [hour, day],
      bars: simulateBars({ seed, bars: count, periodMs: HOUR_MS, startMs: START_MS + hours * HOUR_MS }),
    });
  const set = placeTogether([bars(1, 0, 500), bars(2, 100, 300), bars(3, 30, 40)]);
  for (const start of [0, 1, 17, 50, 99, 100, 250]) {
    const later = setFrom(set, start);
    const drops = ticksBefore(set, start);
    expect(drops[0]).toBe(start);
    later.members.forEach((member, i) => {
      const whole = set.members[i];
      if (whole === undefined) throw new Error('a member too many');
      expect([member.firstTick, member.endTick]).toEqual(
        [whole.firstTick, whole.endTick].map(tick => Math.max(0, tick - start)),
      );
      member.clocks.forEach((table, clock) => {
        const drop = drops[clock] ?? 0;
        expect(table.close).toEqual(whole.clocks[clock]?.close.subarray(drop));
        expect(table.firstOrdinal).toBe((whole.clocks[clock]?.firstOrdinal ?? 0) + drop);
      });
      expect(member.completed[1]).toEqual(later.members[0]?.completed[1]);
    });
  }
});
