/** An ONNX model as plain data: the part of the format (onnx.proto) that models of rows of numbers use. */

/** Numbers of `TensorProto.DataType`. */
export const ELEMENT = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
} as const;

export function elementName(element: number): string {
  return Object.entries(ELEMENT).find(([, number]) => number === element)?.[0] ?? `type ${element}`;
}

export interface OnnxTensor {
  readonly name: string;
  readonly element: number;
  readonly dims: readonly number[];
  /** Little-endian, row by row. */
  readonly raw: Uint8Array;
}

export type OnnxAttribute =
  | { readonly kind: 'float' | 'int'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'floats'; readonly values: Float32Array }
  | { readonly kind: 'ints'; readonly values: ArrayLike<number> }
  | { readonly kind: 'texts'; readonly values: readonly string[] }
  /** A tensor, a graph: nothing that our own graphs have or that a check looks at. */
  | { readonly kind: 'other' };

export interface OnnxNode {
  readonly operator: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** What goes in or comes out. `dims`: a number, or the name of what is known at run time only; absent for no shape. */
export interface OnnxValue {
  readonly name: string;
  readonly kind: 'tensor' | 'sequence' | 'map' | 'other';
  readonly element?: number;
  readonly dims?: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: OnnxGraph;
  /** Weights that lie in another file. */
  readonly external: boolean;
}

export const MACHINE_LEARNING = 'ai.onnx.ml';
