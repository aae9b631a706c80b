/** Lanes: each member of a universe runs as it would alone, from its own first bar on; what all share runs once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { emitKernel } from '../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { InstrumentData, PlanRun, RunData } from '../../compiler/kernel/run.ts';
import { check } from '../../language/check/check.ts';
import type { Program } from '../../language/check/program.ts';
import { parse } from '../../language/syntax/parse.ts';
import { library } from '../support/evaluate.ts';
import { laneOf, runDataOf } from '../support/generate-data.ts';
import { caseRecipe, generateProgram } from '../support/generate-program.ts';
import { startingAt } from '../support/later-start.ts';
import { DAY, HOUR, ProgramBuilder } from '../support/program-builder.ts';
import { recordRun } from '../support/record-run.ts';

const driving = { engine: () => new Float64Array(), epoch: () => 0, stepTicks: 1 };
const NAN = Number.NaN;

/** The same streams of every member instead of the strategy's own instrument, and no rules. */
function acrossMembers(program: Program, members: number): Program {
  const own = program.instruments[0];
  if (!own) throw new Error('no instrument');
  return {
    ...program,
    nodes: program.nodes.map(node =>
      node.op === 'input' ? { ...node, attrs: { field: node.attrs.field ?? '' }, axis: 0 } : node,
    ),
    instruments: Array.from({ length: members + 1 }, () => own),
    universes: [
      {
        name: 'all',
        venue: 'test',
        members: Array.from({ length: members }, (_, index) => index + 1),
        span: { start: 0, end: 0 },
      },
    ],
    rules: [],
    risk: { caps: [], pauses: [] },
  };
}

describe('a lane', () => {
  it('is what the member would be alone, bit for bit, from its first bar on', () => {
    let compared = 0;
    fc.assert(
      fc.property(caseRecipe(false), fc.integer({ min: 1, max: 60 }), (made, blockTicks) => {
        const members = 3;
        const { program, params, periods, watch } = generateProgram(made.program);
        const plan = compile(acrossMembers(program, members), { watch, kernel: emitKernel });
        const alone = compile({ ...program, rules: [], risk: { caps: [], pauses: [] } }, { watch, kernel: emitKernel });
        // What reads no member's stream is shared: it has been running since the grid began, as alone it has not.
        fc.pre(plan.stages.every(({ axis, nodes }) => axis === 0 || nodes.length === 0));
        const data = runDataOf(periods, made.data, members);
        const meta = data.instruments.map(() => ({}));
        const record = recordRun(() => openKernelRun(plan, params, data, meta, { blockTicks }), driving);
        const lanes = [record, ...record.lanes];
        data.instruments.slice(1).forEach((instrument, lane) => {
          const { from, skipped } = startingAt(instrument, periods, instrument.firstTick);
          const mine = recordRun(() => openKernelRun(alone, params, from, [{}]), driving);
          plan.watches.forEach(({ clock, value }, index) => {
            const other = alone.watches[index]?.value;
            if (value.from !== 'market' || other?.from !== 'market') return;
            if (plan.stages[plan.marketColumns[value.index]?.stage ?? -1]?.axis !== 0) return;
            const column = lanes[lane]?.market[value.index] ?? [];
            expect(column.slice(skipped[clock])).toEqual(mine.market[other.index]);
            expect(column.slice(0, skipped[clock]).every(bits => bits === CANONICAL)).toBe(true);
            compared += column.length;
          });
        });
      }),
      { numRuns: process.env.VELA_DEEP ? 2000 : 150 },
    );
    expect(compared).toBeGreaterThan(5000);
  });
});

const CANONICAL = new BigUint64Array(Float64Array.of(NAN).buffer)[0];

// ---------------------------------------------------------------- by hand

/** Hourly closes; a number of leading ticks without a bar. */
function listed(closes: readonly number[], firstTick = 0): InstrumentData {
  const made = laneOf([HOUR, DAY], { seed: 1, length: closes.length, startTick: 0, oddness: 0 });
  const close = Float64Array.from(closes, (value, tick) => (tick < firstTick ? NAN : value));
  const [base, slow] = made.clocks;
  if (!base || !slow) throw new Error('two clocks');
  return {
    clocks: [{ ...base, fields: { close } }, slow],
    completed: made.completed,
    firstTick,
    endTick: closes.length,
    held: Uint8Array.from(closes, (_, tick) => (tick < firstTick ? 1 : 0)),
  };
}

function opened(b: ProgramBuilder, data: RunData, members = data.instruments.length - 1): PlanRun {
  const watch = b.streams.map(stream => stream.name);
  const plan = compile(b.program({ members }), { watch, kernel: emitKernel });
  const run = openKernelRun(
    plan,
    {},
    data,
    data.instruments.map(() => ({})),
  );
  run.nextBlock();
  return run;
}

const shown = (run: PlanRun, watch: number): number[][] =>
  run.lanes.map(({ market }) => {
    const value = run.plan.watches[watch]?.value;
    return [...(market[value?.from === 'market' ? value.index : -1] ?? [])];
  });

const noPredictions = new Map<string, readonly Float64Array[]>();
const five = [1, 2, 3, 4, 5];
const dataOf = (...instruments: readonly InstrumentData[]): RunData => ({ instruments, predictions: noPredictions });

