/** A label lowered to delays says at t + h what reading ahead says at t (compiler/learn/label.ts), over generated labels. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpretRun } from '../../../compiler/interpret/run.ts';
import { emitKernel } from '../../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../../compiler/kernel/instance.ts';
import type { PlanRun, RunData } from '../../../compiler/kernel/run.ts';
import { compileTrainingWith } from '../../../compiler/learn/compile.ts';
import type { TrainingPlan } from '../../../compiler/learning.ts';
import type { Plan } from '../../../compiler/plan.ts';
import { fixedValues } from '../../../language/check/fixed.ts';
import type { NodeId } from '../../../language/check/node.ts';
import type { Program } from '../../../language/check/program.ts';
import { dataRecipe, runDataOf } from '../../support/generate-data.ts';
import { learning } from '../../support/learning-program.ts';
import { endAt, labelAt, looksAhead, type Oracle } from '../../support/look-ahead.ts';
import { HOUR, ProgramBuilder } from '../../support/program-builder.ts';

const pick = fc.noBias(fc.nat(1_000_000));
const labelCase = fc.record({
  lines: fc.array(fc.tuple(pick, pick, pick, pick), { minLength: 1, maxLength: 9, size: 'max' }),
  members: fc.constantFrom(0, 2, 3),
  within: fc.integer({ min: 1, max: 9 }),
  touch: fc.constantFrom('through', 'fills'),
  data: dataRecipe,
  blockTicks: fc.integer({ min: 1, max: 60 }),
});

interface Made {
  readonly program: Program;
  readonly label: NodeId;
  readonly watched: readonly NodeId[];
}

/** Streams, and above them whatever a label may be made of. */
function makeLabel(
  lines: readonly (readonly [number, number, number, number])[],
  members: number,
  touch: 'through' | 'fills',
): Made {
  const b = new ProgramBuilder(HOUR);
  const n = b.param({ name: 'n', type: 'bars', value: 4, low: 1, high: 9 });
  const stream = (field: string) => (members > 0 ? b.member(field) : b.input(field));
  const [open, high, low, close] = [stream('open'), stream('high'), stream('low'), stream('close')];
  const lengths = [b.const(1), b.const(3), n, b.add('add', [n, b.const(1)])];
  const plain = [
    open,
    close,
    b.add('sub', [high, low]),
    b.add('sum', [close, b.const(3)]),
    b.add('smooth', [close, b.const(4), b.const(0.4)]),
  ];
  const fills = [b.add('ahead', [open, b.const(1)]), close];
  let made: NodeId = b.add('ahead', [close, lengths[0] ?? n]);
  const one = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;
  const operand = (at: number): NodeId => (at % 3 === 0 ? one(plain, (at / 3) | 0) : made);
  for (const [kind, x, y, z] of lines) {
    switch (kind % 8) {
      case 0:
      case 1:
        made = b.add('ahead', [operand(x), one(lengths, y)]);
        break;
      case 2:
        made = b.add(one(['add', 'sub', 'max', 'min', 'div'], x), [made, operand(y)]);
        break;
      case 3:
        made = b.add('delay', [operand(x), one(lengths, y)]);
        break;
      case 4:
        made = b.add('highest', [made, one(lengths, x)]);
        break;
      case 5:
        if (members > 0) made = b.crossSection(one(['rank', 'demean'], x), made, x % 2 === 0 ? [b.const(1)] : []);
        break;
      case 6:
        made = b.add('if', [b.add('gt', [operand(x), operand(y)]), made, operand(z)]);
        break;
      default: {
        const distance = b.add('mul', [b.add('abs', [one(plain, x)]), b.const(0.02)]);
        const side = one([b.const(1), b.const(-1), b.add('sub', [close, open])], y);
        const args = [one(fills, z), distance, b.add('mul', [distance, b.const(0.5)]), n, side, open, high, low, close];
        const walk = b.add('triple_barrier', args, { field: one(['worst', 'best'], x) }, { base: 'category' });
        made = z % 2 === 0 ? walk : b.add(one(['add', 'min', 'max'], z), [b.add('plain', [walk]), operand(y)]);
      }
    }
  }
  if (!looksAhead(made, b)) made = b.add('ahead', [made, n]);
  const program = learning(b, { columns: [close], label: made, members, touch });
  const watched = program.nodes.flatMap((node, id) =>
    node.stage === 'series' && !looksAhead(id, program) ? [id] : [],
  );
  return { program, label: made, watched };
}

