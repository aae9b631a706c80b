/**
 * What a fixed value can be over all values its params may take: an interval a node. A param's range is its bound; a
 * param without one may be anything.
 */
import { specOf } from '../operators/table.ts';
import { begin, type Known } from './facts.ts';
import type { Node, NodeId } from './node.ts';
import type { Param } from './program.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export const ANYTHING: Interval = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
const YES_OR_NO: Interval = { low: 0, high: 1 };

type BoundParam = Pick<Param, 'name' | 'type' | 'low' | 'high' | 'choices'>;
type Evaluate = (args: readonly Interval[]) => Interval;

/** `known`: of an earlier check with the same params. */
export function bounds(
  nodes: readonly Node[],
  params: readonly BoundParam[],
  known?: Known<readonly Interval[]>,
): readonly Interval[] {
  const byName = new Map(params.map(param => [param.name, rangeOf(param)]));
  const { result, ids } = begin(nodes, known);
  for (const id of ids) {
    const node = nodes[id];
    if (node === undefined) continue;
    const args = node.args.map((arg: NodeId) => result[arg] ?? ANYTHING);
    result[id] = boundsOf(node, args, byName);
  }
  return result;
}

/** One node, given its arguments' bounds. */
export function boundsOf(node: Node, args: readonly Interval[], params: ReadonlyMap<string, Interval>): Interval {
  if (node.op === 'const') return point(node.attrs.value ?? Number.NaN);
  if (node.op === 'param') return params.get(node.attrs.name ?? '') ?? ANYTHING;
  if (node.base === 'bool') return YES_OR_NO;
  const rule = RULES[node.op];
  const found = rule ? rule(args) : ANYTHING;
  return Number.isNaN(found.low) || Number.isNaN(found.high) ? ANYTHING : found;
}

/** Every value the param may be given. */
export function rangeOf(param: BoundParam): Interval {
  if (param.choices) return { low: 0, high: param.choices.length - 1 };
  if (param.type === 'bool') return YES_OR_NO;
  return { low: param.low ?? ANYTHING.low, high: param.high ?? ANYTHING.high };
}

function point(value: number): Interval {
  return Number.isNaN(value) ? ANYTHING : { low: value, high: value };
}

function hull(values: readonly number[]): Interval {
  return { low: Math.min(...values), high: Math.max(...values) };
}

function join(a: Interval, b: Interval): Interval {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

const two =
  (evaluate: (a: Interval, b: Interval) => Interval): Evaluate =>
  ([a = ANYTHING, b = ANYTHING]) =>
    evaluate(a, b);
const one =
  (evaluate: (a: Interval) => Interval): Evaluate =>
  ([a = ANYTHING]) =>
    evaluate(a);
/** An operator that never falls where its argument rises: its own reference form gives the ends. */
const rising = (op: string): Evaluate => {
  const { reference } = specOf(op);
  if (reference.kind !== 'pointwise') throw new Error(`${op} is no operator of one tick`);
  return one(a => ({ low: reference.evaluate([a.low]), high: reference.evaluate([a.high]) }));
};

/** 0 × ∞ is 0 here: a factor that is 0 leaves nothing, however large the other one may be. */
const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

const RULES: Readonly<Record<string, Evaluate>> = {
  add: two((a, b) => ({ low: a.low + b.low, high: a.high + b.high })),
  sub: two((a, b) => ({ low: a.low - b.high, high: a.high - b.low })),
  mul: two((a, b) =>
    hull([product(a.low, b.low), product(a.low, b.high), product(a.high, b.low), product(a.high, b.high)]),
  ),
  div: two((a, b) =>
    b.low <= 0 && b.high >= 0 ? ANYTHING : hull([a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high]),
  ),
  neg: one(a => ({ low: -a.high, high: -a.low })),
  abs: one(a => (a.low >= 0 ? a : { low: Math.max(0, -a.high), high: Math.max(-a.low, a.high) })),
  floor: rising('floor'),
  ceil: rising('ceil'),
  round: rising('round'),
  exp: rising('exp'),
  sqrt: rising('sqrt'),
  min: two((a, b) => ({ low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) })),
  max: two((a, b) => ({ low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) })),
  if: ([, a = ANYTHING, b = ANYTHING]) => join(a, b),
  or_else: two(join),
  plain: one(a => a),
  now: one(a => a),
};
