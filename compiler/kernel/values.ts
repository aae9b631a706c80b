/**
 * Values inside a kernel. A number is an f64 with NaN for absent. A bool is two conditions, each 1 or 0: that it is
 * definitely true, and that it is definitely false; where neither holds it is unknown. Kept apart, most logic costs one
 * instruction or none, and a consumer that asks for truth alone, as every rule does, pays for truth alone.
 * Columns and params hold bools as 1, 0 and NaN.
 */
import type { Node } from '../../language/check/node.ts';
import { type F64, f64, type I32, i32, i64, select, v128 } from './wasm/instruction.ts';

/** Code for both conditions of a bool; made when it is asked for. */
export interface Bool {
  readonly truth: () => I32;
  /** `otherwise`: the bool is never unknown. */
  readonly falsity: (() => I32) | 'otherwise';
}
export type Value = F64 | Bool;

export function isNumber(value: Value): value is F64 {
  return 'opcode' in value;
}

const CANONICAL_NAN = i64.const(0x7ff8000000000000n);

export const notNaN = (x: F64): I32 => f64.eq(x, x);
export const isAbsent = (x: F64): I32 => f64.ne(x, x);

/** Present and finite: the difference to itself is 0 and not NaN. */
export function isPresentAndFinite(x: F64): I32 {
  const difference = f64.sub(x, x);
  return f64.eq(difference, difference);
}

/** One NaN for all: what a column, a snapshot or a hash may see. `x` is evaluated three times. */
export function canonical(x: F64): F64 {
  return select(x, f64.const(Number.NaN), f64.eq(x, x));
}

/**
 * Minimum and maximum as Wasm and IEEE 754-2019 define them, without a branch on x64 and in fewer instructions than
 * `f64x2.min` takes there. The pseudo-forms pick one of two values by a single comparison; asked both ways round they agree
 * to the bit, but for zeros of two signs and where a value is NaN, when they give one each. Of zeros, or keeps the sign
 * and and drops it; or keeps a NaN a NaN, and beside and a comparison restores it.
 * Beside the constant 0 one comparison decides, since it lets a NaN and a -0 through; the maximum then needs an addition,
 * which turns -0 into 0.
 */
export function minimum(a: F64, b: F64): F64 {
  if (isZero(a)) return minimum(b, a);
  const [x, y] = [v128.splat(a), v128.splat(b)];
  const either = v128.pseudoMin(x, y);
  return v128.extract(isZero(b) ? either : v128.or(either, v128.pseudoMin(y, x)));
}
export function maximum(a: F64, b: F64): F64 {
  if (isZero(a)) return maximum(b, a);
  const [x, y] = [v128.splat(a), v128.splat(b)];
  const either = v128.pseudoMax(x, y);
  if (isZero(b)) return f64.add(v128.extract(either), b);
  const other = v128.pseudoMax(y, x);
  return v128.extract(v128.or(v128.and(either, other), v128.ne(either, other)));
}
const isZero = ({ immediate }: F64): boolean => immediate.kind === 'f64' && Object.is(immediate.value, 0);

/** A bool of a column or a param. `x` is evaluated once for each condition. */
export function boolOf(x: F64): Bool {
  return { truth: () => f64.eq(x, f64.const(1)), falsity: () => f64.eq(x, f64.const(0)) };
}

/** 1, 0 or NaN. */
export function numberOf(truth: I32, falsity: I32): F64 {
  return choose(truth, falsity, f64.const(1), f64.const(0));
}

/**
 * `a` where true, `b` where false, else NaN. Goes through integer registers, where x64 selects without a branch: a branch
 * on a condition that follows the market costs four times as much.
 */
export function choose(truth: I32, falsity: I32, a: F64, b: F64): F64 {
  const otherwise = select(i64.reinterpret(b), CANONICAL_NAN, falsity);
  return f64.reinterpret(select(i64.reinterpret(a), otherwise, truth));
}

/** The same for a condition that hardly ever changes: x64 branches, and what is chosen need not wait for the choice. */
export function chooseSteadily(truth: I32, falsity: I32, a: F64, b: F64): F64 {
  return select(a, select(b, f64.const(Number.NaN), falsity), truth);
}

/** The value of a `const` node. */
export function immediate({ base, attrs: { value = Number.NaN } }: Node): Value {
  if (base !== 'bool') return f64.const(value);
  return { truth: () => i32.const(value === 1 ? 1 : 0), falsity: () => i32.const(value === 0 ? 1 : 0) };
}
