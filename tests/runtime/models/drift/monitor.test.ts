import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DriftBaselines, driftBaselines } from '../../../../runtime/models/drift/baselines.ts';
import { type DriftTick, driftColumns, driftMonitor } from '../../../../runtime/models/drift/monitor.ts';
import type { Matrix } from '../../../../runtime/models/matrix.ts';
import { matrixOf, randomMatrix, slice } from '../rows.ts';

const NAMES = ['a', 'b', 'c'];
const training = randomMatrix(1, 1000, 3);
const outputs = (matrix: Matrix): Float64Array =>
  Float64Array.from({ length: matrix.rows }, (_, r) => 1 / (1 + Math.exp(-matrix.values[r])));
const baselines = driftBaselines(training, NAMES, outputs(training), ['up']);

function ticksOf(
  matrix: Matrix,
  perTick: number,
  version: DriftBaselines | undefined = baselines,
): readonly DriftTick[] {
  return Array.from({ length: Math.floor(matrix.rows / perTick) }, (_, t) => {
    const rows = slice(matrix, t * perTick, (t + 1) * perTick);
    return { rows, outputs: outputs(rows), ...(version !== undefined && { baselines: version }) };
  });
}

/** Ten lines of the definition: deciles of the training part, one bin for absent, shares of at least 1e-4. */
function stability(then: readonly number[], now: readonly number[]): number {
  const present = then.filter(x => !Number.isNaN(x)).sort((a, b) => a - b);
  const cuts = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(tenth => {
    const at = (tenth / 10) * (present.length - 1);
    const low = Math.floor(at);
    return Math.fround(present[low] + (at - low) * ((present[low + 1] ?? present[low]) - present[low]));
  });
  const share = (values: readonly number[], bin: number): number =>
    values.filter(x => (Number.isNaN(x) ? 10 : cuts.filter(cut => x >= cut).length) === bin).length / values.length;
  return Array.from({ length: 11 }, (_, bin) => bin).reduce((sum, bin) => {
    const [a, b] = [Math.max(share(then, bin), 1e-4), Math.max(share(now, bin), 1e-4)];
    return sum + (b - a) * Math.log(b / a);
  }, 0);
}

describe('drift', () => {
  test('is the largest stability index of the features, and that of the output, over the window', () => {
    const now = matrixOf(40, 3, (r, c) => (c === 1 ? 1.5 + Math.sin(r) : Math.sin(r * (c + 1))));
    const { features, prediction } = driftColumns(20, ticksOf(now, 1));
    const column = (matrix: Matrix, c: number, from: number, to: number): number[] =>
      Array.from(matrix.values.slice(c * matrix.rows + from, c * matrix.rows + to));
    for (let t = 19; t < 40; t++) {
      const each = NAMES.map((_, c) => stability(column(training, c, 0, 1000), column(now, c, t - 19, t + 1)));
      expect(features[t]).toBeCloseTo(Math.max(...each), 10);
      const [then, seen] = [outputs(training), outputs(slice(now, t - 19, t + 1))];
      const float = (values: Float64Array): number[] => Array.from(values, Math.fround);
      expect(prediction[t]).toBeCloseTo(stability(float(then), float(seen)), 10);
    }
  });

  test('is absent until the window is full, and where no version is active', () => {
    const { features, prediction } = driftColumns(7, ticksOf(slice(training, 0, 20), 1));
    expect([...features].map(Number.isNaN)).toEqual(Array.from({ length: 20 }, (_, t) => t < 6));
    expect([...prediction].map(Number.isNaN)).toEqual(Array.from({ length: 20 }, (_, t) => t < 6));
    const without = driftColumns(
      3,
      ticksOf(slice(training, 0, 9), 1).map(({ rows, outputs: o }) => ({ rows, outputs: o })),
    );
    expect([...without.features].every(Number.isNaN)).toBe(true);
  });

  test('of the training rows themselves is next to nothing, of shifted ones large, and the feature is named', () => {
    const monitor = driftMonitor(100);
    for (const tick of ticksOf(training, 10)) monitor.push(tick);
    expect(Math.max(...Object.values(monitor.byName().features))).toBeLessThan(0.01);
    const shifted = matrixOf(1000, 3, (r, c) => training.values[c * 1000 + r] + (c === 2 ? 1 : 0));
    for (const tick of ticksOf(shifted, 10)) monitor.push(tick);
    const { features, prediction } = monitor.byName();
    expect(features.a).toBeLessThan(0.01);
    expect(features.c).toBeGreaterThan(0.5);
    expect(prediction.up).toBeLessThan(0.01);
  });

  test('what a version remembers is the same after it was kept as text', () => {
    expect(JSON.parse(JSON.stringify(baselines))).toEqual(baselines);
  });

  test('is the same stream in one batch, in pieces, and one row at a time after a restart', () => {
    const other = driftBaselines(randomMatrix(2, 500, 3), NAMES, outputs(randomMatrix(2, 500, 3)), ['up']);
    const value = fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constant(Number.NaN));
    const tick = fc
      .tuple(fc.array(fc.tuple(value, value, value), { maxLength: 4 }), fc.constantFrom(baselines, other, undefined))
      .map(([rows, version]): DriftTick => {
        const matrix = matrixOf(rows.length, 3, (r, c) => rows[r][c]);
        return { rows: matrix, outputs: outputs(matrix), ...(version !== undefined && { baselines: version }) };
      });
    fc.assert(
      fc.property(fc.array(tick, { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), fc.nat(), (ticks, window, cut) => {
        const batch = driftColumns(window, ticks);
        const live = driftMonitor(window);
        const rows = ticks.map(live.push);
        expect(rows.map(drift => drift.features)).toEqual([...batch.features]);
        expect(rows.map(drift => drift.prediction)).toEqual([...batch.prediction]);
        // A run that starts later shows the same once its window is full.
        const from = cut % (ticks.length + 1);
        const late = driftColumns(window, ticks.slice(from));
        const full = from + window - 1;
        expect([...late.features].slice(window - 1)).toEqual([...batch.features].slice(full));
      }),
      { numRuns: process.env.VELA_DEEP === '1' ? 2000 : 100, seed: 7 },
    );
  });
});
