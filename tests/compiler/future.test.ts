/** Changing bars after a tick never changes anything at or before it, over generated programs (language.md §2). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { closingTicks } from '../../compiler/crossing.ts';
import { emitKernel } from '../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { LaneData } from '../../compiler/kernel/run.ts';
import { engineAt, engineEpoch, laneOf, numbersFrom } from '../support/generate-data.ts';
import { caseRecipe, generateProgram } from '../support/generate-program.ts';
import { type Record, recordRun } from '../support/record-run.ts';

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
        const record = (data: LaneData) => recordRun(() => openKernelRun(plan, params, data, [{}]), driving);
        const clocks = plan.marketColumns.map(({ stage }) => plan.stages[stage]?.clock ?? 0);
        const upTo = (whole: Record) =>
          past(
            whole,
            now,
            clocks.map(clock => closingTicks(lane, clock)),
          );
        expect(upTo(record(withOtherFuture(lane, now)))).toEqual(upTo(record(lane)));
      }),
      { numRuns: process.env.VELA_DEEP ? 4000 : 200 },
    );
  });
});

/** The same bars up to the base tick, others behind it. */
function withOtherFuture(lane: LaneData, now: number): LaneData {
  const random = numbersFrom(now);
  const clocks = lane.clocks.map((columns, clock) => {
    const closing = closingTicks(lane, clock);
    const changed = (column: Float64Array) =>
      column.map((value, tick) => ((closing[tick] ?? Infinity) > now ? random() * 300 : value));
    const fields = Object.entries(columns.fields).map(([field, column]) => [field, changed(column)]);
    return { ...columns, fields: Object.fromEntries(fields) };
  });
  return { ...lane, clocks };
}

/** What a record says of ticks that have closed by `now`. */
function past(record: Record, now: number, closing: readonly Int32Array[]) {
  const known = <T>(byTick: ReadonlyMap<number, T>) => [...byTick].filter(([tick]) => tick <= now);
  return {
    market: record.market.map((column, index) => column.filter((_, tick) => (closing[index]?.[tick] ?? 0) <= now)),
    flags: record.flags.map(column => column.slice(0, now + 1)),
    account: known(record.account),
    brackets: known(record.brackets),
  };
}
