import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { interpretRun } from '../../../compiler/interpret/run.ts';
import { engineAt, engineEpoch, laneOf } from '../../support/generate-data.ts';
import { caseRecipe, generateProgram } from '../../support/generate-program.ts';
import { noKernel } from '../../support/no-kernel.ts';
import { commonPart, recordRun } from '../../support/record-run.ts';

describe('the interpreter', () => {
  it('does not depend on blocks, steps or restarts', () => {
    fc.assert(
      fc.property(
        caseRecipe(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(160),
        (made, blockTicks, stepTicks, moveAfter) => {
          const { program, watch, params, periods } = generateProgram(made.program);
          const plan = compile(program, { watch, kernel: noKernel });
          const lane = laneOf(periods, made.data);
          const engine = (tick: number) => engineAt(made.engineSeed, tick);
          const epoch = (tick: number) => engineEpoch(made.engineSeed, tick);
          const whole = recordRun(() => interpretRun(plan, params, lane, [{}]), { engine, epoch, stepTicks: 1 });
          const chunked = recordRun(() => interpretRun(plan, params, lane, [{}], { blockTicks }), {
            engine,
            epoch,
            stepTicks,
            moveAfter,
          });
          expect(chunked).toEqual(commonPart(whole, chunked));
        },
      ),
      { numRuns: 150 },
    );
  });
});
