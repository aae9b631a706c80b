/**
 * The value of one node at one tick of its clock, in one lane, by the reference form of its operator. Ticks are counted on
 * the grid that all instruments share; a lane has none before its own start.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { ArgumentRule, OpSpec } from '../../language/operators/operator.ts';
import { specOf } from '../../language/operators/table.ts';
import type { Binding } from '../bind.ts';
import { calendarValue } from '../calendar.ts';
import { ageMs, completedAt } from '../crossing.ts';
import { dropsAxis } from '../graph/axes.ts';
import type { Graph } from '../graph/graph.ts';
import { type BarrierOutcome, rulesOf, walkBarrier } from '../host/barrier.ts';
import { DROPS_AXIS, KEEPS_AXIS } from '../host/cross-section.ts';
import { endOf } from '../host/stage.ts';
import type { LaneData } from '../kernel/run.ts';
import type { Lane } from '../lanes.ts';
import type { Plan } from '../plan.ts';
import { History } from './history.ts';

/** What the lanes of a run have in common. */
export interface World {
  readonly graph: Graph;
  readonly grid: LaneData;
  /** Data and predictions; NaN where there are none. */
  readonly inputValue: (node: Node, id: NodeId, lane: Lane, tick: number) => number;
  readonly engineValue: (field: string, instrument: number) => number;
  readonly nanUpdates: { count: number };
  /** For each crossing, the tick of the source for each tick of the node. */
  readonly crossings: ReadonlyMap<NodeId, Int32Array>;
  /** The lanes of an axis. */
  readonly lanes: (axis: number | null) => readonly Evaluation[];
}

/** One lane. */
export interface Evaluation {
  readonly world: World;
  readonly lane: Lane;
  readonly history: History;
  /** State slots, as the last tick left them. */
  readonly slots: Float64Array;
  /** What recurrences keep between ticks. */
  readonly recurrences: ReadonlyMap<NodeId, Float64Array>;
  /** First tick of the lane at which a `signal` may be true, and from which NaN updates of a `state` are counted. */
  readonly ready: ReadonlyMap<NodeId, number>;
}

export function crossingsOf(graph: Graph, grid: LaneData): World['crossings'] {
  const crossings = new Map<NodeId, Int32Array>();
  graph.nodes.forEach((node, id) => {
    const source = graph.nodes[node.args[0] ?? -1];
    if ((node.op === 'latest' || node.op === 'sample') && source) {
      crossings.set(id, completedAt(grid, source.clock, node.clock));
    }
  });
  return crossings;
}

export function createEvaluation(
  world: World,
  axis: number | null,
  lane: Lane,
  ready: ReadonlyMap<NodeId, number>,
): Evaluation {
  const { graph, grid } = world;
  const recurrences = new Map<NodeId, Float64Array>();
  graph.nodes.forEach((node, id) => {
    const { reference } = specOf(node.op);
    if (reference.kind === 'recurrence') recurrences.set(id, new Float64Array(reference.slots));
  });
  return {
    world,
    lane,
    history: new History(graph, grid, axis),
    slots: new Float64Array(graph.states.length).fill(Number.NaN),
    recurrences,
    ready,
  };
}

