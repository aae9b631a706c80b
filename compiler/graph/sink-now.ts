/**
 * Pass: `now` moves inwards to where it makes a difference. What depends on the account is current anyway, so
 * `now(entry + close)` is `entry + now(close)`: in the result `now` stands only on maximal parts without the account
 * taint, which are the values a bracket reads afresh. Nested ones collapse.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import { specOf } from '../../language/operators/table.ts';
import type { Graph } from './graph.ts';
import type { Interner } from './intern.ts';
import { rewriteGraph } from './rewrite.ts';
import { accountTaint } from './taint.ts';

export function sinkNow(graph: Graph): Graph {
  if (!graph.nodes.some(node => node.op === 'now')) return graph;
  const tainted = accountTaint(graph);
  const made = new Map<NodeId, boolean>();
  return rewriteGraph(graph, (node, into, original) => {
    const id = node.op === 'now' ? sink(node, argumentOf(node), into, made) : into.intern(node);
    made.set(id, tainted[original] === true);
    return id;
  });
}

/** `tainted` tells it of the nodes made so far. */
function sink(now: Node, id: NodeId, into: Interner, tainted: Map<NodeId, boolean>): NodeId {
  const node = into.nodes[id];
  if (!node) throw new Error(`no node ${id}`);
  if (node.op === 'now' || node.stage !== 'series') return id;
  if (tainted.get(id) !== true) {
    const made = into.intern({ ...now, args: [id] });
    tainted.set(made, false);
    return made;
  }
  if (specOf(node.op).reference.kind !== 'pointwise') return id;
  const moved = into.intern({ ...node, args: node.args.map(arg => sink(now, arg, into, tainted)) });
  tainted.set(moved, true);
  return moved;
}

function argumentOf(now: Node): NodeId {
  const [id] = now.args;
  if (id === undefined) throw new Error('now without an argument');
  return id;
}
