import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missing } from '../../../language/check/missing.ts';
import type { NodeId } from '../../../language/check/node.ts';
import { POINTWISE } from '../../../language/operators/pointwise.ts';
import { HOUR, ProgramBuilder } from '../../support/program-builder.ts';

function absenceOf(build: (b: ProgramBuilder) => NodeId, gaps: 'hold' | 'absent' = 'hold') {
  const b = new ProgramBuilder(HOUR);
  const node = build(b);
  return missing(b.nodes, b.states, [{ gaps }])[node];
}

const PRESENT = { always: false, whileOpen: false };
const ABSENT = { always: true, whileOpen: true };
const WHILE_FLAT = { always: true, whileOpen: false };

describe('what may be absent', () => {
  it('bars are present, unless their gaps are left open', () => {
    expect(absenceOf(b => b.input('close'))).toEqual(PRESENT);
    expect(absenceOf(b => b.input('close'), 'absent')).toEqual(ABSENT);
    expect(absenceOf(b => b.input('funding'))).toEqual(ABSENT);
  });

  it('a position has an entry, an account without one has none', () => {
    expect(absenceOf(b => b.engine('entry'))).toEqual(WHILE_FLAT);
    expect(absenceOf(b => b.engine('closed.profit'))).toEqual(ABSENT);
    expect(absenceOf(b => b.engine('equity'))).toEqual(PRESENT);
  });

  it('arithmetic and comparison hand absence on', () => {
    expect(absenceOf(b => b.add('mul', [b.engine('entry'), b.const(0.95)]))).toEqual(WHILE_FLAT);
    expect(absenceOf(b => b.add('gt', [b.input('funding'), b.const(0)]))).toEqual(ABSENT);
    expect(
      absenceOf(b => b.add('and', [b.add('gt', [b.input('funding'), b.const(0)]), b.engine('filled', 'bool')])),
    ).toEqual(ABSENT);
  });

  it('`or else`, `present` and `signal` end it', () => {
    expect(absenceOf(b => b.add('or_else', [b.input('funding'), b.const(0)]))).toEqual(PRESENT);
    expect(absenceOf(b => b.add('or_else', [b.const(0), b.input('funding')]))).toEqual(ABSENT);
    expect(absenceOf(b => b.add('present', [b.input('funding')]))).toEqual(PRESENT);
    expect(absenceOf(b => b.add('signal', [b.add('gt', [b.input('funding'), b.const(0)])]))).toEqual(PRESENT);
  });

  it('undefined arithmetic is no absence', () => {
    expect(absenceOf(b => b.add('div', [b.input('close'), b.const(0)]))).toEqual(PRESENT);
  });

  it('what looks back may see a tick without a position', () => {
    expect(absenceOf(b => b.add('delay', [b.engine('entry'), b.const(1)]))).toEqual(ABSENT);
    expect(absenceOf(b => b.add('mean', [b.engine('best'), b.const(5)]))).toEqual(ABSENT);
  });

  it('a stale value is absent, the latest one is not', () => {
    expect(absenceOf(b => b.latest(b.input('close')))).toEqual(PRESENT);
    expect(absenceOf(b => b.latest(b.input('close'), 0, b.const(1000)))).toEqual(ABSENT);
  });

  it('a state that starts absent may be absent, whatever its update', () => {
    const state = (optional: boolean) => (b: ProgramBuilder) => {
      const open = b.openState(b.const(0), 0);
      b.states[open.slot] = { name: 's', clock: 0, optional };
      return b.closeState(open, b.input('funding'));
    };
    expect(absenceOf(state(true))).toEqual(ABSENT);
    expect(absenceOf(state(false))).toEqual(PRESENT);
  });
});

describe('against the operators themselves', () => {
  const argument = fc.record({
    optional: fc.boolean(),
    gone: fc.boolean(),
    value: fc.double({ min: -50, max: 50, noNaN: true }),
  });

  it('what is said to be present is present, whatever the arguments are', () => {
    fc.assert(
      fc.property(fc.constantFrom(...POINTWISE), fc.array(argument, { minLength: 5, maxLength: 5 }), (spec, given) => {
        const { reference } = spec;
        if (reference.kind !== 'pointwise') return;
        const used = given.slice(0, spec.arguments.length);
        const values = used.map(({ optional, gone, value }, index) => {
          if (optional && gone) return Number.NaN;
          return spec.arguments[index]?.rule.kind === 'bool' ? Number(value > 0) : value;
        });
        const absence = absenceOf(b =>
          b.add(
            spec.name,
            used.map(({ optional }) => b.input(optional ? 'funding' : 'close')),
          ),
        );
        const isAbsent = Number.isNaN(reference.evaluate(values));
        if (isAbsent && !spec.partial) expect([spec.name, values, absence?.always]).toEqual([spec.name, values, true]);
      }),
      { numRuns: 2000 },
    );
  });
});
