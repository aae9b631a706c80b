/**
 * Pass: what no root needs is dropped, and the rest gets its canonical order: depth first from the roots in their order.
 * Ids then depend on the meaning alone, not on the order in which a file happens to declare things. Slots are numbered as
 * they are met. A slot that is read keeps alive the node that writes it.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { StateSlot } from '../../language/check/program.ts';
import type { Graph } from './graph.ts';
import { renamedId } from './rewrite.ts';

export function dropDeadNodes(graph: Graph): Graph {
  const writers = new Map<number, NodeId>();
  graph.nodes.forEach((node, id) => {
    if (node.op === 'state' && node.attrs.state !== undefined) writers.set(node.attrs.state, id);
  });

  const nodes: Node[] = [];
  const states: StateSlot[] = [];
  const renamed: (NodeId | undefined)[] = graph.nodes.map(() => undefined);
  const slots = new Map<number, number>();
  const pendingWriters: NodeId[] = [];

  const slotOf = (slot: number): number => {
    const known = slots.get(slot);
    if (known !== undefined) return known;
    const state = graph.states[slot];
    const writer = writers.get(slot);
    if (!state || writer === undefined) throw new Error(`state slot ${slot} is never written`);
    slots.set(slot, states.length);
    states.push(state);
    pendingWriters.push(writer);
    return states.length - 1;
  };

  const visit = (root: NodeId): void => {
    // An explicit stack: a chain of a long library expression may be deeper than the call stack allows.
    const stack: NodeId[] = [root];
    for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
      const node = graph.nodes[id];
      if (!node) throw new Error(`no node ${id}`);
      if (renamed[id] !== undefined) {
        stack.pop();
        continue;
      }
      const missing = node.args.find(arg => renamed[arg] === undefined);
      if (missing !== undefined) {
        stack.push(missing);
        continue;
      }
      stack.pop();
      const args = node.args.map(arg => renamedId(renamed, arg));
      const slot = node.attrs.state;
      const attrs = slot === undefined ? node.attrs : { ...node.attrs, state: slotOf(slot) };
      renamed[id] = nodes.length;
      nodes.push({ ...node, args, attrs });
    }
  };

  for (const root of graph.roots) {
    visit(root.node);
    for (let writer = pendingWriters.shift(); writer !== undefined; writer = pendingWriters.shift()) visit(writer);
  }
  return {
    ...graph,
    nodes,
    states,
    roots: graph.roots.map(root => ({ name: root.name, node: renamedId(renamed, root.node) })),
  };
}
