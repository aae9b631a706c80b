/**
 * Order statistics: the window's values are kept sorted. A tick takes the oldest value out and puts its own in, at the
 * places that two binary searches find. An absent value empties the list, so a full list is a window without one.
 */
import type { NodeId } from '../../../language/check/node.ts';
import type { StageBuilder } from '../stage-builder.ts';
import { notNaN } from '../values.ts';
import {
  block,
  branchIf,
  type Code,
  copyMemory,
  type F64,
  f64,
  type I32,
  i32,
  type Local,
  loop,
  select,
  when,
} from '../wasm/instruction.ts';
import { type Frame, ticksOf } from './frame.ts';

const VALUE_BYTES = i32.const(8);

/** The window's inputs by place: place o holds this tick's, place o + 1 (or 0) the oldest. */
export interface Inputs {
  readonly offset: number;
  /** What stood in the tick's place before: the value W ticks ago. */
  readonly leaving: F64;
}

export function inputsOf(stage: StageBuilder, x: NodeId, frame: Frame): Inputs {
  return stage.shared(`inputs ${x} over ${frame.length.key}`, () => {
    const offset = stage.arrayF64(`inputs ${x} over ${frame.length.key}`, frame.length.atMost, Number.NaN);
    const leaving = stage.copy(f64.load(frame.address, offset));
    stage.tick.push(f64.store(frame.address, stage.canonical(x), offset));
    return { offset, leaving };
  });
}

export interface Sorted {
  readonly offset: number;
  /** The list holds a whole window. */
  readonly isFull: I32;
  /** Bytes of the values before this tick's that are not above it. */
  readonly notAbove: I32;
}

export function sortedWindow(stage: StageBuilder, x: NodeId, frame: Frame): Sorted {
  return stage.shared(`sorted ${x} over ${frame.length.key}`, () => {
    const { key, atMost } = frame.length;
    const value = stage.canonical(x);
    const { leaving } = inputsOf(stage, x, frame);
    const offset = stage.arrayF64(`sorted ${x} over ${key}`, atMost, 0);
    const size = stage.hotI32(`size of sorted ${x} over ${key}`, i32.const(0));
    const full = i32.add(frame.last, VALUE_BYTES);

    const list = stage.copy(i32.add(stage.state, i32.const(offset)));
    const from = stage.local('i32');
    const to = stage.local('i32');
    const at = (bytes: I32): I32 => i32.add(list, bytes);
    const next = (bytes: I32): I32 => i32.add(bytes, VALUE_BYTES);
    stage.tick.push(
      when(
        notNaN(value),
        [
          to.set(size.get),
          ...search(stage, to, probe => f64.le(f64.load(at(probe)), value)),
          when(
            i32.eq(size.get, full),
            [
              from.set(size.get),
              ...search(stage, from, probe => f64.lt(f64.load(at(probe)), leaving)),
              when(
                i32.gt(to.get, from.get),
                [
                  to.set(i32.sub(to.get, VALUE_BYTES)),
                  copyMemory(at(from.get), at(next(from.get)), i32.sub(to.get, from.get)),
                ],
                [copyMemory(at(next(to.get)), at(to.get), i32.sub(from.get, to.get))],
              ),
            ],
            [copyMemory(at(next(to.get)), at(to.get), i32.sub(size.get, to.get)), size.set(next(size.get))],
          ),
          f64.store(at(to.get), value),
        ],
        [size.set(i32.const(0)), to.set(i32.const(0))],
      ),
    );
    return { offset, isFull: stage.copy(i32.eq(size.get, full)), notAbove: stage.copy(to.get) };
  });
}

/** Sets `end`, the list's length in bytes, to the first place whose value does not go before. */
function search(stage: StageBuilder, end: Local<'i32'>, goesBefore: (probe: I32) => I32): readonly Code[] {
  const low = stage.local('i32');
  const middle = stage.local('i32');
  const again = { label: 'search' };
  const found = { label: 'found' };
  return [
    low.set(i32.const(0)),
    block(found, [
      loop(again, [
        branchIf(found, i32.ge(low.get, end.get)),
        middle.set(i32.shl(i32.shrUnsigned(i32.add(low.get, end.get), i32.const(4)), i32.const(3))),
        when(goesBefore(middle.get), [low.set(i32.add(middle.get, VALUE_BYTES))], [end.set(middle.get)]),
        branchIf(again, i32.const(1)),
      ]),
    ]),
  ];
}

