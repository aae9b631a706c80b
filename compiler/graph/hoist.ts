/**
 * Pass: every node gets the earliest stage at which its value is known. What is known before the first bar (const, param,
 * meta) has no clock and is computed once by the host; the rest are series. Only pointwise operators are hoisted: a
 * window of a constant still warms up.
 */
import type { Node, NodeId, Stage } from '../../language/check/node.ts';
import { specOf } from '../../language/operators/table.ts';
import { crossingSource, isCrossing, isHeldOnClock } from './crossing-source.ts';
import type { Graph } from './graph.ts';
import type { Interner } from './intern.ts';
import { rewriteGraph } from './rewrite.ts';

const ORDER: readonly Stage[] = ['const', 'param', 'meta', 'series'];

export function hoist(graph: Graph): Graph {
  return rewriteGraph(graph, (node, into, original) => {
    const [source] = node.args;
    if (!isCrossing(node.op) || source === undefined) return into.intern(staged(node, into));
    return into.intern({ ...node, args: [crossingSource(graph, original, source, into), ...node.args.slice(1)] });
  });
}

function staged(node: Node, into: Interner): Node {
  if (isHeldOnClock(node)) return node;
  const stage = stageOf(
    node,
    node.args.map(id => argument(into, id).stage),
  );
  if (stage !== 'series') return { ...node, stage, clock: -1 };
  return { ...node, stage, clock: Math.max(node.clock, 0) };
}

function stageOf(node: Node, args: readonly Stage[]): Stage {
  if (node.op === 'const' || node.op === 'param' || node.op === 'meta') return node.op;
  if (specOf(node.op).reference.kind !== 'pointwise' || args.length === 0) return 'series';
  return args.reduce((a, b) => (ORDER.indexOf(a) < ORDER.indexOf(b) ? b : a));
}

function argument(into: Interner, id: NodeId): Node {
  const node = into.nodes[id];
  if (!node) throw new Error(`no node ${id}`);
  return node;
}
