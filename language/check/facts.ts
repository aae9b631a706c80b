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

/** What was found of each node in an earlier check: it holds for those that are the same still, with all they read. */
export interface Known<Fact> {
  readonly nodes: readonly Node[];
  readonly facts: readonly Fact[];
}

export function knownOf<Fact>({ nodes, facts }: Known<Fact>, node: Node | undefined, id: NodeId): Fact | undefined {
  return node !== undefined && nodes[id] === node ? facts[id] : undefined;
}
