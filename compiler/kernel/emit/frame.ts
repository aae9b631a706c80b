/**
 * What all windows of one length share: the tick's place in its anchored block, the weights of merges, and the rebuild of
 * the suffixes at a block's end (engine.md, Numbers 3).
 *
 * A fold keeps one array of W + 1 places. While a block runs, place `o` still holds the previous block's suffix from `o`
 * on; the fold reads place o + 1, merges it with the block's prefix, and then writes its own input to place `o`. At the
 * block's end the array holds the block's inputs, and is turned into their suffixes in place, right to left.
 * Before the first whole block everything is NaN, which makes the first W - 1 values absent without any test.
 */
import type { NodeId } from '../../../language/check/node.ts';
import { specOf } from '../../../language/operators/table.ts';
import type { Length, StageBuilder } from '../stage-builder.ts';
import { countedLoop, type Hot } from '../state-builder.ts';
import { isAbsent } from '../values.ts';
import {
  branchIf,
  type Code,
  type F64,
  f64,
  type I32,
  type I64,
  i32,
  i64,
  type Local,
  loop,
  select,
  when,
} from '../wasm/instruction.ts';
import { argument } from './pointwise.ts';

/** One fold's part in the rebuild. `each` runs for the places W - 2 down to 0, after `first` has run for W - 1. */
interface Rebuild {
  readonly first: readonly Code[];
  readonly each: readonly Code[];
  /** What becomes of the prefix. */
  readonly reset?: readonly Code[];
  /** A fold of doubles: its last suffix, which is NaN if any is, and the offset of its array. */
  readonly doubles?: { readonly suffix: F64; readonly offset: number };
}

export interface Frame {
  readonly length: Length;
  /** 8 · o at the beginning of the stretch, as the state keeps it. */
  readonly start: Hot<'i32'>;
  /** 8 · o, and 8 · (W - 1). */
  readonly place: () => I32;
  readonly last: I32;
  /** state + 8 · o: an array's place `o` stands at its offset from here. */
  readonly address: I32;
  readonly isFirst: () => I32;
  readonly isLast: () => I32;
  /** In a rebuild: state + 8 · i; state + 8 · (W - 1 - i); 8 · i. */
  readonly cursor: Local<'i32'>;
  readonly mirror: Local<'i32'>;
  readonly left: Local<'i32'>;
  readonly onRebuild: (part: Rebuild) => void;
}

/** The frame of the window that node `id` looks through. */
export function frameOf(stage: StageBuilder, id: NodeId): Frame {
  const { op, args } = stage.node(id);
  const { time, arguments: signature } = specOf(op);
  if (time.kind !== 'window') throw new Error(`${op} is no window`);
  const rule = signature[time.length]?.rule;
  if (rule?.kind !== 'length') throw new Error(`${op} has no length`);
  // The checker has added `plus` to the argument.
  const length = stage.length(argument(args, time.length), rule.min + (rule.plus ?? 0));
  return stage.shared(`frame ${length.key}`, () => makeFrame(stage, length));
}

