/**
 * One stage in the making: where each node's value is found, and what it reads and writes. Emitters (emit/) add their
 * state, their code for a tick and, where a window is rebuilt, for its end.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Schedule, ScheduledStage } from '../graph/schedule.ts';
import type { StageInput } from '../plan.ts';
import { type Operands, POINTWISE_EMITTERS } from './emit/pointwise.ts';
import type { MathName } from './math.ts';
import { MISSING_UPDATES_OFFSET } from './state-builder.ts';
import { StretchBuilder, type Stride } from './stretch-builder.ts';
import { type Bool, boolOf, canonical, immediate, isNumber, numberOf, type Value } from './values.ts';
import { type Code, type Effect, type F64, f64, type I32, i32 } from './wasm/instruction.ts';

/** A length that is known when a run is bound: how many ticks at run time, and at most. */
export interface Length {
  readonly ticks: I32;
  /** The same, in `init`. */
  readonly initial: I32;
  readonly atMost: number;
  /** Equal keys are equal lengths. */
  readonly key: string;
}

/** Functions that stages call. */
export interface Calls {
  readonly math: (name: MathName, operands: readonly F64[]) => F64;
  /** Makes each NaN of `count` doubles the canonical one. */
  readonly canonicalise: (address: I32, count: I32) => Effect;
}

export class StageBuilder extends StretchBuilder implements Operands {
  readonly schedule: Schedule;
  readonly stage: ScheduledStage;

  private readonly values = new Map<NodeId, Value>();
  private readonly computed: ReadonlySet<NodeId>;
  private readonly steadyInputs = new Set<NodeId>();
  private readonly nodeSlots = new Map<NodeId, { readonly slot: number; readonly high: number }>();
  private readonly readySlots = new Map<NodeId, number>();
  readonly calls: Calls;

  constructor(schedule: Schedule, stage: ScheduledStage, calls: Calls) {
    super();
    this.schedule = schedule;
    this.stage = stage;
    this.calls = calls;
    this.computed = new Set(stage.nodes);
    stage.slots.forEach((slot, index) => {
      if (slot.kind === 'node') this.nodeSlots.set(slot.node, { slot: index, high: slot.high });
    });
    for (const { node, slot } of stage.ready) this.readySlots.set(node, slot);
  }

  node(id: NodeId): Node {
    const node = this.schedule.graph.nodes[id];
    if (!node) throw new Error(`the graph has no node ${id}`);
    return node;
  }

  // ---------------------------------------------------------------- operands

  isBool(id: NodeId): boolean {
    return this.node(id).base === 'bool';
  }

  num(id: NodeId): F64 {
    const value = this.value(id);
    return isNumber(value)
      ? value
      : this.shared(`number ${id}`, () => this.evaluate(id, numberOf(this.truth(id), this.falsity(id))));
  }

  truth(id: NodeId): I32 {
    return this.shared(`truth ${id}`, () => this.evaluate(id, this.bool(id).truth()));
  }
  falsity(id: NodeId): I32 {
    return this.shared(`falsity ${id}`, () => {
      const { falsity } = this.bool(id);
      return this.evaluate(id, falsity === 'otherwise' ? i32.eqz(this.truth(id)) : falsity());
    });
  }

  private bool(id: NodeId): Bool {
    const value = this.value(id);
    return isNumber(value) ? boolOf(value) : value;
  }

  /** The value as columns and the state keep it: NaN canonical, a bool as 1, 0 or NaN. */
  canonical(id: NodeId): F64 {
    if (this.isBool(id)) return this.num(id);
    return this.shared(`canonical ${id}`, () => this.copy(canonical(this.num(id))));
  }

  math(name: MathName, operands: readonly F64[]): F64 {
    return this.calls.math(name, operands);
  }

  /**
   * Declares a node's value. A number is evaluated now; a bool when it is first asked for in the tick, so its code must
   * read nothing that changes before the tick's end.
   */
  define(id: NodeId, value: Value): void {
    this.values.set(id, isNumber(value) ? this.evaluate(id, value) : value);
  }

  /** The node's value does not change inside a stretch: it rests on nothing but params and what the account says. */
  isSteady(id: NodeId): boolean {
    return this.shared(`steady ${id}`, () => {
      const { op, args } = this.node(id);
      if (op === 'const' || this.nodeSlots.has(id) || this.steadyInputs.has(id)) return true;
      return this.computed.has(id) && POINTWISE_EMITTERS.has(op) && args.every(arg => this.isSteady(arg));
    });
  }
  /** Evaluated now and once, and once a stretch where that is enough; a constant or a local stays what it is. */
  private evaluate<T extends 'f64' | 'i32'>(id: NodeId, value: Code<T>): Code<T> {
    if (this.isSteady(id)) return value.operands.length === 0 ? value : this.onceAStretch(value);
    return value.type === 'f64' ? this.copy(value) : this.keep(value);
  }

  private value(id: NodeId): Value {
    const known = this.values.get(id);
    if (known) return known;
    const node = this.node(id);
    const value = node.op === 'const' ? this.constant(node) : this.fixedNode(id, node);
    this.values.set(id, value);
    return value;
  }

