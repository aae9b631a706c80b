/**
 * The scheduled form: the graph cut into stages and bracket functions, each a straight list of nodes. It is all that a
 * back-end needs; the kernel emits Wasm from it and the interpreter walks it.
 *
 * Inside a stage the value of a node that something uses is found in exactly one place:
 * - `const`: an immediate, wherever it stands;
 * - a fixed node (param, meta, or computed from those and constants): slot `{ kind: 'node' }` of the params region;
 * - an entry of `inputs`: a column;
 * - an entry of `nodes`: computed here, after everything it reads.
 *
 * Nodes with a meaning of their own:
 * - `signal` args [condition]: 1 where the condition is definitely true and the stage's tick (0 = first tick of the data)
 *   is at least its ready slot, else 0.
 * - `state_prev` args [starts, reset?]: `starts` where `reset` is definitely true and while the slot is NaN (as it is at
 *   first), else the slot as the tick before left it. There is one `state_prev` node a slot and it stands before the
 *   slot's `state`.
 * - `state` args [state_prev, update]: the update, or where that is NaN the state_prev; written to the slot. A NaN update at
 *   a tick at or after the node's ready slot is counted.
 * - `input`, `engine`, `calendar`, `predict`, `drift`, `latest`, `sample` are always entries of `inputs`; the host lays the
 *   columns out.
 * - `cross_section` and `barrier` are host stages of their own.
 */
import type { ClockId, NodeId } from '../../language/check/node.ts';
import type { StageInput } from '../plan.ts';
import type { Graph } from './graph.ts';

export interface Schedule {
  readonly graph: Graph;
  /** In an order in which they can run at one instant: market stages first, then account stages. */
  readonly stages: readonly ScheduledStage[];
  readonly brackets: readonly BracketFunction[];
}

export interface ScheduledStage {
  readonly part: 'market' | 'account';
  readonly clock: ClockId;
  /** The universe whose members are the stage's lanes: inputs, state and outputs are each lane's own. null: there is one. */
  readonly axis: number | null;
  /** Of a stage that the host computes, of one node, and no kernel: `over` is the universe whose lanes it reads at once. */
  readonly host?: { readonly over: number | null };
  readonly inputs: readonly ScheduledInput[];
  /** Series nodes to compute at each tick, in order. */
  readonly nodes: readonly NodeId[];
  readonly outputs: readonly ScheduledOutput[];
  /** The f64 slots of the stage's params region. */
  readonly slots: readonly Slot[];
  /** For each `signal` and `state` in `nodes`, the slot that holds its ready tick. */
  readonly ready: readonly { readonly node: NodeId; readonly slot: number }[];
}

export interface ScheduledInput {
  readonly node: NodeId;
  readonly from: StageInput;
}

/**
 * `f64`: the node's value, NaN canonical. `flag`: 1 where the node is definitely true and the stage's tick is at least
 * slot `ready`, else 0; a byte in a market stage, an f64 in an account stage (the engine reads those from one table).
 * An account stage returns early after a tick on which any flag is 1.
 * The node may also be an input, a fixed node or a constant.
 */
export type ScheduledOutput =
  | { readonly type: 'f64'; readonly node: NodeId }
  | { readonly type: 'flag'; readonly node: NodeId; readonly ready: number };

/** One f64 of the params region. The host fills it when a run is bound. */
export type Slot =
  /** Value of a fixed node; never above `high`, for which the state must be sized (Infinity: no bound is known). */
  | { readonly kind: 'node'; readonly node: NodeId; readonly high: number }
  /** First tick of the stage's clock at which all these nodes are ready; Infinity if never. */
  | { readonly kind: 'ready'; readonly nodes: readonly NodeId[] }
  /** Calendar ordinal of the first tick of the stage's clock, where windows are anchored. */
  | { readonly kind: 'ordinal' };

/**
 * A bracket level that depends on the account: a pure function of two f64 arrays. `nodes` are pointwise and stand in order
 * with the root last; their arguments are constants, other entries of `nodes`, entry i of `frozen`, or entry j of `live`.
 * When `nodes` is empty the root itself is frozen or live.
 */
export interface BracketFunction {
  readonly root: NodeId;
  readonly nodes: readonly NodeId[];
  /** Values kept from the signal tick, fixed values among them. */
  readonly frozen: readonly NodeId[];
  /** Values read when the level is evaluated: `engine` nodes, `now` nodes and nodes of the account part. */
  readonly live: readonly NodeId[];
  /** Where the host finds each entry of `live`. */
  readonly sources: readonly LiveSource[];
}
export type LiveSource =
  | { readonly from: 'engine'; readonly field: string; readonly instrument: number }
  | { readonly from: 'market' | 'account'; readonly index: number };

/** What a back-end makes of a schedule. */
export interface EmittedKernel {
  readonly wasm: Uint8Array;
  /** Bytes of one lane's state, a stage each. */
  readonly stateBytes: readonly number[];
  /** The layout of each stage's state as text, for `layoutHash`. */
  readonly layout?: readonly string[];
}
/** The kernel room's entry point; `compile` is given it. */
export type KernelEmitter = (schedule: Schedule) => EmittedKernel;
