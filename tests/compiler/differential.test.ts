/**
 * Interpreter = kernel = kernel in random chunks = kernel resumed from a random snapshot, as 64-bit integers, over generated
 * programs and data. One half of the programs has a fixed seed, so that a failure stays found; the other has a fresh one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { interpretRun } from '../../compiler/interpret/run.ts';
import { emitKernel } from '../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import { engineAt, engineEpoch, laneOf } from '../support/generate-data.ts';
import { caseRecipe, generateProgram } from '../support/generate-program.ts';
import { commonPart, recordRun } from '../support/record-run.ts';

const PROGRAMS = 1000 * (process.env.VELA_DEEP ? 20 : 1);
const FRESH_SEED = Number(process.env.VELA_SEED ?? Math.floor(Math.random() * 2 ** 31));

const differentialCase = fc.record({
  made: caseRecipe(),
  blockTicks: fc.noBias(fc.integer({ min: 1, max: 60 })),
  stepTicks: fc.integer({ min: 1, max: 9 }),
  moveAfter: fc.noBias(fc.nat(160)),
});

describe('the kernel', () => {
  it.each([
    { name: 'a fixed seed', seed: 20221 },
    { name: `the fresh seed ${FRESH_SEED} (VELA_SEED repeats it)`, seed: FRESH_SEED },
  ])(
    'computes what the interpreter computes, in any chunks and after any restart: $name',
    ({ seed }) => {
      fc.assert(
        fc.property(differentialCase, ({ made, blockTicks, stepTicks, moveAfter }) => {
          const { program, watch, params, periods } = generateProgram(made.program);
          const plan = compile(program, { watch, kernel: emitKernel });
          const lane = laneOf(periods, made.data);
          const driving = {
            engine: (tick: number) => engineAt(made.engineSeed, tick),
            epoch: (tick: number) => engineEpoch(made.engineSeed, tick),
          };
          const interpreted = recordRun(() => interpretRun(plan, params, lane, [{}]), { ...driving, stepTicks: 1 });
          const whole = recordRun(() => openKernelRun(plan, params, lane, [{}]), { ...driving, stepTicks: 1 });
          expect(whole).toEqual(interpreted);
          const openInBlocks = () => openKernelRun(plan, params, lane, [{}], { blockTicks });
          const chunked = recordRun(openInBlocks, { ...driving, stepTicks });
          expect(chunked).toEqual(commonPart(interpreted, chunked));
          const resumed = recordRun(openInBlocks, { ...driving, stepTicks, moveAfter });
          expect(resumed).toEqual(commonPart(interpreted, resumed));
        }),
        { numRuns: PROGRAMS / 2, seed },
      );
    },
    600_000,
  );
});
