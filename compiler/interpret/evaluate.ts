/** The value of one node at one tick of its clock, by the reference form of its operator. */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { ArgumentRule, OpSpec } from '../../language/operators/operator.ts';
import { specOf } from '../../language/operators/table.ts';
import type { Binding } from '../bind.ts';
import { calendarValue } from '../calendar.ts';
import { ageMs, completedAt } from '../crossing.ts';
import type { Graph } from '../graph/graph.ts';
import type { LaneData } from '../kernel/run.ts';
import { History } from './history.ts';

export interface Evaluation {
  readonly graph: Graph;
  readonly lane: LaneData;
  readonly history: History;
  /** State slots, as the last tick left them. */
  readonly slots: Float64Array;
  /** What recurrences keep between ticks. */
  readonly recurrences: ReadonlyMap<NodeId, Float64Array>;
  /** First tick at which a `signal` may be true, and from which NaN updates of a `state` are counted. */
  readonly ready: ReadonlyMap<NodeId, number>;
  readonly engineValue: (field: string, instrument: number) => number;
  readonly nanUpdates: { count: number };
  /** For each crossing, the tick of the source for each tick of the node. */
  readonly crossings: ReadonlyMap<NodeId, Int32Array>;
}

export function createEvaluation(
  graph: Graph,
  lane: LaneData,
  ready: ReadonlyMap<NodeId, number>,
  engineValue: Evaluation['engineValue'],
): Evaluation {
  const recurrences = new Map<NodeId, Float64Array>();
  const crossings = new Map<NodeId, Int32Array>();
  graph.nodes.forEach((node, id) => {
    const { reference } = specOf(node.op);
    if (reference.kind === 'recurrence') recurrences.set(id, new Float64Array(reference.slots));
    const source = graph.nodes[node.args[0] ?? -1];
    if ((node.op === 'latest' || node.op === 'sample') && source) {
      crossings.set(id, completedAt(lane, source.clock, node.clock));
    }
  });
  return {
    graph,
    lane,
    history: new History(graph, lane),
    slots: new Float64Array(graph.states.length).fill(Number.NaN),
    recurrences,
    ready,
    engineValue,
    nanUpdates: { count: 0 },
    crossings,
  };
}

export function evaluateNode(id: NodeId, tick: number, evaluation: Evaluation): number {
  const { graph, history } = evaluation;
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
    case 'input': {
      const { field = '' } = node.attrs;
      return evaluation.lane.clocks[node.clock]?.fields[field]?.[tick] ?? Number.NaN;
    }
    case 'engine':
      return evaluation.engineValue(node.attrs.field ?? '', node.attrs.instrument ?? 0);
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
      return tick >= (evaluation.ready.get(id) ?? 0) && argument(0) === 1 ? 1 : 0;
    case 'state_prev': {
      const held = evaluation.slots[node.attrs.state ?? -1] ?? Number.NaN;
      const resets = node.args.length > 1 && argument(1) === 1;
      return resets || Number.isNaN(held) ? argument(0) : held;
    }
    case 'state': {
      const update = argument(1);
      if (Number.isNaN(update) && tick >= (evaluation.ready.get(id) ?? 0)) evaluation.nanUpdates.count++;
      const value = Number.isNaN(update) ? argument(0) : update;
      evaluation.slots[node.attrs.state ?? -1] = value;
      return value;
    }
    default:
      throw new Error(`${node.op} has no value at run time`);
  }
}

/** Fixed nodes have one value for all ticks. */
function valueAt(id: NodeId, tick: number, { graph, history }: Evaluation): number {
  return history.at(id, graph.nodes[id]?.stage === 'series' ? tick : 0);
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
  const at = evaluation.crossings.get(id)?.[tick] ?? -1;
  if (at < 0) return Number.NaN;
  if (node.args.length > 1) {
    const { lane, graph } = evaluation;
    const from = { clock: graph.nodes[source]?.clock ?? 0, tick: at };
    const age = ageMs(lane, graph.clocks, from, { clock: node.clock, tick });
    if (age > valueAt(node.args[1] ?? -1, tick, evaluation)) return Number.NaN;
  }
  return valueAt(source, at, evaluation);
}

/** First ticks of signals and states, out of the params regions that the kernel reads. */
export function readyTicks(
  stages: readonly { readonly ready: readonly { readonly node: NodeId; readonly slot: number }[] }[],
  { regions }: Binding,
): ReadonlyMap<NodeId, number> {
  const ticks = new Map<NodeId, number>();
  stages.forEach(({ ready }, stage) => {
    for (const { node, slot } of ready) ticks.set(node, regions[stage]?.[slot] ?? Number.POSITIVE_INFINITY);
  });
  return ticks;
}
