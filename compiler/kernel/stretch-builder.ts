/**
 * The loop over ticks that `advance_k(state, io, offset, count) → done` is, in the making. It goes in stretches: runs of
 * ticks inside which no window's block ends, so that one counter stands for all that moves evenly (columns, places in
 * blocks, the tick's index) and the inner loop asks for nothing but whether it is over.
 *
 * Columns that stand as a run places them, doubles or bytes one after another, are read at their start plus that counter; a
 * value that no tick moves (stride 0) is read once a stretch. With any other stride a stretch is a single tick.
 */
import { StateBuilder } from './state-builder.ts';
import {
  branchIf,
  type Code,
  f64,
  fillMemory,
  type I32,
  i32,
  type Local,
  loop,
  select,
  when,
} from './wasm/instruction.ts';
import type { FunctionBuilder } from './wasm/module.ts';

const COLUMN_ENTRY_BYTES = 8;

/** Bytes from a tick's value to the next one's, as a run places columns; 0 for a value that a call does not move. */
export type Stride = 0 | 1 | 8;

/** Code of a window, around the loop over a stretch's ticks. */
interface StretchPart {
  /** Ticks until its block ends, this one among them, and no more than `ticks` holds. */
  readonly limit: (ticks: Local<'i32'>) => readonly Code[];
  /** After `done` ticks. */
  readonly end: (done: I32) => readonly Code[];
}

export class StretchBuilder extends StateBuilder {
  /** Code of one tick, in order. */
  readonly tick: Code[] = [];
  private readonly endOfTick: (() => readonly Code[])[] = [];
  private readonly parts: StretchPart[] = [];
  /** Code around the loop over a stretch's ticks. */
  private readonly head: Code[] = [];
  private readonly tail: Code[] = [];

  /** Ticks of the stretch before this one; after its loop, the ticks done. */
  private readonly done = this.advance.local('i32');
  private readonly left = this.advance.local('i32');
  private readonly ticks = this.advance.local('i32');
  /** Not 0 where a column stands otherwise than expected. */
  private readonly isIrregular = this.advance.local('i32');

  /** Evaluates now, and once; what is returned may be read again and again until the tick ends. */
  copy<T extends 'f64' | 'i32' | 'i64'>(value: Code<T>): Code<T> {
    const local = this.advance.local(value.type);
    this.tick.push(local.set(value));
    return local.get;
  }
  /** As `copy`; a constant or a local that no later code of the tick sets stays what it is. */
  keep<T extends 'f64' | 'i32'>(value: Code<T>): Code<T> {
    return value.operands.length === 0 ? value : this.copy(value);
  }

  /** Code that runs after all nodes and outputs of a tick; asked for when the stage is complete. */
  atEndOfTick(make: () => readonly Code[]): void {
    this.endOfTick.push(make);
  }
  inStretches(part: StretchPart): void {
    this.parts.push(part);
  }

  /** Evaluated where a stretch begins, for its ticks to read. */
  onceAStretch<T extends 'f64' | 'i32'>(value: Code<T>): Code<T> {
    const local = this.advance.local(value.type);
    this.head.push(local.set(value));
    return local.get;
  }
  /** `start` plus the bytes that doubles have gone on since the stretch began. */
  withDoubles(start: I32): I32 {
    const bytes = this.shared('bytes of doubles', () => this.copy(i32.shl(this.done.get, i32.const(3))));
    return i32.add(start, bytes);
  }

  // ---------------------------------------------------------------- ticks

  private index(): Local<'i32'> {
    return this.shared('tick index', () => {
      const index = this.hotI32('tick index', i32.const(0));
      this.inStretches({ limit: () => [], end: done => [index.set(i32.add(index.get, done))] });
      return index;
    });
  }

  /** Ticks of the stage's clock before this one, since the data began. */
  tickIndex(): I32 {
    return this.shared('tick index now', () => this.copy(i32.add(this.index().get, this.done.get)));
  }

