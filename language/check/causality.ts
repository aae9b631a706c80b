/**
 * Causality (language.md §2): which ticks a value reads, and the two taints. `account`: it depends on what the strategy
 * itself did. `label`: it depends on the future, through `ahead`.
 */
import { OPERATORS } from '../operators/table.ts';
import type { Causality } from './facts.ts';
import type { Node } from './node.ts';
import type { Timing } from './timing.ts';

const NOW: Causality = { low: 0, high: 0, account: false, label: false };

/** `lengths`: the values of the nodes that no tick changes; give the upper end of what params allow for a bound. */
export function causality(nodes: readonly Node[], lengths: Float64Array, timing: Timing): readonly Causality[] {
  // A state's taints go round its loop, so the walk repeats until what the slots carry is stable.
  const slots = new Map<number, Causality>();
  for (;;) {
    const result: Causality[] = [];
    for (const node of nodes) result.push(causalityOf(node, nodes, result, slots, lengths, timing));
    if (!carryOver(nodes, result, slots)) return result;
  }
}

function causalityOf(
  node: Node,
  nodes: readonly Node[],
  known: readonly Causality[],
  slots: ReadonlyMap<number, Causality>,
  lengths: Float64Array,
  timing: Timing,
): Causality {
  const inputs = union(node.args.map(arg => known[arg] ?? NOW));
  const length = (argument: number) => lengths[node.args[argument] ?? -1] ?? Number.NaN;
  switch (node.op) {
    case 'engine':
      return { ...NOW, account: true };
    case 'ahead':
      return { ...shift(inputs, length(1), length(1)), label: true };
    case 'state_prev': {
      const held = slots.get(node.attrs.state ?? -1) ?? NOW;
      return { ...union([inputs, held]), low: Number.NEGATIVE_INFINITY };
    }
    case 'state':
      return { ...inputs, low: Number.NEGATIVE_INFINITY };
    case 'latest': {
      const source = nodes[node.args[0] ?? -1];
      const ticks = source ? timing(source.clock, node.clock).longest : 1;
      return { ...inputs, low: (inputs.low - 1) * ticks, high: inputs.high * ticks };
    }
    case 'sample': {
      const source = nodes[node.args[0] ?? -1];
      const ticks = source ? timing(node.clock, source.clock).longest : 1;
      return { ...inputs, low: Math.floor(inputs.low / ticks), high: Math.ceil(inputs.high / ticks) };
    }
    default: {
      const time = OPERATORS.get(node.op)?.time;
      if (time?.kind === 'delay') return shift(inputs, -length(time.by), -length(time.by));
      if (time?.kind === 'window') return shift(inputs, 1 - length(time.length), 0);
      if (time?.kind === 'recurrence') return { ...inputs, low: Number.NEGATIVE_INFINITY };
      return inputs;
    }
  }
}

function union(all: readonly Causality[]): Causality {
  if (all.length === 0) return NOW;
  return {
    low: Math.min(...all.map(one => one.low)),
    high: Math.max(...all.map(one => one.high)),
    account: all.some(one => one.account),
    label: all.some(one => one.label),
  };
}

function shift(from: Causality, low: number, high: number): Causality {
  return {
    ...from,
    low: from.low + (Number.isNaN(low) ? Number.NEGATIVE_INFINITY : low),
    high: from.high + (Number.isNaN(high) ? 0 : high),
  };
}

/** True when a slot learned something that the walk has not seen yet. */
function carryOver(nodes: readonly Node[], result: readonly Causality[], slots: Map<number, Causality>): boolean {
  let changed = false;
  nodes.forEach((node, id) => {
    const now = result[id];
    if (node.op !== 'state' || !now) return;
    const slot = node.attrs.state ?? -1;
    const before = slots.get(slot) ?? NOW;
    if (before.account === now.account && before.label === now.label && before.high >= now.high) return;
    slots.set(slot, now);
    changed = true;
  });
  return changed;
}
