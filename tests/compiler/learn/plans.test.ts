/** The plans of a model: what they compute, what they are called, and from when on they have rows. */
import { describe, expect, it } from 'vitest';
import { compileFeatures, compileTraining, openKernelRun, rowWarmup, worstRowWarmup } from '../../../compiler/index.ts';
import { decodePlan, encodePlan } from '../../../compiler/plan-file.ts';
import type { Program } from '../../../language/check/program.ts';
import { runDataOf } from '../../support/generate-data.ts';
import { learning } from '../../support/learning-program.ts';
import { DAY, HOUR, ProgramBuilder } from '../../support/program-builder.ts';

/** Features on two clocks, a condition, a weight, and a label whose horizon is a param. */
function lesson({ members = 0, also = false }: { readonly members?: number; readonly also?: boolean } = {}): Program {
  const b = new ProgramBuilder(HOUR, DAY);
  // What else a program computes must not be seen in a column's name.
  if (also) b.stream('other', b.add('smooth', [b.input('low'), b.const(9), b.const(0.2)]));
  const n = b.param({ name: 'n', type: 'bars', value: 4, low: 1, high: 30 });
  const unused = b.param({ name: 'unused', type: 'num', value: 1 });
  b.stream('unused', b.add('mul', [b.input('close'), unused]));
  const stream = (field: string, clock = 0) => (members > 0 ? b.member(field, clock) : b.input(field, clock));
  const [open, close] = [stream('open'), stream('close')];
  const average = b.add('sum', [close, b.const(20)]);
  const daily = b.latest(b.add('sum', [stream('close', 1), b.const(2)]));
  const fill = b.add('ahead', [open, b.const(1)]);
  const gain = b.add('div', [b.add('ahead', [fill, n]), fill]);
  return learning(b, {
    columns: members > 0 ? [b.crossSection('rank', average, [b.const(1)]), daily] : [average, daily],
    label: members > 0 ? b.crossSection('rank', gain, [b.const(1)]) : gain,
    when: b.add('signal', [b.add('gt', [close, open])]),
    weight: b.add('abs', [b.add('sub', [close, open])]),
    members,
  });
}

describe('the plan of the features', () => {
  it('has the block’s columns and the condition of its rows, and nothing of the rules', () => {
    const { plan, columns, when, clock, axis } = compileFeatures(lesson(), 0);
    expect([clock, axis, columns.map(({ name, watch }) => [name, plan.watches[watch]?.name])]).toEqual([
      0,
      null,
      [
        ['c0', 'feature.c0'],
        ['c1', 'feature.c1'],
      ],
    ]);
    expect(plan.watches[when ?? -1]?.name).toBe('when');
    expect([plan.rules, plan.caps, plan.rebalances]).toEqual([[], [], []]);
    expect(plan.graph.nodes.some(node => node.op === 'barrier' || node.op === 'delay')).toBe(false);
  });

  it('is named by what it computes', () => {
    const plans = [lesson(), lesson({ also: true })].map(program => compileFeatures(program, 0));
    expect(plans[0]?.plan.planHash).toBe(plans[1]?.plan.planHash);
    expect(compileTraining(lesson(), 0).plan.planHash).not.toBe(plans[0]?.plan.planHash);
    expect(compileFeatures(lesson({ members: 2 }), 0).plan.planHash).not.toBe(plans[0]?.plan.planHash);
  });

  it('is read back from a file', () => {
    const { plan } = compileTraining(lesson({ members: 3 }), 0);
    expect(decodePlan(encodePlan(plan))).toEqual(plan);
  });
});

