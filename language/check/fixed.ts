/**
 * Values that are known before any tick: constants and params, and what is computed from them alone. Evaluated with the
 * reference forms of the operators, so that a length means the same here, in the interpreter and in the kernel.
 */
import { OPERATORS } from '../operators/table.ts';
import type { Known } from './facts.ts';
import type { Node, NodeId } from './node.ts';

export type ParamValues = ReadonlyMap<string, number>;

const NO_PARAMS: ParamValues = new Map();

/** One value a node; NaN where it is not fixed (series, and meta facts unless given). `known`: with the same params. */
export function fixedValues(
  nodes: readonly Node[],
  params: ParamValues,
  meta: (node: Node) => number = () => Number.NaN,
  known?: Known<Float64Array>,
): Float64Array {
  const values = new Float64Array(nodes.length).fill(Number.NaN);
  if (known !== undefined) values.set(known.facts.subarray(0, nodes.length));
  for (const id of known?.fresh ?? nodes.keys()) {
    const node = nodes[id];
    if (node === undefined) continue;
    if (node.stage === 'series') values[id] = Number.NaN;
    else values[id] = node.op === 'meta' ? meta(node) : evaluate(node, params, arg => values[arg] ?? Number.NaN);
  }
  return values;
}

/** A single one, found through the nodes it needs; `undefined` when it is not a constant (or one of `params`). */
export function fixedValue(
  id: NodeId,
  source: { node(id: NodeId): Node },
  params: ParamValues = NO_PARAMS,
): number | undefined {
  const known = new Map<NodeId, number>();
  const resolve = (wanted: NodeId): number => {
    const before = known.get(wanted);
    if (before !== undefined) return before;
    const node = source.node(wanted);
    const value = node.stage === 'series' || node.op === 'meta' ? Number.NaN : evaluate(node, params, resolve);
    known.set(wanted, value);
    return value;
  };
  const value = resolve(id);
  return Number.isNaN(value) ? undefined : value;
}

function evaluate(node: Node, params: ParamValues, value: (arg: NodeId) => number): number {
  if (node.op === 'const') return node.attrs.value ?? Number.NaN;
  if (node.op === 'param') return params.get(node.attrs.name ?? '') ?? Number.NaN;
  const reference = OPERATORS.get(node.op)?.reference;
  return reference?.kind === 'pointwise' ? reference.evaluate(node.args.map(value)) : Number.NaN;
}