export function evaluateNode(id: NodeId, tick: number, evaluation: Evaluation): number {
  const { world, lane, history } = evaluation;
  const { graph } = world;
  const node = graph.nodes[id];
  if (!node) throw new Error(`no node ${id}`);
  const spec = specOf(node.op);
  const argument = (index: number) => valueAt(node.args[index] ?? -1, tick, evaluation);
  switch (spec.reference.kind) {
    case 'pointwise':
      return spec.reference.evaluate(node.args.map((_, index) => argument(index)));
    case 'recurrence': {
      const kept = evaluation.recurrences.get(id);
      if (!kept) throw new Error(`nothing is kept for node ${id}`);
      return spec.reference.step(
        kept,
        node.args.map((_, index) => argument(index)),
      );
    }
    case 'window':
      return evaluateWindow(node, spec, spec.reference.evaluate, tick, evaluation);
    case 'special':
      break;
  }
  switch (node.op) {
    case 'input':
    case 'predict':
    case 'drift':
      return world.inputValue(node, id, lane, tick);
    case 'barrier':
      return evaluateBarrier(node, tick, evaluation);
    case 'engine':
      return world.engineValue(
        node.attrs.field ?? '',
        node.axis === null ? (node.attrs.instrument ?? 0) : lane.instrument,
      );
    case 'calendar': {
      const clock = graph.clocks[node.clock];
      if (!clock) throw new Error(`no clock ${node.clock}`);
      const { field = '', clock: of = 0 } = node.attrs;
      return calendarValue(
        { kind: 'calendar', field, of },
        graph.clocks,
        clock.period,
        history.ordinal(node.clock, tick),
      );
    }
    case 'delay': {
      const source = tick - argument(1);
      return source < 0 ? Number.NaN : valueAt(node.args[0] ?? -1, source, evaluation);
    }
    case 'latest':
    case 'sample':
      return evaluateCrossing(node, id, tick, evaluation);
    case 'signal':
      return isReady(id, node, tick, evaluation) && argument(0) === 1 ? 1 : 0;
    case 'state_prev': {
      const held = evaluation.slots[node.attrs.state ?? -1] ?? Number.NaN;
      const resets = node.args.length > 1 && argument(1) === 1;
      return resets || Number.isNaN(held) ? argument(0) : held;
    }
    case 'state': {
      const update = argument(1);
      if (Number.isNaN(update) && isReady(id, node, tick, evaluation)) world.nanUpdates.count++;
      const value = Number.isNaN(update) ? argument(0) : update;
      evaluation.slots[node.attrs.state ?? -1] = value;
      return value;
    }
    default:
      throw new Error(`${node.op} has no value at run time`);
  }
}

/** Writes what the cross-section is for each member, or for all of them together. */
export function evaluateCrossSection(id: NodeId, tick: number, world: World): void {
  const node = world.graph.nodes[id];
  if (!node) throw new Error(`no node ${id}`);
  const [x = -1, ...settings] = node.args.slice(0, -1);
  const held = node.args.at(-1) ?? -1;
  const members = world.lanes(node.attrs.axis ?? node.axis);
  const rowOf = (arg: NodeId) =>
    Float64Array.from(members, member => (valueAt(held, tick, member) === 0 ? valueAt(arg, tick, member) : Number.NaN));
  const { field = '' } = node.attrs;
  const put = (evaluation: Evaluation | undefined, value: number): void => {
    if (evaluation) evaluation.history.column(id)[tick] = Number.isNaN(value) ? Number.NaN : value;
  };
  if (dropsAxis(node)) {
    put(world.lanes(null)[0], DROPS_AXIS[field]?.(rowOf(x)) ?? Number.NaN);
    return;
  }
  const out = new Float64Array(members.length);
  const [first] = members;
  const numbers = settings.map(setting => (first ? valueAt(setting, tick, first) : Number.NaN));
  KEEPS_AXIS[field]?.(rowOf(x), out, numbers, field === 'neutral' ? rowOf(settings[0] ?? -1) : out);
  members.forEach((member, index) => {
    put(member, out[index] ?? Number.NaN);
  });
}

