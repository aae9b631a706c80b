/**
 * The worst exposure that a strategy can command, as a multiple of equity: what its sizes and weights come to at the upper
 * end of their params, cut by its own caps. The market can move a position beyond it; no order can.
 */
import { ANYTHING, bounds, type Interval } from '../language/check/bounds.ts';
import type { Plan, PlanRebalance, PlanRule, ValueRef } from './plan.ts';
import { nodeOf } from './plan-warmup.ts';

export interface ExposureBound {
  /** Notional over equity; Infinity when nothing bounds it. */
  readonly multiple: number;
  /** What bounds it, or why nothing does, in words. */
  readonly because: string;
}

/** Caps that an order is held against before it goes out. */
const CAPS: ReadonlySet<string> = new Set(['exposure', 'position', 'leverage', 'gross']);

export function exposureBound(plan: Plan): ExposureBound {
  const limits = bounds(plan.graph.nodes, plan.params);
  const caps = plan.caps
    .filter(cap => CAPS.has(cap.name))
    .map(cap => ({
      multiple: highOf(cap.limit, plan, limits) * heldUnder(cap.name, plan),
      because: `cap ${cap.name}`,
    }));
  const portfolios = plan.rebalances.map(rebalance => weightsOf(rebalance, plan, limits));
  const asked = [sizesOf(plan, limits), ...portfolios].reduce((a, b) => (b.multiple > a.multiple ? b : a));
  return [asked, ...caps].reduce((a, b) => (b.multiple < a.multiple ? b : a));
}

/** Holdings that a cap is about, each on its own: of a portfolio `position` means every member. */
function heldUnder(name: string, { rebalances, universes }: Plan): number {
  if (name !== 'position' || rebalances.length === 0) return 1;
  return rebalances.reduce(
    (sum, { to }) => sum + (to.kind === 'named' ? to.weights.length : (universes[to.axis]?.members.length ?? 1)),
    0,
  );
}

function sizesOf(plan: Plan, limits: readonly Interval[]): ExposureBound {
  let worst: ExposureBound = { multiple: 0, because: 'no rule enters' };
  for (const rule of plan.rules) {
    if (rule.verb === 'add') return { multiple: Number.POSITIVE_INFINITY, because: 'an add may repeat without a cap' };
    if (rule.verb !== 'enter') continue;
    const size = sizeOf(rule, plan, limits);
    if (size.multiple > worst.multiple) worst = size;
  }
  return worst;
}

type Enter = Extract<PlanRule, { verb: 'enter' }>;

function sizeOf({ size, text }: Enter, plan: Plan, limits: readonly Interval[]): ExposureBound {
  const because = `the size of \`when ${text}\``;
  switch (size.basis) {
    case 'equity':
      return { multiple: highOf(size.amount, plan, limits), because };
    case 'risk':
      return { multiple: Number.POSITIVE_INFINITY, because: `${because}: a stop may be as near as it likes` };
    case 'notional':
    case 'quantity':
      return { multiple: Number.POSITIVE_INFINITY, because: `${because} does not follow equity` };
    case 'volatility':
      return { multiple: Number.POSITIVE_INFINITY, because: `${because}: volatility may be as low as it likes` };
  }
}

/** Notional of all holdings: what `scale` brings the weights to, else each at its largest. */
function weightsOf({ to, text }: PlanRebalance, plan: Plan, limits: readonly Interval[]): ExposureBound {
  const because = `the weights of \`rebalance ${text}\``;
  const largest = (ref: ValueRef): number => {
    const { low, high } = limits[nodeOf(plan, ref) ?? -1] ?? ANYTHING;
    return Math.max(Math.abs(low), Math.abs(high));
  };
  if (to.kind === 'named')
    return { multiple: to.weights.reduce((sum, { weight }) => sum + largest(weight), 0), because };
  const weight = plan.graph.nodes[nodeOf(plan, to.weight) ?? -1];
  const gross = limits[weight?.args[1] ?? -1];
  if (weight?.op === 'cross_section' && weight.attrs.field === 'scale' && gross)
    return { multiple: Math.max(Math.abs(gross.low), Math.abs(gross.high)), because };
  return { multiple: largest(to.weight) * (plan.universes[to.axis]?.members.length ?? 1), because };
}

function highOf(ref: ValueRef, plan: Plan, limits: readonly Interval[]): number {
  if (ref.from !== 'fixed') return Number.POSITIVE_INFINITY;
  return limits[plan.fixed[ref.index] ?? -1]?.high ?? Number.POSITIVE_INFINITY;
}
