import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import type { Plan } from '../../compiler/plan.ts';
import type { Program } from '../../language/check/program.ts';
import { generateProgram, programRecipe } from '../support/generate-program.ts';
import { noKernel } from '../support/no-kernel.ts';
import { HOUR, ProgramBuilder } from '../support/program-builder.ts';

const plan = (program: Program, watch: readonly string[] = []): Plan => compile(program, { watch, kernel: noKernel });

/** A cross of two averages, with its lets in either order and any names. */
function cross(
  options: { readonly slowFirst?: boolean; readonly name?: string; readonly n?: number; readonly high?: number } = {},
) {
  const b = new ProgramBuilder(HOUR);
  const { slowFirst = false, name = 'quick', n = 5, high = 20 } = options;
  const close = b.input('close');
  const fast = () => b.add('mean', [close, b.const(n)]);
  const slow = () =>
    b.add('mean', [close, b.param({ name: 'slow', type: 'bars', value: 20, low: 10, high: high + 10 })]);
  const [first, second] = slowFirst ? [slow(), fast()] : [fast(), slow()];
  const [quick, trend] = slowFirst ? [second, first] : [first, second];
  b.stream(name, quick)
    .stream('trend', trend)
    .stream('unused', b.add('sum', [close, b.const(77)]));
  return b.enter(b.add('gt', [quick, trend])).exit(b.add('lt', [quick, trend]));
}

describe('planHash', () => {
  const plain = plan(cross().program()).planHash;

  it('does not see names, spans, texts or the order of unrelated declarations', () => {
    expect(plan(cross({ slowFirst: true, name: 'other' }).program()).planHash).toBe(plain);
    const span = { start: 5, end: 9 };
    const moved = cross().program({ title: 'Another title' });
    const rules = moved.rules.map(rule => ({ ...rule, span, text: 'written otherwise' }));
    expect(plan({ ...moved, rules }).planHash).toBe(plain);
  });

  it('does not see what is watched, but the layout and the cache do', () => {
    const watched = plan(cross().program(), ['unused', 'quick']);
    expect(watched.planHash).toBe(plain);
    expect(watched.layoutHash).not.toBe(plan(cross().program()).layoutHash);
    expect(watched.cacheKey).not.toBe(plan(cross().program()).cacheKey);
  });

  it('sees constants, ranges, rules and their order', () => {
    const swapped = cross().program();
    const others = [
      cross({ n: 6 }).program(),
      cross({ high: 21 }).program(),
      cross().exit(cross().const(1, 'bool')).program(),
      { ...swapped, rules: swapped.rules.toReversed() },
      { ...swapped, execution: { ...swapped.execution, fill: 'this_close' as const } },
    ];
    const hashes = others.map(other => plan(other).planHash);
    expect(new Set([plain, ...hashes]).size).toBe(others.length + 1);
  });

  it('is the same for a program whose nodes stand in another order, and whatever is watched', () => {
    fc.assert(
      fc.property(programRecipe(), recipe => {
        const { program, watch } = generateProgram(recipe);
        const expected = plan(program).planHash;
        expect(plan(reordered(program)).planHash).toBe(expected);
        expect(plan(program, watch).planHash).toBe(expected);
      }),
      { numRuns: 100 },
    );
  });
});

/** The same nodes in another evaluation order, with the slots numbered backwards. */
function reordered(program: Program): Program {
  const order: number[] = [];
  const placed = new Set<number>();
  const place = (id: number): void => {
    if (placed.has(id)) return;
    for (const arg of program.nodes[id]?.args.toReversed() ?? []) place(arg);
    placed.add(id);
    order.push(id);
  };
  for (let id = program.nodes.length - 1; id >= 0; id--) place(id);
  const to = new Map(order.map((old, id) => [old, id]));
  const at = (id: number): number => to.get(id) ?? -1;
  const slots = program.states.length;
  const nodes = order.map(old => {
    const node = program.nodes[old];
    if (!node) throw new Error(`no node ${old}`);
    const attrs = node.attrs.state === undefined ? node.attrs : { ...node.attrs, state: slots - 1 - node.attrs.state };
    return { ...node, attrs, args: node.args.map(at) };
  });
  const moved = JSON.parse(
    JSON.stringify({ rules: program.rules, pauses: program.risk.pauses, execution: program.execution }),
    (key, value) => (typeof value === 'number' && NODE_KEYS.has(key) ? at(value) : value),
  );
  return {
    ...program,
    nodes,
    states: program.states.toReversed(),
    rules: moved.rules,
    risk: { caps: [], pauses: moved.pauses },
    execution: moved.execution,
    streams: program.streams.map(stream => ({ ...stream, node: at(stream.node) })),
  };
}

const NODE_KEYS: ReadonlySet<string> = new Set([
  'when',
  'amount',
  'price',
  'expire',
  'stop',
  'distance',
  'after',
  'hold',
  'length',
  'maker',
  'taker',
  'slippage',
  'leverage',
]);
