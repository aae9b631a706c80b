/**
 * How large a fixed value can get over the ranges of the params: interval arithmetic, never narrower than the truth.
 * State is sized by it, so that another value of a param needs no other layout.
 */
import type { Node } from '../../language/check/node.ts';
import type { Param } from '../../language/check/program.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const ANYTHING: Interval = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

type Rule = (...args: readonly Interval[]) => Interval;

/** Operators whose bound is worth knowing: those that lengths are computed with. All others can be anything. */
const RULES: Readonly<Record<string, Rule>> = {
  add: (a = ANYTHING, b = ANYTHING) => between(a.low + b.low, a.high + b.high),
  sub: (a = ANYTHING, b = ANYTHING) => between(a.low - b.high, a.high - b.low),
  mul: (a = ANYTHING, b = ANYTHING) => corners(a, b, (x, y) => x * y),
  div: (a = ANYTHING, b = ANYTHING) => (b.low > 0 || b.high < 0 ? corners(a, b, (x, y) => x / y) : ANYTHING),
  neg: (a = ANYTHING) => between(-a.high, -a.low),
  min: (...all) => between(Math.min(...all.map(a => a.low)), Math.min(...all.map(a => a.high))),
  max: (...all) => between(Math.max(...all.map(a => a.low)), Math.max(...all.map(a => a.high))),
  floor: (a = ANYTHING) => between(Math.floor(a.low), Math.floor(a.high)),
  ceil: (a = ANYTHING) => between(Math.ceil(a.low), Math.ceil(a.high)),
  round: (a = ANYTHING) => between(Math.floor(a.low), Math.ceil(a.high)),
  abs: (a = ANYTHING) => between(0, Math.max(-a.low, a.high)),
  sqrt: (a = ANYTHING) => between(0, Math.sqrt(Math.max(a.high, 0))),
  plain: (a = ANYTHING) => a,
  if: (_condition, a = ANYTHING, b = ANYTHING) => hull(a, b),
  or_else: (a = ANYTHING, b = ANYTHING) => hull(a, b),
};

/** One interval a node; a series can be anything. */
export function boundsOf(nodes: readonly Node[], params: readonly Param[]): readonly Interval[] {
  const bounds: Interval[] = [];
  for (const node of nodes)
    bounds.push(
      boundOf(
        node,
        params,
        node.args.map(id => bounds[id] ?? ANYTHING),
      ),
    );
  return bounds;
}

function boundOf(node: Node, params: readonly Param[], args: readonly Interval[]): Interval {
  if (node.stage === 'series') return ANYTHING;
  if (node.op === 'const' && node.attrs.value !== undefined) return between(node.attrs.value, node.attrs.value);
  if (node.op === 'param') return rangeOf(params.find(param => param.name === node.attrs.name));
  return RULES[node.op]?.(...args) ?? ANYTHING;
}

function rangeOf(param: Param | undefined): Interval {
  if (param?.choices) return { low: 0, high: param.choices.length - 1 };
  return { low: param?.low ?? ANYTHING.low, high: param?.high ?? ANYTHING.high };
}

function between(low: number, high: number): Interval {
  return Number.isNaN(low) || Number.isNaN(high) ? ANYTHING : { low, high };
}

function hull(a: Interval, b: Interval): Interval {
  return between(Math.min(a.low, b.low), Math.max(a.high, b.high));
}

function corners(a: Interval, b: Interval, of: (x: number, y: number) => number): Interval {
  const values = [of(a.low, b.low), of(a.low, b.high), of(a.high, b.low), of(a.high, b.high)];
  return between(Math.min(...values), Math.max(...values));
}
