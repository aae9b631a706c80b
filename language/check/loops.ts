/**
 * The one feedback there is: `state_prev` reads the slot that `state` writes. An analysis walks the parts of a program in
 * the order given here, each after all it depends on, and meets every loop of states as one part.
 */
import { components } from './components.ts';
import type { Node, NodeId } from './node.ts';

/** A node that depends on no state of its own, or all nodes of a loop in the order of their ids. */
export type Part = readonly NodeId[];

export function partsOf(nodes: readonly Node[]): readonly Part[] {
  const stateOfSlot = new Map<number, NodeId>();
  nodes.forEach((node, id) => {
    if (node.op === 'state') stateOfSlot.set(node.attrs.state ?? -1, id);
  });
  if (stateOfSlot.size === 0) return nodes.map((_, id) => [id]);
  const parts = components(nodes.length, id => {
    const node = nodes[id];
    if (!node) return [];
    const writer = node.op === 'state_prev' ? stateOfSlot.get(node.attrs.state ?? -1) : undefined;
    return writer === undefined ? node.args : [...node.args, writer];
  });
  return parts.map(part => (part.length === 1 ? part : part.toSorted((a, b) => a - b)));
}
