/**
 * Wasm instructions as typed trees: an instruction holds its operands, so a program that builds is one whose operand
 * types agree. Only what the emitters need is here. An instruction object may stand in several places; it is then
 * evaluated in each of them.
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
export type ResultType = ValueType | 'none';

/** Target of a branch: the end of a block, the start of a loop. Compared by identity. */
export interface Label {
  readonly label: string;
}

export type Immediate =
  | { readonly kind: 'none' }
  | { readonly kind: 'i32'; readonly value: number }
  | { readonly kind: 'i64'; readonly value: bigint }
  | { readonly kind: 'f64'; readonly value: number }
  /** A local or a function. */
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'memory'; readonly alignLog2: number; readonly offset: number }
  | { readonly kind: 'lane'; readonly lane: number }
  /** A vector constant, or the lanes of a shuffle. */
  | { readonly kind: 'bytes'; readonly bytes: readonly number[] }
  /** Memory numbers, all of them 0. */
  | { readonly kind: 'memories'; readonly count: number }
  | { readonly kind: 'branch'; readonly to: Label }
  /** `block` and `loop`. */
  | { readonly kind: 'body'; readonly label: Label; readonly body: readonly Code[] }
  | { readonly kind: 'if'; readonly then: readonly Code[]; readonly otherwise: readonly Code[] };

export interface Code<T extends ResultType = ResultType> {
  readonly type: T;
  /** Opcodes with a prefix byte are `prefix << 16 | opcode`. */
  readonly opcode: number;
  readonly operands: readonly Code[];
  readonly immediate: Immediate;
}

export type I32 = Code<'i32'>;
export type I64 = Code<'i64'>;
export type F32 = Code<'f32'>;
export type F64 = Code<'f64'>;
export type V128 = Code<'v128'>;
export type Effect = Code<'none'>;

const NONE: Immediate = { kind: 'none' };
export const SIMD: number = 0xfd << 16;
const EXTENDED = 0xfc << 16;

export function code<T extends ResultType>(
  type: T,
  opcode: number,
  operands: readonly Code[],
  immediate: Immediate = NONE,
): Code<T> {
  return { type, opcode, operands, immediate };
}

export const unary =
  <A extends ValueType, R extends ValueType>(result: R, opcode: number) =>
  (a: Code<A>): Code<R> =>
    code(result, opcode, [a]);
export const binary =
  <A extends ValueType, R extends ValueType>(result: R, opcode: number) =>
  (a: Code<A>, b: Code<A>): Code<R> =>
    code(result, opcode, [a, b]);
export const load =
  <T extends ValueType>(type: T, opcode: number, alignLog2: number) =>
  (address: I32, offset = 0): Code<T> =>
    code(type, opcode, [address], { kind: 'memory', alignLog2, offset });
export const store =
  <T extends ValueType>(opcode: number, alignLog2: number) =>
  (address: I32, value: Code<T>, offset = 0): Effect =>
    code('none', opcode, [address, value], { kind: 'memory', alignLog2, offset });

export const i32 = {
  const: (value: number): I32 => code('i32', 0x41, [], { kind: 'i32', value }),
  load: load('i32', 0x28, 2),
  load8: load('i32', 0x2d, 0),
  store: store<'i32'>(0x36, 2),
  store8: store<'i32'>(0x3a, 0),
  load16: load('i32', 0x2f, 1),
  store16: store<'i32'>(0x3b, 1),
  eqz: unary<'i32', 'i32'>('i32', 0x45),
  eq: binary<'i32', 'i32'>('i32', 0x46),
  ne: binary<'i32', 'i32'>('i32', 0x47),
  lt: binary<'i32', 'i32'>('i32', 0x48),
  ltUnsigned: binary<'i32', 'i32'>('i32', 0x49),
  gtUnsigned: binary<'i32', 'i32'>('i32', 0x4b),
  gt: binary<'i32', 'i32'>('i32', 0x4a),
  le: binary<'i32', 'i32'>('i32', 0x4c),
  ge: binary<'i32', 'i32'>('i32', 0x4e),
  add: binary<'i32', 'i32'>('i32', 0x6a),
  sub: binary<'i32', 'i32'>('i32', 0x6b),
  mul: binary<'i32', 'i32'>('i32', 0x6c),
  and: binary<'i32', 'i32'>('i32', 0x71),
  or: binary<'i32', 'i32'>('i32', 0x72),
  xor: binary<'i32', 'i32'>('i32', 0x73),
  shl: binary<'i32', 'i32'>('i32', 0x74),
  shrSigned: binary<'i32', 'i32'>('i32', 0x75),
  shrUnsigned: binary<'i32', 'i32'>('i32', 0x76),
  /** Cut to the range of i32; NaN gives 0. */
  truncateSaturated: unary<'f64', 'i32'>('i32', EXTENDED | 0x02),
  wrap: unary<'i64', 'i32'>('i32', 0xa7),
};

export const i64 = {
  const: (value: bigint): I64 => code('i64', 0x42, [], { kind: 'i64', value }),
  load: load('i64', 0x29, 3),
  store: store<'i64'>(0x37, 3),
  eq: binary<'i64', 'i32'>('i32', 0x51),
  lt: binary<'i64', 'i32'>('i32', 0x53),
  gt: binary<'i64', 'i32'>('i32', 0x55),
  add: binary<'i64', 'i64'>('i64', 0x7c),
  sub: binary<'i64', 'i64'>('i64', 0x7d),
  mul: binary<'i64', 'i64'>('i64', 0x7e),
  div: binary<'i64', 'i64'>('i64', 0x7f),
  rem: binary<'i64', 'i64'>('i64', 0x81),
  and: binary<'i64', 'i64'>('i64', 0x83),
  or: binary<'i64', 'i64'>('i64', 0x84),
  xor: binary<'i64', 'i64'>('i64', 0x85),
  shrSigned: binary<'i64', 'i64'>('i64', 0x87),
  shrUnsigned: binary<'i64', 'i64'>('i64', 0x88),
  extend: unary<'i32', 'i64'>('i64', 0xac),
  /** Of a double known to be a whole number in range. */
  truncate: unary<'f64', 'i64'>('i64', 0xb0),
  reinterpret: unary<'f64', 'i64'>('i64', 0xbd),
};

