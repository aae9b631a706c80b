/** Each operator of the kernel against its reference form, one at a time, on data that no market would print. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { interpretRun } from '../../../compiler/interpret/run.ts';
import { emitKernel, KERNEL_OPERATORS } from '../../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../../compiler/kernel/instance.ts';
import type { PlanRun } from '../../../compiler/kernel/run.ts';
import type { NodeId } from '../../../language/check/node.ts';
import type { OpSpec } from '../../../language/operators/operator.ts';
import { OPERATORS } from '../../../language/operators/table.ts';
import { laneOf } from '../../support/generate-data.ts';
import { HOUR, ProgramBuilder } from '../../support/program-builder.ts';

const TICKS = 260;
const ODDNESS = [0, 0.02, 0.3];
const LENGTHS = [1, 2, 3, 7, 64];
/** Beginnings at different places of a window's block. */
const STARTS = [0, 5];

/** Sources, fixed values and crossings are columns or params; a label's `ahead` never runs. */
const COLUMNS = ['const', 'param', 'meta', 'input', 'engine', 'calendar', 'latest', 'sample', 'predict', 'drift'];
/** What labels are made of before they are lowered, and what the host computes beside the kernel. */
const ELSEWHERE = ['ahead', 'triple_barrier', 'quantile_class', 'cross_section', 'barrier'];
const NOT_COMPUTED = new Set([...COLUMNS, ...ELSEWHERE]);

describe('the kernel', () => {
  it('has a form of every operator that runs', () => {
    expect([...OPERATORS.keys()].filter(op => !KERNEL_OPERATORS.has(op)).toSorted()).toEqual(
      [...NOT_COMPUTED].toSorted(),
    );
  });

  const windows = [...OPERATORS.values()].filter(spec => spec.time.kind === 'window');
  it.each(windows.map(spec => [spec.name, spec] as const))('%s, of many lengths and places', (_, spec) => {
    for (const length of LENGTHS.filter(n => n >= shortest(spec))) {
      const params = [
        { value: length, high: length },
        // The same length as a param: read at run time, with room for more.
        { value: length, high: length + 50 },
      ];
      for (const { value, high } of params) {
        const b = new ProgramBuilder(HOUR);
        const n =
          high === value
            ? b.const(value)
            : b.param({ name: 'n', type: 'bars', value, low: Math.min(value, shortest(spec)), high });
        b.stream('x', b.add(spec.name, windowArguments(b, spec, n)));
        expectSameBits(b, ['x']);
      }
    }
  });

  const pointwise = [...OPERATORS.values()].filter(
    spec => spec.reference.kind === 'pointwise' && !['is', 'now', 'steps'].includes(spec.name),
  );
  it.each(pointwise.map(spec => [spec.name, spec] as const))('%s', (_, spec) => {
    const b = new ProgramBuilder(HOUR);
    const close = b.input('close');
    const open = b.input('open');
    const bools = [b.add('gt', [close, open]), b.add('lt', [b.input('high'), b.input('low')])];
    const numbers = [close, open];
    const sides = (kind: string, at: number): readonly NodeId[] =>
      kind === 'bool'
        ? [bools[at % 2] ?? close]
        : [numbers[at % 2] ?? close, b.const(0), b.const(-0), b.const(2.5), b.const(Number.NaN)];
    const names: string[] = [];
    // Each argument in turn is a constant, since some forms are shorter beside one.
    for (let varied = 0; varied < spec.arguments.length; varied++) {
      for (const side of sides(spec.arguments[varied]?.rule.kind ?? '', varied)) {
        const args = spec.arguments.map(({ rule }, at) => (at === varied ? side : (sides(rule.kind, at)[0] ?? close)));
        names.push(`x${names.length}`);
        b.stream(names.at(-1) ?? '', b.add(spec.name, args));
      }
    }
    expectSameBits(b, names);
  });

  it('is, now, steps', () => {
    const b = new ProgramBuilder(HOUR);
    const close = b.input('close');
    const side = b.add('sign', [b.add('sub', [close, b.input('open')])], {}, { base: 'category' });
    b.stream('is', b.add('is', [side, b.const(1)]));
    const held = b.add('sub', [close, b.const(90)]);
    const table = [b.const(-20), b.const(1), b.const(0), b.input('open'), b.input('high'), b.const(3)];
    b.stream('steps', b.add('steps', [held, ...table]));
    expectSameBits(b, ['is', 'steps']);
  });

  it('delays numbers and bools by any offset, one ring a source', () => {
    const b = new ProgramBuilder(HOUR);
    const close = b.input('close');
    const up = b.add('gt', [close, b.input('open')]);
    const k = b.param({ name: 'k', type: 'bars', value: 9, low: 0, high: 40 });
    const names: string[] = [];
    for (const source of [close, up]) {
      for (const by of [b.const(0), b.const(1), b.const(2), b.const(64), k]) {
        names.push(`x${names.length}`);
        b.stream(names.at(-1) ?? '', b.add('delay', [source, by]));
        names.push(`x${names.length}`);
        b.stream(names.at(-1) ?? '', b.add('delay', [b.add('delay', [source, b.const(1)]), by]));
      }
    }
    expectSameBits(b, names);
  });

  it.each([1, 2, 14])('smooth over %i', length => {
    const b = new ProgramBuilder(HOUR);
    b.stream('x', b.add('smooth', [b.input('close'), b.const(length), b.const(2 / (length + 1))]));
    expectSameBits(b, ['x']);
  });

  it('states that start, are reset, and miss updates', () => {
    const b = new ProgramBuilder(HOUR);
    const close = b.input('close');
    const reset = b.add('gt', [close, b.add('mul', [b.input('open'), b.const(1.2)])]);
    const number = b.openState(b.add('mean', [close, b.const(5)]), 0, reset);
    const bool = b.openState(b.add('gt', [close, b.const(50)]), 0, reset);
    const sum = b.add('add', [number.previous, b.add('sub', [close, b.input('open')])]);
    b.stream('number', b.closeState(number, b.add('if', [bool.previous, sum, b.input('low')])));
    b.stream('bool', b.closeState(bool, b.add('lt', [number.previous, close])));
    expectSameBits(b, ['number', 'bool']);
  });
});

