/**
 * Highest and lowest of a window, and how long ago: folds whose merge is the maximum, exact whatever the order.
 *
 * They work on keys: the bits of a double turned so that whole numbers order them as IEEE orders doubles, -0 below 0. A NaN
 * gets the key that wins, so it goes on through every merge by itself; and a comparison of whole numbers with a conditional
 * move takes two cycles where a maximum of doubles takes ten, in a chain that the next tick waits for.
 */
import type { NodeId } from '../../../language/check/node.ts';
import type { StageBuilder } from '../stage-builder.ts';
import { notNaN } from '../values.ts';
import { type F64, f64, type I32, type I64, i32, i64, type Local, select } from '../wasm/instruction.ts';
import { type Frame, startsBlock, ticksOf } from './frame.ts';

export type Extreme = 'highest' | 'lowest';

interface Kind {
  readonly wins: (a: I64, b: I64) => I32;
  /** Loses against everything. */
  readonly neutral: bigint;
  /** Wins against everything, and is a NaN as a double. */
  readonly absent: bigint;
  readonly reaches: (a: F64, b: F64) => I32;
}
const KINDS: Readonly<Record<Extreme, Kind>> = {
  highest: { wins: i64.gt, neutral: -(2n ** 63n), absent: 0x7ff8000000000000n, reaches: f64.ge },
  lowest: { wins: i64.lt, neutral: 2n ** 63n - 1n, absent: keyOfBits(0xfff8000000000000n), reaches: f64.le },
};

function keyOfBits(bits: bigint): bigint {
  const signed = BigInt.asIntN(64, bits);
  return signed < 0n ? signed ^ (2n ** 63n - 1n) : signed;
}

/** Bits to key and key to bits: all but the sign are turned where the sign is set. Evaluated twice. */
function turned(word: I64): I64 {
  return i64.xor(word, i64.shrUnsigned(i64.shrSigned(word, i64.const(63n)), i64.const(1n)));
}

interface ExtremeFold {
  readonly total: F64;
  readonly prefix: F64;
  /** In a rebuild: the place's input, and the suffix after it. */
  readonly input: F64;
  readonly newer: F64;
}

const doubleOf = (key: I64): F64 => f64.reinterpret(turned(key));

export function extremeFold(stage: StageBuilder, kind: Extreme, x: NodeId, frame: Frame): ExtremeFold {
  return stage.shared(`${kind} ${x} over ${frame.length.key}`, () => {
    const { wins, neutral, absent } = KINDS[kind];
    const merge = (a: I64, b: I64): I64 => select(a, b, wins(a, b));
    const what = `${kind} of ${x}`;
    const suffixes = stage.arrayI64(`${what} over ${frame.length.key}`, frame.length.atMost + 1, absent);
    // Place W is no part of any block and leaves the prefix as it is.
    const end = i32.add(stage.initState, i32.shl(frame.length.initial, i32.const(3)));
    stage.setUp(i64.store(end, i64.const(neutral), suffixes));
    const prefix = stage.hotI64(
      `${what} in block ${frame.length.key}`,
      select(i64.const(neutral), i64.const(absent), startsBlock(stage, frame)),
    );

    const value = stage.num(x);
    const key = stage.copy(select(turned(i64.reinterpret(value)), i64.const(absent), notNaN(value)));
    stage.tick.push(prefix.set(merge(prefix.get, key)));
    const total = stage.copy(merge(i64.load(frame.address, suffixes + 8), prefix.get));
    stage.tick.push(i64.store(frame.address, key, suffixes));

    const suffix: Local<'i64'> = stage.local('i64');
    const newer = stage.local('i64');
    const input = stage.local('i64');
    frame.onRebuild({
      first: [suffix.set(key)],
      each: [
        newer.set(suffix.get),
        input.set(i64.load(frame.cursor.get, suffixes)),
        suffix.set(merge(input.get, suffix.get)),
        i64.store(frame.cursor.get, suffix.get, suffixes),
      ],
      reset: [prefix.set(i64.const(neutral))],
    });
    return {
      total: stage.copy(doubleOf(total)),
      prefix: doubleOf(prefix.get),
      input: doubleOf(input.get),
      newer: doubleOf(newer.get),
    };
  });
}

/** Ticks since the extreme, the most recent one where several are equal. Places are kept as 8 · place. */
export function sinceExtreme(stage: StageBuilder, kind: Extreme, x: NodeId, frame: Frame): F64 {
  const fold = extremeFold(stage, kind, x, frame);
  return stage.shared(`since ${kind} ${x} over ${frame.length.key}`, () => {
    // Compared as doubles: 0 and -0 are equal here.
    const { reaches } = KINDS[kind];
    const what = `place of ${kind} of ${x}`;
    const suffixes = stage.arrayF64(`${what} over ${frame.length.key}`, frame.length.atMost + 1, 0);
    const prefix = stage.hotI32(`${what} in block ${frame.length.key}`, i32.const(0));
    const place = frame.place();
    const inPrefix = stage.copy(fold.prefix);
    stage.tick.push(prefix.set(select(place, prefix.get, reaches(stage.num(x), inPrefix))));
    // From a place of the block before: W - place + o = (W - 1 - place) + o + 1.
    const fromBlockBefore = i32.add(
      i32.sub(frame.last, i32.load(frame.address, suffixes + 8)),
      i32.add(place, i32.const(8)),
    );
    const isInBlock = reaches(inPrefix, fold.total);
    const since = ticksOf(select(i32.sub(place, prefix.get), fromBlockBefore, isInBlock));

    const suffix = stage.local('i32');
    frame.onRebuild({
      first: [suffix.set(frame.last), i32.store(frame.cursor.get, suffix.get, suffixes)],
      each: [
        suffix.set(select(suffix.get, frame.left.get, reaches(fold.newer, fold.input))),
        i32.store(frame.cursor.get, suffix.get, suffixes),
      ],
    });
    return stage.copy(select(since, f64.const(Number.NaN), notNaN(fold.total)));
  });
}
