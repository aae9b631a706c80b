/** Fewer points for drawing, without losing what stands out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupCandles, groupFirst, groupLine, groupLowest, groupSize } from '../../../runtime/report/downsample.ts';

const values = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) }, fc.constant(Number.NaN)), {
    minLength: 1,
    maxLength: 200,
  })
  .map(entries => Float64Array.from(entries));
const size = fc.integer({ min: 1, max: 30 });
const present = (column: Float64Array) => [...column].filter(value => !Number.isNaN(value));
const highest = (column: Float64Array) => Math.max(...present(column));
const lowest = (column: Float64Array) => Math.min(...present(column));

describe('groups', () => {
  test('as few ticks a group as the limit allows', () => {
    expect([groupSize(10, 10), groupSize(11, 10), groupSize(0, 10), groupSize(2_100_000, 20_000)]).toEqual([
      1, 2, 1, 105,
    ]);
  });

  test('a candle keeps first open, highest high, lowest low and last close; the last group may be short', () => {
    const bars = {
      open: Float64Array.of(1, 2, 3, 4, 5),
      high: Float64Array.of(5, 9, 4, 8, 6),
      low: Float64Array.of(1, 0.5, 2, 3, 4),
      close: Float64Array.of(2, 3, 4, 5, 5.5),
    };
    expect(groupCandles(bars, 2)).toEqual({
      open: Float64Array.of(1, 3, 5),
      high: Float64Array.of(9, 8, 6),
      low: Float64Array.of(0.5, 2, 4),
      close: Float64Array.of(3, 5, 5.5),
    });
    expect(groupFirst(bars.open, 3)).toEqual(Float64Array.of(1, 4));
  });

  test('absent bars leave a candle of those that are there, and none where there is none', () => {
    const bar = Float64Array.of(Number.NaN, 2, Number.NaN, Number.NaN);
    const candle = Float64Array.of(2, Number.NaN);
    expect(groupCandles({ open: bar, high: bar, low: bar, close: bar }, 2)).toEqual({
      open: candle,
      high: candle,
      low: candle,
      close: candle,
    });
  });

  test('a line keeps its highest and lowest value, unless both lie in one group', () => {
    fc.assert(
      fc.property(values, size, (column, ticks) => {
        const drawn = groupLine(column, ticks);
        expect(drawn.length).toBe(Math.ceil(column.length / ticks));
        if (present(column).length === 0) return;
        const group = (value: number) => Math.floor(column.indexOf(value) / ticks);
        expect(highest(drawn)).toBe(highest(column));
        if (group(highest(column)) !== group(lowest(column))) expect(lowest(drawn)).toBe(lowest(column));
      }),
    );
  });

  test('every drawn value is one of its group', () => {
    fc.assert(
      fc.property(values, size, (column, ticks) => {
        groupLine(column, ticks).forEach((value, i) => {
          const group = [...column.subarray(i * ticks, (i + 1) * ticks)];
          expect(group.some(entry => Object.is(entry, value))).toBe(true);
        });
      }),
    );
  });

  test('the deepest drawdown is kept', () => {
    fc.assert(
      fc.property(values, size, (column, ticks) => {
        if (present(column).length > 0) expect(lowest(groupLowest(column, ticks))).toBe(lowest(column));
      }),
    );
  });
});
