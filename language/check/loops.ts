/**
 * The one feedback there is: `state_prev` reads the slot that `state` writes. An analysis walks the parts of a program in
 * the order given here, each after all it depends on, and meets every loop of states as one part.
 */
import { components } from './components.ts';
import type { Node, NodeId } from './node.ts';

/** A node that depends on no state of its own, or all nodes of a loop in the order of their ids. */
export type Part = readonly NodeId[];

/** `only`: the parts that these nodes make up, whose loops hold no other ones. */
export function partsOf(nodes: readonly Node[], only?: readonly NodeId[]): readonly Part[] {
  const stateOfSlot = new Map<number, NodeId>();
  for (const id of only ?? nodes.keys()) {
    const node = nodes[id];
    if (node?.op === 'state') stateOfSlot.set(node.attrs.state ?? -1, id);
  }
  if (stateOfSlot.size === 0) return [...(only ?? nodes.keys())].map(id => [id]);
  if (only !== undefined) return partsAmong(nodes, only, stateOfSlot);
  const parts = components(nodes.length, id => {
    const node = nodes[id];
    if (!node) return [];
    const writer = node.op === 'state_prev' ? stateOfSlot.get(node.attrs.state ?? -1) : undefined;
    return writer === undefined ? node.args : [...node.args, writer];
  });
  return parts.map(part => (part.length === 1 ? part : part.toSorted((a, b) => a - b)));
}

function partsAmong(
  nodes: readonly Node[],
  ids: readonly NodeId[],
  stateOfSlot: ReadonlyMap<number, NodeId>,
): readonly Part[] {
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const parts = components(ids.length, number => {
    const node = nodes[ids[number] ?? -1];
    if (!node) return [];
    const writer = node.op === 'state_prev' ? stateOfSlot.get(node.attrs.state ?? -1) : undefined;
    return [...node.args, ...(writer === undefined ? [] : [writer])].flatMap(arg => numbers.get(arg) ?? []);
  });
  return parts.map(part => part.flatMap(number => ids[number] ?? []).toSorted((a, b) => a - b));
}
