/** Weights of rows: uniqueness as in its book, decay, groups, effective rows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RowPlaces } from '../../../../runtime/models/splits/fold.ts';
import { uniqueness } from '../../../../runtime/models/weights/uniqueness.ts';
import { effectiveRows, rowWeights, tickGroups } from '../../../../runtime/models/weights/weights.ts';
import { askOracle, describeWithOracle } from '../../../support/oracle.ts';

interface Sample {
  readonly places: RowPlaces;
  readonly end: Int32Array;
}
const places = (tick: readonly number[], lane: readonly number[] = tick.map(() => 0)): RowPlaces => ({
  tick: Int32Array.from(tick),
  lane: Int32Array.from(lane),
});
const allRows = ({ tick }: RowPlaces) => Int32Array.from(tick, (_, row) => row);

const samples: fc.Arbitrary<Sample> = fc
  .array(fc.record({ tick: fc.nat(60), lane: fc.nat(3), span: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 60,
  })
  .map(rows => {
    const byPlace = new Map(rows.map(row => [row.tick * 10 + row.lane, row]));
    const sorted = [...byPlace].sort(([a], [b]) => a - b).map(([, row]) => row);
    return {
      places: places(
        sorted.map(row => row.tick),
        sorted.map(row => row.lane),
      ),
      end: Int32Array.from(sorted, row => row.tick + row.span),
    };
  });

describeWithOracle('against the snippets of the book and numpy', () => {
  test('uniqueness, decay, mean 1, effective rows', () => {
    const drawn = fc.sample(samples, { numRuns: 60, seed: 4 });
    const answers = askOracle(
      'weights',
      drawn.map(({ places: { tick, lane }, end }) => ({
        tick: [...tick],
        lane: [...lane],
        end: [...end],
        at: 70,
        halfLife: 13,
      })),
    ) as readonly { uniqueness: number[]; weights: number[]; effective: number }[];
    drawn.forEach(({ places: where, end }, i) => {
      const rows = allRows(where);
      const { values, effectiveRows: effective } = rowWeights(where, rows, [
        { kind: 'uniqueness', end },
        { kind: 'decay', timeMs: Float64Array.from(where.tick), atMs: 70, halfLifeMs: 13 },
      ]);
      const close = (ours: Float64Array, theirs: readonly number[]) =>
        ours.forEach((value, k) => {
          expect(Math.abs(value / (theirs[k] ?? Number.NaN) - 1)).toBeLessThan(1e-12);
        });
      close(uniqueness(where, rows, end), answers[i]?.uniqueness ?? []);
      close(values, answers[i]?.weights ?? []);
      expect(effective).toBeCloseTo(answers[i]?.effective ?? Number.NaN, 9);
    });
  });
});

describe('uniqueness', () => {
  test('the example of section 4.5.3: returns over (0, 3], (2, 4] and (4, 6] are unique by 5/6, 3/4 and 1', () => {
    const where = places([0, 2, 4]);
    const unique = uniqueness(where, allRows(where), Int32Array.of(3, 4, 6));
    expect([...unique]).toEqual([expect.closeTo(5 / 6, 15), 0.75, 1]);
  });
  test('n labels over the same ticks weigh 1 / n, another instrument changes nothing', () => {
    const where = places([3, 3, 4, 4], [0, 1, 0, 1]);
    expect([...uniqueness(where, allRows(where), Int32Array.of(5, 4, 5, 9))]).toEqual([0.75, 1, 0.5, 1]);
  });
  test('rows outside the training part do not count', () => {
    const where = places([0, 1, 2]);
    const end = Int32Array.of(3, 4, 5);
    expect([...uniqueness(where, Int32Array.of(0), end)]).toEqual([1]);
    expect([...uniqueness(where, Int32Array.of(0, 2), end)]).toEqual([
      expect.closeTo(2.5 / 3, 15),
      expect.closeTo(2.5 / 3, 15),
    ]);
  });
  test('noise in the ends of other rows changes no weight', () => {
    fc.assert(
      fc.property(samples, fc.infiniteStream(fc.nat(40)), ({ places: where, end }, noise) => {
        const rows = allRows(where).filter(row => (where.tick[row] ?? 0) < 30);
        const other = end.map((tick, row) => ((where.tick[row] ?? 0) < 30 ? tick : tick + (noise.next().value ?? 0)));
        expect(uniqueness(where, rows, other)).toEqual(uniqueness(where, rows, end));
      }),
      { numRuns: 60, seed: 9 },
    );
  });
});

describe('weights', () => {
  test('a half-life halves', () => {
    const where = places([0, 10, 20]);
    const { values } = rowWeights(where, allRows(where), [
      { kind: 'decay', timeMs: Float64Array.of(0, 10, 20), atMs: 20, halfLifeMs: 10 },
    ]);
    expect([...values].map(value => value / (values[2] ?? 1))).toEqual([0.25, 0.5, 1]);
    expect(values.reduce((a, b) => a + b, 0) / 3).toBeCloseTo(1, 14);
  });
  test('each tick weighs one', () => {
    const where = places([1, 1, 1, 2, 5, 5], [0, 1, 2, 0, 0, 1]);
    const rows = allRows(where);
    expect([...tickGroups(where, rows)]).toEqual([3, 1, 2]);
    const { values } = rowWeights(where, rows, [{ kind: 'tick' }]);
    expect([...values]).toEqual([2 / 3, 2 / 3, 2 / 3, 2, 1, 1].map(value => expect.closeTo(value, 14)));
  });
  test('no factors: equal rows, all effective', () => {
    const where = places([1, 2, 3]);
    expect(rowWeights(where, allRows(where), [])).toEqual({ values: Float64Array.of(1, 1, 1), effectiveRows: 3 });
    expect(rowWeights(where, new Int32Array(0), [{ kind: 'tick' }]).effectiveRows).toBe(0);
  });
  test('one row that outweighs all others is one effective row', () => {
    expect(effectiveRows(Float64Array.of(1, 0, 0, 0))).toBe(1);
    expect(effectiveRows(Float64Array.of(3, 1))).toBe(1.6);
  });
  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('a weight of %d is refused', value => {
    const where = places([1, 2]);
    expect(() => rowWeights(where, allRows(where), [{ kind: 'value', values: Float64Array.of(1, value) }])).toThrow(
      RangeError,
    );
  });
  test('weights that are all zero are refused', () => {
    const where = places([1]);
    expect(() => rowWeights(where, allRows(where), [{ kind: 'value', values: Float64Array.of(0) }])).toThrow(
      /none is above 0/,
    );
  });
});
