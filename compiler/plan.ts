/**
 * The plan: what a strategy compiles to. Plain data and Wasm bytes, serialisable; it holds all that an engine needs and
 * nothing of the source but names.
 *
 * A plan is a small DAG of stages. Each stage is one exported function of the module, `advance_k(state, io, offset,
 * count) → done`, over one clock cluster and one lane a call; a stage with an axis has a lane for each member of that
 * universe, with its own state and io table, and begins at the lane's first tick. `io` is a table of (pointer: i32, stride: i32) pairs, inputs
 * first, then outputs; column j at tick t of the call stands at `pointer + (offset + t) * stride`. A stride of 0 is a
 * constant. State, params and io may stand anywhere in the one imported memory.
 * - host stages (compiler/host/) stand in the same order and read and write the same columns, but are no functions of the
 *   module: cross-sections, which read all lanes of a tick, and the walk of a label's barriers.
 * - `market` stages depend on data alone and run ahead in blocks.
 * - `account` stages read engine streams and run tick by tick; they return early after a tick on which a rule fired.
 * - `fill` functions are brackets: `bracket_k(frozen, live) → f64`.
 * `init(state, params)` of each stage writes the state of a run that has seen nothing.
 */
import type { ClockId } from '../language/check/node.ts';
import type { Account, AlertRule, Cap, Clock, Execution, Instrument, Param, Rule } from '../language/check/program.ts';
import type { Side } from '../language/syntax/tree.ts';
import type { Graph } from './graph/graph.ts';
import type { BracketFunction, ScheduledStage } from './graph/schedule.ts';

/**
 * Where an engine finds a value. `fixed`: const, param and meta values, computed when a run is bound. `flag`: a byte
 * column of the market part (1 = definitely true and ready). `market`: an f64 column of the market part. `account`: an
 * output of the account part as of its latest step (bools 1 or 0).
 */
export type ValueRef =
  | { readonly from: 'fixed'; readonly index: number }
  | { readonly from: 'flag'; readonly index: number }
  | { readonly from: 'market'; readonly index: number }
  | { readonly from: 'account'; readonly index: number };

/** A bracket level. `frozen` values are read at the signal tick and kept with the intent. */
export interface LevelRef {
  /** Number of the `bracket_k` function; absent when the level is simply `frozen[0]`. */
  readonly bracket?: number;
  readonly frozen: readonly ValueRef[];
  /** Uses something that moves between fills (`held`, `best`, `now(x)`): evaluate at every tick, else only at fills. */
  readonly everyTick: boolean;
  /** Values read at evaluation besides the engine streams: `now(x)` and stateful account streams. */
  readonly live: readonly ValueRef[];
}

export type PlanSize =
  | { readonly basis: 'equity' | 'risk' | 'notional' | 'quantity'; readonly amount: ValueRef }
  | { readonly basis: 'volatility'; readonly amount: ValueRef; readonly deviation: ValueRef };

export interface PlanOrder {
  readonly type: 'market' | 'limit' | 'stop';
  readonly price?: ValueRef;
  /** Bars. */
  readonly expire: ValueRef;
}

export interface PlanBracket {
  readonly stop?: LevelRef;
  readonly targets: readonly { readonly share: ValueRef | 'rest'; readonly price: LevelRef }[];
  readonly trail?: {
    readonly distance: ValueRef;
    readonly distanceIs: 'price' | 'ratio';
    readonly after?: ValueRef;
  };
  readonly hold?: LevelRef;
}

interface PlanRuleBase {
  readonly when: ValueRef;
  readonly text: string;
  readonly instrument: number;
}
export type PlanRule =
  | (PlanRuleBase & {
      readonly verb: 'enter';
      readonly side: Side;
      readonly size: PlanSize;
      readonly order: PlanOrder;
      readonly bracket: PlanBracket;
      readonly prefer?: ValueRef;
    })
  | (PlanRuleBase & {
      readonly verb: 'add';
      readonly side?: Side;
      readonly size: PlanSize;
      readonly order: PlanOrder;
      readonly bracket: PlanBracket;
    })
  | (PlanRuleBase & { readonly verb: 'reduce'; readonly side?: Side; readonly share: ValueRef })
  | (PlanRuleBase & {
      readonly verb: 'exit';
      readonly side?: Side;
      readonly order: PlanOrder;
      readonly else: 'market' | 'nothing';
    })
  | (PlanRuleBase & { readonly verb: 'flatten' })
  | (PlanRuleBase & { readonly verb: 'alert'; readonly message: AlertRule['message'] });

export interface PlanExecution
  extends Omit<Execution, 'maker' | 'taker' | 'slippage' | 'leverage' | 'participation' | 'span'> {
  readonly maker: ValueRef;
  readonly taker: ValueRef;
  readonly slippage: ValueRef;
  readonly leverage: ValueRef;
  readonly participation?: ValueRef;
}

