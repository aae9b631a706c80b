/**
 * Operators of one tick: the same IEEE operations as their reference forms (language/operators/pointwise.ts), in the same
 * order. Shared by stages and bracket functions.
 */
import type { NodeId } from '../../../language/check/node.ts';
import type { MathName } from '../math.ts';
import { type Bool, choose, chooseSteadily, maximum, minimum, notNaN, type Value } from '../values.ts';
import { type F64, f64, type I32, i32, select } from '../wasm/instruction.ts';

/** What an emitter needs of the place it stands in. Reading an operand is cheap and may be repeated. */
export interface Operands {
  num(id: NodeId): F64;
  /** 1 where a bool is definitely true, definitely false. */
  truth(id: NodeId): I32;
  falsity(id: NodeId): I32;
  isBool(id: NodeId): boolean;
  /** The value hardly ever changes from one evaluation to the next. */
  isSteady(id: NodeId): boolean;
  math(name: MathName, operands: readonly F64[]): F64;
}
export type PointwiseEmitter = (at: Operands, args: readonly NodeId[]) => Value;

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

type Compare = (a: F64, b: F64) => I32;

/** Either comparison is false where a value is NaN. */
const comparison =
  (holds: Compare, fails: Compare): PointwiseEmitter =>
  (at, args) => {
    const a = at.num(argument(args, 0));
    const b = at.num(argument(args, 1));
    return { truth: () => holds(a, b), falsity: () => fails(a, b) };
  };
const lessOrGreater: Compare = (a, b) => i32.or(f64.lt(a, b), f64.gt(a, b));

const COMPARISONS: Readonly<Record<string, PointwiseEmitter>> = {
  lt: comparison(f64.lt, f64.ge),
  le: comparison(f64.le, f64.gt),
  gt: comparison(f64.gt, f64.le),
  ge: comparison(f64.ge, f64.lt),
  eq: comparison(f64.eq, lessOrGreater),
  ne: comparison(lessOrGreater, f64.eq),
  is: comparison(f64.eq, lessOrGreater),
};

/** 1 where a bool or a number is present. */
function isPresent(at: Operands, id: NodeId): I32 {
  return at.isBool(id) ? i32.or(at.truth(id), at.falsity(id)) : notNaN(at.num(id));
}

const LOGIC: Readonly<Record<string, PointwiseEmitter>> = {
  and: (at, args) => {
    const [a, b] = [argument(args, 0), argument(args, 1)];
    return {
      truth: () => i32.and(at.truth(a), at.truth(b)),
      falsity: () => i32.or(at.falsity(a), at.falsity(b)),
    };
  },
  or: (at, args) => {
    const [a, b] = [argument(args, 0), argument(args, 1)];
    return {
      truth: () => i32.or(at.truth(a), at.truth(b)),
      falsity: () => i32.and(at.falsity(a), at.falsity(b)),
    };
  },
  not: (at, args) => {
    const a = argument(args, 0);
    return { truth: () => at.falsity(a), falsity: () => at.truth(a) };
  },
  if: (at, args) => {
    const [condition, a, b] = [argument(args, 0), argument(args, 1), argument(args, 2)];
    if (!at.isBool(a)) {
      const pick = at.isSteady(condition) ? chooseSteadily : choose;
      return pick(at.truth(condition), at.falsity(condition), at.num(a), at.num(b));
    }
    const either = (inA: I32, inB: I32): I32 =>
      i32.or(i32.and(at.truth(condition), inA), i32.and(at.falsity(condition), inB));
    return {
      truth: () => either(at.truth(a), at.truth(b)),
      falsity: () => either(at.falsity(a), at.falsity(b)),
    };
  },
  or_else: (at, args) => {
    const [a, b] = [argument(args, 0), argument(args, 1)];
    if (!at.isBool(a)) return select(at.num(a), at.num(b), notNaN(at.num(a)));
    return {
      truth: () => select(at.truth(a), at.truth(b), isPresent(at, a)),
      falsity: () => select(at.falsity(a), at.falsity(b), isPresent(at, a)),
    };
  },
  present: (at, args) => ({ truth: () => isPresent(at, argument(args, 0)), falsity: 'otherwise' }),
};

const OTHERS: Readonly<Record<string, PointwiseEmitter>> = {
  now: (at, args) => {
    const x = argument(args, 0);
    if (!at.isBool(x)) return at.num(x);
    const value: Bool = { truth: () => at.truth(x), falsity: () => at.falsity(x) };
    return value;
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
  Object.entries({ ...ARITHMETIC, ...COMPARISONS, ...LOGIC, ...OTHERS }),
);
