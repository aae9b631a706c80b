/**
 * Which nodes depend on the account, and with it on what the strategy itself has done. This is where the graph is cut
 * into parts (architecture.md). The taint of a state goes round its loop, so the walk repeats until it is stable.
 */
import type { Graph } from './graph.ts';

export function accountTaint(graph: Pick<Graph, 'nodes' | 'states'>): readonly boolean[] {
  const slots = graph.states.map(() => false);
  const tainted = graph.nodes.map(() => false);
  for (let changed = true; changed; ) {
    changed = false;
    graph.nodes.forEach((node, id) => {
      const slot = node.attrs.state;
      const now =
        node.op === 'engine' || (slot !== undefined && slots[slot] === true) || node.args.some(arg => tainted[arg]);
      tainted[id] = now;
      if (now && slot !== undefined && !slots[slot]) {
        slots[slot] = true;
        changed = true;
      }
    });
  }
  return tainted;
}
