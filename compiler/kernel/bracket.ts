/** `bracket_k(frozen, live) → f64`: a bracket level as a pure function of two arrays of doubles. */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Graph } from '../graph/graph.ts';
import type { BracketFunction } from '../graph/schedule.ts';
import { type Operands, POINTWISE_EMITTERS } from './emit/pointwise.ts';
import type { Calls } from './stage-builder.ts';
import { boolOf, canonical, immediate, isNumber, numberOf, type Value } from './values.ts';
import { type Code, f64, type I32, i32 } from './wasm/instruction.ts';
import { FunctionBuilder } from './wasm/module.ts';

export function emitBracket(graph: Graph, bracket: BracketFunction, math: Calls['math']): FunctionBuilder<'f64'> {
  const fn = new FunctionBuilder(['i32', 'i32'], 'f64');
  const values = new Map<NodeId, Value>();
  const nodeOf = (id: NodeId): Node => {
    const node = graph.nodes[id];
    if (!node) throw new Error(`the graph has no node ${id}`);
    return node;
  };
  const isBool = (id: NodeId): boolean => nodeOf(id).base === 'bool';
  const keep = <T extends 'f64' | 'i32'>(value: Code<T>): Code<T> => {
    const local = fn.local(value.type);
    fn.emit(local.set(value));
    return local.get;
  };
  const define = (id: NodeId, value: Value): void => {
    if (isNumber(value)) {
      values.set(id, keep(value));
      return;
    }
    const truth = keep(value.truth());
    const falsity = keep(value.falsity === 'otherwise' ? i32.eqz(truth) : value.falsity());
    values.set(id, { truth: () => truth, falsity: () => falsity });
  };
  const valueAt = (id: NodeId): Value => {
    const known = values.get(id);
    if (known) return known;
    const node = nodeOf(id);
    if (node.op !== 'const') throw new Error(`node ${id} (${node.op}) has no value in the bracket`);
    return immediate(node);
  };
  const boolAt = (id: NodeId): { readonly truth: I32; readonly falsity: I32 } => {
    const value = valueAt(id);
    const { truth, falsity } = isNumber(value) ? boolOf(value) : value;
    return { truth: truth(), falsity: falsity === 'otherwise' ? i32.eqz(truth()) : falsity() };
  };
  const at: Operands = {
    isBool,
    // Evaluated at fills: a branch costs nothing that matters.
    isSteady: () => true,
    truth: id => boolAt(id).truth,
    falsity: id => boolAt(id).falsity,
    num: id => {
      const value = valueAt(id);
      if (isNumber(value)) return value;
      const { truth, falsity } = boolAt(id);
      return numberOf(truth, falsity);
    },
    math,
  };

  const load = (ids: readonly NodeId[], pointer: number): void => {
    ids.forEach((id, index) => {
      const value = keep(f64.load(fn.parameter('i32', pointer).get, 8 * index));
      define(id, isBool(id) ? boolOf(value) : value);
    });
  };
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
