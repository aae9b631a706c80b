/**
 * The operator table: every primitive, by name. The checker reads its rules, the interpreter runs its reference form, the
 * emitter writes its Wasm.
 */
import type { OpSpec } from './operator.ts';
import { POINTWISE } from './pointwise.ts';
import { RECURRENCES } from './recurrences.ts';
import { SPECIAL } from './special.ts';
import { WINDOWS } from './windows.ts';

export const OPERATORS: ReadonlyMap<string, OpSpec> = new Map(
  [...SPECIAL, ...POINTWISE, ...WINDOWS, ...RECURRENCES].map(spec => [spec.name, spec]),
);

/** The spec of an operator that a node names. Nodes are made by the checker and the passes, so an unknown name is a bug. */
export function specOf(op: string): OpSpec {
  const spec = OPERATORS.get(op);
  if (!spec) throw new Error(`no operator named ${op}`);
  return spec;
}
