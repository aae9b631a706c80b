/**
 * Gives every cross-section its last argument: which members have no real bar at the tick. A held member is absent there,
 * whatever its stream says; as an argument this moves with the stream when a label is lowered to delays.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Graph } from './graph.ts';
import { rewriteGraph } from './rewrite.ts';

export const HELD = 'held';

/** Those that have it already keep it. */
export function withPresence(graph: Graph): Graph {
  if (!graph.nodes.some(node => node.op === 'cross_section')) return graph;
  return rewriteGraph(graph, (node, into) => {
    if (node.op !== 'cross_section' || isMark(into.nodes, node.args.at(-1) ?? -1)) return into.intern(node);
    return into.intern({ ...node, args: [...node.args, into.intern(heldInput(node))] });
  });
}

function isMark(nodes: readonly Node[], id: NodeId): boolean {
  const node = nodes[id];
  if (node?.op === 'delay') return isMark(nodes, node.args[0] ?? -1);
  return node?.op === 'input' && node.attrs.field === HELD;
}

function heldInput({ attrs, axis, clock }: Node): Node {
  return {
    op: 'input',
    args: [],
    attrs: { field: HELD },
    base: 'num',
    unit: { dimension: {}, flavour: 'plain' },
    clock,
    stage: 'series',
    axis: attrs.axis ?? axis,
  };
}
