/**
 * The graph: the Program's nodes that something needs, each once. A node's identity is its structural hash, so equal
 * sub-expressions are one node whoever wrote them. Every pass is `Graph → Graph`, pure, and preserves bits.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Clock, Param, StateSlot } from '../../language/check/program.ts';

export interface Graph {
  readonly nodes: readonly Node[];
  readonly clocks: readonly Clock[];
  readonly params: readonly Param[];
  readonly states: readonly StateSlot[];
  /** Everything asked of the graph, by role: a rule's condition, a size, a plot, a watched stream. */
  readonly roots: readonly Root[];
}

export interface Root {
  /** Unique: `rule.0.when`, `rule.0.stop`, `watch.quick`. */
  readonly name: string;
  readonly node: NodeId;
}
