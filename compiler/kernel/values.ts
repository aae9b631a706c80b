/**
 * Values inside a kernel. A number is an f64 with NaN for absent. A bool is an i32 with bit 0 for definitely true and
 * bit 1 for definitely false; no bit means unknown. Columns and params hold bools as 1, 0 and NaN.
 */
import type { Node } from '../../language/check/node.ts';
import { type F64, f64, type I32, i32, i64, select, v128 } from './wasm/instruction.ts';

export const TRUE = 1;
export const FALSE = 2;
export const UNKNOWN = 0;

const CANONICAL_NAN = i64.const(0x7ff8000000000000n);

export const notNaN = (x: F64): I32 => f64.eq(x, x);
export const isAbsent = (x: F64): I32 => f64.ne(x, x);

/** One NaN for all: what a column, a snapshot or a hash may see. `x` is evaluated three times. */
export function canonical(x: F64): F64 {
  return select(x, f64.const(Number.NaN), f64.eq(x, x));
}

/**
 * `condition` non-zero: `a`. Goes through integer registers, where x64 selects without a branch; a branch on a condition
 * that follows the market costs four times as much. For conditions that hardly ever change, `select` is faster.
 */
export function selectBranchless(a: F64, b: F64, condition: I32): F64 {
  return f64.reinterpret(select(i64.reinterpret(a), i64.reinterpret(b), condition));
}

/** Minimum and maximum as Wasm and IEEE 754-2019 define them; the vector forms have no branch on x64. */
export const minimum = (a: F64, b: F64): F64 => v128.extract(v128.min(v128.splat(a), v128.splat(b)));
export const maximum = (a: F64, b: F64): F64 => v128.extract(v128.max(v128.splat(a), v128.splat(b)));

/** A bool of a column or a param, as bits. */
export function bitsOf(x: F64): I32 {
  return i32.or(f64.eq(x, f64.const(1)), i32.shl(f64.eq(x, f64.const(0)), i32.const(1)));
}
/** The value of a `const` node. */
export function immediate({ base, attrs: { value = Number.NaN } }: Node): F64 | I32 {
  if (base !== 'bool') return f64.const(value);
  return i32.const(value === 1 ? TRUE : value === 0 ? FALSE : UNKNOWN);
}

/** Bits as 1, 0 or NaN. `bits` is evaluated twice. */
export function numberOf(bits: I32): F64 {
  return f64.reinterpret(select(i64.reinterpret(f64.convert(i32.and(bits, i32.const(TRUE)))), CANONICAL_NAN, bits));
}

/** A two-valued condition (1 or 0) as the bits of a bool that is never unknown. */
export function total(condition: I32): I32 {
  return i32.sub(i32.const(FALSE), condition);
}
export function isTrue(bits: I32): I32 {
  return i32.and(bits, i32.const(TRUE));
}

/** By the bits of `condition`: `a`, `b`, or NaN where it is unknown. */
export function choose(condition: I32, a: F64, b: F64): F64 {
  const either = select(i64.reinterpret(a), i64.reinterpret(b), isTrue(condition));
  return f64.reinterpret(select(either, CANONICAL_NAN, condition));
}
export function chooseBits(condition: I32, a: I32, b: I32): I32 {
  return select(select(a, b, isTrue(condition)), i32.const(UNKNOWN), condition);
}