describe('what all lanes share', () => {
  it('has been running when a member is listed, so that it need not wait', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    const shared = b.add('sum', [b.input('close'), b.const(3)]);
    const above = b.add('signal', [b.add('lt', [b.member('close'), shared])]);
    const own = b.add('signal', [b.add('gt', [b.add('sum', [b.member('close'), b.const(2)]), b.const(0)])]);
    b.stream('above', above).stream('own', own);
    const run = opened(b, dataOf(listed(five), listed(five), listed(five, 3)));
    expect(shown(run, 0)).toEqual([
      [0, 0, 1, 1, 1],
      [NAN, NAN, NAN, 1, 1],
    ]);
    expect(shown(run, 1)).toEqual([
      [0, 1, 1, 1, 1],
      [NAN, NAN, NAN, 0, 1],
    ]);
  });

  it('is one column in every lane', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    b.stream('mean', b.crossSection('mean', b.member('close')));
    const run = opened(b, dataOf(listed(five), listed([3, 3, 3, 3, 3]), listed(five, 2)));
    expect(run.lanes[0]?.market[0]).toBe(run.lanes[1]?.market[0]);
    expect(shown(run, 0)[1]).toEqual([3, 3, 3, 3.5, 4]);
  });

  it('is there as soon as one member has it', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    const sums = b.add('sum', [b.member('close'), b.const(2)]);
    const known = b.add('signal', [b.add('gt', [b.crossSection('mean', sums), b.const(0)])]);
    const entered = b.enter(known);
    const run = opened(entered, dataOf(listed(five), listed(five, 2), listed(five, 1)));
    expect([...(run.flags[0] ?? [])]).toEqual([0, 0, 1, 1, 1]);
    expect(run.ruleReady).toEqual([2]);
  });

  it('waits for another instrument that is listed later', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    b.exit(b.add('not', [b.add('present', [b.add('sum', [b.of(1, 'close'), b.const(2)])])]));
    b.enter(b.add('gt', [b.add('sum', [b.of(1, 'close'), b.const(2)]), b.const(0)]));
    const run = opened(b, dataOf(listed(five), listed(five, 2)));
    expect(run.ruleReady).toEqual([3, 3]);
    expect([...(run.flags[1] ?? [])]).toEqual([0, 0, 0, 1, 1]);
  });
});

describe('facts of a market', () => {
  it('are each member’s own', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    const tick = b.add('meta', [], { field: 'tick' }, { axis: 0 });
    b.stream('ticks', b.add('div', [b.member('close'), tick])).stream('tick', tick);
    const plan = compile(b.program({ members: 2 }), { watch: ['ticks', 'tick'], kernel: emitKernel });
    const data = dataOf(listed(five), listed(five), listed(five, 3));
    const run = openKernelRun(plan, {}, data, [{ tick: 9 }, { tick: 0.5 }, { tick: 0.25 }]);
    run.nextBlock();
    expect(shown(run, 0)).toEqual([
      [2, 4, 6, 8, 10],
      [NAN, NAN, NAN, 16, 20],
    ]);
    expect(shown(run, 1)).toEqual([
      [0.5, 0.5, 0.5, 0.5, 0.5],
      [NAN, NAN, NAN, 0.25, 0.25],
    ]);
  });
});

describe('data that are not the plan’s', () => {
  const b = new ProgramBuilder(HOUR, DAY);
  b.stream('close', b.member('close'));

  it('lack an instrument', () => {
    expect(() => opened(b, dataOf(listed(five), listed(five)), 2)).toThrow('the data have no instrument 2 (M1/USDT)');
  });

  it('say something for some of the ticks only', () => {
    const said = new ProgramBuilder(HOUR, DAY);
    said.stream('m', said.predict('m', [said.member('close')], { axis: 0 }));
    const short = new Map([['m', [Float64Array.of(1, 2), new Float64Array(5)]]]);
    const data = { ...dataOf(listed(five), listed(five), listed(five)), predictions: short };
    expect(() => opened(said, data)).toThrow('the prediction m has 2 of 5 ticks');
    // A model that has said nothing is absent.
    expect(shown(opened(said, { ...data, predictions: noPredictions }), 0)[1]).toEqual([NAN, NAN, NAN, NAN, NAN]);
  });

  it('stand on different grids', () => {
    expect(() => opened(b, dataOf(listed(five), listed([1, 2])))).toThrow(
      'instrument 1 stands on another grid than instrument 0',
    );
  });
});

/** What the checker says cannot run: the compiler never meets it. */
function notYet(lines: string): readonly string[] {
  const text = `strategy "S" universe all = "BTC/USDT", "ETH/USDT" on binance every 1h clock day = 1d ${lines}`;
  return check(parse({ name: 's.vela', text, form: 'vela' }).tree, { library: library() }).notYet.map(
    ({ what }) => what,
  );
}

describe('what cannot run yet', () => {
  it('is noted by the checker already', () => {
    expect(notYet('state s starts 0 then demean(prev s + close / close[1])')).toEqual([
      'a state that goes through a cross-section of its own members',
    ]);
    expect(notYet('label y = latest(sample(ahead(close, 3), day)) / close')).toContain(
      'a label that looks ahead on another clock than its own',
    );
    expect(notYet('state s starts 0 then 0.5 * prev s + demean(close / close[1])')).toEqual([]);
    expect(notYet('label y = rank(forward_return(3))')).toEqual([]);
  });

  it('is a rule for each member, and says so', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    b.enter(b.add('gt', [b.member('close'), b.const(1)]));
    expect(() => compile(b.program({ members: 2 }), { kernel: emitKernel })).toThrow(
      'a rule for each member of a universe cannot run yet',
    );
  });

  it('is a state that goes through a cross-section of its own members', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    const state = b.openState(b.const(0), 0);
    const mean = b.crossSection('mean', b.add('add', [state.previous, b.member('close')]));
    b.stream('s', b.closeState(state, mean));
    expect(() => compile(b.program({ members: 2 }), { watch: ['s'], kernel: emitKernel })).toThrow(
      'a state that goes through a cross-section of its own members cannot run yet',
    );
  });
});
