/**
 * The state of a stage in the making: its layout, and the two functions that share it.
 *
 * `init(state, params)` writes the state of a run that has seen nothing. In `advance` the scalars of the state are hot: read
 * into locals before the loop over ticks and written back after it, so that between ticks they never touch memory.
 */
import { StateLayout } from './layout.ts';
import { canonical } from './values.ts';
import {
  branchIf,
  type Code,
  type F64,
  f64,
  fillMemory,
  type I32,
  type I64,
  i32,
  i64,
  type Local,
  loop,
  type ValueType,
} from './wasm/instruction.ts';
import { FunctionBuilder } from './wasm/module.ts';

/** Where every stage's state begins: how many updates of its states were absent although the state was ready (i32). */
export const MISSING_UPDATES_OFFSET = 0;

/** A scalar of the state. In `advance` it is a local; in `init` it is read and written by its offset. */
export interface Hot<T extends 'f64' | 'i32' | 'i64'> extends Local<T> {
  readonly offset: number;
}

export class StateBuilder {
  readonly layout = new StateLayout();
  protected readonly init = new FunctionBuilder(['i32', 'i32'], 'none');
  protected readonly advance = new FunctionBuilder(['i32', 'i32', 'i32', 'i32'], 'i32');
  /** Code around the loop over ticks. */
  protected readonly before: Code[] = [];
  protected readonly after: Code[] = [];
  private readonly memo = new Map<string, unknown>();

  /** Pointer to the state, in `advance` and in `init`. */
  readonly state: I32 = this.advance.parameter('i32', 0).get;
  readonly initState: I32 = this.init.parameter('i32', 0).get;

  constructor() {
    if (this.layout.reserve('missing updates', 4) !== MISSING_UPDATES_OFFSET) throw new Error('the layout moved');
  }

  /** One instance a key; `make` runs at the first request, and its code stands where that came. */
  shared<T>(key: string, make: () => T): T {
    if (this.memo.has(key)) return this.memo.get(key) as T;
    const made = make();
    this.memo.set(key, made);
    return made;
  }

  /** A scalar that ticks change. `first` is its value before the first tick, evaluated in `init`. */
  hotF64(what: string, first: F64): Hot<'f64'> {
    const hot = this.constantF64(what, first);
    this.after.push(f64.store(this.state, canonical(hot.get), hot.offset));
    return hot;
  }
  hotI32(what: string, first: I32): Hot<'i32'> {
    const hot = this.constantI32(what, first);
    this.after.push(i32.store(this.state, hot.get, hot.offset));
    return hot;
  }
  hotI64(what: string, first: I64): Hot<'i64'> {
    const hot = { ...this.advance.local('i64'), offset: this.layout.reserve(what, 8) };
    this.init.emit(i64.store(this.initState, first, hot.offset));
    this.before.push(hot.set(i64.load(this.state, hot.offset)));
    this.after.push(i64.store(this.state, hot.get, hot.offset));
    return hot;
  }

  /** A scalar of the state that `init` computes from the params and no tick changes. */
  constantF64(what: string, value: F64): Hot<'f64'> {
    const hot = { ...this.advance.local('f64'), offset: this.layout.reserve(what, 8) };
    this.init.emit(f64.store(this.initState, canonicalOnce(this.init, value), hot.offset));
    this.before.push(hot.set(f64.load(this.state, hot.offset)));
    return hot;
  }
  constantI32(what: string, value: I32): Hot<'i32'> {
    const hot = { ...this.advance.local('i32'), offset: this.layout.reserve(what, 4) };
    this.init.emit(i32.store(this.initState, value, hot.offset));
    this.before.push(hot.set(i32.load(this.state, hot.offset)));
    return hot;
  }
  /** In `init`: a scalar as written so far. */
  initialI32(hot: Hot<'i32'>): I32 {
    return i32.load(this.initState, hot.offset);
  }

  /** Room for doubles, all `fill` before the first tick. */
  arrayF64(what: string, count: number, fill: number): number {
    const offset = this.layout.reserve(what, 8 * count);
    if (!Object.is(fill, 0)) this.fillWords(count, at => f64.store(at, f64.const(fill), offset));
    return offset;
  }
  arrayI64(what: string, count: number, fill: bigint): number {
    const offset = this.layout.reserve(what, 8 * count);
    this.fillWords(count, at => i64.store(at, i64.const(fill), offset));
    return offset;
  }
  private fillWords(count: number, store: (at: I32) => Code): void {
    const at = this.initLocal('i32');
    this.init.emit(
      at.set(this.initState),
      ...countedLoop(this.initLocal('i32'), i32.const(count), [store(at.get), at.set(i32.add(at.get, i32.const(8)))]),
    );
  }
  /** Room for bytes, all zero before the first tick. */
  arrayBytes(what: string, count: number): number {
    return this.layout.reserve(what, count);
  }

  /** In `init`: a slot of the params region, and locals and code of its own. */
  parameter(slot: number): F64 {
    return f64.load(this.init.parameter('i32', 1).get, 8 * slot);
  }
  initLocal<T extends ValueType>(type: T): Local<T> {
    return this.init.local(type);
  }
  setUp(...codes: readonly Code[]): void {
    this.init.emit(...codes);
  }

  /** A local of `advance`. */
  local<T extends ValueType>(type: T): Local<T> {
    return this.advance.local(type);
  }

  /** Clears the state first, so that what no tick has written is 0, padding too. */
  finishInit(): FunctionBuilder {
    this.init.body.unshift(fillMemory(this.initState, i32.const(0), i32.const(this.layout.bytes)));
    return this.init;
  }
}

/** Runs `body` `count` times, which is at least once. */
export function countedLoop(left: Local<'i32'>, count: I32, body: readonly Code[]): readonly Code[] {
  const top = { label: 'repeat' };
  return [left.set(count), loop(top, [...body, branchIf(top, left.tee(i32.sub(left.get, i32.const(1))))])];
}

function canonicalOnce(fn: FunctionBuilder, value: F64): F64 {
  if (value.operands.length === 0) return value;
  const local = fn.local('f64');
  fn.emit(local.set(value));
  return canonical(local.get);
}
