/**
 * `latest` and `sample` of a value that a pass has found to be fixed. The crossing still is absent until the first tick of
 * the source's clock has completed, so the value is put back on that clock: `x or else x` is x, at every tick.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Graph } from './graph.ts';
import type { Interner } from './intern.ts';

/** The source to cross from, given the rewritten one. `original` is the crossing in the graph that is being rewritten. */
export function crossingSource(graph: Graph, original: NodeId, source: NodeId, into: Interner): NodeId {
  const rewritten = into.nodes[source];
  if (!rewritten || rewritten.stage === 'series') return source;
  const clock = graph.nodes[graph.nodes[original]?.args[0] ?? -1]?.clock ?? 0;
  const { base, unit, axis } = rewritten;
  return into.intern({
    op: 'or_else',
    args: [source, source],
    attrs: {},
    base,
    unit,
    axis,
    clock: Math.max(clock, 0),
    stage: 'series',
  });
}

/** Such a value stays a series although its arguments are fixed. */
export function isHeldOnClock({ op, args, stage }: Node): boolean {
  return op === 'or_else' && args[0] === args[1] && stage === 'series';
}

export function isCrossing(op: string): boolean {
  return op === 'latest' || op === 'sample';
}
