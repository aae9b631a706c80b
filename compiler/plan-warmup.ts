/**
 * How long a plan warms up: from which base tick its rules can fire, and from where what happened before the data has
 * stopped mattering. A kernel starts at `from − settled`, so this is asked before any data are read.
 */
import type { Warmup } from '../language/check/facts.ts';
import type { NodeId } from '../language/check/node.ts';
import { exactTiming, type Timing, worstTiming } from '../language/check/timing.ts';
import { warmup } from '../language/check/warmup.ts';
import { conditionGates, evaluateFixed, type InstrumentMeta, outputAt, type ParamValues, readyOf } from './bind.ts';
import type { Plan, ValueRef } from './plan.ts';

/** In base ticks. */
export interface PlanWarmup {
  /** When the last of the rules can fire, and the last of the weights is there. */
  readonly ready: number;
  /** Infinity when a state never forgets. */
  readonly settled: number;
  /** Parallel to the graph's nodes. */
  readonly nodes: readonly Warmup[];
}

/**
 * Warm-up for given values: exact when the ordinal of the first base tick is known, else the latest that any start could
 * make it. Throws a `BindError` as `bind` does.
 */
export function planWarmup(
  plan: Plan,
  params: ParamValues,
  meta: readonly InstrumentMeta[],
  firstOrdinal?: number,
): PlanWarmup {
  const timing: Timing = firstOrdinal === undefined ? worstTiming(plan.clocks) : exactTiming(plan.clocks, firstOrdinal);
  const nodes = warmup(plan.graph.nodes, evaluateFixed(plan, params, meta), timing);
  const read = nodesRead(plan);
  return {
    ready: Math.max(
      0,
      ...plan.rules.map(rule => readyOf(conditionGates(plan, rule.when), nodes)),
      ...weightsOf(plan).map(weight => nodes[nodeOf(plan, weight) ?? -1]?.ready ?? 0),
    ),
    settled: Math.max(0, ...read.map(id => nodes[id]?.settled ?? 0)),
    nodes,
  };
}

function weightsOf({ rebalances }: Plan): readonly ValueRef[] {
  return rebalances.flatMap(({ to }) => (to.kind === 'across' ? [to.weight] : to.weights.map(({ weight }) => weight)));
}

/** What rules, risk, execution and brackets read. Watches are left out: looking at a stream must not move the start. */
function nodesRead(plan: Plan): readonly NodeId[] {
  const refs: ValueRef[] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isValueRef(value)) refs.push(value);
    Object.values(value).forEach(collect);
  };
  collect([plan.rules, plan.caps, plan.pauses, plan.rebalances, plan.execution]);
  return refs.flatMap(ref => nodeOf(plan, ref) ?? []);
}

function isValueRef(value: object): value is ValueRef {
  return 'from' in value && 'index' in value && typeof value.index === 'number';
}

/** The graph's node whose value it is. */
export function nodeOf(plan: Plan, { from, index }: ValueRef): NodeId | undefined {
  switch (from) {
    case 'fixed':
      return plan.fixed[index];
    case 'flag':
      return outputAt(plan, plan.flagColumns[index])?.node;
    case 'market':
      return outputAt(plan, plan.marketColumns[index])?.node;
    case 'account':
      return outputAt(plan, plan.accountColumns[index])?.node;
  }
}