describe('the hash of a column', () => {
  const hashes = (program: Program) => compileFeatures(program, 0).columns.map(column => column.hash);

  it('is the same in every plan that computes it, whatever else a program holds', () => {
    expect(hashes(lesson({ also: true }))).toEqual(hashes(lesson()));
    expect(compileTraining(lesson(), 0).columns.map(column => column.hash)).toEqual(hashes(lesson()));
  });

  it('tells columns apart, by their clocks, instruments and members too', () => {
    const [average, daily] = hashes(lesson());
    expect(average).not.toBe(daily);
    const program = lesson();
    const [own] = program.instruments;
    if (!own) throw new Error('no instrument');
    expect(hashes({ ...program, instruments: [{ ...own, symbol: 'ETH/USDT' }] })[0]).not.toBe(average);
    const [, day] = program.clocks;
    if (!day) throw new Error('no day');
    const twelve = { ...day, period: { kind: 'fixed', ms: 12 * 3_600_000, anchorMs: 0 } } as const;
    const shorter = hashes({ ...program, clocks: [program.clocks[0] ?? day, twelve] });
    expect([shorter[0] === average, shorter[1] === daily]).toEqual([true, false]);
    const [two, three] = [hashes(lesson({ members: 2 })), hashes(lesson({ members: 3 }))];
    // A rank depends on who is ranked, a sum of one's own closes does not.
    expect([two[0] === three[0], two[1] === three[1]]).toEqual([false, true]);
  });
});

describe('the plan of a training', () => {
  it('says how far its label reads, for the params of a run', () => {
    const { label, entry, params } = compileTraining(lesson(), 0);
    expect([label.horizon({}), label.horizon({ n: 30 }), label.end, entry]).toEqual([5, 31, undefined, 1]);
    expect(params).toEqual(['n']);
    expect(compileFeatures(lesson(), 0).params).toEqual([]);
  });

  it('keeps no more than the horizon asks for: what cancels is seen to', () => {
    const { plan } = compileTraining(lesson(), 0);
    const rings = plan.graph.nodes.filter(node => node.op === 'delay');
    expect(rings).toHaveLength(1);
    const slot = plan.stages.flatMap(stage => stage.slots).find(one => one.kind === 'node');
    expect(slot).toMatchObject({ high: 30 });
  });

  it('has weights and condition at the tick itself, and the label at t + h', () => {
    const training = compileTraining(lesson(), 0);
    const { plan, label, when = -1, weights } = training;
    const data = runDataOf([HOUR, DAY], { seed: 3, length: 60, startTick: 0, oddness: 0 }, 0);
    const run = openKernelRun(plan, { n: 2 }, data, [{}]);
    run.nextBlock();
    const column = (watch: number) => {
      const value = plan.watches[watch]?.value;
      return run.market[value?.from === 'market' ? value.index : -1] ?? new Float64Array();
    };
    const { open, close } = data.instruments[0]?.clocks[0]?.fields ?? {};
    if (!open || !close) throw new Error('no bars');
    for (let tick = 0; tick + 3 < 60; tick++) {
      const at = (field: Float64Array, when: number) => field[when] ?? Number.NaN;
      expect(column(when)[tick]).toBe(at(close, tick) > at(open, tick) ? 1 : 0);
      expect(column(weights[0] ?? -1)[tick]).toBe(Math.abs(at(close, tick) - at(open, tick)));
      expect(column(label.value)[tick + 3]).toBe(at(open, tick + 3) / at(open, tick + 1));
    }
  });
});

describe('the rows of a model', () => {
  it('begin where all features are ready, lane by lane', () => {
    const features = compileFeatures(lesson({ members: 3 }), 0);
    const data = runDataOf([HOUR, DAY], { seed: 5, length: 400, startTick: 0, oddness: 0 }, 3);
    const late = data.instruments.map((instrument, number) => ({
      ...instrument,
      firstTick: number === 2 ? 30 : 0,
    }));
    const meta = late.map(() => ({}));
    const rows = rowWarmup(features, {}, { ...data, instruments: late }, meta);
    // Two whole days: the first ends with hour 47, or, listed at hour 30, with the one after the next midnight.
    expect(rows).toEqual([
      { start: 0, ready: 47, settled: 47 },
      { start: 30, ready: 95, settled: 95 },
      { start: 0, ready: 47, settled: 47 },
    ]);
    expect(worstRowWarmup(features, {}, meta)).toEqual({ ready: 70, settled: 70 });
  });
});
