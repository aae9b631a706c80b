/**
 * Pass: a pointwise operator over constants becomes its value, computed by its reference form, so the bits are those that
 * every back-end would have computed. A choice by a constant condition becomes the arm that it takes.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import { specOf } from '../../language/operators/table.ts';
import { crossingSource, isCrossing, isHeldOnClock } from './crossing-source.ts';
import type { Graph } from './graph.ts';
import type { Interner } from './intern.ts';
import { rewriteGraph } from './rewrite.ts';

export function foldConstants(graph: Graph): Graph {
  return rewriteGraph(graph, (node, into, original) => {
    const [source] = node.args;
    if (!isCrossing(node.op) || source === undefined) return fold(node, into);
    return into.intern({ ...node, args: [crossingSource(graph, original, source, into), ...node.args.slice(1)] });
  });
}

function fold(node: Node, into: Interner): NodeId {
  if (isHeldOnClock(node)) return into.intern(node);
  const values = node.args.map(id => constantValue(into.nodes[id]));
  if (node.op === 'if') {
    const [condition] = values;
    const arm = condition === 1 ? node.args[1] : condition === 0 ? node.args[2] : undefined;
    if (arm !== undefined) return arm;
  }
  const { reference } = specOf(node.op);
  if (reference.kind !== 'pointwise' || !values.every(value => value !== undefined)) return into.intern(node);
  const value = reference.evaluate(values);
  return into.intern({ ...node, op: 'const', args: [], attrs: { value }, clock: -1, stage: 'const' });
}

function constantValue(node: Node | undefined): number | undefined {
  return node?.op === 'const' ? node.attrs.value : undefined;
}