function shortest(spec: OpSpec): number {
  const rule = spec.time.kind === 'window' ? spec.arguments[spec.time.length]?.rule : undefined;
  return rule?.kind === 'length' ? rule.min + (rule.plus ?? 0) : 1;
}

function windowArguments(b: ProgramBuilder, spec: OpSpec, length: NodeId): NodeId[] {
  const fields = ['close', 'open'];
  return spec.arguments.map(({ rule, name }) => {
    switch (rule.kind) {
      case 'length':
        return length;
      case 'bool':
        return b.add('gt', [b.input('close'), b.input('open')]);
      case 'num':
        return b.input(fields.shift() ?? 'high');
      default:
        return name === 'q' ? b.const(0.3) : b.const(1, name === 'sample' ? 'bool' : 'num');
    }
  });
}

function expectSameBits(b: ProgramBuilder, watch: readonly string[]): void {
  const plan = compile(b.program(), { watch, kernel: emitKernel });
  for (const oddness of ODDNESS) {
    for (const startTick of STARTS) {
      const lane = laneOf([HOUR], { seed: 100 * oddness + startTick, length: TICKS, startTick, oddness });
      const expected = watchedBits(interpretRun(plan, {}, lane, [{}]), watch);
      expect(watchedBits(openKernelRun(plan, {}, lane, [{}]), watch)).toEqual(expected);
    }
  }
}

function watchedBits(run: PlanRun, watch: readonly string[]) {
  if (!run.nextBlock()) throw new Error('no data');
  const columns = run.plan.watches.map(({ name, value }) => {
    const column = value.from === 'market' ? run.market[value.index] : run.fixed.subarray(value.index, value.index + 1);
    return [name, new BigUint64Array((column ?? new Float64Array()).slice(0, run.blockLength).buffer)];
  });
  expect(columns.map(([name]) => name)).toEqual(watch);
  return { columns, stateNaN: run.stateNaN() };
}
