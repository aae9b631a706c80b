/**
 * The hash of what a column is: of the nodes that it is made from, wherever they stand and whatever else a program computes.
 * Equal hashes mean equal computations; values of params are not part of it, which ones a plan reads is said beside it.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import { dropDeadNodes } from '../graph/dead-nodes.ts';
import type { Graph } from '../graph/graph.ts';
import { nodeKey } from '../graph/intern.ts';
import { canonicalText, sha256 } from '../hash.ts';
import type { Plan } from '../plan.ts';

type Surroundings = Pick<Plan, 'graph' | 'instruments' | 'universes'>;

export function structureHash(node: NodeId, { graph, instruments, universes }: Surroundings): string {
  const alone = dropDeadNodes({ ...graph, roots: [{ name: 'column', node }] });
  const symbolOf = (number: number): string => {
    const { symbol = '', venue = '' } = instruments[number] ?? {};
    return `${symbol} on ${venue}`;
  };
  const text = alone.nodes.map(inner => [
    nodeKey(withoutPlaces(inner)),
    inner.clock < 0 ? null : graph.clocks[inner.clock]?.period,
    inner.attrs.clock === undefined ? null : graph.clocks[inner.attrs.clock]?.period,
    inner.attrs.instrument === undefined || !OF_AN_INSTRUMENT.has(inner.op) ? null : symbolOf(inner.attrs.instrument),
    inner.attrs.axis === undefined ? null : universes[inner.attrs.axis]?.members.map(symbolOf),
  ]);
  return sha256(canonicalText(text));
}

const OF_AN_INSTRUMENT: ReadonlySet<string> = new Set(['input', 'meta', 'engine']);

/** Numbers of clocks, instruments and universes are those of one program: what they stand for is written beside. */
function withoutPlaces(node: Node): Node {
  const { clock: _clock, instrument: _instrument, axis: _axis, ...attrs } = node.attrs;
  return { ...node, attrs, clock: 0, axis: node.axis === null ? null : 0 };
}

/** Names of the params that a node's values depend on. */
export function paramsBehind(node: NodeId, graph: Graph): readonly string[] {
  return paramsRead(dropDeadNodes({ ...graph, roots: [{ name: 'column', node }] }));
}

/** Names of the params that the graph's values depend on. */
export function paramsRead({ nodes }: Graph): readonly string[] {
  return [...new Set(nodes.flatMap(({ op, attrs }) => (op === 'param' ? (attrs.name ?? []) : [])))].toSorted();
}
