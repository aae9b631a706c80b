import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpSpec } from '../../../language/operators/operator.ts';
import { OPERATORS, specOf } from '../../../language/operators/table.ts';

const NONE = Number.NaN;

function pointwise(op: string, ...args: readonly number[]): number {
  const { reference } = specOf(op);
  if (reference.kind !== 'pointwise') throw new Error(`${op} is not pointwise`);
  return reference.evaluate(args);
}

function window(
  op: string,
  values: readonly (readonly number[])[],
  split: number,
  ...fixed: readonly number[]
): number {
  const { reference } = specOf(op);
  if (reference.kind !== 'window') throw new Error(`${op} is no window`);
  return reference.evaluate(
    values.map(x => Float64Array.from(x)),
    split,
    fixed,
  );
}

const over = (op: string, ...values: readonly number[]): number => window(op, [values], 0);

function recurrence(op: string, xs: readonly number[], ...fixed: readonly number[]): readonly number[] {
  const { reference } = specOf(op);
  if (reference.kind !== 'recurrence') throw new Error(`${op} is no recurrence`);
  const slots = new Float64Array(reference.slots);
  return xs.map(x => reference.step(slots, [x, ...fixed]));
}

describe('the table', () => {
  it.each([...OPERATORS.values()].map(spec => [spec.name, spec] as const))('%s is a sound row', (_, spec: OpSpec) => {
    expect(spec.doc.length).toBeGreaterThan(5);
    expect(spec.formula).not.toBe('');
    for (const index of spec.unify) expect(index).toBeLessThan(spec.arguments.length);
    if (spec.time.kind === 'window' || spec.time.kind === 'recurrence')
      expect(spec.arguments[spec.time.length]?.rule.kind).toBe('length');
    if (spec.time.kind === 'pointwise') expect(spec.reference.kind).toBe('pointwise');
    if (spec.time.kind === 'window') {
      expect(spec.reference.kind).toBe('window');
      expect(spec.missing).toBe('strict');
    }
  });

  it('has each name once', () => {
    expect(new Set(OPERATORS.keys()).size).toBe(OPERATORS.size);
  });

  it('knows every operator that a node may name', () => {
    expect(() => specOf('nothing')).toThrow('no operator named nothing');
  });
});

