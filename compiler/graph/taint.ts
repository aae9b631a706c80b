/**
 * Which nodes depend on the account, and with it on what the strategy itself has done. This is where the graph is cut
 * into parts (architecture.md).
 */
import { causality } from '../../language/check/causality.ts';
import { worstTiming } from '../../language/check/timing.ts';
import type { Graph } from './graph.ts';

/** One answer a node. The taint does not depend on how far back a node reads, so no length need be known. */
export function accountTaint(graph: Pick<Graph, 'nodes' | 'clocks'>): readonly boolean[] {
  const lengths = new Float64Array(graph.nodes.length).fill(Number.NaN);
  return causality(graph.nodes, lengths, worstTiming(graph.clocks)).map(({ account }) => account);
}
