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
import type { LaneData } from '../../compiler/kernel/run.ts';
import { planWarmup } from '../../compiler/plan-warmup.ts';
import { openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';
import { laneOf } from '../support/generate-data.ts';
import { caseRecipe, generateProgram } from '../support/generate-program.ts';
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

/** The lane from a base tick on, and how many ticks of each clock are gone. Slow bars cut in two are gone as well. */
function startingAt(lane: LaneData, periods: readonly Period[], tick: number) {
  const [base] = periods;
  const [columns] = lane.clocks;
  if (!base || !columns) throw new Error('a lane has a base clock');
  const startMs = openTimeOf(base, columns.firstOrdinal + tick);
  const skipped = lane.clocks.map(({ firstOrdinal, length }, clock) => {
    const period = periods[clock] ?? base;
    const holding = ordinalAt(period, startMs);
    const first = openTimeOf(period, holding) < startMs ? holding + 1 : holding;
    return Math.min(length, Math.max(0, first - firstOrdinal));
  });
  const from: LaneData = {
    clocks: lane.clocks.map(({ firstOrdinal, length, fields }, clock) => {
      const gone = skipped[clock] ?? 0;
      const rest = Object.entries(fields).map(([field, column]) => [field, column.slice(gone)]);
      return { firstOrdinal: firstOrdinal + gone, length: length - gone, fields: Object.fromEntries(rest) };
    }),
    completed: lane.completed.map((ticks, clock) =>
      ticks.slice(tick).map(last => Math.max(-1, last - (skipped[clock] ?? 0))),
    ),
  };
  return { from, skipped };
}
