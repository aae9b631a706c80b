/**
 * Cuts the graph into clusters that can run one after the other: the account taint parts market from account, then each
 * part falls into clusters of one clock and one axis. A clock gets a second cluster only where values cross back and forth
 * (base → slow → base, or members → cross-section → members). What the host computes is a cluster of its own, node by node.
 *
 * The cut is greedy: slowest clock first, what all members share before what each has, each cluster takes everything of its
 * clock and axis that what ran before allows.
 */
import type { ClockId, Node, NodeId } from '../../language/check/node.ts';
import type { Clock } from '../../language/check/program.ts';
import { CompileError } from './compile-error.ts';
import type { Graph } from './graph.ts';
import type { ScheduledStage } from './schedule.ts';

export interface Cluster {
  readonly part: 'market' | 'account';
  readonly clock: ClockId;
  readonly axis: number | null;
  readonly host?: ScheduledStage['host'];
  /** What is computed here, in order. */
  readonly nodes: readonly NodeId[];
  /** Columns and fixed values that this stage only passes on to its outputs. */
  readonly passes: readonly NodeId[];
}

const CROSSINGS: ReadonlySet<string> = new Set(['latest', 'sample']);
/** Values that stand in a column of the host's or another stage's, and are never computed in a stage. */
const COLUMNS: ReadonlySet<string> = new Set(['input', 'engine', 'calendar', 'predict', 'drift', ...CROSSINGS]);
/** Models speak through a column of their own: what their arguments are matters for when it is known, not for what it is. */
const CLOSED: ReadonlySet<string> = new Set(['predict', 'drift']);

/** How the host computes the node; `undefined` for what a kernel computes. */
export function hostOf({ op, attrs, axis }: Node): ScheduledStage['host'] {
  if (op === 'cross_section') return { over: attrs.axis ?? axis };
  return op === 'barrier' ? { over: null } : undefined;
}

/** The arguments that a node's value is made from at run time. */
export function readsOf({ op, args }: Node): readonly NodeId[] {
  return CLOSED.has(op) ? [] : args;
}

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
    stack.push(...readsOf(node), ...(writer === undefined ? [] : [writer]));
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
  const axes = [null, ...new Set(graph.nodes.map(node => node.axis).filter(axis => axis !== null))];
  const made: Cluster[] = [];
  while (nodes.size + passes.size > 0) {
    const before = made.length;
    const take = (cluster: Cluster): void => {
      made.push(cluster);
      for (const id of cluster.nodes) nodes.delete(id);
      for (const id of cluster.passes) passes.delete(id);
    };
    for (const clock of slowestFirst(graph.clocks)) {
      for (const axis of axes) {
        const place = { part, clock, axis };
        const cluster = {
          ...place,
          nodes: computable(place, nodes, passes, graph, needs),
          passes: [...passes].filter(
            id => standsAt(graph, id, place) && crossingIsMet(nodeOf(graph, id), nodes, passes),
          ),
        };
        if (cluster.nodes.length + cluster.passes.length > 0) take(cluster);
      }
      for (const id of [...nodes]) {
        const node = nodeOf(graph, id);
        const host = hostOf(node);
        const isReady = node.args.every(arg => !nodes.has(arg) && crossingIsMet(nodeOf(graph, arg), nodes, passes));
        if (host && clockOf(graph, id) === clock && isReady)
          take({ part, clock, axis: node.axis, host, nodes: [id], passes: [] });
      }
    }
    // The checker refuses a loop through `latest` and `sample` (E0501).
    if (made.length === before) throw new CompileError('not yet', CIRCLE);
  }
  return made;
}

const CIRCLE = 'a state that goes through a cross-section of its own members cannot run yet';

interface Place {
  readonly clock: ClockId;
  readonly axis: number | null;
}

/** The largest set of a place's waiting nodes that needs nothing but itself and what has run. */
function computable(
  place: Place,
  waiting: ReadonlySet<NodeId>,
  passes: ReadonlySet<NodeId>,
  graph: Graph,
  needs: Needs,
): NodeId[] {
  const isHere = (id: NodeId) => standsAt(graph, id, place) && hostOf(nodeOf(graph, id)) === undefined;
  const together = new Set([...waiting].filter(isHere));
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

function standsAt(graph: Graph, id: NodeId, { clock, axis }: Place): boolean {
  return clockOf(graph, id) === clock && nodeOf(graph, id).axis === axis;
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
