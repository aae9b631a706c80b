/** A kernel at work: blocks, clocks, the account part, brackets, snapshots. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { emitKernel } from '../../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../../compiler/kernel/instance.ts';
import type { LaneData, PlanRun } from '../../../compiler/kernel/run.ts';
import type { Plan } from '../../../compiler/plan.ts';
import { ENGINE_STREAMS } from '../../../language/operators/streams.ts';
import { laneOf } from '../../support/generate-data.ts';
import { DAY, HOUR, HOUR_MS, ProgramBuilder } from '../../support/program-builder.ts';

const CLOCKS = [HOUR, DAY];
const lane = (length: number, startTick = 0): LaneData => laneOf(CLOCKS, { seed: 7, length, startTick, oddness: 0.01 });

/** Windows, a recurrence, a delay and a day clock; an account part with memory; a bracket. */
function plan(): Plan {
  const b = new ProgramBuilder(...CLOCKS);
  const n = b.param({ name: 'n', type: 'bars', value: 8, low: 2, high: 30 });
  const close = b.input('close');
  const average = b.add('mean', [close, n]);
  const daily = b.latest(b.add('smooth', [b.input('close', 1), b.const(2), b.const(0.5)]));
  const opened = b.engine('opened', 'bool');
  const top = b.openState(b.const(Number.NaN), 0);
  const highest = b.closeState(top, b.add('if', [opened, close, b.add('max', [top.previous, close])]));
  b.enter(b.add('gt', [close, average]), {
    bracket: { stop: b.add('sub', [b.engine('entry'), b.add('now', [average])]) },
  });
  b.exit(b.add('lt', [close, b.add('mul', [highest, b.const(0.97)])]));
  b.stream('average', average)
    .stream('daily', daily)
    .stream('before', b.add('delay', [close, b.const(30)]));
  return compile(b.program(), { watch: ['average', 'daily', 'before'], kernel: emitKernel });
}

const at = (field: string): number => ENGINE_STREAMS.findIndex(stream => stream.field === field);

/** Every block of a run whose account part sees one opening at the first tick of each 50. */
function* drive(run: PlanRun): Generator<number> {
  run.engine.fill(0);
  while (run.nextBlock()) {
    for (let tick = run.blockStart; tick < run.blockStart + run.blockLength; tick++) {
      run.engine[at('opened')] = tick % 50 === 0 ? 1 : 0;
      run.step(tick, 1);
    }
    yield run.blockStart + run.blockLength;
  }
}

function runTo(run: PlanRun, end: number): PlanRun {
  for (const done of drive(run)) if (done >= end) break;
  return run;
}

const open = (data: LaneData, blockTicks = 4096, params = {}) =>
  openKernelRun(plan(), params, data, [{}], { blockTicks });

describe('a snapshot', () => {
  it('does not depend on the blocks that led to it', () => {
    const whole = runTo(open(lane(240), 240), 240).snapshot();
    for (const blockTicks of [1, 7, 60, 239]) {
      expect(runTo(open(lane(240), blockTicks), 240).snapshot()).toEqual(whole);
    }
  });

  it('continues a run, in blocks of another size and where more data have come', () => {
    const bytes = runTo(open(lane(120), 60), 60).snapshot();
    const resumed = open(lane(240), 17);
    resumed.restore(bytes);
    expect(runTo(resumed, 240).snapshot()).toEqual(runTo(open(lane(240)), 240).snapshot());
  });

  it('taken inside a block gives the rest of it', () => {
    const run = open(lane(120), 40);
    run.engine.fill(0);
    run.nextBlock();
    for (let tick = 0; tick < 25; tick++) run.step(tick, 1);
    const resumed = open(lane(120), 10);
    resumed.restore(run.snapshot());
    expect([resumed.blockStart, resumed.blockLength]).toEqual([20, 10]);
    expect(resumed.market.map(column => [...column.subarray(0, 10)])).toEqual(
      run.market.map((column, index) => {
        const clock = run.plan.stages[run.plan.marketColumns[index]?.stage ?? 0]?.clock ?? 0;
        return clock === 0 ? [...column.subarray(20, 30)] : [];
      }),
    );
    resumed.engine.fill(0);
    for (let tick = 25; tick < 30; tick++) {
      run.step(tick, 1);
      resumed.step(tick, 1);
      expect(resumed.account).toEqual(run.account);
    }
  });

  it('is refused by a run that is bound otherwise', () => {
    const bytes = runTo(open(lane(120)), 120).snapshot();
    expect(() => open(lane(120), 4096, { n: 9 }).restore(bytes)).toThrow('other params');
    expect(() => open(lane(120, 5)).restore(bytes)).toThrow('data that begin elsewhere');
    expect(() => open(lane(119)).restore(bytes)).toThrow('stands at tick 120, the data end at 119');
    expect(() => open(lane(120)).restore(bytes.slice(0, -8))).toThrow('cut short');
    expect(() => open(lane(120)).restore(new Uint8Array(5))).toThrow('no snapshot');
    const other = new ProgramBuilder(HOUR);
    other.enter(other.add('gt', [other.input('close'), other.const(1)]));
    const stranger = compile(other.program(), { kernel: emitKernel });
    expect(() => openKernelRun(stranger, {}, lane(120), [{}]).restore(bytes)).toThrow('another state layout');
  });
});