function makeFrame(stage: StageBuilder, length: Length): Frame {
  const ticks = length.initial;
  const lastInitially = i32.shl(i32.sub(ticks, i32.const(1)), i32.const(3));
  const constant = length.ticks.immediate.kind === 'i32' ? length.ticks.immediate.value : undefined;
  const last =
    constant === undefined
      ? stage.constantI32(`last place ${length.key}`, lastInitially).get
      : i32.const(8 * (constant - 1));

  const ordinal = i64.truncate(stage.parameter(stage.ordinalSlot()));
  const start = stage.hotI32(
    `place ${length.key}`,
    i32.shl(i32.wrap(floorModulo(ordinal, i64.extend(ticks))), i32.const(3)),
  );
  const address = stage.copy(stage.withDoubles(stage.onceAStretch(i32.add(stage.state, start.get))));
  const place = () => stage.shared(`place now ${length.key}`, () => stage.copy(stage.withDoubles(start.get)));

  const parts: Rebuild[] = [];
  const cursor = stage.local('i32');
  const mirror = stage.local('i32');
  const left = stage.local('i32');
  const again = { label: 'rebuild' };
  const limit = stage.local('i32');
  stage.inStretches({
    limit: ticks => [
      limit.set(i32.add(i32.shrUnsigned(i32.sub(last, start.get), i32.const(3)), i32.const(1))),
      ticks.set(select(limit.get, ticks.get, i32.lt(limit.get, ticks.get))),
    ],
    end: done => [
      start.set(i32.add(start.get, i32.shl(done, i32.const(3)))),
      when(i32.gt(start.get, last), [
        left.set(last),
        cursor.set(i32.add(stage.state, last)),
        mirror.set(stage.state),
        ...parts.flatMap(part => part.first),
        when(left.get, [
          loop(again, [
            left.set(i32.sub(left.get, i32.const(8))),
            cursor.set(i32.sub(cursor.get, i32.const(8))),
            mirror.set(i32.add(mirror.get, i32.const(8))),
            ...parts.flatMap(part => part.each),
            branchIf(again, left.get),
          ]),
        ]),
        ...parts.flatMap(part => part.reset ?? []),
        ...parts.flatMap(({ doubles }) =>
          doubles
            ? [
                when(isAbsent(doubles.suffix), [
                  stage.calls.canonicalise(i32.add(stage.state, i32.const(doubles.offset)), length.ticks),
                ]),
              ]
            : [],
        ),
        start.set(i32.const(0)),
      ]),
    ],
  });
  return {
    length,
    start,
    place,
    last,
    address,
    isFirst: () => stage.shared(`block begins ${length.key}`, () => stage.copy(i32.eqz(place()))),
    isLast: () => stage.shared(`block ends ${length.key}`, () => stage.copy(i32.eq(place(), last))),
    cursor,
    mirror,
    left,
    onRebuild: part => parts.push(part),
  };
}

function floorModulo(a: I64, n: I64): I64 {
  return i64.rem(i64.add(i64.rem(a, n), n), n);
}

/** In `init`: true when the data begin at the start of a block. */
export function startsBlock(stage: StageBuilder, frame: Frame): I32 {
  return i32.eqz(stage.initialI32(frame.start));
}

/** 8 · n, a place or a distance in bytes, as the number n. */
export function ticksOf(bytes: I32): F64 {
  return f64.mul(f64.convert(bytes), f64.const(1 / 8));
}

export interface Weights {
  /** Offsets of three tables from the state, each read at 8 · o or 8 · (merged so far). */
  readonly share: number;
  readonly weight: number;
  readonly final: number;
}

/**
 * Weights of merges of moments, by the place o. A prefix of o values takes one more: its share 1 / (o + 1), the weight
 * o / (o + 1). A value takes a suffix of k: share and weight k / (k + 1). The final merge of W - 1 - o and o + 1 values:
 * ((W - 1 - o) · (o + 1)) / W. Tabulated, since a division at each tick costs more than all else in a merge.
 */
export function weightsOf(stage: StageBuilder, frame: Frame): Weights {
  return stage.shared(`weights ${frame.length.key}`, () => {
    const size = frame.length.atMost;
    const share = stage.arrayF64(`shares ${frame.length.key}`, size, 0);
    const weight = stage.arrayF64(`weights ${frame.length.key}`, size, 0);
    const final = stage.arrayF64(`final weights ${frame.length.key}`, size, 0);
    const ticks = frame.length.initial;
    const at = stage.initLocal('i32');
    const before = stage.initLocal('f64');
    const after = f64.add(before.get, f64.const(1));
    const rest = f64.sub(f64.convert(ticks), after);
    stage.setUp(
      at.set(stage.initState),
      before.set(f64.const(0)),
      ...countedLoop(stage.initLocal('i32'), ticks, [
        f64.store(at.get, f64.div(f64.const(1), after), share),
        f64.store(at.get, f64.div(before.get, after), weight),
        f64.store(at.get, f64.div(f64.mul(rest, after), f64.convert(ticks)), final),
        at.set(i32.add(at.get, i32.const(8))),
        before.set(after),
      ]),
    );
    return { share, weight, final };
  });
}