/** A watched column of each lane. */
function columnsOf(run: PlanRun, plan: Plan, watches: readonly number[]): Float64Array[][] {
  const lanes = run.lanes.map(() => watches.map((): number[] => []));
  while (run.nextBlock()) {
    run.lanes.forEach((lane, number) => {
      watches.forEach((watch, index) => {
        const value = plan.watches[watch]?.value;
        const into = lanes[number]?.[index];
        if (value?.from === 'market') into?.push(...(lane.market[value.index]?.subarray(0, run.blockLength) ?? []));
        else into?.push(...Array(run.blockLength).fill(run.fixed[value?.index ?? -1]));
      });
    });
  }
  return lanes.map(columns => columns.map(column => Float64Array.from(column)));
}

describe('a lowered label', () => {
  it('says at t + h what reading ahead says at t, and when it was known', () => {
    let [compared, ended] = [0, 0];
    fc.assert(
      fc.property(labelCase, ({ lines, members, within, touch, data: recipe, blockTicks }) => {
        const { program, label, watched } = makeLabel(lines, members, touch);
        const data: RunData = runDataOf([HOUR], { ...recipe, oddness: Math.min(recipe.oddness, 0.02) }, members);
        const params = { n: within };
        const training: TrainingPlan = compileTrainingWith(emitKernel, program, 0);
        const { plan } = training;
        const meta = data.instruments.map(() => ({}));
        const watches = [training.label.value, ...(training.label.end === undefined ? [] : [training.label.end])];
        const rows = columnsOf(openKernelRun(plan, params, data, meta, { blockTicks }), plan, watches);
        expect(rows).toEqual(columnsOf(interpretRun(plan, params, data, meta), plan, watches));

        const streams = compileTrainingWith(
          emitKernel,
          learning(program, { columns: watched, label, members, touch }),
          0,
        );
        const now = columnsOf(
          openKernelRun(streams.plan, params, data, meta),
          streams.plan,
          streams.columns.map(c => c.watch),
        );
        const fixed = fixedValues(program.nodes, new Map([['n', within]]));
        const oracle: Oracle = {
          program,
          data,
          touch,
          now: (id, lane, tick) => now[lane]?.[watched.indexOf(id)]?.[tick] ?? Number.NaN,
          fixed: id => fixed[id] ?? Number.NaN,
        };
        const h = training.label.horizon(params);
        rows.forEach(([values, ends], lane) => {
          const { firstTick = 0 } = data.instruments[members === 0 ? 0 : lane + 1] ?? {};
          for (let tick = firstTick; tick + h < recipe.length; tick++) {
            expect([tick, values?.[tick + h]]).toEqual([tick, labelAt(label, lane, tick, oracle)]);
            compared += Number.isNaN(values?.[tick + h]) ? 0 : 1;
            if (!ends || Number.isNaN(values?.[tick + h])) continue;
            const end = endAt(label, lane, tick, oracle) ?? h;
            expect([tick, ends[tick + h]]).toEqual([tick, Number.isNaN(end) ? h : end]);
            expect(end > h).toBe(false);
            ended += Number.isNaN(end) || end === h ? 0 : 1;
          }
        });
      }),
      { numRuns: process.env.VELA_DEEP ? 5000 : 250 },
    );
    expect(compared).toBeGreaterThan(1000);
    expect(ended).toBeGreaterThan(100);
  });
});