describe('the account part', () => {
  it('returns early after a tick on which a flag became true, and not before', () => {
    const b = new ProgramBuilder(HOUR);
    const position = b.engine('position');
    b.exit(b.add('and', [b.add('gt', [position, b.const(0)]), b.add('gt', [b.input('close'), b.const(100)])]));
    const exits = compile(b.program(), { kernel: emitKernel });
    const close = Float64Array.of(90, 95, 101, 99, 102, 98);
    const data = { clocks: [{ firstOrdinal: 0, length: 6, fields: { close } }], completed: [new Int32Array()] };
    const run = openKernelRun(exits, {}, data, [{}]);
    run.engine.fill(0);
    expect(run.accountReads).toEqual(new Set(['position']));
    run.nextBlock();
    run.engine[at('position')] = 1;
    expect(run.step(0, 6)).toBe(3);
    expect([...run.account]).toEqual([1]);
    expect(run.step(3, 3)).toBe(2);
    run.engine[at('position')] = 0;
    expect(run.step(5, 1)).toBe(1);
    expect([...run.account]).toEqual([0]);
  });

  it('goes tick by tick, inside the block', () => {
    const run = open(lane(100), 10);
    run.nextBlock();
    expect(() => run.step(1, 1)).toThrow('the account part stands at tick 0, not 1');
    expect(() => run.step(0, 11)).toThrow('outside the block');
    run.step(0, 1);
    expect(() => run.step(0, 1)).toThrow('the account part stands at tick 1, not 0');
  });

  it('drops a daily value of the account that is too old', () => {
    const b = new ProgramBuilder(...CLOCKS);
    const daily = b.sample(b.engine('equity'), 1);
    const kept = b.latest(b.add('plain', [daily]), 0, b.const(2 * HOUR_MS));
    b.exit(b.add('gt', [kept, b.const(5)]));
    const run = openKernelRun(compile(b.program(), { kernel: emitKernel }), {}, lane(60), [{}]);
    run.nextBlock();
    run.engine.fill(9);
    const fired: number[] = [];
    for (let tick = 0; tick < 60; tick++) {
      run.step(tick, 1);
      if (run.account[0] === 1) fired.push(tick);
    }
    // The day closes with hour 23; its value is fresh at that close and for two hours after.
    expect(fired).toEqual([23, 24, 25, 47, 48, 49]);
  });
});

describe('a bracket', () => {
  it('reads frozen values, the account as it stands, and the market at the tick', () => {
    const run = open(lane(100), 10);
    const average = run.plan.brackets[0]?.sources.findIndex(source => source.from === 'market') ?? -1;
    expect(average).toBeGreaterThanOrEqual(0);
    run.nextBlock();
    run.nextBlock();
    run.engine[at('entry')] = 1000;
    const averages = (tick: number) => 1000 - run.bracket(0, new Float64Array(0), tick);
    const column = run.market[run.plan.watches[0]?.value.from === 'market' ? run.plan.watches[0].value.index : -1];
    const last = column?.[9] ?? Number.NaN;
    expect(averages(19)).toBeCloseTo(last, 9);
    run.nextBlock();
    // The last tick before the block can still be asked for.
    expect(averages(19)).toBeCloseTo(last, 9);
    expect(averages(20)).toBeCloseTo(column?.[0] ?? Number.NaN, 9);
  });
});

describe('the memory', () => {
  it('holds a block whatever the length of the data, and no more', () => {
    const memoryOf = (length: number) => open(lane(length), 64).market[0]?.buffer.byteLength ?? 0;
    expect(memoryOf(60_000)).toBe(memoryOf(200));
    expect(memoryOf(200)).toBe(65536);
  });

  it('is shared, so that threads may read it', () => {
    expect(open(lane(10)).market[0]?.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('shows columns at the same place from block to block', () => {
    const run = open(lane(100), 10);
    const [column] = run.market;
    run.nextBlock();
    run.nextBlock();
    expect(run.market[0]).toBe(column);
  });
});

it('refuses a block of no ticks', () => {
  expect(() => open(lane(10), 0)).toThrow('a block cannot have 0 ticks');
});