  /** 1 from the tick on that the slot names. */
  isReady(slot: number): I32 {
    const wait = this.shared(`ready in ${slot}`, () => this.onceAStretch(this.ticksUntilReady(slot)));
    return this.shared(`ready now ${slot}`, () => this.keep(i32.ge(this.done.get, wait)));
  }

  /** From a stretch's beginning. */
  private ticksUntilReady(slot: number): I32 {
    const first = this.shared(`ready ${slot}`, () =>
      this.constantI32(`ready ${slot}`, i32.truncateSaturated(this.parameter(slot))),
    );
    return i32.sub(first.get, this.index().get);
  }

  // ---------------------------------------------------------------- columns

  /** Where column `index` of the io table stands at a stretch's first tick. */
  private column(index: number, expected: Stride): I32 {
    const io = this.advance.parameter('i32', 1).get;
    const offset = this.advance.parameter('i32', 2).get;
    const stride = this.advance.local('i32');
    const pointer = this.advance.local('i32');
    const entry = COLUMN_ENTRY_BYTES * index;
    this.before.push(
      stride.set(i32.load(io, entry + 4)),
      pointer.set(i32.add(i32.load(io, entry), i32.mul(offset, stride.get))),
      this.isIrregular.set(i32.or(this.isIrregular.get, i32.xor(stride.get, i32.const(expected)))),
    );
    this.inStretches({
      limit: () => [],
      end: done => [pointer.set(i32.add(pointer.get, i32.mul(done, stride.get)))],
    });
    return pointer.get;
  }

  loadDouble(index: number, stride: Stride): Code<'f64'> {
    const pointer = this.column(index, stride);
    return stride === 0 ? this.onceAStretch(f64.load(pointer)) : this.copy(f64.load(this.withDoubles(pointer)));
  }
  /** `value` must stay what it is until the stretch ends. */
  storeDouble(index: number, stride: Stride, value: Code<'f64'>): void {
    const pointer = this.column(index, stride);
    if (stride === 0) this.tail.push(f64.store(pointer, value));
    else this.tick.push(f64.store(this.withDoubles(pointer), value));
  }
  /** Stores a byte a tick, 0 until the slot's tick: the few that come before it are cleared where a stretch ends. */
  storeFlag(index: number, flag: I32, ready: number): void {
    const pointer = this.column(index, 1);
    this.tick.push(i32.store8(i32.add(pointer, this.done.get), flag));
    const early = this.advance.local('i32');
    const { done } = this;
    this.tail.push(
      early.set(this.ticksUntilReady(ready)),
      when(i32.gt(early.get, i32.const(0)), [
        fillMemory(pointer, i32.const(0), select(early.get, done.get, i32.lt(early.get, done.get))),
      ]),
    );
  }

  // ---------------------------------------------------------------- functions

  /** `stop`, evaluated at the end of a tick: non-zero ends the call after it. */
  finishAdvance(stop: I32 | undefined): FunctionBuilder {
    const count = this.advance.parameter('i32', 3);
    const { done, left, ticks } = this;
    const stretch = { label: 'stretch' };
    const tick = { label: 'tick' };
    const unless = (condition: I32): I32 => (stop ? i32.and(i32.eqz(stop), condition) : condition);
    this.advance.emit(
      ...this.before,
      left.set(count.get),
      when(i32.gt(count.get, i32.const(0)), [
        loop(stretch, [
          ticks.set(select(i32.const(1), left.get, this.isIrregular.get)),
          ...this.parts.flatMap(part => part.limit(ticks)),
          ...this.head,
          done.set(i32.const(0)),
          loop(tick, [
            ...this.tick,
            ...this.endOfTick.flatMap(make => make()),
            done.set(i32.add(done.get, i32.const(1))),
            branchIf(tick, unless(i32.ne(done.get, ticks.get))),
          ]),
          ...this.tail,
          ...this.parts.flatMap(part => part.end(done.get)),
          left.set(i32.sub(left.get, done.get)),
          branchIf(stretch, unless(i32.ne(left.get, i32.const(0)))),
        ]),
      ]),
      ...this.after,
      i32.sub(count.get, left.get),
    );
    return this.advance;
  }
}
