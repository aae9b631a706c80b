/**
 * What the differential test shows of one instrument, of a universe: members that are listed late, end early and have holes,
 * cross-sections on several clocks, predictions. And no column of any lane looks ahead.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { interpretRun } from '../../compiler/interpret/run.ts';
import { emitKernel } from '../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { RunData } from '../../compiler/kernel/run.ts';
import { engineAt, engineEpoch, runDataOf } from '../support/generate-data.ts';
import { caseRecipe, generateProgram } from '../support/generate-program.ts';
import { past, withOtherFutures } from '../support/perturb.ts';
import { commonPart, recordRun } from '../support/record-run.ts';

const PROGRAMS = process.env.VELA_DEEP ? 6000 : 300;
const FRESH_SEED = Number(process.env.VELA_SEED ?? Math.floor(Math.random() * 2 ** 31));

const members = fc.integer({ min: 2, max: 4 });
/** One epoch for all: between two of its ends no account changes. */
const engineOfAll = (seed: number, instruments: number) => (tick: number) =>
  Float64Array.from(
    Array.from({ length: instruments }, (_, number) => [...engineAt(seed + 5 * 7 * number, tick)]).flat(),
  );

const differentialCase = fc.record({
  made: caseRecipe(true, members),
  blockTicks: fc.noBias(fc.integer({ min: 1, max: 60 })),
  stepTicks: fc.integer({ min: 1, max: 9 }),
  moveAfter: fc.noBias(fc.nat(160)),
});

describe('a universe', () => {
  it.each([
    { name: 'a fixed seed', seed: 20224 },
    { name: `the fresh seed ${FRESH_SEED} (VELA_SEED repeats it)`, seed: FRESH_SEED },
  ])(
    'is computed by the kernel as by the interpreter, in any chunks and after any restart: $name',
    ({ seed }) => {
      fc.assert(
        fc.property(differentialCase, ({ made, blockTicks, stepTicks, moveAfter }) => {
          const { program, watch, params, periods } = generateProgram(made.program);
          const plan = compile(program, { watch, kernel: emitKernel });
          const data = runDataOf(periods, made.data, made.program.members);
          const driving = {
            engine: engineOfAll(made.engineSeed, data.instruments.length),
            epoch: (tick: number) => engineEpoch(made.engineSeed, tick),
          };
          const meta = data.instruments.map(() => ({}));
          const interpreted = recordRun(() => interpretRun(plan, params, data, meta), { ...driving, stepTicks: 1 });
          const whole = recordRun(() => openKernelRun(plan, params, data, meta), { ...driving, stepTicks: 1 });
          expect(whole).toEqual(interpreted);
          const openInBlocks = () => openKernelRun(plan, params, data, meta, { blockTicks });
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

  it('does not look ahead', () => {
    fc.assert(
      fc.property(caseRecipe(false, members), fc.nat(160), (made, at) => {
        const { program, watch, params, periods } = generateProgram(made.program);
        const plan = compile(program, { watch, kernel: emitKernel });
        const data = runDataOf(periods, made.data, made.program.members);
        const now = at % made.data.length;
        const driving = { engine: () => new Float64Array(), epoch: () => 0, stepTicks: 1 };
        const meta = data.instruments.map(() => ({}));
        const record = (given: RunData) => recordRun(() => openKernelRun(plan, params, given, meta), driving);
        const other = record(withOtherFutures(data, now));
        expect(past(other, plan, data, now)).toEqual(past(record(data), plan, data, now));
      }),
      { numRuns: process.env.VELA_DEEP ? 3000 : 120 },
    );
  });
});
