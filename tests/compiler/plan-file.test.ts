import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { decodePlan, encodePlan, PlanFileError } from '../../compiler/plan-file.ts';
import { generateProgram, programRecipe } from '../support/generate-program.ts';

const kernel: Parameters<typeof compile>[1]['kernel'] = ({ stages }) => ({
  wasm: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
  stateBytes: stages.map((_, index) => 8 * index),
});

const plans = programRecipe().map(recipe => {
  const { program, watch } = generateProgram(recipe);
  return compile({ ...program, title: '\u0000f64 0 is no number' }, { watch, kernel });
});

describe('a plan file', () => {
  it('reads back what was written, odd numbers included', () => {
    fc.assert(
      fc.property(plans, plan => {
        expect(decodePlan(encodePlan(plan))).toEqual(withoutUndefined(plan));
      }),
      { numRuns: 100 },
    );
  });

  it('refuses anything else with a PlanFileError', () => {
    fc.assert(
      fc.property(plans, fc.nat(), fc.integer({ min: 1, max: 255 }), (plan, at, change) => {
        const file = encodePlan(plan);
        const cut = file.slice(0, at % file.length);
        expect(() => decodePlan(cut)).toThrow(PlanFileError);
        file[at % file.length] = (file[at % file.length] ?? 0) ^ change;
        expect(() => decodePlan(file)).toThrow(PlanFileError);
      }),
      { numRuns: 60 },
    );
    expect(() => decodePlan(new Uint8Array())).toThrow('this is not a compiled plan');
    expect(() => decodePlan(new TextEncoder().encode('strategy "SMA cross"\n'.repeat(9)))).toThrow(
      'this is not a compiled plan',
    );
  });
});

/** Fields that are `undefined` are not written. */
function withoutUndefined<T>(value: T): T {
  return structuredClone(value);
}