export interface PlanCap {
  readonly name: Cap['name'];
  readonly limit: ValueRef;
  readonly action: Cap['action'];
}
export interface PlanPause {
  readonly length: ValueRef;
  readonly when: ValueRef;
  readonly text: string;
}

/**
 * A listed set of instruments; its number is the axis of stages, and its members, in their order, are their lanes. A value
 * with the axis is found in `PlanRun.lanes[i]` for member i, a value without it is the same in every lane.
 */
export interface PlanUniverse {
  readonly name: string;
  /** Numbers of `Plan.instruments`, in order of symbols. */
  readonly members: readonly number[];
}

/** Weights are notional over equity; absent keeps a holding, 0 closes it. Not gated: a weight is absent until it is ready. */
export interface PlanRebalance {
  /** A flag without an axis: acts at the ticks where it is 1. */
  readonly when: ValueRef;
  readonly text: string;
  readonly to:
    | { readonly kind: 'across'; readonly axis: number; readonly weight: ValueRef }
    | {
        readonly kind: 'named';
        readonly weights: readonly { readonly instrument: number; readonly weight: ValueRef }[];
      };
  /** Nearer to its target than this, a holding is left alone; a fixed value. */
  readonly band?: ValueRef;
  readonly leavers: 'exit' | 'keep';
}

/** What one entry of a stage's io table is. */
export type StageInput =
  /**
   * A column of the data. `member`: of the lane's own instrument. The field `held` is 1 where the instrument has no real bar.
   * `ended: last`: behind the instrument's last bar the column goes on with its last close (a label leaves there).
   */
  | {
      readonly kind: 'bar';
      readonly instrument: number | 'member';
      readonly field: string;
      readonly ended?: 'last';
    }
  /** Streams of the account carry the number of the instrument that names them too; every row of the table holds them. */
  | { readonly kind: 'engine'; readonly field: string; readonly instrument: number | 'member' }
  /** What a model says, or its drift: `RunData.predictions` by `key`. `member`: the lane's own column, else the only one. */
  | {
      readonly kind: 'prediction';
      readonly key: string;
      readonly model: string;
      /** A class, or `likeliest`; of a drift `prediction`. */
      readonly field?: string;
      readonly member: boolean;
    }
  /** Known from the tick's ordinal alone: `new` and `ends` of `of`, `hour_of_day`, `weekday` (compiler/calendar.ts). */
  | { readonly kind: 'calendar'; readonly field: string; readonly of?: ClockId }
  /**
   * Another stage's output. `same` clock; `latest`: the last completed tick of a slower clock; `sample`: the tick of a
   * faster clock that closes this one. A `latest` value older than the fixed value `maxAge` (milliseconds) is absent.
   */
  | {
      readonly kind: 'stage';
      readonly stage: number;
      readonly output: number;
      readonly align: 'same' | 'latest' | 'sample';
      /** Index into `Plan.fixed`. */
      readonly maxAge?: number;
    };
/** A stage as scheduled (graph/schedule.ts), with the room its state takes. */
export interface PlanStage extends ScheduledStage {
  /** Bytes of the state of one run of the stage (a lane's), sized for the upper end of each param's range. */
  readonly stateBytes: number;
}

export interface Plan {
  readonly format: 1;
  readonly title: string;
  readonly planHash: string;
  readonly layoutHash: string;
  readonly cacheKey: string;
  readonly instruments: readonly Instrument[];
  readonly universes: readonly PlanUniverse[];
  readonly clocks: readonly Clock[];
  readonly params: readonly Param[];
  readonly account: Account;
  readonly graph: Graph;
  readonly stages: readonly PlanStage[];
  /** `bracket_k` is entry k. */
  readonly brackets: readonly BracketFunction[];
  /** `market` ValueRefs index this, `flag` ValueRefs the flags, `account` ValueRefs the account outputs. */
  readonly marketColumns: readonly { readonly stage: number; readonly output: number }[];
  readonly flagColumns: readonly { readonly stage: number; readonly output: number }[];
  readonly accountColumns: readonly { readonly stage: number; readonly output: number }[];
  /** Graph nodes whose values make up the `fixed` table. */
  readonly fixed: readonly number[];
  readonly requires: readonly { readonly fixed: number; readonly text: string }[];
  readonly rules: readonly PlanRule[];
  readonly caps: readonly PlanCap[];
  readonly pauses: readonly PlanPause[];
  readonly rebalances: readonly PlanRebalance[];
  readonly execution: PlanExecution;
  /** Named streams that can be asked for: each a column of its own clock. Order of the watch list given to `compile`. */
  readonly watches: readonly {
    readonly name: string;
    readonly clock: ClockId;
    readonly value: ValueRef;
    readonly pane?: string;
  }[];
  readonly memory: { readonly stateBytes: number; readonly blockBytes: number };
  readonly wasm: Uint8Array;
}

export type { Rule };