function evaluateBarrier(node: Node, tick: number, evaluation: Evaluation): number {
  const [entry, up, down, side, open, high, low, held, exit, within, depth] = node.args.map(
    arg => (at: number) => valueAt(arg, at, evaluation),
  );
  if (!entry || !up || !down || !side || !open || !high || !low || !held || !exit || !within || !depth)
    throw new Error('a barrier lacks an argument');
  const kept = depth(tick);
  const from = tick - kept;
  if (from < (evaluation.lane.start[node.clock] ?? 0)) return Number.NaN;
  const after = (read: (at: number) => number) => (bar: number) => read(from + bar);
  const bars = { open: after(open), high: after(high), low: after(low), held: after(held) };
  const start = {
    entry: entry(tick),
    up: up(tick),
    down: down(tick),
    side: side(tick),
    within: within(tick),
    exit: exit(tick),
  };
  const outcome: BarrierOutcome = { category: Number.NaN, bar: Number.NaN };
  walkBarrier(start, bars, rulesOf(node.attrs.field ?? ''), outcome);
  return node.attrs.name === 'end' ? endOf(outcome, kept) : outcome.category;
}

function isReady(id: NodeId, node: Node, tick: number, { ready, lane }: Evaluation): boolean {
  return tick - (lane.start[node.clock] ?? 0) >= (ready.get(id) ?? 0);
}

/** Fixed nodes have one value for all ticks; what has no axis is kept by the lane that all share. */
function valueAt(id: NodeId, tick: number, { world, history }: Evaluation): number {
  const node = world.graph.nodes[id];
  if (node?.stage !== 'series') return history.at(id, 0);
  const of = node.axis === null ? (world.lanes(null)[0]?.history ?? history) : history;
  return of.at(id, tick);
}

function evaluateWindow(
  node: Node,
  spec: OpSpec,
  evaluate: (windows: readonly Float64Array[], split: number, fixed: readonly number[]) => number,
  tick: number,
  evaluation: Evaluation,
): number {
  if (spec.time.kind !== 'window') throw new Error(`${spec.name} is a window without a length`);
  const length = valueAt(node.args[spec.time.length] ?? -1, tick, evaluation);
  if (tick + 1 < length) return Number.NaN;
  const windows: Float64Array[] = [];
  const fixed: number[] = [];
  node.args.forEach((id, index) => {
    const rule = spec.arguments[index]?.rule.kind;
    if (isFixed(rule)) fixed.push(valueAt(id, tick, evaluation));
    else if (rule !== 'length') {
      windows.push(Float64Array.from({ length }, (_, i) => valueAt(id, tick - length + 1 + i, evaluation)));
    }
  });
  if (windows.some(values => values.some(Number.isNaN))) return Number.NaN;
  // The block that holds this tick began `inBlock` ticks ago; what stands before ends the block before.
  const ordinal = evaluation.history.ordinal(node.clock, tick);
  const inBlock = ((ordinal % length) + length) % length;
  return evaluate(windows, length - 1 - inBlock, fixed);
}

function isFixed(rule: ArgumentRule['kind'] | undefined): boolean {
  return rule === 'fixed' || rule === 'flag';
}

function evaluateCrossing(node: Node, id: NodeId, tick: number, evaluation: Evaluation): number {
  const [source = -1] = node.args;
  const at = evaluation.world.crossings.get(id)?.[tick] ?? -1;
  if (at < 0) return Number.NaN;
  if (node.args.length > 1) {
    const { grid, graph } = evaluation.world;
    const from = { clock: graph.nodes[source]?.clock ?? 0, tick: at };
    const age = ageMs(grid, graph.clocks, from, { clock: node.clock, tick });
    if (age > valueAt(node.args[1] ?? -1, tick, evaluation)) return Number.NaN;
  }
  return valueAt(source, at, evaluation);
}

/** First ticks of signals and states in a lane, out of the params regions that the kernel reads. */
export function readyTicks(plan: Plan, axis: number | null, lane: number, { regions }: Binding): Evaluation['ready'] {
  const ticks = new Map<NodeId, number>();
  plan.stages.forEach((stage, index) => {
    if (stage.axis !== axis || stage.host) return;
    for (const { node, slot } of stage.ready)
      ticks.set(node, regions[index]?.[lane]?.[slot] ?? Number.POSITIVE_INFINITY);
  });
  return ticks;
}
