import { describe, expect, it } from 'vitest';
import { dropDeadNodes } from '../../../compiler/graph/dead-nodes.ts';
import { foldConstants } from '../../../compiler/graph/fold-constants.ts';
import type { Graph } from '../../../compiler/graph/graph.ts';
import { hashCons } from '../../../compiler/graph/hash-cons.ts';
import { hoist } from '../../../compiler/graph/hoist.ts';
import { mergeWindows } from '../../../compiler/graph/merge-windows.ts';
import { runPasses } from '../../../compiler/graph/passes.ts';
import { sinkNow } from '../../../compiler/graph/sink-now.ts';
import { expressionText } from '../../../compiler/graph/text.ts';
import { DAY, HOUR, ProgramBuilder } from '../../support/program-builder.ts';

function graphOf(builder: ProgramBuilder, ...roots: number[]): Graph {
  const { nodes, states, params, clocks } = builder.program();
  return { nodes, states, params, clocks, roots: roots.map((node, index) => ({ name: `r${index}`, node })) };
}

/** The graph as nested text, one line a root. */
function show(graph: Graph): string[] {
  const text = (id: number, depth = 0): string => {
    const node = graph.nodes[id];
    if (!node || depth > 12) return '…';
    const plain = expressionText({ ...node, args: [] });
    return node.args.length === 0 ? plain : `${plain}(${node.args.map(arg => text(arg, depth + 1)).join(' ')})`;
  };
  return graph.roots.map(root => text(root.node));
}

describe('fold constants', () => {
  it('computes what depends on constants alone, and takes the arm of a decided choice', () => {
    const b = new ProgramBuilder();
    const sum = b.add('add', [b.const(1), b.add('mul', [b.const(2), b.const(3)])]);
    const decided = b.add('if', [b.add('gt', [sum, b.const(6)]), b.input('close'), b.input('open')]);
    const folded = foldConstants(graphOf(b, b.add('mul', [b.input('close'), sum]), decided));
    expect(show(folded)).toEqual(['mul(input close 7)', 'input close']);
  });

  it('leaves params alone', () => {
    const b = new ProgramBuilder();
    const n = b.param({ name: 'n', type: 'bars', value: 3, low: 1, high: 5 });
    expect(show(foldConstants(graphOf(b, b.add('add', [n, b.const(1)]))))).toEqual(['add(param n 1)']);
  });

  it('keeps a crossing of a constant on its clock, since it is absent before the first slow tick', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    const decided = b.add('if', [b.const(1, 'bool'), b.const(5), b.input('close', 1)]);
    const graph = hoist(foldConstants(graphOf(b, b.latest(decided))));
    expect(show(graph)).toEqual(['latest(or_else(5 5))']);
    expect(graph.nodes.find(node => node.op === 'or_else')).toMatchObject({ clock: 1, stage: 'series' });
  });
});

describe('hoist', () => {
  it('tells what is known before the first bar from series', () => {
    const b = new ProgramBuilder();
    const n = b.param({ name: 'n', type: 'bars', value: 3, low: 1, high: 5 });
    const twice = b.add('mul', [n, b.const(2)], {}, { stage: 'series', clock: 0 });
    const window = b.add('sum', [b.const(1), twice], {}, { stage: 'const', clock: -1 });
    const stages = hoist(graphOf(b, window)).nodes.map(({ op, stage, clock }) => [op, stage, clock]);
    expect(stages).toContainEqual(['mul', 'param', -1]);
    expect(stages).toContainEqual(['sum', 'series', 0]);
  });
});

describe('merge windows', () => {
  it('makes the mean the sum over n', () => {
    const b = new ProgramBuilder();
    const [close, n] = [b.input('close'), b.const(3)];
    const graph = mergeWindows(graphOf(b, b.add('mean', [close, n]), b.add('sum', [close, n])));
    expect(show(graph)).toEqual(['div(sum(input close 3) 3)', 'sum(input close 3)']);
    expect(graph.nodes.filter(node => node.op === 'sum')).toHaveLength(1);
  });
});

