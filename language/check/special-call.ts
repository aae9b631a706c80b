/** The shape of a call that the checker knows by name. */
import type { Call } from '../syntax/tree.ts';
import type { Matched, Parameter } from './arguments.ts';
import type { Context } from './context.ts';
import type { Place, Value } from './scope.ts';

export interface SpecialCall {
  readonly parameters: readonly Parameter[];
  readonly elaborate: (cx: Context, place: Place, matched: Matched, call: Call) => Value | undefined;
}

export const required = (name: string): Parameter => ({ name, optional: false });
export const optional = (name: string): Parameter => ({ name, optional: true });
