/**
 * Pass: windows over one source and length that rest on the same fold share it. The mean is the sum over n, bit for bit by
 * its reference form, so it becomes that division and the fold is kept once. Nothing else can be merged without other
 * bits: the mean inside the moments is merged by shares and rounds differently from the sum over n.
 */
import type { Graph } from './graph.ts';
import { rewriteGraph } from './rewrite.ts';

export function mergeWindows(graph: Graph): Graph {
  return rewriteGraph(graph, (node, into) => {
    const [, length] = node.args;
    if (node.op !== 'mean' || length === undefined) return into.intern(node);
    const sum = into.intern({ ...node, op: 'sum' });
    return into.intern({ ...node, op: 'div', args: [sum, length] });
  });
}
