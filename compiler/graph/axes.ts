/**
 * Pass: every node gets the universe that its value really depends on. What is the same for all members (a constant, the
 * calendar, another instrument's close, the mean over the universe) loses the axis and is computed once; what reads a member's
 * stream has it. A state has the axis of what it becomes, so the pass goes round until nothing changes.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import type { Graph } from './graph.ts';
import { rewriteGraph } from './rewrite.ts';

export function spreadAxes(graph: Graph): Graph {
  if (graph.nodes.every(node => node.axis === null && node.attrs.axis === undefined)) return graph;
  const writers = new Map<number, NodeId>();
  graph.nodes.forEach((node, id) => {
    if (node.op === 'state') writers.set(node.attrs.state ?? -1, id);
  });
  const axes: (number | null)[] = graph.nodes.map(() => null);
  for (let changed = true; changed; ) {
    changed = false;
    graph.nodes.forEach((node, id) => {
      const writer = node.op === 'state_prev' ? writers.get(node.attrs.state ?? -1) : undefined;
      const reads = writer === undefined ? node.args : [...node.args, writer];
      const axis = axisOf(
        node,
        reads.map(arg => axes[arg] ?? null),
      );
      if (axis !== axes[id]) changed = true;
      axes[id] = axis;
    });
  }
  return rewriteGraph(graph, (node, into, original) => into.intern({ ...node, axis: axes[original] ?? null }));
}

/** Cross-sections that say one thing of the whole universe. */
const DROPS_AXIS: ReadonlySet<string> = new Set(['mean', 'sum', 'count', 'breadth', 'max']);

export function dropsAxis({ op, attrs }: Pick<Node, 'op' | 'attrs'>): boolean {
  return op === 'cross_section' && DROPS_AXIS.has(attrs.field ?? '');
}

function axisOf(node: Node, reads: readonly (number | null)[]): number | null {
  switch (node.op) {
    case 'const':
    case 'param':
    case 'calendar':
      return null;
    case 'input':
    case 'meta':
      return node.attrs.instrument === undefined ? node.axis : null;
    case 'engine':
      return node.attrs.instrument === undefined && !isOfAccount(node.attrs.field) ? node.axis : null;
    case 'predict':
    case 'drift':
      return node.axis;
    case 'cross_section':
      return dropsAxis(node) ? null : (node.attrs.axis ?? node.axis);
    default:
      return union(node, reads);
  }
}

function union(node: Node, axes: readonly (number | null)[]): number | null {
  const found = new Set(axes.filter(axis => axis !== null));
  // The checker refuses what mixes universes (E02xx).
  if (found.size > 1) throw new Error(`${node.op} reads members of universes ${[...found].join(' and ')}`);
  return [...found][0] ?? null;
}

function isOfAccount(field: string | undefined): boolean {
  return ENGINE_STREAMS.find(stream => stream.field === field)?.scope === 'account';
}