describe('sink now', () => {
  it('leaves it only on parts without the account taint', () => {
    const b = new ProgramBuilder();
    const [entry, close] = [b.engine('entry'), b.input('close')];
    const range = b.add('sub', [b.input('high'), b.input('low')]);
    const held = b.add('delay', [entry, b.const(1)]);
    const level = b.add('now', [b.add('add', [b.add('add', [entry, range]), b.add('mul', [held, close])])]);
    expect(show(sinkNow(graphOf(b, level)))).toEqual([
      'add(add(engine entry now(sub(input high input low))) mul(delay(engine entry 1) now(input close)))',
    ]);
  });
});

describe('hash-cons', () => {
  it('tells 0 from -0 and takes all NaN for one', () => {
    const b = new ProgramBuilder();
    const close = b.input('close');
    const times = (value: number) => b.add('mul', [close, b.const(value)]);
    const graph = hashCons(graphOf(b, times(0), times(-0), times(Number.NaN), times(0 / 0)));
    expect(new Set(graph.roots.map(root => root.node)).size).toBe(3);
  });

  it('merges equal states, also where two read one another', () => {
    const b = new ProgramBuilder();
    const pair = () => {
      const [x, y] = [b.openState(b.const(0), 0), b.openState(b.const(1), 0)];
      const first = b.closeState(x, b.add('add', [y.previous, b.input('close')]));
      return [first, b.closeState(y, b.add('sub', [x.previous, b.input('open')]))];
    };
    const graph = dropDeadNodes(hashCons(graphOf(b, ...pair(), ...pair())));
    expect(graph.states).toHaveLength(2);
    expect(graph.roots.map(root => root.node)).toEqual([...pairOf(graph), ...pairOf(graph)]);
  });

  it('keeps states apart that differ only far around the loop', () => {
    const b = new ProgramBuilder();
    const pair = (last: number) => {
      const [x, y] = [b.openState(b.const(0), 0), b.openState(b.const(1), 0)];
      const first = b.closeState(x, b.add('add', [y.previous, b.input('close')]));
      b.closeState(y, b.add('sub', [x.previous, b.const(last)]));
      return first;
    };
    const graph = dropDeadNodes(hashCons(graphOf(b, pair(1), pair(2))));
    expect(graph.states).toHaveLength(4);
  });
});

function pairOf(graph: Graph): number[] {
  return graph.nodes.flatMap((node, id) => (node.op === 'state' ? [id] : []));
}

describe('dead nodes', () => {
  it('drops what nothing needs but keeps the writer of a slot that is read', () => {
    const b = new ProgramBuilder();
    b.add('sum', [b.input('volume'), b.const(9)]);
    const state = b.openState(b.const(0), 0);
    b.closeState(state, b.add('add', [state.previous, b.const(1)]));
    const graph = dropDeadNodes(graphOf(b, b.add('mul', [state.previous, b.input('close')])));
    expect(graph.nodes.map(node => node.op).toSorted()).toEqual([
      'add',
      'const',
      'const',
      'input',
      'mul',
      'state',
      'state_prev',
    ]);
  });
});

describe('the passes together', () => {
  it('say what each of them did', () => {
    const b = new ProgramBuilder();
    b.add('sum', [b.input('volume'), b.const(9)]);
    let clock = 0;
    const { reports } = runPasses(graphOf(b, b.add('add', [b.const(1), b.const(2)])), () => clock++);
    expect(reports.map(report => [report.pass, report.nodesAfter])).toEqual([
      ['fold constants', 8],
      ['axes', 8],
      ['hoist', 8],
      ['sink now', 8],
      ['merge windows', 8],
      ['hash-cons', 8],
      ['dead nodes', 1],
    ]);
    expect(reports.every(report => report.elapsedMs === 1)).toBe(true);
  });
});
