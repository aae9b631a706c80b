/**
 * Gives every cross-section its last argument: which members have no real bar at the tick. A held member is absent there,
 * whatever its stream says; as an argument this moves with the stream when a label is lowered to delays.
 */
import type { Node } from '../../language/check/node.ts';
import type { Graph } from './graph.ts';
import { rewriteGraph } from './rewrite.ts';

export const HELD = 'held';

export function withPresence(graph: Graph): Graph {
  if (!graph.nodes.some(node => node.op === 'cross_section')) return graph;
  return rewriteGraph(graph, (node, into) =>
    into.intern(node.op === 'cross_section' ? { ...node, args: [...node.args, into.intern(heldInput(node))] } : node),
  );
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
