/** The oracle itself, against values worked out by hand. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { interpretRun } from '../../../compiler/interpret/run.ts';
import type { LaneData } from '../../../compiler/kernel/run.ts';
import type { Period } from '../../../language/check/program.ts';
import { ENGINE_STREAMS } from '../../../language/operators/streams.ts';
import { laneOf } from '../../support/generate-data.ts';
import { noKernel } from '../../support/no-kernel.ts';
import { DAY_MS, HOUR, HOUR_MS, ProgramBuilder } from '../../support/program-builder.ts';

const FOUR_HOURS: Period = { kind: 'fixed', ms: 4 * HOUR_MS, anchorMs: 0 };
const NAN = Number.NaN;

/** A lane whose base closes are given; the slow clock's closes are those of its last base bar. */
function lane(closes: readonly number[], startTick = 0): LaneData {
  const made = laneOf([HOUR, FOUR_HOURS], { seed: 1, length: closes.length, startTick, oddness: 0 });
  const [base, slow] = made.clocks;
  const completed = made.completed[1] ?? new Int32Array();
  if (!base || !slow) throw new Error('two clocks');
  base.fields.close?.set(closes);
  completed.forEach((last, tick) => {
    if (last >= 0 && last !== completed[tick - 1]) slow.fields.close?.fill(closes[tick] ?? NAN, last, last + 1);
  });
  return made;
}

/** Values of a watched stream over the data, on its own clock. */
function values(b: ProgramBuilder, node: number, data: LaneData): number[] {
  b.stream('x', node);
  const run = interpretRun(compile(b.program(), { watch: ['x'], kernel: noKernel }), {}, data, [{}]);
  run.nextBlock();
  return [...(run.market[0] ?? [])];
}

describe('delays and windows', () => {
  it('look back in ticks and are absent before', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    expect(values(b, b.add('delay', [b.input('close'), b.const(2)]), lane([1, 2, 3, 4]))).toEqual([NAN, NAN, 1, 2]);
    const sum = b.add('sum', [b.input('close'), b.const(3)]);
    b.streams.length = 0;
    expect(values(b, sum, lane([1, 2, 3, 4, NAN, 6, 7, 8]))).toEqual([NAN, NAN, 6, 9, NAN, NAN, NAN, 21]);
  });
});

describe('states', () => {
  const counter = (b: ProgramBuilder, starts: number, more: { reset?: number } = {}) => {
    const state = b.openState(b.const(starts), 0, more.reset);
    return b.closeState(state, b.add('add', [state.previous, b.input('close')]));
  };

  it('begin with starts, add up, and keep what they had where the update is absent', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    expect(values(b, counter(b, 10), lane([1, 2, NAN, 4]))).toEqual([11, 13, 13, 17]);
  });

  it('begin again on the tick of a reset, and not where the reset is unknown', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    const reset = b.add('gt', [b.input('close'), b.const(2)]);
    expect(values(b, counter(b, 10, { reset }), lane([1, 2, 3, NAN, 1]))).toEqual([11, 13, 13, 13, 14]);
  });

  it('read what another held before this tick, also one written later', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    const [x, y] = [b.openState(b.const(1), 0), b.openState(b.const(0), 0)];
    b.closeState(x, b.add('add', [x.previous, y.previous]));
    expect(values(b, b.closeState(y, x.previous), lane([0, 0, 0, 0, 0, 0, 0]))).toEqual([1, 1, 2, 3, 5, 8, 13]);
  });

  it('count the updates that were absent once the state was ready', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    const state = b.openState(b.const(0), 0);
    const lagged = b.add('delay', [b.input('close'), b.const(2)]);
    b.stream('x', b.closeState(state, b.add('add', [state.previous, lagged])));
    const run = interpretRun(compile(b.program(), { watch: ['x'], kernel: noKernel }), {}, lane([1, NAN, 3, 4, 5]), [
      {},
    ]);
    run.nextBlock();
    expect(run.stateNaN()).toBe(1);
  });
});

