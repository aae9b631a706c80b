/** Highest and lowest of a window, and how long ago: folds whose merge is the maximum, exact whatever the order. */
import type { NodeId } from '../../../language/check/node.ts';
import type { StageBuilder } from '../stage-builder.ts';
import { maximum, minimum } from '../values.ts';
import { type F64, f64, type I32, i32, type Local, select } from '../wasm/instruction.ts';
import { endedArray } from './folds.ts';
import { type Frame, startsBlock, ticksOf } from './frame.ts';

export type Extreme = 'highest' | 'lowest';

const KINDS = {
  highest: { merge: maximum, neutral: Number.NEGATIVE_INFINITY, beats: f64.ge },
  lowest: { merge: minimum, neutral: Number.POSITIVE_INFINITY, beats: f64.le },
} as const;

interface ExtremeFold {
  readonly total: F64;
  readonly prefix: F64;
  /** In a rebuild: the place's input, and the suffix after it. */
  readonly input: Local<'f64'>;
  readonly newer: Local<'f64'>;
}

export function extremeFold(stage: StageBuilder, kind: Extreme, x: NodeId, frame: Frame): ExtremeFold {
  return stage.shared(`${kind} ${x} over ${frame.length.key}`, () => {
    const { merge, neutral } = KINDS[kind];
    const value = stage.canonical(x);
    const suffixes = endedArray(stage, `${kind} of ${x}`, frame, neutral);
    const prefix = stage.hotF64(
      `${kind} of ${x} in block ${frame.length.key}`,
      select(f64.const(neutral), f64.const(Number.NaN), startsBlock(stage, frame)),
    );
    stage.tick.push(prefix.set(merge(prefix.get, value)));
    const total = stage.copy(merge(f64.load(frame.address, suffixes + 8), prefix.get));
    stage.tick.push(f64.store(frame.address, value, suffixes));

    const suffix = stage.local('f64');
    const newer = stage.local('f64');
    const input = stage.local('f64');
    frame.onRebuild({
      first: [suffix.set(value)],
      each: [
        newer.set(suffix.get),
        input.set(f64.load(frame.cursor.get, suffixes)),
        suffix.set(merge(input.get, suffix.get)),
        f64.store(frame.cursor.get, suffix.get, suffixes),
      ],
      reset: [prefix.set(f64.const(neutral))],
      doubles: { suffix: suffix.get, offset: suffixes },
    });
    return { total, prefix: prefix.get, input, newer };
  });
}

/** Ticks since the extreme, the most recent one where several are equal. Places are kept as 8 · place. */
export function sinceExtreme(stage: StageBuilder, kind: Extreme, x: NodeId, frame: Frame): F64 {
  const fold = extremeFold(stage, kind, x, frame);
  return stage.shared(`since ${kind} ${x} over ${frame.length.key}`, () => {
    const { beats } = KINDS[kind];
    const what = `place of ${kind} of ${x}`;
    const suffixes = stage.arrayF64(`${what} over ${frame.length.key}`, frame.length.atMost + 1, 0);
    const prefix = stage.hotI32(`${what} in block ${frame.length.key}`, i32.const(0));
    const place = frame.place.get;
    stage.tick.push(prefix.set(select(place, prefix.get, beats(stage.canonical(x), fold.prefix))));
    // From a place of the block before: W - place + o = (W - 1 - place) + o + 1.
    const fromBlockBefore = i32.add(
      i32.sub(frame.last, i32.load(frame.address, suffixes + 8)),
      i32.add(place, i32.const(8)),
    );
    const inBlock: I32 = beats(fold.prefix, fold.total);
    const since = ticksOf(select(i32.sub(place, prefix.get), fromBlockBefore, inBlock));

    const suffix = stage.local('i32');
    frame.onRebuild({
      first: [suffix.set(frame.last), i32.store(frame.cursor.get, suffix.get, suffixes)],
      each: [
        suffix.set(select(suffix.get, frame.left.get, beats(fold.newer.get, fold.input.get))),
        i32.store(frame.cursor.get, suffix.get, suffixes),
      ],
    });
    return stage.copy(select(since, f64.const(Number.NaN), f64.eq(fold.total, fold.total)));
  });
}