describe('pointwise operators', () => {
  it.each([
    ['round', [0.5], 1],
    ['round', [-0.5], -1],
    ['round', [1.5], 2],
    ['round', [2.5], 3],
    ['round', [-2.5], -3],
    ['round', [0.49999999999999994], 0],
    ['round', [4503599627370497], 4503599627370497],
    ['round', [-0.2], -0],
    ['round', [Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY],
    ['mod', [7, 3], 1],
    ['mod', [-7, 3], 2],
    ['mod', [7, -3], -2],
    ['mod', [1, 0], NONE],
    ['sign', [-3], -1],
    ['sign', [0], 0],
    ['sign', [NONE], NONE],
    ['pow', [2, 10], 1024],
    ['pow', [1, NONE], NONE],
    ['pow', [NONE, 0], NONE],
    ['sqrt', [-1], NONE],
    ['log', [-1], NONE],
    ['log', [1], 0],
    ['exp', [0], 1],
    ['max', [1, NONE], NONE],
    ['min', [0, -0], -0],
    ['or_else', [NONE, 3], 3],
    ['or_else', [2, 3], 2],
    ['present', [NONE], 0],
    ['present', [0], 1],
    ['plain', [3], 3],
    ['is', [1, 1], 1],
    ['is', [0, 1], 0],
    ['is', [NONE, 1], NONE],
    ['div', [1, 0], Number.POSITIVE_INFINITY],
    ['div', [0, 0], NONE],
  ] as const)('%s(%j) = %d', (op, args, result) => {
    expect(pointwise(op, ...args)).toBe(result);
  });

  it('decides and, or, not by three-valued logic', () => {
    const values = [1, 0, NONE];
    const table = (op: string) => values.map(a => values.map(b => pointwise(op, a, b)));
    expect(table('and')).toEqual([
      [1, 0, NONE],
      [0, 0, 0],
      [NONE, 0, NONE],
    ]);
    expect(table('or')).toEqual([
      [1, 1, 1],
      [1, 0, NONE],
      [1, NONE, NONE],
    ]);
    expect(values.map(a => pointwise('not', a))).toEqual([0, 1, NONE]);
  });

  it('leaves an unknown choice absent, also where both arms agree', () => {
    expect(pointwise('if', NONE, 2, 2)).toBe(NONE);
    expect(pointwise('if', 1, 2, NONE)).toBe(2);
  });

  it.each(['lt', 'le', 'gt', 'ge', 'eq', 'ne'])('%s is unknown where a side is absent', op => {
    expect(pointwise(op, NONE, 1)).toBe(NONE);
    expect(pointwise(op, 1, NONE)).toBe(NONE);
  });

  it.each([
    [0, NONE],
    [59, NONE],
    [60, 0.04],
    [90, 0.02],
    [500, 0],
    [NONE, NONE],
  ])('steps: at %d the last threshold reached gives %d', (held, value) => {
    expect(pointwise('steps', held, 60, 0.04, 90, 0.02, 120, 0)).toBe(value);
  });
});

describe('windows', () => {
  it.each([
    ['sum', [1, 2, 3], 6],
    ['mean', [1, 2, 6], 3],
    ['wmean', [1, 2, 3], 14 / 6],
    ['highest', [1, 5, 3], 5],
    ['lowest', [4, 1, 3], 1],
    ['since_highest', [5, 1, 5, 2], 1],
    ['since_lowest', [1, 1, 5, 2], 2],
    ['count', [1, 0, 1], 2],
    ['slope', [1, 3, 5, 7], 2],
    ['percent_rank', [1, 5, 3, 3], (100 * 2) / 3],
    ['percent_rank', [1, 2, 3, 4], 100],
    ['percent_rank', [9, 8, 7, 4], 0],
    ['median', [5, 1, 3], 3],
    ['median', [5, 1, 3, 4], 3.5],
    ['median', [-0, -0, -0], 0],
  ] as const)('%s of %j is %d', (op, values, result) => {
    expect(over(op, ...values)).toBe(result);
  });

  it('divides a variance by n, by n - 1 for a sample', () => {
    expect(window('variance', [[1, 2, 3, 4]], 0, 0)).toBe(1.25);
    expect(window('variance', [[1, 2, 3, 4]], 0, 1)).toBe(5 / 3);
    expect(window('variance', [[1]], 0, 1)).toBe(NONE);
  });

  it('finds covariance and correlation of a line', () => {
    const x = [1, 2, 3, 4];
    const y = [10, 8, 6, 4];
    expect(window('covariance', [x, y], 0)).toBe(-2.5);
    expect(window('correlation', [x, y], 2)).toBeCloseTo(-1, 14);
    expect(window('correlation', [x, [3, 3, 3, 3]], 1)).toBe(NONE);
  });

  it.each([
    [0, 1],
    [0.25, 1.75],
    [0.5, 2.5],
    [1, 4],
    [1.1, NONE],
  ])('quantile %d interpolates as numpy does', (q, value) => {
    expect(window('quantile', [[4, 1, 3, 2]], 0, q)).toBe(value);
  });

  const price = fc.double({ min: 1, max: 1e5, noNaN: true });
  const pair = fc.array(fc.tuple(price, price), { minLength: 2, maxLength: 40 });

  it('agrees with the plain two-pass formulas, wherever the block begins', () => {
    fc.assert(
      fc.property(pair, fc.nat(), (values, at) => {
        const x = values.map(([a]) => a);
        const y = values.map(([, b]) => b);
        const n = x.length;
        const split = at % n;
        const mean = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / n;
        const [mx, my, mi] = [mean(x), mean(y), (n - 1) / 2];
        const cov = (a: readonly number[], ma: number, b: readonly number[], mb: number) =>
          a.reduce((sum, v, i) => sum + (v - ma) * ((b[i] ?? 0) - mb), 0) / n;
        const steps = x.map((_, i) => i);
        const close = (got: number, wanted: number, scale: number) =>
          expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(scale, Math.abs(wanted)));
        close(window('sum', [x], split), mx * n, 1);
        close(window('variance', [x], split, 0), cov(x, mx, x, mx), mx * mx);
        close(window('covariance', [x, y], split), cov(x, mx, y, my), mx * my);
        close(window('slope', [x], split), cov(steps, mi, x, mx) / ((n * n - 1) / 12), mx);
        const weights = (n * (n + 1)) / 2;
        close(window('wmean', [x], split), x.reduce((sum, v, i) => sum + (i + 1) * v, 0) / weights, mx);
      }),
    );
  });

  it('has no variance, exactly, where a window stands still', () => {
    fc.assert(
      fc.property(price, fc.integer({ min: 1, max: 30 }), fc.nat(), (value, n, at) => {
        const still = Array.from({ length: n }, () => value);
        expect(window('variance', [still], at % n, 0)).toBe(0);
      }),
    );
  });

  it('orders its merges: suffix from the right, prefix from the left, then one', () => {
    // In this order the small parts survive; from left to right they would vanish.
    const values = [1, 1e16, -1e16, 1];
    expect(window('sum', [values], 0)).toBe(1);
    expect(window('sum', [values], 2)).toBe(1e16 + 1 + (-1e16 + 1));
    expect(window('sum', [values], 1)).toBe(1 + (1e16 + -1e16 + 1));
  });
});

describe('smooth', () => {
  it('begins with the mean of the first n, then steps', () => {
    expect(recurrence('smooth', [1, 2, 3, 6, 0], 3, 0.5)).toEqual([NONE, NONE, 2, 4, 2]);
  });

  it('holds on absent and infinite values, and counts only present ones into its start', () => {
    const xs = [NONE, 1, NONE, 3, Number.POSITIVE_INFINITY, 4, NONE];
    expect(recurrence('smooth', xs, 2, 0.5)).toEqual([NONE, NONE, NONE, 2, 2, 3, 3]);
  });

  it('states the decay that settling is computed from', () => {
    const { time } = specOf('smooth');
    expect(time.kind === 'recurrence' && time.decay([NONE, 14, 1 / 14])).toBe(1 - 1 / 14);
  });
});