export const f64 = {
  const: (value: number): F64 => code('f64', 0x44, [], { kind: 'f64', value }),
  load: load('f64', 0x2b, 3),
  store: store<'f64'>(0x39, 3),
  eq: binary<'f64', 'i32'>('i32', 0x61),
  ne: binary<'f64', 'i32'>('i32', 0x62),
  lt: binary<'f64', 'i32'>('i32', 0x63),
  gt: binary<'f64', 'i32'>('i32', 0x64),
  le: binary<'f64', 'i32'>('i32', 0x65),
  ge: binary<'f64', 'i32'>('i32', 0x66),
  abs: unary<'f64', 'f64'>('f64', 0x99),
  neg: unary<'f64', 'f64'>('f64', 0x9a),
  ceil: unary<'f64', 'f64'>('f64', 0x9b),
  floor: unary<'f64', 'f64'>('f64', 0x9c),
  trunc: unary<'f64', 'f64'>('f64', 0x9d),
  nearest: unary<'f64', 'f64'>('f64', 0x9e),
  sqrt: unary<'f64', 'f64'>('f64', 0x9f),
  add: binary<'f64', 'f64'>('f64', 0xa0),
  sub: binary<'f64', 'f64'>('f64', 0xa1),
  mul: binary<'f64', 'f64'>('f64', 0xa2),
  div: binary<'f64', 'f64'>('f64', 0xa3),
  min: binary<'f64', 'f64'>('f64', 0xa4),
  max: binary<'f64', 'f64'>('f64', 0xa5),
  copysign: binary<'f64', 'f64'>('f64', 0xa6),
  convert: unary<'i32', 'f64'>('f64', 0xb7),
  convert64: unary<'i64', 'f64'>('f64', 0xb9),
  reinterpret: unary<'i64', 'f64'>('f64', 0xbf),
};

export const v128 = {
  splat: unary<'f64', 'v128'>('v128', SIMD | 0x14),
  extract: (a: V128): F64 => code('f64', SIMD | 0x21, [a], { kind: 'lane', lane: 0 }),
  /** `b < a ? b : a`, and `a < b ? b : a`. */
  pseudoMin: binary<'v128', 'v128'>('v128', SIMD | 0xf6),
  pseudoMax: binary<'v128', 'v128'>('v128', SIMD | 0xf7),
  /** All bits of a double's lane: set where the two differ or one is NaN. */
  ne: binary<'v128', 'v128'>('v128', SIMD | 0x48),
  and: binary<'v128', 'v128'>('v128', SIMD | 0x4e),
  or: binary<'v128', 'v128'>('v128', SIMD | 0x50),
};

/** `condition` non-zero: `a`. Both are evaluated. */
export function select<T extends ValueType>(a: Code<T>, b: Code<T>, condition: I32): Code<T> {
  return code(a.type, 0x1b, [a, b, condition]);
}

export function block(label: Label, body: readonly Code[]): Effect {
  return code('none', 0x02, [], { kind: 'body', label, body });
}
export function loop(label: Label, body: readonly Code[]): Effect {
  return code('none', 0x03, [], { kind: 'body', label, body });
}
export function when(condition: I32, then: readonly Code[], otherwise: readonly Code[] = []): Effect {
  return code('none', 0x04, [condition], { kind: 'if', then, otherwise });
}
export function branch(to: Label): Effect {
  return code('none', 0x0c, [], { kind: 'branch', to });
}
export function branchIf(to: Label, condition: I32): Effect {
  return code('none', 0x0d, [condition], { kind: 'branch', to });
}
export function drop(value: Code<ValueType>): Effect {
  return code('none', 0x1a, [value]);
}
/** Copies bytes; the ranges may overlap. */
export function copyMemory(to: I32, from: I32, bytes: I32): Effect {
  return code('none', EXTENDED | 0x0a, [to, from, bytes], { kind: 'memories', count: 2 });
}
export function fillMemory(at: I32, byte: I32, bytes: I32): Effect {
  return code('none', EXTENDED | 0x0b, [at, byte, bytes], { kind: 'memories', count: 1 });
}

export interface Local<T extends ValueType = ValueType> {
  readonly type: T;
  readonly index: number;
  readonly get: Code<T>;
  readonly set: (value: Code<T>) => Effect;
  readonly tee: (value: Code<T>) => Code<T>;
}

export function makeLocal<T extends ValueType>(type: T, index: number): Local<T> {
  const immediate: Immediate = { kind: 'index', index };
  return {
    type,
    index,
    get: code(type, 0x20, [], immediate),
    set: value => code('none', 0x21, [value], immediate),
    tee: value => code(type, 0x22, [value], immediate),
  };
}

/** A function that can be called: imported or defined. */
export interface Callee<T extends ResultType = ResultType> {
  readonly index: number;
  readonly result: T;
}
export function call<T extends ResultType>(callee: Callee<T>, operands: readonly Code<ValueType>[]): Code<T> {
  return code(callee.result, 0x10, operands, { kind: 'index', index: callee.index });
}
