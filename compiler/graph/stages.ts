/**
 * Gives each cluster its columns and its slots, and so makes it a stage. A value that is read in another stage, on another
 * clock or by the engine becomes an output of the stage that has it; each request of the engine gets its place.
 */
import { bounds, type Interval } from '../../language/check/bounds.ts';
import type { Node, NodeId } from '../../language/check/node.ts';
import { predictionKey } from '../../language/check/prediction.ts';
import type { StageInput } from '../plan.ts';
import { type Cluster, clusters, crossedBy, isComputed, readsOf } from './cluster.ts';
import type { Graph } from './graph.ts';
import type { FlagRequest, Request, Requester } from './requests.ts';
import type { Schedule, ScheduledInput, ScheduledOutput, ScheduledStage, Slot } from './schedule.ts';

export interface StageCut {
  readonly schedule: Schedule;
  /** Where the requests came to stand, in their order. */
  readonly market: readonly OutputPlace[];
  readonly flags: readonly OutputPlace[];
  readonly account: readonly OutputPlace[];
}
export interface OutputPlace {
  readonly stage: number;
  readonly output: number;
}

/** `blockName`: of a block of features, by its number in the program. */
export function cutStages(requester: Requester, blockName: (block: number) => string): StageCut {
  const { graph, requests } = requester;
  const context = { ...contextOf(requester), blockName };
  const place = (request: Request): OutputPlace => {
    const stage = context.holder(request.node);
    return { stage, output: outputsAt(stage, context).indexOf(request) };
  };
  return {
    schedule: {
      graph,
      stages: context.clusters.map((cluster, index) => stageOf(cluster, outputsAt(index, context), context)),
      brackets: requests.brackets,
    },
    market: requests.market.map(place),
    flags: requests.flags.map(place),
    account: requests.account.map(place),
  };
}

interface Context extends Cut {
  readonly blockName: (block: number) => string;
}
interface Cut {
  readonly graph: Graph;
  readonly clusters: readonly Cluster[];
  /** The stage that computes the node or passes it on. */
  readonly holder: (id: NodeId) => number;
  /** Of each stage. */
  readonly outputs: readonly OutputList[];
  readonly limits: readonly Interval[];
  /** The place of a fixed node in the `fixed` table. */
  readonly fixedIndex: (id: NodeId) => number;
}

function contextOf({ graph, requests, tainted, fixed }: Requester): Cut {
  const asked = [...requests.market, ...requests.flags, ...requests.account];
  const cut = clusters(
    graph,
    asked.map(request => request.node),
    tainted,
  );
  const holders = new Map<NodeId, number>();
  cut.forEach(({ nodes, passes }, stage) => {
    for (const id of [...nodes, ...passes]) holders.set(id, stage);
  });
  const holder = (id: NodeId): number => {
    const stage = holders.get(id);
    if (stage === undefined) throw new Error(`no stage holds node ${id}`);
    return stage;
  };
  const crossing = crossingNodes(graph, cut, holder);
  const outputs = cut.map((cluster, stage) =>
    outputsOf(
      cluster,
      asked.filter(({ node }) => holder(node) === stage),
      crossing,
    ),
  );
  return { graph, clusters: cut, holder, outputs, limits: bounds(graph.nodes, graph.params), fixedIndex: fixed };
}

/** Nodes read as numbers in another stage or on another clock. */
function crossingNodes(graph: Graph, cut: readonly Cluster[], holder: (id: NodeId) => number): ReadonlySet<NodeId> {
  const crossing = new Set<NodeId>();
  cut.forEach(({ nodes, passes }, stage) => {
    for (const id of [...nodes.flatMap(node => readsOf(nodeOf(graph, node))), ...passes]) {
      const node = nodeOf(graph, id);
      const crossed = crossedBy(node);
      if (crossed !== undefined) crossing.add(crossed);
      else if (isComputed(node) && holder(id) !== stage) crossing.add(id);
    }
  });
  return crossing;
}

/** The outputs of a stage in their order: numbers, then flags. */
interface OutputList {
  readonly values: readonly NodeId[];
  readonly flags: readonly FlagRequest[];
  indexOf(request: Request): number;
}