describe('crossings', () => {
  it('show the last completed slow tick, from the base tick that closes it on', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    const closes = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(values(b, b.latest(b.input('close', 1)), lane(closes))).toEqual([NAN, NAN, NAN, 4, 4, 4, 4, 8, 8]);
    b.streams.length = 0;
    // Begun two hours into a slow bar: that one does not exist.
    expect(values(b, b.latest(b.input('close', 1)), lane(closes, 2))).toEqual([NAN, NAN, NAN, NAN, NAN, 6, 6, 6, 6]);
  });

  it('turn absent when older than max_age', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    const young = b.latest(b.input('close', 1), 0, b.const(HOUR_MS));
    expect(values(b, young, lane([1, 2, 3, 4, 5, 6, 7, 8, 9]))).toEqual([NAN, NAN, NAN, 4, 4, NAN, NAN, 8, 8]);
  });

  it('sample the base clock at the close of each slow tick', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    const doubled = b.add('mul', [b.input('close'), b.const(2)]);
    expect(values(b, b.sample(doubled, 1), lane([1, 2, 3, 4, 5, 6, 7, 8, 9], 1))).toEqual([14]);
  });
});

describe('the calendar', () => {
  it('knows the first and the last base tick of a period, the hour and the weekday', () => {
    const day: Period = { kind: 'fixed', ms: DAY_MS, anchorMs: 0 };
    const at = (field: string, start: number) => {
      const b = new ProgramBuilder(HOUR, day);
      const node = b.add('calendar', [], field === 'new' || field === 'ends' ? { field, clock: 1 } : { field }, {
        clock: 0,
        stage: 'series',
      });
      return values(b, node, laneOf([HOUR, day], { seed: 1, length: 3, startTick: start, oddness: 0 }));
    };
    expect(at('new', 23)).toEqual([0, 1, 0]);
    expect(at('ends', 22)).toEqual([0, 1, 0]);
    expect(at('hour_of_day', 22)).toEqual([22, 23, 0]);
    // 2022-01-01 was a Saturday, 2022-01-03 a Monday.
    expect(at('weekday', 22)).toEqual([6, 6, 7]);
    expect(at('weekday', 47)).toEqual([7, 1, 1]);
  });
});

describe('signals and rules', () => {
  it('hold only where definitely true and ready', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    const lagged = b.add('delay', [b.input('close'), b.const(2)]);
    // True of an absent value, but not before the delay is ready.
    const signal = b.add('signal', [b.add('not', [b.add('present', [lagged])])]);
    b.enter(signal);
    b.exit(b.add('gt', [lagged, b.const(2)]));
    const run = interpretRun(compile(b.program(), { kernel: noKernel }), {}, lane([1, NAN, 3, 4, 5]), [{}]);
    run.nextBlock();
    expect(run.flags.map(flag => [...flag])).toEqual([
      [0, 0, 0, 1, 0],
      [0, 0, 0, 0, 1],
    ]);
    expect(run.ruleReady).toEqual([2, 2]);
  });

  it('stop the account part on the tick that fires', () => {
    const b = new ProgramBuilder(HOUR, FOUR_HOURS);
    b.exit(b.add('gt', [b.add('add', [b.engine('profit'), b.input('close')]), b.const(3)]));
    const run = interpretRun(compile(b.program(), { kernel: noKernel }), {}, lane([1, 2, 3, 4, 5]), [{}]);
    run.engine.fill(0);
    run.nextBlock();
    expect(run.step(0, 5)).toBe(4);
    expect([...run.account]).toEqual([1]);
    run.engine[ENGINE_STREAMS.findIndex(stream => stream.field === 'profit')] = -9;
    expect(run.step(4, 1)).toBe(1);
    expect([...run.account]).toEqual([0]);
  });
});
