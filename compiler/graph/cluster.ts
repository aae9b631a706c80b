/**
 * Cuts the graph into clusters that can run one after the other: the account taint parts market from account, then each
 * part falls into clusters of one clock. A clock gets a second cluster only where values cross back and forth
 * (base → slow → base).
 *
 * The cut is greedy: slowest clock first, each cluster takes everything of its clock that what ran before allows.
 */
import type { ClockId, Node, NodeId } from '../../language/check/node.ts';
import type { Clock } from '../../language/check/program.ts';
import type { Graph } from './graph.ts';

export interface Cluster {
  readonly part: 'market' | 'account';
  readonly clock: ClockId;
  /** What is computed here, in order. */
  readonly nodes: readonly NodeId[];
  /** Columns and fixed values that this stage only passes on to its outputs. */
  readonly passes: readonly NodeId[];
}

const CROSSINGS: ReadonlySet<string> = new Set(['latest', 'sample']);
/** Values that stand in a column of the host's or another stage's, and are never computed in a stage. */
const COLUMNS: ReadonlySet<string> = new Set(['input', 'engine', 'calendar', ...CROSSINGS]);

export function isComputed(node: Node): boolean {
  return node.stage === 'series' && !COLUMNS.has(node.op);
}

/** The node on the other clock that a `latest` or `sample` reads; `undefined` for every other node. */
export function crossedBy(node: Node): NodeId | undefined {
  return CROSSINGS.has(node.op) ? node.args[0] : undefined;
}

/** `outputs`: the nodes that the engine asks for. `tainted`: which nodes depend on the account. */
export function clusters(graph: Graph, outputs: readonly NodeId[], tainted: readonly boolean[]): Cluster[] {
  const needs = needsOf(graph, outputs, tainted);
  return [...clustersOf('market', graph, needs), ...clustersOf('account', graph, needs)];
}

interface Needs {
  readonly tainted: readonly boolean[];
  readonly writers: ReadonlyMap<number, NodeId>;
  readonly computed: ReadonlySet<NodeId>;
  readonly passed: ReadonlySet<NodeId>;
}

function needsOf(graph: Graph, outputs: readonly NodeId[], tainted: readonly boolean[]): Needs {
  const writers = stateWriters(graph);
  const computed = new Set<NodeId>();
  const passed = new Set<NodeId>();
  const pass = (id: NodeId) => {
    if (!isComputed(nodeOf(graph, id))) passed.add(id);
  };
  const seen = new Set<NodeId>();
  const stack: NodeId[] = [...outputs];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const node = nodeOf(graph, id);
    if (seen.has(id) || node.stage !== 'series') continue;
    seen.add(id);
    if (isComputed(node)) computed.add(id);
    const crossed = crossedBy(node);
    if (crossed !== undefined) pass(crossed);
    const writer = node.attrs.state === undefined ? undefined : writers.get(node.attrs.state);
    stack.push(...node.args, ...(writer === undefined ? [] : [writer]));
  }
  outputs.forEach(pass);
  return { tainted, writers, computed, passed };
}

function stateWriters(graph: Graph): ReadonlyMap<number, NodeId> {
  const writers = new Map<number, NodeId>();
  graph.nodes.forEach((node, id) => {
    if (node.op === 'state' && node.attrs.state !== undefined) writers.set(node.attrs.state, id);
  });
  return writers;
}

function clustersOf(part: Cluster['part'], graph: Graph, needs: Needs): Cluster[] {
  const inPart = (id: NodeId) => (needs.tainted[id] === true) === (part === 'account');
  const nodes = new Set([...needs.computed].filter(inPart).toSorted((a, b) => a - b));
  const passes = new Set([...needs.passed].filter(inPart).toSorted((a, b) => a - b));
  const made: Cluster[] = [];
  while (nodes.size + passes.size > 0) {
    const before = made.length;
    for (const clock of slowestFirst(graph.clocks)) {
      const cluster = {
        part,
        clock,
        nodes: computable(clock, nodes, passes, graph, needs),
        passes: [...passes].filter(
          id => clockOf(graph, id) === clock && crossingIsMet(nodeOf(graph, id), nodes, passes),
        ),
      };
      if (cluster.nodes.length + cluster.passes.length === 0) continue;
      made.push(cluster);
      for (const id of cluster.nodes) nodes.delete(id);
      for (const id of cluster.passes) passes.delete(id);
    }
    // The checker refuses a loop through `latest` and `sample` (E0501).
    if (made.length === before) throw new Error('the stages of this graph depend on one another in a circle');
  }
  return made;
}

/** The largest set of a clock's waiting nodes that needs nothing but itself and what has run. */
function computable(
  clock: ClockId,
  waiting: ReadonlySet<NodeId>,
  passes: ReadonlySet<NodeId>,
  graph: Graph,
  needs: Needs,
): NodeId[] {
  const together = new Set([...waiting].filter(id => clockOf(graph, id) === clock));
  const readable = (arg: NodeId): boolean =>
    together.has(arg) || (!waiting.has(arg) && crossingIsMet(nodeOf(graph, arg), waiting, passes));
  const complete = (id: NodeId): boolean => {
    const node = nodeOf(graph, id);
    // What reads a slot stands where the slot is written.
    const writer = node.op === 'state_prev' ? needs.writers.get(node.attrs.state ?? -1) : undefined;
    return node.args.every(readable) && (writer === undefined || together.has(writer));
  };
  for (let size = -1; size !== together.size; ) {
    size = together.size;
    for (const id of together) if (!complete(id)) together.delete(id);
  }
  return [...together];
}

function crossingIsMet(node: Node, waiting: ReadonlySet<NodeId>, passes: ReadonlySet<NodeId>): boolean {
  const crossed = crossedBy(node);
  return crossed === undefined || !(waiting.has(crossed) || passes.has(crossed));
}

/** Fixed values have no clock; where one must be an output, the base clock passes it on. */
function clockOf(graph: Graph, id: NodeId): ClockId {
  return Math.max(nodeOf(graph, id).clock, 0);
}

function slowestFirst(clocks: readonly Clock[]): ClockId[] {
  const length = ({ period }: Clock) => (period.kind === 'fixed' ? period.ms : period.months * 28 * 86_400_000);
  return clocks
    .map((clock, id) => ({ id, length: length(clock) }))
    .toSorted((a, b) => b.length - a.length || b.id - a.id)
    .map(({ id }) => id);
}

function nodeOf(graph: Graph, id: NodeId): Node {
  const node = graph.nodes[id];
  if (!node) throw new Error(`no node ${id}`);
  return node;
}
