/** Value at risk, expected shortfall and correlation against numpy, and what holds of them whatever the returns. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correlationOf, type Tail, tailOf } from '../../../runtime/statistics/tail.ts';
import { askOracle, describeWithOracle } from '../../support/oracle.ts';

const LEVELS = [0.95, 0.99] as const;

/** Deterministic returns with fat tails. */
function returnsOf(seed: number, count: number): Float64Array {
  let state = seed;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return Float64Array.from({ length: count }, () => (next() + next() + next() - 1.5) * (next() > 0.95 ? 0.08 : 0.01));
}

describeWithOracle('tails, as numpy has them', () => {
  it.each([30, 31, 100, 500])('of %i returns', count => {
    const [returns, others] = [returnsOf(7, count), returnsOf(11, count)];
    const mixed = others.map((value, i) => 0.4 * value + 0.6 * (returns[i] ?? 0));
    const expected = askOracle('tail', { returns: [...returns], others: [...mixed], levels: LEVELS }) as {
      readonly tails: readonly Tail[];
      readonly correlation: number;
    };
    for (const [i, level] of LEVELS.entries()) {
      const { valueAtRisk, expectedShortfall } = tailOf(returns, level);
      expect(valueAtRisk).toBeCloseTo(expected.tails[i]?.valueAtRisk ?? Number.NaN, 14);
      expect(expectedShortfall).toBeCloseTo(expected.tails[i]?.expectedShortfall ?? Number.NaN, 14);
    }
    expect(correlationOf(returns, mixed)).toBeCloseTo(expected.correlation, 12);
  });
});

describe('tails', () => {
  it('by hand: of a hundred returns from −1 % to 98 % the worst five are beyond the quantile', () => {
    const returns = Float64Array.from({ length: 100 }, (_, i) => (i - 1) / 100);
    const { valueAtRisk, expectedShortfall } = tailOf(returns, 0.95);
    // Place 0.05 × 99 = 4.95: between 0.03 − … the 5th and 6th.
    expect(valueAtRisk).toBeCloseTo(-0.0395, 12);
    expect(expectedShortfall).toBeCloseTo(-0.01, 12);
  });

  it('a shortfall is never smaller than the value at risk, and a higher level never less', () => {
    const returns = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(returns, values => {
        const [at95, at99] = LEVELS.map(level => tailOf(Float64Array.from(values), level)) as [Tail, Tail];
        expect(at95.expectedShortfall).toBeGreaterThanOrEqual(at95.valueAtRisk - 1e-15);
        expect(at99.valueAtRisk).toBeGreaterThanOrEqual(at95.valueAtRisk);
        expect(at99.expectedShortfall).toBeGreaterThanOrEqual(at95.expectedShortfall - 1e-15);
      }),
    );
  });

  it('correlation leaves out bars that one of the two has not', () => {
    const a = Float64Array.of(0.01, Number.NaN, 0.03, -0.02, 0.05);
    const b = Float64Array.of(0.02, 0.9, 0.06, -0.04, Number.NaN);
    expect(correlationOf(a, b)).toBeCloseTo(1, 12);
    expect(
      correlationOf(
        a,
        a.map(value => -value),
      ),
    ).toBeCloseTo(-1, 12);
    expect(correlationOf(a, new Float64Array(5))).toBeNaN();
    expect(correlationOf(Float64Array.of(0.1), Float64Array.of(0.2))).toBeNaN();
  });
});