/** The value at a place of the sorted list; -0 becomes 0 where the caller adds 0. */
function sortedAt(stage: StageBuilder, sorted: Sorted, bytes: I32): F64 {
  return f64.load(i32.add(stage.state, bytes), sorted.offset);
}
const absentUnless = (isFull: I32, value: F64): F64 => select(value, f64.const(Number.NaN), isFull);

export function median(stage: StageBuilder, x: NodeId, frame: Frame): F64 {
  const sorted = sortedWindow(stage, x, frame);
  const ticks = stage.constantI32(`middle of ${frame.length.key}`, frame.length.initial).get;
  const upper = stage.copy(sortedAt(stage, sorted, i32.shl(i32.shrUnsigned(ticks, i32.const(1)), i32.const(3))));
  const lower = sortedAt(
    stage,
    sorted,
    i32.shl(i32.shrUnsigned(i32.sub(ticks, i32.const(1)), i32.const(1)), i32.const(3)),
  );
  const middle = select(upper, f64.mul(f64.add(lower, upper), f64.const(0.5)), i32.and(ticks, i32.const(1)));
  return absentUnless(sorted.isFull, f64.add(middle, f64.const(0)));
}

export function quantile(stage: StageBuilder, x: NodeId, q: NodeId, frame: Frame): F64 {
  const sorted = sortedWindow(stage, x, frame);
  const key = `quantile ${q} over ${frame.length.key}`;
  const last = f64.sub(f64.convert(frame.length.initial), f64.const(1));
  const place = f64.mul(last, stage.initialValue(q));
  const inside = i32.and(f64.ge(place, f64.const(0)), f64.le(place, last));
  const whole = select(f64.floor(place), f64.const(0), inside);
  const isInside = stage.constantI32(`${key}: inside`, inside).get;
  const share = stage.constantF64(`${key}: share`, f64.sub(place, whole)).get;
  const low = stage.constantI32(`${key}: below`, i32.shl(i32.truncateSaturated(whole), i32.const(3))).get;

  const below = stage.copy(sortedAt(stage, sorted, low));
  const isLast = stage.copy(i32.eq(low, frame.last));
  const above = sortedAt(stage, sorted, select(low, i32.add(low, VALUE_BYTES), isLast));
  const between = f64.add(below, f64.mul(share, f64.sub(above, below)));
  const value = f64.add(select(below, between, isLast), f64.const(0));
  return absentUnless(i32.and(sorted.isFull, isInside), value);
}

/** 100 · (earlier values not above this one) / (their number). */
export function percentRank(stage: StageBuilder, x: NodeId, frame: Frame): F64 {
  const sorted = sortedWindow(stage, x, frame);
  const earlier = ticksOf(frame.last);
  const rank = f64.div(f64.mul(f64.const(100), ticksOf(sorted.notAbove)), earlier);
  return absentUnless(sorted.isFull, rank);
}

/** Σ |x - mean| / n, summed afresh, oldest first. */
export function meanDeviation(stage: StageBuilder, x: NodeId, mean: F64, frame: Frame): F64 {
  const inputs = inputsOf(stage, x, frame);
  const center = stage.copy(mean);
  const sum = stage.local('f64');
  const cursor = stage.local('i32');
  const end = stage.local('i32');
  const sumUp = (label: string): Code => {
    const again = { label };
    return when(i32.ltUnsigned(cursor.get, end.get), [
      loop(again, [
        sum.set(f64.add(sum.get, f64.abs(f64.sub(f64.load(cursor.get, inputs.offset), center)))),
        branchIf(again, i32.ltUnsigned(cursor.tee(i32.add(cursor.get, VALUE_BYTES)), end.get)),
      ]),
    ]);
  };
  stage.tick.push(
    sum.set(f64.const(0)),
    cursor.set(i32.add(frame.address, VALUE_BYTES)),
    end.set(i32.add(i32.add(stage.state, frame.last), VALUE_BYTES)),
    sumUp('older'),
    cursor.set(stage.state),
    end.set(i32.add(frame.address, VALUE_BYTES)),
    sumUp('newer'),
  );
  return f64.div(sum.get, f64.convert(frame.length.ticks));
}