  /** Numbers that are not one instruction to make are read from the state, which costs less than making them each tick. */
  private constant(node: Node): Value {
    const value = immediate(node);
    if (!isNumber(value) || isCheap(node.attrs.value ?? Number.NaN)) return value;
    const key = `constant ${node.attrs.value}`;
    return this.shared(key, () => this.constantF64(key, value)).get;
  }

  private fixedNode(id: NodeId, node: Node): Value {
    const known = this.nodeSlots.get(id);
    if (!known) throw new Error(`node ${id} (${node.op}) is read before it is computed`);
    const given = this.parameter(known.slot);
    if (node.base !== 'bool') return this.constantF64(`fixed ${known.slot}`, given).get;
    const isTrue = this.constantI32(`fixed ${known.slot} is true`, f64.eq(given, f64.const(1))).get;
    const isFalse = this.constantI32(`fixed ${known.slot} is false`, f64.eq(given, f64.const(0))).get;
    return { truth: () => isTrue, falsity: () => isFalse };
  }

  /** A window's length or an offset. Cut to its bounds, so that memory stays whole whatever the params region holds. */
  length(id: NodeId, atLeast: number): Length {
    const node = this.node(id);
    if (node.op === 'const') {
      const ticks = Math.max(atLeast, Math.trunc(node.attrs.value ?? Number.NaN));
      if (!Number.isSafeInteger(ticks)) throw new RangeError(`length ${node.attrs.value} is no number of ticks`);
      return { ticks: i32.const(ticks), initial: i32.const(ticks), atMost: ticks, key: String(ticks) };
    }
    const known = this.nodeSlots.get(id);
    if (!known) throw new Error(`length ${id} (${node.op}) is not fixed`);
    const atMost = Math.max(atLeast, Math.floor(known.high));
    const key = `slot ${known.slot}, at least ${atLeast}`;
    const ticks = this.shared(`length ${key}`, () => {
      const cut = f64.max(f64.min(this.parameter(known.slot), f64.const(atMost)), f64.const(atLeast));
      return this.constantI32(`length ${key}`, i32.truncateSaturated(cut));
    });
    return { ticks: ticks.get, initial: this.initialI32(ticks), atMost, key };
  }

  /** In `init`: a fixed node's value as a number. */
  initialValue(id: NodeId): F64 {
    const node = this.node(id);
    if (node.op === 'const') return f64.const(node.attrs.value ?? Number.NaN);
    const known = this.nodeSlots.get(id);
    if (!known) throw new Error(`node ${id} (${node.op}) is not fixed`);
    return this.parameter(known.slot);
  }

  // ---------------------------------------------------------------- ticks

  /** Counts a tick where `missing` is 1. */
  countMissingUpdate(missing: I32): void {
    const counter = this.shared('missing updates', () => {
      const local = this.advance.local('i32');
      this.before.push(local.set(i32.load(this.state, MISSING_UPDATES_OFFSET)));
      this.after.push(i32.store(this.state, local.get, MISSING_UPDATES_OFFSET));
      return local;
    });
    this.tick.push(counter.set(i32.add(counter.get, missing)));
  }

  readySlotOf(id: NodeId): number {
    const slot = this.readySlots.get(id);
    if (slot === undefined) throw new Error(`node ${id} has no ready slot`);
    return slot;
  }
  /** The slot that holds the calendar ordinal of the first tick. */
  ordinalSlot(): number {
    const slot = this.stage.slots.findIndex(s => s.kind === 'ordinal');
    if (slot < 0) throw new Error('the stage has windows but no ordinal slot');
    return slot;
  }

  // ---------------------------------------------------------------- columns

  loadInputs(used: ReadonlySet<NodeId>): void {
    this.stage.inputs.forEach(({ node, from }, index) => {
      if (!used.has(node)) return;
      const isSteady = this.isAccountValue(from);
      if (isSteady) this.steadyInputs.add(node);
      const value = this.loadDouble(index, isSteady ? 0 : 8);
      this.define(node, this.isBool(node) ? boolOf(value) : value);
    });
  }

  /** What the host or an account stage writes to one place, tick after tick. */
  private isAccountValue(from: StageInput): boolean {
    return from.kind === 'engine' || (from.kind === 'stage' && this.schedule.stages[from.stage]?.part === 'account');
  }

  /** Stores the outputs; the result is 1 where a flag of an account stage is. */
  storeOutputs(): I32 {
    const isAccount = this.stage.part === 'account';
    const stride: Stride = isAccount ? 0 : 8;
    const flags: I32[] = [];
    this.stage.outputs.forEach((output, position) => {
      const index = this.stage.inputs.length + position;
      if (output.type === 'f64') {
        this.storeDouble(index, stride, this.canonical(output.node));
      } else if (isAccount) {
        const flag = this.keep(i32.and(this.truth(output.node), this.isReady(output.ready)));
        flags.push(flag);
        this.storeDouble(index, stride, f64.convert(flag));
      } else {
        this.storeFlag(index, this.truth(output.node), output.ready);
      }
    });
    return flags.length === 0 ? i32.const(0) : flags.reduce((a, b) => i32.or(a, b));
  }
}

/** 0 and -0, whose bits need no load. */
const isCheap = (value: number): boolean => value === 0 || Number.isNaN(value);
