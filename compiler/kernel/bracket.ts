/** `bracket_k(frozen, live) → f64`: a bracket level as a pure function of two arrays of doubles. */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Graph } from '../graph/graph.ts';
import type { BracketFunction } from '../graph/schedule.ts';
import { type Operands, POINTWISE_EMITTERS } from './emit/pointwise.ts';
import type { MathCall } from './stage-builder.ts';
import { bitsOf, canonical, immediate, numberOf } from './values.ts';
import { type F64, f64, type I32 } from './wasm/instruction.ts';
import { FunctionBuilder } from './wasm/module.ts';

export function emitBracket(graph: Graph, bracket: BracketFunction, math: MathCall): FunctionBuilder<'f64'> {
  const fn = new FunctionBuilder(['i32', 'i32'], 'f64');
  const values = new Map<NodeId, F64 | I32>();
  const nodeOf = (id: NodeId): Node => {
    const node = graph.nodes[id];
    if (!node) throw new Error(`the graph has no node ${id}`);
    return node;
  };
  const isBool = (id: NodeId): boolean => nodeOf(id).base === 'bool';
  const define = (id: NodeId, value: F64 | I32): void => {
    const local = fn.local(value.type);
    fn.emit(local.set(value));
    values.set(id, local.get);
  };
  const valueAt = (id: NodeId): F64 | I32 => {
    const known = values.get(id);
    if (known) return known;
    const node = nodeOf(id);
    if (node.op !== 'const') throw new Error(`node ${id} (${node.op}) has no value in the bracket`);
    return immediate(node);
  };
  const at: Operands = {
    isBool,
    num: id => {
      const value = valueAt(id);
      return value.type === 'f64' ? value : numberOf(value);
    },
    bits: id => {
      const value = valueAt(id);
      return value.type === 'f64' ? bitsOf(value) : value;
    },
    math,
  };

  const load = (ids: readonly NodeId[], pointer: number): void =>
    ids.forEach((id, index) => {
      const local = fn.local('f64');
      fn.emit(local.set(f64.load(fn.parameter('i32', pointer).get, 8 * index)));
      define(id, isBool(id) ? bitsOf(local.get) : local.get);
    });
  load(bracket.frozen, 0);
  load(bracket.live, 1);
  for (const id of bracket.nodes) {
    const { op, args } = nodeOf(id);
    const emitter = POINTWISE_EMITTERS.get(op);
    if (!emitter) throw new Error(`${op} has no place in a bracket`);
    define(id, emitter(at, args));
  }
  const result = fn.local('f64');
  fn.emit(result.set(at.num(bracket.root)), canonical(result.get));
  return fn;
}
