/**
 * The dataflow node: the one shape that the checker's Program and the compiler's Graph share, so that each analysis
 * (causality, warm-up, missing data, memory) is written once and runs on both.
 *
 * Nodes stand in an array; a node's id is its index and its arguments have smaller ids, so the array is always in
 * evaluation order and acyclic. The only feedback is a state: `state_prev` reads the slot that `state` writes.
 *
 * Operators with a meaning beyond their `OpSpec`:
 * - `const` attrs.value · `param` attrs.name (a choice param is its index) · `meta` attrs.field, attrs.instrument
 * - `input` attrs.field, attrs.instrument, on the node's clock (`open high low close volume`, `mark`, `funding` …)
 * - `engine` attrs.field, attrs.instrument: an engine stream (operators/streams.ts), on the base clock
 * - `calendar` attrs.field: `new` | `ends` (attrs.clock) | `hour_of_day` | `weekday`, from the tick's ordinal alone
 * - `state_prev` args [starts, reset?], attrs.state: `starts` on a reset and while the slot is still NaN, else the slot · `state` args [state_prev, update], attrs.state (slot number)
 * - `delay` args [x, k] · `latest` args [x(slow), max_age?] · `sample` args [x(base)] on the slower clock
 * - `signal` args [condition]: total bool, false until attrs-free readiness of its argument (the kernel is told the tick)
 * - `ahead` args [x, k]: only under a label
 * - `now` args [x]: in a bracket, today's value instead of the signal tick's
 *
 * Universes, labels, models:
 * - `input` (and `meta`) of a member: axis = universe, attrs.field, no attrs.instrument: each lane its own instrument's.
 *   With attrs.instrument it is that one instrument's, in every lane (axis null).
 * - `cross_section` attrs.field = `rank zscore demean scale winsor neutral quantile_of mean sum count breadth`, args [x,
 *   then the operator's settings in the order of CROSS_SECTION (cross-section.ts), those left out filled in as constants]:
 *   rank [x, need] · zscore [x, need] · demean [x] · scale [x, gross, net (absent: any)] · winsor [x, share] ·
 *   neutral [x, to (a stream of the axis)] · quantile_of [x, n] · mean, sum, count, breadth [x]; attrs.axis = the universe
 *   (for those that drop it the node's own axis is null). x may be a stream without the axis: then it is each member's.
 * - `predict` args [columns of the block, then `when` if the model has one], attrs.name = model, attrs.field = a class or
 *   `likeliest` (base category) or absent, attrs.block = number in Program.blocks, only where it is another one than the
 *   model's own. A column input (prediction.ts names it); its args say when it can be known, and are not computed for it.
 * - `drift` the same, attrs.value = window in ticks of the block's clock, attrs.field = `prediction` or absent. Absent
 *   until the window is full.
 * - `triple_barrier` args [fill_price, up, down, within, side, open, high, low, close], base category `up flat down`;
 *   fill_price is `ahead(open, 1)` or `close`; up and down are distances (prices) as of this tick, within a length in ticks,
 *   side a number of this tick (above 0: as it is, below 0: up and down change places, 0 or absent: no label);
 *   attrs.field = `worst` or `best`: which barrier counts when one bar reaches both. Reads bars t + 1 … t + within, and closes
 *   by time at `ahead(fill_price, within)`.
 */
import type { Span } from '../syntax/tree.ts';

export type NodeId = number;

export type BaseType = 'num' | 'bool' | 'category' | 'text';

/** When a value is known: always; per run; when the instrument binds; each tick. */
export type Stage = 'const' | 'param' | 'meta' | 'series';

/**
 * A unit is a product of powers of assets (`price BTC/USDT` = USDT¹ BTC⁻¹, money = USDT¹, quantity = BTC¹) and, when it
 * has no dimension, a flavour. `any` is a literal that has not met a unit yet.
 */
export interface Unit {
  readonly dimension: Readonly<Record<string, number>>;
  readonly flavour: 'none' | 'any' | 'plain' | 'ratio' | 'index' | 'bars' | 'duration';
}

/** 0 is the base clock (`every`); others in order of declaration. -1: no clock (const, param, meta). */
export type ClockId = number;

export interface Attributes {
  readonly value?: number;
  readonly name?: string;
  readonly field?: string;
  readonly instrument?: number;
  readonly state?: number;
  readonly clock?: ClockId;
  readonly categories?: readonly string[];
  /** Of a cross-section: the universe. */
  readonly axis?: number;
  /** Of a prediction: the block it is made from. */
  readonly block?: number;
}

export interface Node {
  readonly op: string;
  readonly args: readonly NodeId[];
  readonly attrs: Attributes;
  readonly base: BaseType;
  readonly unit: Unit;
  readonly clock: ClockId;
  readonly stage: Stage;
  /** Universe index, when the stream has one value a member. */
  readonly axis: number | null;
}

/** What the Program keeps beside each node: where it was written, for messages. Parallel to the nodes. */
export interface NodeOrigin {
  /** Index into `Program.files`. */
  readonly file: number;
  readonly span: Span;
  /** The `let`, `signal` or `state` this node is the value of, when it is one. */
  readonly name?: string;
}
