/**
 * What a bracket level is in terms of the entry: a multiple of it, or a number of steps (such as ATRs) away. Found where
 * it can be proved at the params' own values; elsewhere nothing is said.
 */
import type { Node, NodeId } from './node.ts';

/** Prices that are the entry, or as near as makes no difference to the side a level lies on. */
const ENTRY_FIELDS = new Set(['entry', 'first_entry', 'last_entry']);

export interface Level {
  /** Factor of the entry. */
  readonly entry: number;
  /** Factor of `step`, when there is one. */
  readonly steps: number;
  /** The node that the distance is measured in. */
  readonly step?: NodeId;
}

type Levels = Map<NodeId, Level | undefined>;

/** `entry * 0.95` is { entry: 0.95 }; `entry - 2 * atr(14)` is { entry: 1, steps: -2, step: atr }. */
export function levelOf(
  id: NodeId,
  nodes: readonly Node[],
  fixed: Float64Array,
  known: Levels = new Map(),
): Level | undefined {
  if (!known.has(id)) known.set(id, computed(id, nodes, fixed, known));
  return known.get(id);
}

function computed(id: NodeId, nodes: readonly Node[], fixed: Float64Array, known: Levels): Level | undefined {
  const node = nodes[id];
  if (!node) return undefined;
  if (node.op === 'engine' && ENTRY_FIELDS.has(node.attrs.field ?? '')) return { entry: 1, steps: 0 };
  const [a = -1, b = -1] = node.args;
  const of = (arg: NodeId) => levelOf(arg, nodes, fixed, known);
  const value = (arg: NodeId) => fixed[arg] ?? Number.NaN;
  switch (node.op) {
    case 'add':
      return sum(of(a), of(b), 1);
    case 'sub':
      return sum(of(a), of(b), -1);
    case 'neg':
      return scaled(of(a), -1);
    case 'mul':
      return Number.isNaN(value(a)) ? scaled(of(a), value(b)) : scaled(of(b), value(a));
    case 'div':
      return scaled(of(a), 1 / value(b));
    case 'now':
      return of(a);
    default:
      return node.stage === 'series' ? { entry: 0, steps: 1, step: id } : undefined;
  }
}

function scaled(level: Level | undefined, factor: number): Level | undefined {
  if (!level || Number.isNaN(factor)) return undefined;
  return { ...level, entry: level.entry * factor, steps: level.steps * factor };
}

function sum(a: Level | undefined, b: Level | undefined, sign: 1 | -1): Level | undefined {
  if (!a || !b) return undefined;
  if (a.step !== undefined && b.step !== undefined && a.step !== b.step) return undefined;
  const step = a.step ?? b.step;
  return { entry: a.entry + sign * b.entry, steps: a.steps + sign * b.steps, ...(step !== undefined && { step }) };
}

/** Whether a node is an average of the true range: the usual measure of how far a bar reaches. */
export function isAverageRange(id: NodeId | undefined, nodes: readonly Node[]): boolean {
  const node = nodes[id ?? -1];
  if (node?.op !== 'smooth' && node?.op !== 'mean') return false;
  const range = nodes[node.args[0] ?? -1];
  if (range?.op !== 'sub' || range.clock !== 0) return false;
  const readsInput = (arg: NodeId | undefined, field: string): boolean => {
    const inner = nodes[arg ?? -1];
    if (inner?.op === 'input') return inner.attrs.field === field;
    return (inner?.op === 'max' || inner?.op === 'min') && inner.args.some(next => readsInput(next, field));
  };
  return readsInput(range.args[0], 'high') && readsInput(range.args[1], 'low');
}
