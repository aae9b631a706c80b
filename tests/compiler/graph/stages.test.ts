import { describe, expect, it } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { expressionText } from '../../../compiler/graph/text.ts';
import type { Plan } from '../../../compiler/plan.ts';
import { noKernel } from '../../support/no-kernel.ts';
import { DAY, HOUR, ProgramBuilder } from '../../support/program-builder.ts';

const compiled = (b: ProgramBuilder, watch: readonly string[] = [], slippage?: number): Plan =>
  compile(b.program(slippage === undefined ? {} : { slippage }), { watch, kernel: noKernel });

/** `market@1: reads → computes → gives`. */
function show(plan: Plan): string[] {
  const text = (id: number) => {
    const node = plan.graph.nodes[id];
    return node ? expressionText({ ...node, args: [] }) : '?';
  };
  return plan.stages.map(({ part, clock, inputs, nodes, outputs }) =>
    [
      `${part}@${clock}:`,
      inputs.map(input => text(input.node)).join(', '),
      '→',
      nodes.map(text).join(', '),
      '→',
      outputs.map(output => (output.type === 'flag' ? `flag ${text(output.node)}` : text(output.node))).join(', '),
    ].join(' '),
  );
}

describe('stages', () => {
  it('are one for one clock without the account', () => {
    const b = new ProgramBuilder();
    const up = b.add('gt', [b.input('close'), b.add('mean', [b.input('close'), b.const(3)])]);
    b.enter(up).exit(b.add('not', [up]));
    expect(show(compiled(b))).toEqual(['market@0: input close → sum, div, gt, not → flag gt, flag not']);
  });

  it('run slow clocks first and split the base clock only where values go back and forth', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    const fast = b.add('sum', [b.input('close'), b.const(3)]);
    const slow = b.add('mul', [b.sample(fast, 1), b.input('close', 1)]);
    b.enter(b.add('gt', [b.add('add', [fast, b.input('open')]), b.latest(slow)]));
    expect(show(compiled(b))).toEqual([
      'market@0: input close, input open → sum, add → sum, add',
      'market@1: sample, input close → mul → mul',
      'market@0: add, latest → gt → flag gt',
    ]);
  });

  it('are cut by the account taint, and market values cross to the account part as columns', () => {
    const b = new ProgramBuilder();
    const average = b.add('sum', [b.input('close'), b.const(3)]);
    const won = b.add('gt', [b.engine('profit'), b.add('mul', [average, b.const(2)])]);
    b.exit(won);
    const plan = compiled(b);
    expect(show(plan)).toEqual([
      'market@0: input close → sum, mul → mul',
      'account@0: engine profit, mul → gt → flag gt',
    ]);
    expect(plan.rules[0]?.when).toEqual({ from: 'account', index: 0 });
  });

  it('put a whole loop of states where its slowest input allows', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    const state = b.openState(b.const(0), 0);
    const daily = b.latest(b.add('sum', [b.input('close', 1), b.const(2)]));
    const counted = b.closeState(state, b.add('add', [state.previous, daily]));
    const reads = b.add('mul', [state.previous, b.input('open')]);
    b.enter(b.add('gt', [counted, reads]));
    expect(show(compiled(b))).toEqual([
      'market@1: input close → sum → sum',
      'market@0: latest, input open → state_prev s0, add, state s0, mul, gt → flag gt',
    ]);
  });

  it('pass on columns and fixed values that are asked for as they are', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    const on = b.param({ name: 'on', type: 'bool', value: 1 });
    b.enter(on, { size: b.latest(b.input('close', 1)) });
    expect(show(compiled(b))).toEqual([
      'market@1: input close →  → input close',
      'market@0: latest →  → latest, flag param on',
    ]);
  });

  it('give a watched stream a column of its own clock', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    b.enter(b.add('gt', [b.input('close'), b.const(1)]));
    b.stream('daily', b.add('sum', [b.input('close', 1), b.const(2)])).stream('two', b.const(2));
    const plan = compiled(b, ['daily', 'two']);
    expect(plan.watches.map(({ name, clock, value }) => [name, clock, value.from])).toEqual([
      ['daily', 1, 'market'],
      ['two', 0, 'fixed'],
    ]);
  });

  it('size state by the upper end of a param', () => {
    const b = new ProgramBuilder();
    const n = b.param({ name: 'n', type: 'bars', value: 3, low: 1, high: 40 });
    b.enter(b.add('gt', [b.input('close'), b.add('highest', [b.input('high'), b.add('add', [n, n])])]));
    const slots = compiled(b).stages[0]?.slots.filter(slot => slot.kind === 'node');
    expect(slots).toMatchObject([{ kind: 'node', high: 80 }]);
  });
});

