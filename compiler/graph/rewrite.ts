/** The walk that passes share: node by node in evaluation order, arguments already rewritten, everything interned anew. */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Graph } from './graph.ts';
import { createInterner, type Interner } from './intern.ts';

/**
 * What becomes of a node: the node with its arguments renumbered is handed over, the id of its replacement comes back.
 * Returning `into.intern(node)` keeps it.
 */
export type Rewrite = (node: Node, into: Interner, original: NodeId) => NodeId;

export function rewriteGraph(graph: Graph, rewrite: Rewrite): Graph {
  const into = createInterner();
  const renamed: NodeId[] = [];
  graph.nodes.forEach((node, id) => {
    renamed.push(rewrite(withArguments(node, renamed), into, id));
  });
  return {
    ...graph,
    nodes: into.nodes,
    roots: graph.roots.map(root => ({ name: root.name, node: renamedId(renamed, root.node) })),
  };
}

export function withArguments(node: Node, renamed: readonly NodeId[]): Node {
  return node.args.length === 0 ? node : { ...node, args: node.args.map(id => renamedId(renamed, id)) };
}

export function renamedId(renamed: readonly (NodeId | undefined)[], id: NodeId): NodeId {
  const to = renamed[id];
  if (to === undefined) throw new Error(`node ${id} is read before it is computed`);
  return to;
}
