import { describe, expect, it } from 'vitest';
import { BindError, bind } from '../../compiler/bind.ts';
import { compile } from '../../compiler/compile.ts';
import { planWarmup } from '../../compiler/plan-warmup.ts';
import { laneOf } from '../support/generate-data.ts';
import { noKernel } from '../support/no-kernel.ts';
import { DAY, HOUR, ProgramBuilder } from '../support/program-builder.ts';

const data = { seed: 1, length: 100, oddness: 0 };
const lane = (startTick = 0) => laneOf([HOUR, DAY], { ...data, startTick });

function averaged() {
  const b = new ProgramBuilder(HOUR, DAY);
  const n = b.param({ name: 'n', type: 'bars', value: 10, low: 2, high: 30 });
  const mean = b.add('mean', [b.input('close'), n]);
  b.require(b.add('lt', [n, b.const(25)]), 'n < 25');
  b.enter(b.add('gt', [b.input('close'), mean]));
  b.enter(b.add('gt', [b.input('close'), b.latest(b.add('sum', [b.input('close', 1), b.const(2)]))]));
  return compile(b.program(), { kernel: noKernel });
}

describe('binding', () => {
  it('knows the first tick of each rule, exactly, for the values and the start', () => {
    const plan = averaged();
    // Two whole days after midnight: the second ends with hour 47.
    expect(bind(plan, {}, lane(), [{}]).ruleReady).toEqual([9, 47]);
    expect(bind(plan, { n: 20 }, lane(5), [{}]).ruleReady).toEqual([19, 19 + 47]);
    expect(bind(plan, {}, laneOf([HOUR, DAY], { ...data, startTick: 1, length: 70 }), [{}]).ruleReady).toEqual([
      9,
      Infinity,
    ]);
  });

  it('writes what stages read into their slots', () => {
    const plan = averaged();
    const { regions } = bind(plan, { n: 7 }, lane(3), [{}]);
    plan.stages.forEach((stage, index) => {
      stage.slots.forEach((slot, at) => {
        const value = regions[index]?.[0]?.[at];
        if (slot.kind === 'node') expect(value).toBe(7);
        if (slot.kind === 'ordinal') expect(value).toBe(lane(3).clocks[stage.clock]?.firstOrdinal);
      });
    });
  });

  it('takes facts of the instrument', () => {
    const b = new ProgramBuilder();
    b.enter(b.const(1, 'bool'), { size: b.add('mul', [b.add('meta', [], { field: 'tick' }), b.const(3)]) });
    const plan = compile(b.program(), { kernel: noKernel });
    const [rule] = plan.rules;
    const amount = rule?.verb === 'enter' ? rule.size.amount : undefined;
    const { fixed } = bind(plan, {}, laneOf([HOUR], { ...data, startTick: 0 }), [{ tick: 0.5 }]);
    expect(amount?.from).toBe('fixed');
    expect(fixed[amount?.index ?? -1]).toBe(1.5);
  });

  it.each([
    [{ m: 3 }, 'unknown param', 'no param is named `m`; there are: n'],
    [{ n: 31 }, 'out of range', '`n` is 31, but it must be a whole number from 2 to 30'],
    [{ n: 2.5 }, 'out of range', '`n` is 2.5, but it must be a whole number from 2 to 30'],
    [{ n: Number.NaN }, 'out of range', '`n` is NaN, but it must be a whole number from 2 to 30'],
    [{ n: 25 }, 'requirement', 'these values break `require n < 25`'],
  ])('refuses %o', (params, reason, message) => {
    const attempt = () => bind(averaged(), params, lane(), [{}]);
    expect(attempt).toThrow(BindError);
    expect(attempt).toThrow(message);
    try {
      attempt();
    } catch (error) {
      expect(error).toMatchObject({ reason });
    }
  });

  it('refuses a length that comes to no whole number', () => {
    const b = new ProgramBuilder();
    const n = b.param({ name: 'n', type: 'bars', value: 3, low: 1, high: 8 });
    b.enter(b.add('gt', [b.add('sum', [b.input('close'), b.add('div', [n, b.const(2)])]), b.const(0)]));
    const plan = compile(b.program(), { kernel: noKernel });
    const data1 = laneOf([HOUR], { ...data, startTick: 0 });
    expect(bind(plan, { n: 4 }, data1, [{}]).ruleReady).toEqual([1]);
    expect(() => bind(plan, {}, data1, [{}])).toThrow('the length `n` of sum comes to 1.5');
  });
});

describe('the warm-up of a plan', () => {
  it('does not depend on what is watched', () => {
    const b = new ProgramBuilder(HOUR);
    b.enter(b.add('gt', [b.input('close'), b.const(1)]));
    b.stream('slow', b.add('smooth', [b.input('close'), b.const(50), b.const(0.02)]));
    const plan = compile(b.program(), { watch: ['slow'], kernel: noKernel });
    expect(planWarmup(plan, {}, [{}])).toMatchObject({ ready: 0, settled: 0 });
  });

  it('is exact for a known start and the worst case without one', () => {
    const plan = averaged();
    expect(planWarmup(plan, {}, [{}], lane(5).clocks[0]?.firstOrdinal)).toMatchObject({
      ready: 19 + 47,
      settled: 19 + 47,
    });
    expect(planWarmup(plan, {}, [{}])).toMatchObject({ ready: 24 * 3 - 2, settled: 24 * 3 - 2 });
  });
});
