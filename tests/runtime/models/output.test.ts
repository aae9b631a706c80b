import exp from '@stdlib/math-base-special-exp';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Objective } from '../../../language/check/model.ts';
import { outputCount, outputsOf, scoresOf, sigmoid, softmax } from '../../../runtime/models/output.ts';
import { fitCalibration } from '../../../runtime/models/steps/calibrate.ts';
import type { Calibration } from '../../../runtime/models/steps/types.ts';
import { chance } from '../../../runtime/statistics/chance.ts';

const BINARY: Objective = { kind: 'logistic' };
const CLASSES: Objective = { kind: 'softmax', classes: ['down', 'flat', 'up'] };

describe('outputs', () => {
  test('numbers are the margins themselves', () => {
    const margins = Float64Array.of(1.5, Number.NaN, -2);
    for (const kind of ['squared', 'huber', 'rank'] as const) {
      expect(outputsOf({ kind }, margins, 3)).toEqual(margins);
      expect(outputCount({ kind })).toBe(1);
    }
  });

  test('a bool is a probability, at any margin, by the exponential of the house', () => {
    expect(outputsOf(BINARY, Float64Array.of(0, Number.NaN, 800, -800), 4)).toEqual(
      Float64Array.of(0.5, Number.NaN, 1, 0),
    );
    expect(sigmoid(-1)).toBe(exp(-1) / (1 + exp(-1)));
    expect(sigmoid(1)).toBe(1 / (1 + exp(-1)));
    // Small probabilities keep their digits.
    expect(sigmoid(-40)).toBeCloseTo(Math.exp(-40), 30);
  });

  test('a category is probabilities that sum 1, whatever the common shift, class by class', () => {
    const row = [0.5, -1, 2];
    // Two rows, the second shifted; output by output.
    const margins = Float64Array.from(row.flatMap(margin => [margin, margin + 700]));
    const found = outputsOf(CLASSES, margins, 2);
    const sum = row.reduce((total, margin) => total + Math.exp(margin), 0);
    for (const [k, margin] of row.entries()) {
      expect(found[2 * k]).toBeCloseTo(Math.exp(margin) / sum, 14);
      expect(found[2 * k + 1]).toBeCloseTo(Math.exp(margin) / sum, 12);
    }
    expect(outputCount(CLASSES)).toBe(3);
    expect([...outputsOf(CLASSES, new Float64Array(3).fill(Number.NaN), 1)].every(Number.isNaN)).toBe(true);
    expect(outputsOf(CLASSES, new Float64Array(), 0)).toEqual(new Float64Array());
  });

  test('rows do not know each other: any part of a batch has the bits of the whole', () => {
    const margin = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(margin, margin, margin), { minLength: 1, maxLength: 20 }), rows => {
        const of = (some: typeof rows): Float64Array =>
          outputsOf(CLASSES, Float64Array.from([0, 1, 2].flatMap(k => some.map(row => row[k]))), some.length);
        const whole = of(rows);
        for (const [r, row] of rows.entries()) {
          expect([...of([row])]).toEqual([0, 1, 2].map(k => whole[k * rows.length + r]));
        }
      }),
    );
  });
});

describe('scores', () => {
  test('of a bool are its margins, of a category the log odds of each class', () => {
    const margins = Float64Array.of(1, -1, 0.5);
    expect(scoresOf(BINARY, margins, 3)).toBe(margins);
    const probabilities = softmax(margins);
    const scores = scoresOf(CLASSES, margins, 1);
    for (const [k, p] of probabilities.entries()) expect(scores[k]).toBeCloseTo(Math.log(p / (1 - p)), 12);
  });
});

describe('calibrated', () => {
  test('platt and isotonic curves, flat beyond their ends, absent where the margin is', () => {
    const platt: Calibration = { kind: 'platt', classes: [{ slope: 2, offset: -1 }] };
    expect(outputsOf(BINARY, Float64Array.of(0.5, 3, Number.NaN), 3, platt)).toEqual(
      Float64Array.of(0.5, sigmoid(5), Number.NaN),
    );
    const isotonic: Calibration = {
      kind: 'isotonic',
      classes: [{ scores: [-1, 0, 2], probabilities: [0.1, 0.3, 0.7] }],
    };
    expect([...outputsOf(BINARY, Float64Array.of(-9, -1, -0.5, 0, 1, 2, 9, Number.NaN), 8, isotonic)]).toEqual([
      0.1,
      0.1,
      0.2,
      0.3,
      0.5,
      0.7,
      0.7,
      Number.NaN,
    ]);
  });

  test('classes are scaled to sum 1, and where all curves say 0 the raw probabilities stand', () => {
    const flat = (p: number) => ({ scores: [0], probabilities: [p] });
    const margins = Float64Array.of(1, 0, -1);
    const curves: Calibration = { kind: 'isotonic', classes: [flat(0.2), flat(0.6), flat(0.8)] };
    const found = outputsOf(CLASSES, margins, 1, curves);
    for (const [k, p] of [0.125, 0.375, 0.5].entries()) expect(found[k]).toBeCloseTo(p, 14);
    const none: Calibration = { kind: 'isotonic', classes: [flat(0), flat(0), flat(0)] };
    expect(outputsOf(CLASSES, margins, 1, none)).toEqual(softmax(margins));
  });

  test.each(['platt', 'isotonic'] as const)('%s, fitted on margins that are too bold, gives what comes true', kind => {
    const { next } = chance(3);
    const rows = 4000;
    const truth = Float64Array.from({ length: rows }, () => 4 * next() - 2);
    const labels = truth.map(margin => Number(next() < sigmoid(margin)));
    const bold = truth.map(margin => 3 * margin + 0.5);
    const calibration = fitCalibration(kind, [scoresOf(BINARY, bold, rows)], labels);
    const found = outputsOf(BINARY, bold, rows, calibration);
    const error = (p: Float64Array): number =>
      p.reduce((sum, value, r) => sum + Math.abs(value - sigmoid(truth[r])), 0) / rows;
    expect(error(found)).toBeLessThan(0.03);
    expect(error(outputsOf(BINARY, bold, rows))).toBeGreaterThan(0.1);
  });
});
