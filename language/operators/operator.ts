/**
 * The contract of a primitive. One `OpSpec` an operator; the checker reads its rules, the interpreter runs its reference
 * form, the emitter writes its Wasm. Adding an operator touches its spec, its emitter and its golden vectors.
 *
 * At run time a stream is one f64 a tick. NaN stands for absent, undefined and not ready alike; the type tells them
 * apart. A bool is three-valued: 1 true, 0 false, NaN unknown.
 */

/** What an argument must be. `same(n)`: base type of argument n; `num`: any number; `any`: number, bool or category. */
export type ArgumentRule =
  | { readonly kind: 'num' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'any' }
  | { readonly kind: 'same'; readonly as: number }
  /** A whole number of ticks, at most `meta` stage and bounded: a window or an offset. Durations convert. */
  | {
      readonly kind: 'length';
      readonly min: number;
      /** The node's window is this many ticks longer than the number written (`percent_rank` looks at n earlier ones). */
      readonly plus?: number;
    }
  /** At most `meta` stage: a smoothing factor, a multiplier that must not vary by tick. */
  | { readonly kind: 'fixed' }
  /** `true` or `false`, at most `meta` stage. */
  | { readonly kind: 'flag' }
  | { readonly kind: 'duration' };

export interface OperatorArgument {
  readonly name: string;
  readonly rule: ArgumentRule;
  readonly default?: number;
  /** The last argument may repeat (`steps`). */
  readonly repeats?: boolean;
  readonly doc: string;
}

/**
 * Unit of the result. `same` results (`if`, `or else`) take the base type of the first `any` argument.
 * `of(n)`: that of argument n; `power`: of argument n to the given power.
 */
export type UnitRule =
  | { readonly kind: 'plain' }
  | { readonly kind: 'ratio' }
  | { readonly kind: 'index' }
  | { readonly kind: 'bars' }
  | { readonly kind: 'of'; readonly argument: number }
  | { readonly kind: 'power'; readonly argument: number; readonly exponent: number }
  | { readonly kind: 'product'; readonly arguments: readonly number[] }
  | { readonly kind: 'quotient'; readonly arguments: readonly [number, number] };

/**
 * How the operator moves through time; decides horizon, readiness and settling (language.md §2).
 * - `pointwise`: this tick only.
 * - `delay`: argument `by` ticks back.
 * - `window`: the last `length` ticks of its inputs.
 * - `recurrence`: the whole past, fading; `decay(args)` gives λ, first ready after `length` ticks.
 * - `special`: the checker knows it by name (sources, states, clock crossings).
 */
export type TimeRule =
  | { readonly kind: 'pointwise' }
  | { readonly kind: 'delay'; readonly by: number }
  | { readonly kind: 'window'; readonly length: number }
  | { readonly kind: 'recurrence'; readonly length: number; readonly decay: (args: readonly number[]) => number }
  | { readonly kind: 'special' };

/**
 * What an absent input does.
 * - `propagate`: any absent argument makes the result absent.
 * - `kleene`: three-valued logic.
 * - `discharge`: the result is present although an argument may be absent (`or else`, `present`).
 * - `strict`: absent while any tick of the window is (unless `need` is given).
 * - `hold`: the recurrence keeps its value and takes no step; absent only before its first value.
 */
export type MissingRule = 'propagate' | 'kleene' | 'discharge' | 'strict' | 'hold';

/**
 * The reference form, run by the interpreter: obvious, slow, exact to the bit.
 * A window sees its values oldest first, one array for each argument that is a stream (rules num, bool, any, same), and
 * `split`, the index at which the current anchored block begins (engine.md, Numbers 3; 0 when the window is the block).
 * `fixed` holds the values of the `fixed` and `flag` arguments in their order, flags as 1 and 0. A recurrence's `args`
 * are all arguments in order. Window references are only called on windows without an absent value (missing: strict).
 */
export type ReferenceForm =
  | { readonly kind: 'pointwise'; readonly evaluate: (args: readonly number[]) => number }
  | {
      readonly kind: 'window';
      readonly evaluate: (windows: readonly Float64Array[], split: number, fixed: readonly number[]) => number;
    }
  | {
      readonly kind: 'recurrence';
      /** State slots, all zero at first. Returns the value; mutates the slots. */
      readonly slots: number;
      readonly step: (slots: Float64Array, args: readonly number[]) => number;
    }
  | { readonly kind: 'special' };

export interface OpSpec {
  readonly name: string;
  /** The name under which a strategy may call it; absent for those that only syntax or the checker makes. */
  readonly callable: boolean;
  readonly doc: string;
  readonly formula: string;
  readonly arguments: readonly OperatorArgument[];
  readonly result: 'num' | 'bool' | 'same';
  readonly unit: UnitRule;
  /** Of the arguments that must agree in unit, the indices. */
  readonly unify: readonly number[];
  readonly time: TimeRule;
  readonly missing: MissingRule;
  /** The result may be undefined for present inputs (division, logarithm, a window of equal values). */
  readonly partial: boolean;
  readonly reference: ReferenceForm;
}
