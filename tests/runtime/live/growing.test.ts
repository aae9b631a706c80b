/** Columns that take memory as values come. */
import { describe, expect, it } from 'vitest';
import { LiveGrid } from '../../../runtime/live/grid.ts';
import { GrowingColumns, GrowingList } from '../../../runtime/live/growing.ts';

const HOUR_MS = 3_600_000;

describe('columns that grow', () => {
  it('keep their place and their values, and have room for a few thousand more at a time', () => {
    const columns = new GrowingColumns(1e9);
    const prices = columns.numbers();
    const rates = columns.numbers(Number.NaN);
    const flags = columns.flags();
    prices[7] = 1.5;
    flags[7] = 1;
    columns.reserve(100_000);
    prices[99_999] = 2.5;
    expect([prices[7], prices[8], prices[99_999]]).toEqual([1.5, 0, 2.5]);
    expect([rates[0], rates[99_999]]).toEqual([Number.NaN, Number.NaN]);
    expect([flags[7], flags[8]]).toEqual([1, 0]);
    expect(prices.byteLength).toBeLessThan(8 * 110_000);
    columns.reserve(50);
    expect(prices[99_999]).toBe(2.5);
  });

  it('never hold more than was said', () => {
    const columns = new GrowingColumns(10);
    const values = columns.numbers();
    columns.reserve(10);
    expect(values.length).toBe(10);
  });
});

describe('a list that grows', () => {
  it('gives all that is there, and leaves what it gave before as it was', () => {
    const list = new GrowingList(length => new Int32Array(length));
    const given = Array.from({ length: 1000 }, (_, i) => list.push(i * i));
    for (const [i, values] of given.entries()) {
      expect(values.length).toBe(i + 1);
      expect([values[0], values[i]]).toEqual([0, i * i]);
    }
    expect([...(given.at(-1) ?? [])]).toEqual(Array.from({ length: 1000 }, (_, i) => i * i));
  });
});

describe('a grid of many instruments', () => {
  it('takes no memory for bars that have not come', () => {
    const market = { gaps: 'hold', hasMarks: true, hasFunding: true } as const;
    const period = { kind: 'fixed', ms: 60_000, anchorMs: 0 } as const;
    const slow = { kind: 'fixed', ms: HOUR_MS, anchorMs: 0 } as const;
    const before = process.memoryUsage().arrayBuffers;
    const markets = Array.from({ length: 50 }, () => market);
    const grid = new LiveGrid({ clocks: [{ period }, { period: slow }], firstMs: 0, capacity: 1_050_000, markets });
    const twin = grid.twin();
    expect(twin.markets.length).toBe(50);
    // Of each instrument two million bars would be 90 MB; where bars of the slower clock stand is 4 MB for all of them.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(120e6);
    expect(grid.market(0).lane.completed[1]).toBe(twin.market(49).lane.completed[1]);
  });
});
