/** Cross-sections (language.md): by hand where the design says what comes out, and against their definitions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DROPS_AXIS, KEEPS_AXIS } from '../../../compiler/host/cross-section.ts';

const NAN = Number.NaN;

function keeps(name: string, row: readonly number[], settings: readonly number[] = [], to: readonly number[] = row) {
  const out = new Float64Array(row.length);
  KEEPS_AXIS[name]?.(Float64Array.from(row), out, settings, Float64Array.from(to));
  return [...out];
}
const drops = (name: string, row: readonly number[]): number => DROPS_AXIS[name]?.(Float64Array.from(row)) ?? NAN;

const rowOf = fc.array(
  fc.oneof(fc.double({ min: -50, max: 50, noNaN: true }), fc.integer({ min: -3, max: 3 }), fc.constant(NAN)),
  {
    minLength: 1,
    maxLength: 12,
  },
);
const present = (row: readonly number[]) => row.filter(value => !Number.isNaN(value));
const mean = (row: readonly number[]) => row.reduce((sum, value) => sum + value, 0) / row.length;

describe('rank', () => {
  it('goes from 0 to 1, shares the average among equals, and is 0.5 for a single member', () => {
    expect(keeps('rank', [30, 10, 20])).toEqual([1, 0, 0.5]);
    expect(keeps('rank', [1, 5, 5, 9])).toEqual([0, 0.5, 0.5, 1]);
    expect(keeps('rank', [NAN, 7, NAN])).toEqual([NAN, 0.5, NAN]);
    expect(keeps('rank', [-0, 0, 1])).toEqual([0.25, 0.25, 1]);
    expect(keeps('rank', [Number.NEGATIVE_INFINITY, 3, Number.POSITIVE_INFINITY])).toEqual([0, 0.5, 1]);
  });

  it('is absent under `need` present members', () => {
    expect(keeps('rank', [1, 2, NAN], [3])).toEqual([NAN, NAN, NAN]);
    expect(keeps('rank', [1, 2, 3], [3])).toEqual([0, 0.5, 1]);
  });

  it('is (2r − 2) / (2n − 2) of the average rank', () => {
    fc.assert(
      fc.property(rowOf, row => {
        const there = present(row);
        const ranked = row.map(value => {
          if (Number.isNaN(value)) return NAN;
          const below = there.filter(other => other < value).length;
          const equal = there.filter(other => other === value).length;
          const average = below + (equal + 1) / 2;
          return there.length === 1 ? 0.5 : (2 * average - 2) / (2 * there.length - 2);
        });
        expect(keeps('rank', row)).toEqual(ranked);
      }),
    );
  });
});

describe('zscore and demean', () => {
  it('divide by n, and are 0 for one member and for equal ones', () => {
    expect(keeps('zscore', [1, 3])).toEqual([-1, 1]);
    expect(keeps('zscore', [0.1, 0.1, 0.1])).toEqual([0, 0, 0]);
    expect(keeps('zscore', [NAN, 4])).toEqual([NAN, 0]);
    expect(keeps('zscore', [1, 3, NAN], [3])).toEqual([NAN, NAN, NAN]);
    expect(keeps('demean', [1, NAN, 5])).toEqual([-2, NAN, 2]);
  });

  it('have mean 0, and deviation 1', () => {
    fc.assert(
      fc.property(rowOf, row => {
        const there = present(row);
        fc.pre(there.length > 1 && Math.max(...there) - Math.min(...there) > 1e-3);
        const scores = present(keeps('zscore', row));
        expect(mean(scores)).toBeCloseTo(0, 6);
        expect(mean(scores.map(score => score * score))).toBeCloseTo(1, 6);
        expect(mean(present(keeps('demean', row)))).toBeCloseTo(0, 9);
      }),
    );
  });
});

describe('scale', () => {
  it('brings the sum of sizes to gross, and leaves nothing of nothing', () => {
    expect(keeps('scale', [3, -1, NAN, 0], [1, NAN])).toEqual([0.75, -0.25, NAN, 0]);
    expect(keeps('scale', [0, 0, NAN], [1, NAN])).toEqual([0, 0, NAN]);
    expect(keeps('scale', [0, 0, NAN], [1, 0.5])).toEqual([0, 0, NAN]);
  });

  it('brings longs less shorts to net as well, where there are both', () => {
    fc.assert(
      fc.property(rowOf, fc.constantFrom(0, 0.3, -0.3, 1), (row, net) => {
        const there = present(row);
        fc.pre(there.some(value => value > 1e-3) && there.some(value => value < -1e-3));
        const weights = present(keeps('scale', row, [1, net]));
        expect(weights.reduce((sum, weight) => sum + Math.abs(weight), 0)).toBeCloseTo(1, 9);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(net, 9);
      }),
    );
  });
});

describe('winsor, neutral, quantile_of', () => {
  it('cut to the quantiles of both ends', () => {
    expect(keeps('winsor', [0, 10, 20, 30, 1000], [0.25])).toEqual([10, 10, 20, 30, 30]);
    expect(keeps('winsor', [5, NAN], [0.1])).toEqual([5, NAN]);
    expect(keeps('winsor', [5, 6], [-1])).toEqual([NAN, NAN]);
  });

  it('leave what a line through the members does not explain', () => {
    expect(keeps('neutral', [1, 3, 5, NAN], [], [1, 2, 3, 4])).toEqual([0, 0, 0, NAN]);
    expect(keeps('neutral', [1, 3], [], [7, 7])).toEqual([-1, 1]);
    expect(keeps('neutral', [1, 3, 8], [], [7, 7, NAN])).toEqual([-1, 1, NAN]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
          minLength: 2,
          maxLength: 9,
        }),
        pairs => {
          const rest = keeps(
            'neutral',
            pairs.map(([x]) => x),
            [],
            pairs.map(([, to]) => to),
          );
          expect(mean(rest)).toBeCloseTo(0, 6);
          expect(mean(rest.map((value, i) => value * (pairs[i]?.[1] ?? 0)))).toBeCloseTo(0, 5);
        },
      ),
    );
  });

  it('number the groups from the lowest', () => {
    expect(keeps('quantile_of', [10, 20, 30, 40, 50], [5])).toEqual([1, 2, 3, 4, 5]);
    expect(keeps('quantile_of', [10, 10, NAN, 50], [2])).toEqual([1, 1, NAN, 2]);
  });
});

describe('what is said of all members', () => {
  it('counts those that are present', () => {
    expect(drops('mean', [1, NAN, 3])).toBe(2);
    expect(drops('sum', [1, NAN, 3])).toBe(4);
    expect(drops('count', [1, 0, NAN, 1])).toBe(2);
    expect(drops('breadth', [1, 0, NAN, 1])).toBe(2 / 3);
    expect(drops('max', [1, NAN, 3])).toBe(3);
  });

  it('is absent where nobody is', () => {
    for (const name of Object.keys(DROPS_AXIS)) expect(drops(name, [NAN, NAN])).toBeNaN();
  });

  it('sums in lane order', () => {
    expect(drops('sum', [1e16, 1, -1e16])).toBe(0);
    expect(drops('sum', [1e16, -1e16, 1])).toBe(1);
  });
});
