/** Population stability, drift over a window, base rates. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../../../runtime/models/matrix.ts';
import { baseRates, lowThresholds } from '../../../../runtime/models/statistics/base-rate.ts';
import { driftWindow } from '../../../../runtime/models/statistics/drift-window.ts';
import { baselineOf, stabilityIndex, stabilityOf } from '../../../../runtime/models/statistics/stability.ts';
import { chance } from '../../../support/chance.ts';
import { askOracle, describeWithOracle } from '../../../support/oracle.ts';

/** Normal, shifted, with ties and absent values. */
function column(seed: number, length: number, shift: number, ties = false, absent = 0.1): Float32Array {
  const { normal, uniform } = chance(seed);
  return Float32Array.from({ length }, () => {
    const x = normal() + shift;
    return uniform() < absent ? Number.NaN : ties ? Math.round(x) : x;
  });
}

describeWithOracle('against numpy', () => {
  test('deciles of the training part, one bin for absent, shares from 1e-4', () => {
    const cases = Array.from({ length: 24 }, (_, i) => ({
      train: column(i, 400, 0, i % 3 === 0, (i % 4) / 10),
      now: column(100 + i, 150, i / 8, i % 3 === 0, (i % 5) / 10),
    }));
    const plain = (values: Float32Array) => Array.from(values, x => (Number.isNaN(x) ? null : x));
    const { psi } = askOracle('statistics', {
      psi: cases.map(({ train, now }) => ({ train: plain(train), now: plain(now) })),
      deflated: [],
    }) as { psi: readonly number[] };
    cases.forEach(({ train, now }, i) => {
      expect(stabilityOf(baselineOf(train), now)).toBeCloseTo(psi[i] ?? Number.NaN, 11);
    });
  });
});

describe('population stability', () => {
  test('worked by hand: 60:40 turned into 40:60 is 0.4 ln 1.5', () =>
    expect(stabilityIndex([0.6, 0.4], [0.4, 0.6])).toBeCloseTo(0.4 * Math.log(1.5), 15));
  test('the same values have moved by 0', () => {
    const values = column(3, 500, 0);
    expect(stabilityOf(baselineOf(values), values)).toBe(0);
  });
  test('an empty bin counts as 1e-4', () =>
    expect(stabilityIndex([0.5, 0.5], [1, 0])).toBeCloseTo(
      0.5 * Math.log(2) + (1e-4 - 0.5) * Math.log(1e-4 / 0.5),
      14,
    ));
  test('a column that turned absent has drifted', () => {
    const values = column(3, 500, 0, false, 0);
    expect(stabilityOf(baselineOf(values), new Float32Array(50).fill(Number.NaN))).toBeGreaterThan(5);
  });
  test('a column that was all absent has two bins: something, nothing', () => {
    const baseline = baselineOf(new Float32Array(20).fill(Number.NaN));
    expect(baseline).toEqual({ cuts: [], shares: [0, 1] });
    expect(stabilityOf(baseline, Float32Array.of(Number.NaN))).toBe(0);
  });
  test('a value on a cut stands right of it', () => {
    const baseline = baselineOf(Float32Array.of(1, 1, 1, 1, 1));
    expect(baseline).toEqual({ cuts: [1], shares: [0, 1, 0] });
  });
});

describe('drift', () => {
  const matrix = (rows: readonly (readonly number[])[]): Matrix => {
    const columns = 2;
    const values = Float32Array.from([0, 1].flatMap(c => rows.map(row => row[c] ?? Number.NaN)));
    return { rows: rows.length, columns, values };
  };
  const ticks = (seed: number, length: number): readonly (readonly (readonly number[])[])[] => {
    const { normal, whole, uniform } = chance(seed);
    return Array.from({ length }, (_, t) =>
      Array.from({ length: whole(4) }, () => [normal() + t / 50, uniform() < 0.2 ? Number.NaN : whole(3)]),
    );
  };
  const baselines = [1, 2].map(seed => [baselineOf(column(seed, 300, 0)), baselineOf(column(seed + 5, 300, 1, true))]);

  test('is the largest index of the last ticks, from the first full window, under the version of each tick', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 30 }), (seed, window) => {
        const all = ticks(seed, 80);
        const stream = driftWindow(window);
        all.forEach((rows, t) => {
          stream.push(matrix(rows));
          const version = baselines[t < 40 ? 0 : 1] ?? [];
          const recent = all.slice(Math.max(0, t - window + 1), t + 1).flat();
          const each = version.map((baseline, c) =>
            stabilityOf(
              baseline,
              Float32Array.from(recent, row => row[c] ?? 0),
            ),
          );
          const expected = t + 1 < window || recent.length === 0 ? Number.NaN : Math.max(...each);
          expect(stream.value(version)).toBe(expected);
        });
      }),
      { numRuns: 40, seed: 2 },
    );
  });
  test('a window that starts later shows the same once it is full', () => {
    const all = ticks(7, 120);
    const [early, late] = [driftWindow(25), driftWindow(25)];
    all.forEach((rows, t) => {
      early.push(matrix(rows));
      if (t >= 60) late.push(matrix(rows));
      if (t >= 84) expect(late.value(baselines[0] ?? [])).toBe(early.value(baselines[0] ?? []));
    });
  });
});

describe('base rates', () => {
  const labels = Float64Array.of(0, 1, 2, 2, 1, 0, 0, 0);
  test('by class, by weight, of a bool', () => {
    expect(baseRates(labels, 3)).toEqual([0.5, 0.25, 0.25]);
    expect(baseRates(labels, 3, Float64Array.of(0, 1, 1, 0, 1, 0, 1, 0))).toEqual([0.25, 0.5, 0.25]);
    expect(baseRates(Float64Array.of(0, 1, 1, 1), 1)).toEqual([0.75]);
    expect(baseRates(Float64Array.of(0, 1, 1, 1), 2)).toEqual([0.25, 0.75]);
  });
  test('a threshold at or under its base rate is named', () => {
    const wanted = [
      { of: 'up', threshold: 0.3 },
      { of: 'up', threshold: 0.31 },
      { of: 'down', threshold: 0.2 },
    ];
    expect(lowThresholds(wanted, [0.3, 0.5, 0.2], ['up', 'flat', 'down'])).toEqual([
      { of: 'up', threshold: 0.3, baseRate: 0.3 },
      { of: 'down', threshold: 0.2, baseRate: 0.2 },
    ]);
    expect(lowThresholds([{ threshold: 0.5 }], [0.4])).toEqual([]);
  });
});
