/**
 * The checked strategy: names resolved, functions expanded at their call sites, every expression a typed node.
 * Plain, serialisable data. A Program exists even when there are errors (for the editor); it may be compiled only when
 * `problems` holds no error and `notYet` is empty.
 */
import type { Problem } from '../syntax/problem.ts';
import type { Side, SourceFile, Span, Tree } from '../syntax/tree.ts';
import type { FeatureBlock, Label, Model, Rebalance, Universe } from './model.ts';
import type { ClockId, Node, NodeId, Unit } from './node.ts';
import type { Origins } from './origins.ts';

export interface Program {
  readonly tree: Tree;
  /** 0 is the strategy's own file; then the standard library's and used modules. */
  readonly files: readonly SourceFile[];
  readonly title: string;
  /** Those declared by name or as the strategy's own, then the members of universes. */
  readonly instruments: readonly Instrument[];
  readonly universes: readonly Universe[];
  readonly clocks: readonly Clock[];
  readonly params: readonly Param[];
  /** Conditions on params that must hold, as param-stage nodes, with their text. */
  readonly requires: readonly { readonly node: NodeId; readonly text: string; readonly span: Span }[];
  readonly account: Account;
  readonly nodes: readonly Node[];
  /** Where each of them was written. */
  readonly origins: Origins;
  /** Every stream with a name that can be watched, in file order: lets, signals, states (also inside `at`). */
  readonly streams: readonly NamedStream[];
  readonly blocks: readonly FeatureBlock[];
  readonly labels: readonly Label[];
  readonly models: readonly Model[];
  readonly rebalances: readonly Rebalance[];
  readonly states: readonly StateSlot[];
  readonly rules: readonly Rule[];
  readonly risk: Risk;
  readonly execution: Execution;
  readonly plots: readonly Plot[];
  /** Declarations that were checked but cannot run yet, with the words to say so. */
  readonly notYet: readonly { readonly span: Span; readonly what: string }[];
  readonly problems: readonly Problem[];
}

export interface Instrument {
  /** `perp` in `instrument perp = …`; absent for the one that bare names mean. */
  readonly name?: string;
  readonly symbol: string;
  readonly venue: string;
  readonly market: 'spot' | 'linear' | 'inverse';
  readonly base: string;
  readonly quote: string;
  readonly settle: string;
  readonly gaps: 'hold' | 'absent' | 'fail';
  /** Milliseconds. */
  readonly maxGapMs: number;
  readonly span: Span;
}

export interface Clock {
  /** Absent for the base clock. */
  readonly name?: string;
  readonly period: Period;
  readonly span: Span;
}
/** Either a fixed number of milliseconds, or a number of calendar months. Weeks are fixed, anchored on a Monday. */
export type Period =
  | { readonly kind: 'fixed'; readonly ms: number; readonly anchorMs: number }
  | { readonly kind: 'months'; readonly months: number };

export interface Param {
  readonly name: string;
  readonly type: 'bars' | 'num' | 'ratio' | 'index' | 'duration' | 'price' | 'money' | 'qty' | 'bool' | 'choice';
  /** Numbers as the kernel sees them: ratios as fractions, bars as ticks, durations as milliseconds, choices as index. */
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly step?: number;
  readonly choices?: readonly string[];
  readonly doc?: string;
  readonly span: Span;
}

export interface Account {
  readonly currency?: string;
  readonly capital?: number;
}

export interface NamedStream {
  readonly name: string;
  readonly kind: 'let' | 'signal' | 'state';
  readonly node: NodeId;
  readonly doc?: string;
  readonly span: Span;
}

export interface StateSlot {
  readonly name: string;
  readonly clock: ClockId;
  /** `starts absent`: the state may be absent. */
  readonly optional: boolean;
}

// ---------------------------------------------------------------- rules

export type Rule = EnterRule | AddRule | ReduceRule | ExitRule | FlattenRule | AlertRule;

