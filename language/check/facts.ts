/**
 * What the analyses say of each node; arrays parallel to `nodes`. Each fact has one file that computes it.
 */
import type { Node, NodeId } from './node.ts';

export interface Causality {
  /** Ticks of the node's own clock that it reads, relative to now: [lo, hi]; -Infinity for a recurrence. */
  readonly low: number;
  readonly high: number;
  readonly account: boolean;
  readonly label: boolean;
}

/** In ticks of the node's own clock, for given values of the params. */
export interface Warmup {
  /** Index of the first tick, counted from the kernel's start, at which the value can exist. */
  readonly ready: number;
  /** Where the past before the start has stopped mattering; Infinity when it never does. */
  readonly settled: number;
}

/** Of all nodes, in their order. */
export interface NodeFacts {
  readonly causality: readonly Causality[];
  readonly warmup: readonly Warmup[];
}

/** What was found of each node in an earlier check: it holds for all but those that are new or others now. */
export interface Known<Facts> {
  readonly facts: Facts;
  /** In order. */
  readonly fresh: readonly NodeId[];
}

/** The nodes that are not what they were. */
export function freshSince(nodes: readonly Node[], before: readonly Node[]): readonly NodeId[] {
  const fresh: NodeId[] = [];
  for (let id = 0; id < nodes.length; id++) if (nodes[id] !== before[id]) fresh.push(id);
  return fresh;
}

/** The facts to begin with, and the nodes of which they have to be found: all of them where nothing is known. */
export function begin<Fact>(
  nodes: readonly Node[],
  known: Known<readonly Fact[]> | undefined,
): { readonly result: Fact[]; readonly ids: Iterable<NodeId> } {
  return known === undefined
    ? { result: [], ids: nodes.keys() }
    : { result: known.facts.slice(0, nodes.length), ids: known.fresh };
}
