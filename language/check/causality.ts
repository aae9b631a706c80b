/**
 * Causality (language.md §2): which ticks a value reads, and the two taints. `account`: it depends on what the strategy
 * itself did. `label`: it depends on the future, through `ahead`.
 */
import { OPERATORS } from '../operators/table.ts';
import type { Causality, Known } from './facts.ts';
import { type Part, partsOf } from './loops.ts';
import type { Node } from './node.ts';
import type { Timing } from './timing.ts';

const NOW: Causality = { low: 0, high: 0, account: false, label: false };

/** `known`: of an earlier check. `lengths`: the values of the nodes that no tick changes; give the upper end of what params allow for a bound. */
export function causality(
  nodes: readonly Node[],
  lengths: Float64Array,
  timing: Timing,
  known?: Known<readonly Causality[]>,
): readonly Causality[] {
  const result: Causality[] = known?.facts.slice(0, nodes.length) ?? nodes.map(() => NOW);
  const walk = (part: Part, held: Causality) => {
    for (const id of part) {
      const node = nodes[id];
      if (node) result[id] = causalityOf(node, nodes, result, held, lengths, timing);
    }
    return part.length > 1 ? union(part.flatMap(id => (nodes[id]?.op === 'state' ? (result[id] ?? NOW) : []))) : NOW;
  };
  for (const part of partsOf(nodes, known?.fresh)) {
    const once = walk(part, NOW);
    if (part.length === 1) continue;
    // Every node of a loop reads all that enters it. What reads further ahead with each turn has no end.
    const twice = walk(part, once);
    if (twice.high > once.high) walk(part, { ...twice, high: Number.POSITIVE_INFINITY });
  }
  return result;
}

function causalityOf(
  node: Node,
  nodes: readonly Node[],
  known: readonly Causality[],
  held: Causality,
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
    case 'triple_barrier': {
      // What closes a label by time is the fill that is `within` ticks later.
      const end = shift(known[node.args[0] ?? -1] ?? NOW, length(3), length(3));
      return { ...union([inputs, end]), label: true };
    }
    case 'drift':
      return shift(inputs, 1 - (node.attrs.value ?? 1), 0);
    case 'state_prev':
      return { ...union([inputs, held]), low: Number.NEGATIVE_INFINITY };
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
