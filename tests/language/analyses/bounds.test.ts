import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounds } from '../../../language/check/bounds.ts';
import { fixedValues } from '../../../language/check/fixed.ts';
import { memory } from '../../../language/check/memory.ts';
import type { NodeId } from '../../../language/check/node.ts';
import { HOUR, ProgramBuilder } from '../../support/program-builder.ts';

const OPERATORS = ['add', 'sub', 'mul', 'div', 'min', 'max'] as const;
const SINGLE = ['neg', 'abs', 'floor', 'ceil', 'round', 'sqrt'] as const;

/** A fixed expression over two params, as a list of steps that each take earlier results. */
const steps = fc.array(
  fc.record({
    op: fc.constantFrom(...OPERATORS, ...SINGLE),
    a: fc.nat(20),
    b: fc.nat(20),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('bounds of fixed values', () => {
  it('hold the value at every setting of the params', () => {
    fc.assert(
      fc.property(
        steps,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, p, q) => {
          const b = new ProgramBuilder(HOUR);
          const ids: NodeId[] = [
            b.param({ name: 'p', type: 'num', value: 1, low: -3, high: 4 }),
            b.param({ name: 'q', type: 'num', value: 1, low: 2, high: 9 }),
            b.const(-1.5),
          ];
          for (const { op, a, b: second } of list) {
            const args = [ids[a % ids.length] ?? 0, ids[second % ids.length] ?? 0];
            ids.push(b.add(op, SINGLE.some(single => single === op) ? args.slice(0, 1) : args));
          }
          const ranges = bounds(b.nodes, b.params);
          const values = fixedValues(
            b.nodes,
            new Map([
              ['p', -3 + 7 * p],
              ['q', 2 + 7 * q],
            ]),
          );
          values.forEach((value, id) => {
            if (Number.isNaN(value)) return;
            const { low, high } = ranges[id] ?? { low: 0, high: 0 };
            const slack = 1e-9 * Math.max(1, Math.abs(value));
            expect(value).toBeGreaterThanOrEqual(low - slack);
            expect(value).toBeLessThanOrEqual(high + slack);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('a param without a range may be anything', () => {
    const b = new ProgramBuilder(HOUR);
    const free = b.param({ name: 'n', type: 'bars', value: 20 });
    expect(bounds(b.nodes, b.params)[free]).toEqual({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
  });
});

describe('memory', () => {
  it('is that of windows, delays and states at their longest', () => {
    const b = new ProgramBuilder(HOUR);
    const close = b.input('close');
    const n = b.param({ name: 'n', type: 'bars', value: 20, low: 5, high: 100 });
    const window = b.add('mean', [close, n]);
    const delay = b.add('delay', [close, b.const(3)]);
    const { bytes, parts, unbounded } = memory(b.nodes, bounds(b.nodes, b.params));
    expect(parts).toEqual([
      { node: window, ticks: 100, bytes: 100 * 2 * 8 },
      { node: delay, ticks: 3, bytes: 3 * 8 },
    ]);
    expect(bytes).toBe(1624);
    expect(unbounded).toEqual([]);
  });

  it('names a length without a bound', () => {
    const b = new ProgramBuilder(HOUR);
    const n = b.param({ name: 'n', type: 'bars', value: 20 });
    const window = b.add('mean', [b.input('close'), n]);
    expect(memory(b.nodes, bounds(b.nodes, b.params)).unbounded).toEqual([{ node: window, length: n }]);
  });
});
