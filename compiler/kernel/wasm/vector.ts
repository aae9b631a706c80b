/** Single floats and vectors, for kernels over many numbers at a time: the part of SIMD that the models' kernels use. */
import {
  binary,
  type Code,
  code,
  type Effect,
  type F32,
  type F64,
  type I32,
  type I64,
  load,
  SIMD,
  store,
  unary,
  type V128,
} from './instruction.ts';

const BYTES = 16;
const ofVectors = (opcode: number) => binary<'v128', 'v128'>('v128', SIMD | opcode);
const ofVector = (opcode: number) => unary<'v128', 'v128'>('v128', SIMD | opcode);
const vectorLoad = (opcode: number, alignLog2: number) => load('v128', SIMD | opcode, alignLog2);

export const f32 = {
  load: load('f32', 0x2a, 2),
  store: store<'f32'>(0x38, 2),
  add: binary<'f32', 'f32'>('f32', 0x92),
  ne: binary<'f32', 'i32'>('i32', 0x5c),
  lt: binary<'f32', 'i32'>('i32', 0x5d),
  le: binary<'f32', 'i32'>('i32', 0x5f),
  ge: binary<'f32', 'i32'>('i32', 0x60),
  promote: unary<'f32', 'f64'>('f64', 0xbb),
  demote: unary<'f64', 'f32'>('f32', 0xb6),
};

export const vector = {
  const: (bytes: readonly number[]): V128 => code('v128', SIMD | 0x0c, [], { kind: 'bytes', bytes }),
  load: vectorLoad(0x00, 3),
  store: store<'v128'>(SIMD | 0x0b, 3) as (address: I32, value: V128, offset?: number) => Effect,
  /** The other lanes are 0. */
  load64: vectorLoad(0x5d, 2),
  splat64: vectorLoad(0x0a, 3),
  splat32: vectorLoad(0x09, 2),
  /** Lanes of `a` are 0 …, those of `b` follow. */
  shuffle32: (a: V128, b: V128, lanes: readonly [number, number, number, number]): V128 => shuffle(a, b, lanes, 4),
  shuffle64: (a: V128, b: V128, lanes: readonly [number, number]): V128 => shuffle(a, b, lanes, 8),
  and: ofVectors(0x4e),
  andNot: ofVectors(0x4f),
  or: ofVectors(0x50),
  /** Bits of `a` where `mask` has ones, of `b` elsewhere. */
  choose: (a: V128, b: V128, mask: V128): V128 => code('v128', SIMD | 0x52, [a, b, mask]),
};

export const f32x4 = {
  splat: unary<'f32', 'v128'>('v128', SIMD | 0x13),
  gt: ofVectors(0x44),
  abs: ofVector(0xe0),
  neg: ofVector(0xe1),
  add: ofVectors(0xe4),
  sub: ofVectors(0xe5),
  mul: ofVectors(0xe6),
  div: ofVectors(0xe7),
  pseudoMin: ofVectors(0xea),
  pseudoMax: ofVectors(0xeb),
  /** From two doubles; the upper lanes are 0. */
  demote: ofVector(0x5e),
};

export const f64x2 = {
  splat: unary<'f64', 'v128'>('v128', SIMD | 0x14),
  lane: (a: V128, lane: 0 | 1): F64 => code('f64', SIMD | 0x21, [a], { kind: 'lane', lane }),
  gt: ofVectors(0x4a),
  ge: ofVectors(0x4c),
  abs: ofVector(0xec),
  neg: ofVector(0xed),
  add: ofVectors(0xf0),
  sub: ofVectors(0xf1),
  mul: ofVectors(0xf2),
  div: ofVectors(0xf3),
  pseudoMin: ofVectors(0xf6),
  pseudoMax: ofVectors(0xf7),
  nearest: ofVector(0x94),
  /** Of the lower two floats. */
  promote: ofVector(0x5f),
};

export const i64x2 = {
  lane: (a: V128, lane: 0 | 1): I64 => code('i64', SIMD | 0x1d, [a], { kind: 'lane', lane }),
  shl: (a: V128, bits: I32): V128 => code('v128', SIMD | 0xcb, [a, bits]),
  add: ofVectors(0xce),
};

/** A vector constant of two doubles. */
export function doubles(a: number, b: number): V128 {
  return vector.const([...new Uint8Array(new Float64Array([a, b]).buffer)]);
}
/** A vector constant of four equal floats. */
export function floats(a: number): V128 {
  return vector.const([...new Uint8Array(new Float32Array([a, a, a, a]).buffer)]);
}

export type { F32 };

function shuffle(a: V128, b: V128, lanes: readonly number[], width: number): Code<'v128'> {
  const bytes = lanes.flatMap(lane => Array.from({ length: width }, (_, i) => lane * width + i));
  if (bytes.length !== BYTES) throw new Error(`a shuffle of ${lanes.length} lanes`);
  return code('v128', SIMD | 0x0d, [a, b], { kind: 'bytes', bytes });
}
