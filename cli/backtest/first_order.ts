/** When an order that opens a position can first be decided: warm-up is over, and the models that it asks have a version. */
import { conditionGates } from '../../compiler/bind.ts';
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { Node } from '../../language/check/node.ts';

/** `spokenFrom`: first base tick at which a model has a version. Infinity stands for never. */
export function firstEntryTick({ plan, ruleReady }: PlanRun, spokenFrom: (model: string) => number): number {
  const present = presentFrom(plan.graph.nodes, spokenFrom);
  return plan.rules.reduce((first, { verb, when }, i) => {
    if (verb !== 'enter') return first;
    const gates = conditionGates(plan, when).map(id => present[id] ?? 0);
    return Math.min(first, Math.max(ruleReady[i] ?? Number.POSITIVE_INFINITY, ...gates));
  }, Number.POSITIVE_INFINITY);
}

/** From which tick on a node can have a value as far as models go, by node: where one stands in for another, the earlier. */
function presentFrom(nodes: readonly Node[], spokenFrom: (model: string) => number): readonly number[] {
  const ticks: number[] = [];
  for (const { op, args, attrs } of nodes) {
    const own = args.map(id => ticks[id] ?? 0);
    ticks.push(op === 'predict' || op === 'drift' ? spokenFrom(attrs.name ?? '') : (AROUND[op] ?? latest)(own));
  }
  return ticks;
}

const latest = (own: readonly number[]) => Math.max(0, ...own);

/** Operators that have a value where an argument has none. */
const AROUND: Readonly<Record<string, (own: readonly number[]) => number>> = {
  or: own => Math.min(...own),
  or_else: own => Math.min(...own),
  present: () => 0,
  state: () => 0,
  if: ([condition = 0, then = 0, otherwise = 0]) => Math.max(condition, Math.min(then, otherwise)),
};
