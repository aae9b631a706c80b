/**
 * Where a program has no recurrence and no state, the past stops mattering altogether: a kernel that starts later computes
 * the same bits from `settled` on, whatever the phase of its windows and clocks. This is what lets a kernel start at
 * `from − settled`.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { emitKernel } from '../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import { planWarmup } from '../../compiler/plan-warmup.ts';
import { laneOf } from '../support/generate-data.ts';
import { caseRecipe, generateProgram } from '../support/generate-program.ts';
import { startingAt } from '../support/later-start.ts';
import { recordRun } from '../support/record-run.ts';

const driving = { engine: () => new Float64Array(), epoch: () => 0, stepTicks: 1 };

describe('a later start', () => {
  it('gives the same bits once a stream has settled', () => {
    let compared = 0;
    fc.assert(
      fc.property(caseRecipe(false), fc.nat(120), (made, later) => {
        const { program, watch, params, periods } = generateProgram(made.program);
        const plan = compile(program, { watch, kernel: emitKernel });
        fc.pre(!plan.graph.nodes.some(node => node.op === 'smooth' || node.op === 'state'));
        const lane = laneOf(periods, { ...made.data, length: 200 });
        const { from, skipped } = startingAt(lane, periods, later);
        const { nodes } = planWarmup(plan, params, [{}], from.clocks[0]?.firstOrdinal);
        const whole = recordRun(() => openKernelRun(plan, params, lane, [{}]), driving);
        const part = recordRun(() => openKernelRun(plan, params, from, [{}]), driving);
        plan.marketColumns.forEach(({ stage, output }, index) => {
          const { clock = 0, outputs } = plan.stages[stage] ?? {};
          const settled = nodes[outputs?.[output]?.node ?? -1]?.settled ?? 0;
          const mine = part.market[index]?.slice(settled) ?? [];
          expect(mine).toEqual(whole.market[index]?.slice((skipped[clock] ?? 0) + settled));
          compared += mine.length;
        });
      }),
      { numRuns: process.env.VELA_DEEP ? 4000 : 150 },
    );
    expect(compared).toBeGreaterThan(1000);
  });
});