function outputsOf(cluster: Cluster, asked: readonly Request[], crossing: ReadonlySet<NodeId>): OutputList {
  const numbers = new Set(asked.filter(request => request.type === 'f64').map(request => request.node));
  const values = [...cluster.nodes, ...cluster.passes].filter(id => numbers.has(id) || crossing.has(id));
  const flags = asked.filter(request => request.type === 'flag');
  return {
    values,
    flags,
    indexOf: request =>
      request.type === 'f64' ? values.indexOf(request.node) : values.length + flags.indexOf(request),
  };
}

function outputsAt(stage: number, { outputs }: Cut): OutputList {
  const list = outputs[stage];
  if (!list) throw new Error(`no stage ${stage}`);
  return list;
}

function stageOf(cluster: Cluster, { values, flags }: OutputList, context: Context): ScheduledStage {
  const { graph, limits } = context;
  const own = new Set(cluster.nodes);
  const inputs = new Map<NodeId, ScheduledInput>();
  const slots = slotTable();
  const read = (id: NodeId): void => {
    const node = nodeOf(graph, id);
    if (own.has(id) || node.op === 'const' || inputs.has(id)) return;
    if (node.stage === 'series') inputs.set(id, { node: id, from: inputOf(id, context) });
    else slots.place({ kind: 'node', node: id, high: limits[id]?.high ?? Number.POSITIVE_INFINITY });
  };
  for (const id of cluster.nodes) nodeOf(graph, id).args.forEach(read);
  cluster.passes.forEach(read);

  const ready = cluster.nodes.flatMap(id => {
    const { op, args } = nodeOf(graph, id);
    if (op !== 'signal' && op !== 'state') return [];
    return [{ node: id, slot: slots.place({ kind: 'ready', nodes: op === 'signal' ? args : [id] }) }];
  });
  const outputs: ScheduledOutput[] = [
    ...values.map(node => ({ type: 'f64', node }) as const),
    ...flags.map(
      ({ node, gates }) => ({ type: 'flag', node, ready: slots.place({ kind: 'ready', nodes: gates }) }) as const,
    ),
  ];
  const { part, clock, axis, host, nodes } = cluster;
  return {
    part,
    clock,
    axis,
    ...(host && { host }),
    inputs: [...inputs.values()],
    nodes,
    outputs,
    slots: slots.all,
    ready,
  };
}

/** Slots of a stage, each once. The ordinal comes first. */
function slotTable() {
  const all: Slot[] = [{ kind: 'ordinal' }];
  const keys = ['ordinal'];
  return {
    all: all as readonly Slot[],
    place(slot: Slot): number {
      const key =
        slot.kind === 'node' ? `node ${slot.node}` : slot.kind === 'ready' ? `ready ${slot.nodes}` : slot.kind;
      const known = keys.indexOf(key);
      if (known >= 0) return known;
      keys.push(key);
      return all.push(slot) - 1;
    },
  };
}

function inputOf(id: NodeId, context: Context): StageInput {
  const node = nodeOf(context.graph, id);
  const { field = '', name = '', clock } = node.attrs;
  const instrument = node.axis === null ? (node.attrs.instrument ?? 0) : 'member';
  switch (node.op) {
    case 'input':
      return { kind: 'bar', instrument, field, ...(name === 'last' && { ended: name }) };
    case 'engine':
      return { kind: 'engine', field, instrument };
    case 'predict':
    case 'drift':
      return {
        kind: 'prediction',
        key: predictionKey(node, context.blockName),
        model: name,
        ...(field !== '' && { field }),
        member: node.axis !== null,
      };
    case 'calendar':
      return clock === undefined ? { kind: 'calendar', field } : { kind: 'calendar', field, of: clock };
    case 'latest':
    case 'sample': {
      const [crossed = id, maxAge] = node.args;
      const from = { kind: 'stage', ...placeOf(crossed, context), align: node.op } as const;
      return maxAge === undefined ? from : { ...from, maxAge: context.fixedIndex(maxAge) };
    }
    default:
      return { kind: 'stage', ...placeOf(id, context), align: 'same' };
  }
}

function placeOf(id: NodeId, context: Context): OutputPlace {
  const stage = context.holder(id);
  return { stage, output: outputsAt(stage, context).values.indexOf(id) };
}

function nodeOf(graph: Graph, id: NodeId): Node {
  const node = graph.nodes[id];
  if (!node) throw new Error(`no node ${id}`);
  return node;
}