interface RuleBase {
  /** A bool node on the base clock. The rule holds where it is definitely true, not before the node is ready. */
  readonly when: NodeId;
  /** The condition's source text, for reports and the journal's reader. */
  readonly text: string;
  readonly instrument: number;
  readonly span: Span;
}
export interface EnterRule extends RuleBase {
  readonly verb: 'enter';
  readonly side: Side;
  readonly size: Size;
  readonly order: OrderSpec;
  readonly bracket: Bracket;
  readonly prefer?: NodeId;
}
export interface AddRule extends RuleBase {
  readonly verb: 'add';
  /** Absent: adds to whichever side is open. */
  readonly side?: Side;
  readonly size: Size;
  readonly order: OrderSpec;
  /** What it does not state stays as it is. */
  readonly bracket: Bracket;
}
export interface ReduceRule extends RuleBase {
  readonly verb: 'reduce';
  readonly side?: Side;
  /** Share of the current quantity, 0 to 1. */
  readonly share: NodeId;
}
export interface ExitRule extends RuleBase {
  readonly verb: 'exit';
  readonly side?: Side;
  readonly order: OrderSpec;
  /** What happens when a limit exit expires unfilled. */
  readonly else: 'market' | 'nothing';
}
export interface FlattenRule extends RuleBase {
  readonly verb: 'flatten';
}
export interface AlertRule extends RuleBase {
  readonly verb: 'alert';
  readonly message: string;
}

/** `at:` and `expire:`. Without `price`, a market order. `expire` in bars (1 unless stated). */
export interface OrderSpec {
  readonly type: 'market' | 'limit' | 'stop';
  readonly price?: NodeId;
  readonly expire: NodeId;
}

/**
 * `equity`: the node is a ratio, the order a notional of ratio × equity. `risk`: ratio × equity may be lost at the stop.
 * `notional`: the node is money. `quantity`: of the base asset. `volatility`: the node is a yearly target ratio and
 * `deviation` the stream's yearly deviation. `kelly`: a fraction, capped.
 */
export type Size =
  | { readonly basis: 'equity' | 'risk' | 'notional' | 'quantity'; readonly amount: NodeId; readonly span: Span }
  | { readonly basis: 'volatility'; readonly amount: NodeId; readonly deviation: NodeId; readonly span: Span };

/** Each level is an expression; the compiler splits it into what is frozen at the signal tick and what stays live. */
export interface Bracket {
  readonly stop?: NodeId;
  readonly targets: readonly { readonly share: NodeId | 'rest'; readonly price: NodeId }[];
  readonly trail?: { readonly distance: NodeId; readonly distanceIs: 'price' | 'ratio'; readonly after?: NodeId };
  /** Bars. */
  readonly hold?: NodeId;
}

// ---------------------------------------------------------------- risk, execution, plots

export interface Risk {
  readonly caps: readonly Cap[];
  readonly pauses: readonly Pause[];
}
export type CapName =
  | 'exposure'
  | 'leverage'
  | 'position'
  | 'daily_loss'
  | 'drawdown'
  /** Parsed and checked; need more than one account's worth of machinery. */
  | 'gross'
  | 'net'
  | 'turnover'
  | 'concentration'
  | 'positions'
  | 'orders';
export interface Cap {
  readonly name: CapName;
  /** A param-stage ratio of equity (or of peak equity, for drawdown); for `leverage` a plain number. */
  readonly limit: NodeId;
  readonly action:
    | { readonly kind: 'refuse' }
    | { readonly kind: 'reduce' }
    | { readonly kind: 'flatten' }
    /** `until` a clock: resumes at its next period; without, until a person resumes it. */
    | { readonly kind: 'halt'; readonly until?: ClockId };
  readonly span: Span;
}
export interface Pause {
  /** Bars of the base clock. */
  readonly length: NodeId;
  readonly when: NodeId;
  readonly text: string;
  readonly span: Span;
}

export interface Execution {
  readonly fill: 'next_open' | 'this_close';
  /** Ratios, param-stage nodes. `stated` false means the strategy says nothing: a warning, and the report prints it. */
  readonly maker: NodeId;
  readonly taker: NodeId;
  readonly feeStated: boolean;
  /** A ratio of the price, or a price distance, as a series or less. */
  readonly slippage: NodeId;
  readonly slippageIs: 'ratio' | 'price';
  readonly slippageStated: boolean;
  readonly bothHit: 'worst' | 'best';
  readonly touch: 'through' | 'fills';
  readonly funding: 'data' | 'ignored' | 'none';
  /** Plain number, param stage; 1 unless stated. */
  readonly leverage: NodeId;
  readonly margin: 'isolated' | 'cross';
  readonly participation?: NodeId;
  readonly span?: Span;
}

export interface Plot {
  readonly name: string;
  readonly node: NodeId;
  /** `price` or a pane of its own. */
  readonly pane: string;
}

/** For reports: how a unit is shown. */
export type { Unit };
