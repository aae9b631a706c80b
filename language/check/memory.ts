/**
 * Memory (language.md §2): every program's is known before it starts. Windows and delays are sized for the upper end of
 * what their params allow; a length that nothing bounds is refused, and so is a sum beyond the budget.
 */
import { OPERATORS } from '../operators/table.ts';
import type { Interval } from './bounds.ts';
import type { Known } from './facts.ts';
import type { Node, NodeId } from './node.ts';

/** What the state of one instrument may take. A million-bar window of every kind of stream still fits. */
export const MEMORY_BUDGET_BYTES = 256 * 1024 * 1024;

const SLOT_BYTES = 8;

export interface Memory {
  readonly bytes: number;
  /** The nodes that keep something, largest first. */
  readonly parts: readonly { readonly node: NodeId; readonly ticks: number; readonly bytes: number }[];
  /** Nodes whose length has no bound. */
  readonly unbounded: readonly { readonly node: NodeId; readonly length: NodeId }[];
}

/** For nodes of a program this is an upper bound: the compiler shares what is equal. */
export function memory(nodes: readonly Node[], limits: readonly Interval[]): Memory {
  const parts: { node: NodeId; ticks: number; bytes: number }[] = [];
  const unbounded: { node: NodeId; length: NodeId }[] = [];
  nodes.forEach((node, id) => {
    const kept = keeps(node);
    if (!kept || node.stage !== 'series') return;
    if (kept.length === undefined) {
      parts.push({ node: id, ticks: 0, bytes: kept.slots * SLOT_BYTES });
      return;
    }
    const ticks = limits[kept.length]?.high ?? Number.POSITIVE_INFINITY;
    if (ticks === Number.POSITIVE_INFINITY) unbounded.push({ node: id, length: kept.length });
    else parts.push({ node: id, ticks, bytes: Math.max(0, Math.ceil(ticks)) * kept.slots * SLOT_BYTES });
  });
  parts.sort((a, b) => b.bytes - a.bytes || a.node - b.node);
  return { bytes: parts.reduce((sum, part) => sum + part.bytes, 0), parts, unbounded };
}

/** What each node keeps, in bytes; Infinity where its length has no bound. `known`: of an earlier check. */
export function bytesOfNodes(
  nodes: readonly Node[],
  limits: readonly Interval[],
  known?: Known<Float64Array>,
): Float64Array {
  const bytes = new Float64Array(nodes.length);
  if (known !== undefined) bytes.set(known.facts.subarray(0, nodes.length));
  for (const id of known?.fresh ?? nodes.keys()) {
    const node = nodes[id];
    const kept = node?.stage === 'series' ? keeps(node) : undefined;
    const ticks = kept?.length === undefined ? 1 : (limits[kept.length]?.high ?? Number.POSITIVE_INFINITY);
    bytes[id] = kept === undefined ? 0 : Math.max(0, Math.ceil(ticks)) * kept.slots * SLOT_BYTES;
  }
  return bytes;
}

/** Slots a tick of its length, or in all where it has none. */
function keeps(node: Node): { readonly slots: number; readonly length?: NodeId } | undefined {
  if (node.op === 'state') return { slots: 1 };
  const spec = OPERATORS.get(node.op);
  const { time } = spec ?? {};
  if (time?.kind === 'recurrence') return { slots: 2 };
  const length =
    time?.kind === 'window' ? node.args[time.length] : time?.kind === 'delay' ? node.args[time.by] : undefined;
  if (length === undefined) return undefined;
  // A window keeps its values and the suffixes of the block before (engine.md, Numbers 3).
  return { slots: time?.kind === 'window' ? 2 * streamsOf(node, length) : 1, length };
}

function streamsOf(node: Node, length: NodeId): number {
  return node.args.filter(arg => arg !== length).length;
}
