/** Changing bars after a tick never changes anything at or before it, over generated programs (language.md §2). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { emitKernel } from '../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { LaneData } from '../../compiler/kernel/run.ts';
import { engineAt, engineEpoch, laneOf } from '../support/generate-data.ts';
import { caseRecipe, generateProgram } from '../support/generate-program.ts';
import { past, withOtherFuture } from '../support/perturb.ts';
import { recordRun } from '../support/record-run.ts';

describe('the future', () => {
  it('does not change the past', () => {
    fc.assert(
      fc.property(caseRecipe(), fc.nat(160), (made, at) => {
        const { program, watch, params, periods } = generateProgram(made.program);
        const plan = compile(program, { watch, kernel: emitKernel });
        const lane = laneOf(periods, made.data);
        const now = at % made.data.length;
        const driving = {
          engine: (tick: number) => engineAt(made.engineSeed, tick),
          epoch: (tick: number) => engineEpoch(made.engineSeed, tick),
          stepTicks: 1,
        };
        const upTo = (data: LaneData) =>
          past(
            recordRun(() => openKernelRun(plan, params, data, [{}]), driving),
            plan,
            lane,
            now,
          );
        expect(upTo(withOtherFuture(lane, now))).toEqual(upTo(lane));
      }),
      { numRuns: process.env.VELA_DEEP ? 4000 : 200 },
    );
  });
});