describe('bracket levels', () => {
  const level = (make: (b: ProgramBuilder) => number) => {
    const b = new ProgramBuilder();
    b.enter(b.add('gt', [b.input('close'), b.const(1)]), { bracket: { stop: make(b) } });
    const plan = compiled(b);
    const [rule] = plan.rules;
    const stop = rule?.verb === 'enter' ? rule.bracket.stop : undefined;
    return { plan, stop, bracket: plan.brackets[stop?.bracket ?? -1] };
  };

  it('are a frozen value when the account has no part in them', () => {
    const { stop, bracket } = level(b => b.add('mul', [b.input('close'), b.const(0.9)]));
    expect(stop).toMatchObject({ frozen: [{ from: 'market' }], everyTick: false, live: [] });
    expect(bracket).toBeUndefined();
  });

  it('freeze the largest parts without the taint', () => {
    const { stop, bracket } = level(b =>
      b.add('sub', [b.engine('entry'), b.add('mul', [b.const(2), b.add('sub', [b.input('high'), b.input('low')])])]),
    );
    expect(stop).toMatchObject({ bracket: 0, frozen: [{ from: 'market' }], everyTick: false, live: [] });
    expect(bracket).toMatchObject({ sources: [{ from: 'engine', field: 'entry', instrument: 0 }] });
    expect(bracket?.nodes).toHaveLength(1);
  });

  it('are evaluated at every tick when they read what moves between fills', () => {
    const moving = level(b => b.add('steps', [b.engine('held'), b.const(0), b.const(1), b.const(60), b.const(2)]));
    expect(moving.stop).toMatchObject({ everyTick: true, frozen: [], live: [] });
  });

  it('read `now` and tainted memory afresh', () => {
    const { stop, bracket } = level(b => {
      const current = b.add('now', [b.input('close')]);
      return b.add('max', [
        b.add('sub', [b.engine('entry'), current]),
        b.add('delay', [b.engine('worst'), b.const(1)]),
      ]);
    });
    expect(stop).toMatchObject({ everyTick: true, live: [{ from: 'market' }, { from: 'account' }] });
    expect(bracket?.sources.map(source => source.from)).toEqual(['engine', 'market', 'account']);
  });
});

describe('readiness of a rule', () => {
  it('waits for condition, size, price, bracket and slippage', () => {
    const gates = (wait: (b: ProgramBuilder, slow: number) => number | undefined) => {
      const b = new ProgramBuilder();
      const slow = b.add('sum', [b.input('close'), b.const(30)]);
      const slippage = wait(b, slow);
      const plan = compiled(b, [], slippage);
      const place = plan.flagColumns[plan.rules[0]?.when.index ?? -1];
      const stage = plan.stages[place?.stage ?? -1];
      const output = stage?.outputs[place?.output ?? -1];
      const slot = output?.type === 'flag' ? stage?.slots[output.ready] : undefined;
      return slot?.kind === 'ready' ? slot.nodes.map(id => plan.graph.nodes[id]?.op) : [];
    };
    const condition = (b: ProgramBuilder) => b.add('gt', [b.input('close'), b.const(1)]);
    expect(gates((b, slow) => void b.enter(condition(b), { size: slow }))).toContain('sum');
    expect(gates((b, slow) => void b.enter(condition(b), { price: slow }))).toContain('sum');
    expect(gates((b, slow) => void b.enter(condition(b), { bracket: { stop: slow } }))).toContain('sum');
    const withSlippage = (b: ProgramBuilder, slow: number) => {
      b.enter(condition(b));
      return slow;
    };
    expect(gates(withSlippage)).toContain('sum');
    expect(gates((b, slow) => void b.exit(condition(b)).stream('slow', slow))).not.toContain('sum');
  });
});
