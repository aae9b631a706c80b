import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseDecimal,
  parseStep,
  type Rounding,
  reachesNotional,
  roundExactly,
  roundToStep,
} from '../../../runtime/engine/decimal.ts';

describe('rounding to a venue step', () => {
  it.each<[number, string, Rounding, number]>([
    [100.1, '0.1', 'down', 100.1],
    [100.1, '0.1', 'up', 100.1],
    [0.1 + 0.2, '0.1', 'up', 0.3],
    [0.3 - 1e-17, '0.1', 'down', 0.3],
    [1.005, '0.01', 'down', 1],
    [1.005, '0.005', 'down', 1.005],
    [7.0123, '0.001', 'down', 7.012],
    [7.0123, '0.001', 'up', 7.013],
    [0.29, '0.1', 'nearest', 0.3],
    [0.25, '0.1', 'nearest', 0.3],
    [123456.789, '0.25', 'down', 123456.75],
    [0.000012345, '1e-8', 'down', 0.00001234],
    [5, '10', 'down', 0],
    [-0.15, '0.1', 'down', -0.2],
  ])('%d by %s %s is %d', (value, step, rounding, expected) => {
    expect(roundToStep(value, parseStep(step), rounding)).toBe(expected);
  });

  it('does by doubles what big integers do', () => {
    const steps = fc.constantFrom('0.1', '0.01', '0.00001', '0.25', '5', '1e-8', '0.003').map(parseStep);
    const values = fc.oneof(
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      fc.tuple(fc.integer({ min: 0, max: 1e7 }), steps).map(([n, step]) => n * step.size),
      fc.tuple(fc.integer({ min: 0, max: 1e7 }), steps).map(([n, step]) => (n + 0.5) * step.size),
    );
    const roundings = fc.constantFrom<Rounding>('down', 'up', 'nearest');
    fc.assert(
      fc.property(values, steps, roundings, (value, step, rounding) => {
        expect(roundToStep(value, step, rounding)).toBe(roundExactly(value, step.decimal, rounding));
      }),
      { numRuns: 20_000 },
    );
  });

  it('gives a multiple of the step, on the side asked for, less than a step away', () => {
    const steps = fc.constantFrom('0.1', '0.01', '0.25', '0.003').map(parseStep);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), steps, (value, step) => {
        const down = roundToStep(value, step, 'down');
        const up = roundToStep(value, step, 'up');
        expect(roundExactly(down, step.decimal, 'nearest')).toBe(down);
        expect(down <= value * (1 + 1e-14) && value <= up * (1 + 1e-14) + 1e-300).toBe(true);
        expect(up - down).toBeLessThanOrEqual(step.size * (1 + 1e-6));
      }),
    );
  });

  it('passes on what is no number', () => {
    expect(roundToStep(Number.NaN, parseStep('0.1'), 'down')).toBeNaN();
    expect(roundToStep(Number.POSITIVE_INFINITY, parseStep('0.1'), 'up')).toBe(Number.POSITIVE_INFINITY);
  });

  it('refuses a step that is none', () => {
    expect(() => parseStep('0')).toThrow('positive');
    expect(() => parseStep('-1')).toThrow('positive');
    expect(() => parseDecimal('0,1')).toThrow('not a decimal');
  });
});

describe('the minimum notional', () => {
  it('is compared exactly', () => {
    expect(reachesNotional(0.1, 30, parseDecimal('3'))).toBe(true);
    expect(reachesNotional(1.1, 1.1, parseDecimal('1.21'))).toBe(true);
    expect(reachesNotional(1.1, 1.1, parseDecimal('1.210001'))).toBe(false);
  });
});
