/**
 * Operators of one tick: the same IEEE operations as their reference forms (language/operators/pointwise.ts), in the same
 * order. Shared by stages and bracket functions.
 */
import type { NodeId } from '../../../language/check/node.ts';
import type { MathName } from '../math.ts';
import { choose, chooseBits, FALSE, maximum, minimum, notNaN, TRUE, total } from '../values.ts';
import { type F64, f64, type I32, i32, select } from '../wasm/instruction.ts';

/** What an emitter needs of the place it stands in. Reading an operand is cheap and may be repeated. */
export interface Operands {
  num(id: NodeId): F64;
  bits(id: NodeId): I32;
  isBool(id: NodeId): boolean;
  math(name: MathName, operands: readonly F64[]): F64;
}
/** An i32 result is the bits of a bool. */
export type PointwiseEmitter = (at: Operands, args: readonly NodeId[]) => F64 | I32;

export function argument(args: readonly NodeId[], index: number): NodeId {
  const id = args[index];
  if (id === undefined) throw new Error(`argument ${index} is missing`);
  return id;
}

const unary =
  (evaluate: (x: F64) => F64): PointwiseEmitter =>
  (at, args) =>
    evaluate(at.num(argument(args, 0)));
const binary =
  (evaluate: (a: F64, b: F64) => F64): PointwiseEmitter =>
  (at, args) =>
    evaluate(at.num(argument(args, 0)), at.num(argument(args, 1)));
const math =
  (name: MathName): PointwiseEmitter =>
  (at, args) =>
    at.math(name, [at.num(argument(args, 0))]);

/** Each of the two comparisons is false where a value is NaN, so that neither bit is set. */
const comparison =
  (holds: (a: F64, b: F64) => I32, fails: (a: F64, b: F64) => I32): PointwiseEmitter =>
  (at, args) => {
    const a = at.num(argument(args, 0));
    const b = at.num(argument(args, 1));
    return i32.or(holds(a, b), i32.shl(fails(a, b), i32.const(1)));
  };
const lessOrGreater = (a: F64, b: F64): I32 => i32.or(f64.lt(a, b), f64.gt(a, b));

const ARITHMETIC: Readonly<Record<string, PointwiseEmitter>> = {
  add: binary(f64.add),
  sub: binary(f64.sub),
  mul: binary(f64.mul),
  div: binary(f64.div),
  neg: unary(f64.neg),
  abs: unary(f64.abs),
  sqrt: unary(f64.sqrt),
  floor: unary(f64.floor),
  ceil: unary(f64.ceil),
  min: binary(minimum),
  max: binary(maximum),
  exp: math('exp'),
  log: math('log'),
  sin: math('sin'),
  pow: (at, args) => {
    const a = at.num(argument(args, 0));
    const b = at.num(argument(args, 1));
    // pow(1, NaN) and pow(NaN, 0) are 1 in IEEE; an absent argument makes the result absent here.
    return select(at.math('pow', [a, b]), f64.const(Number.NaN), i32.and(notNaN(a), notNaN(b)));
  },
  mod: binary((a, b) => f64.sub(a, f64.mul(b, f64.floor(f64.div(a, b))))),
  sign: unary(x => select(f64.convert(i32.sub(f64.gt(x, f64.const(0)), f64.lt(x, f64.const(0)))), x, notNaN(x))),
  round: unary(x => {
    const whole = f64.trunc(x);
    const away = f64.add(whole, f64.copysign(f64.const(1), x));
    return select(away, whole, f64.ge(f64.abs(f64.sub(x, whole)), f64.const(0.5)));
  }),
  plain: unary(x => x),
};

const COMPARISONS: Readonly<Record<string, PointwiseEmitter>> = {
  lt: comparison(f64.lt, f64.ge),
  le: comparison(f64.le, f64.gt),
  gt: comparison(f64.gt, f64.le),
  ge: comparison(f64.ge, f64.lt),
  eq: comparison(f64.eq, lessOrGreater),
  ne: comparison(lessOrGreater, f64.eq),
  is: (at, args) => {
    const x = at.num(argument(args, 0));
    const index = at.num(argument(args, 1));
    return i32.or(f64.eq(x, index), i32.shl(i32.and(notNaN(x), f64.ne(x, index)), i32.const(1)));
  },
};

const LOGIC: Readonly<Record<string, PointwiseEmitter>> = {
  and: (at, args) => {
    const a = at.bits(argument(args, 0));
    const b = at.bits(argument(args, 1));
    return i32.or(i32.and(i32.and(a, b), i32.const(TRUE)), i32.and(i32.or(a, b), i32.const(FALSE)));
  },
  or: (at, args) => {
    const a = at.bits(argument(args, 0));
    const b = at.bits(argument(args, 1));
    return i32.or(i32.and(i32.or(a, b), i32.const(TRUE)), i32.and(i32.and(a, b), i32.const(FALSE)));
  },
  not: (at, args) => {
    const a = at.bits(argument(args, 0));
    return i32.or(i32.shrUnsigned(a, i32.const(1)), i32.shl(i32.and(a, i32.const(TRUE)), i32.const(1)));
  },
  if: (at, args) => {
    const condition = at.bits(argument(args, 0));
    const [a, b] = [argument(args, 1), argument(args, 2)];
    return at.isBool(a) ? chooseBits(condition, at.bits(a), at.bits(b)) : choose(condition, at.num(a), at.num(b));
  },
  or_else: (at, args) => {
    const [a, b] = [argument(args, 0), argument(args, 1)];
    if (at.isBool(a)) return select(at.bits(a), at.bits(b), at.bits(a));
    return select(at.num(a), at.num(b), notNaN(at.num(a)));
  },
  present: (at, args) => {
    const a = argument(args, 0);
    return total(at.isBool(a) ? i32.ne(at.bits(a), i32.const(0)) : notNaN(at.num(a)));
  },
};

const TABLES: Readonly<Record<string, PointwiseEmitter>> = {
  now: (at, args) => {
    const x = argument(args, 0);
    return at.isBool(x) ? at.bits(x) : at.num(x);
  },
  steps: (at, args) => {
    const x = at.num(argument(args, 0));
    let value: F64 = f64.const(Number.NaN);
    for (let i = 1; i + 1 < args.length; i += 2) {
      value = select(at.num(argument(args, i + 1)), value, f64.le(at.num(argument(args, i)), x));
    }
    return value;
  },
};

export const POINTWISE_EMITTERS: ReadonlyMap<string, PointwiseEmitter> = new Map(
  Object.entries({ ...ARITHMETIC, ...COMPARISONS, ...LOGIC, ...TABLES }),
);
