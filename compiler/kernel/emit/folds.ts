/**
 * Sums and moments over anchored blocks: what language/operators/folds.ts states, one merge a tick. A fold is made once for
 * its sources and length; moments of one source rest on its mean, so that variance, slope and covariance share that.
 * The running prefix, the final merge and the rebuild repeat the reference's operations in its order, to the bit.
 */
import type { NodeId } from '../../../language/check/node.ts';
import type { StageBuilder } from '../stage-builder.ts';
import { notNaN } from '../values.ts';
import { type F64, f64, type I32, i32, type Local, select } from '../wasm/instruction.ts';
import { type Frame, startsBlock, ticksOf, weightsOf } from './frame.ts';

export interface SumFold {
  /** Sum of the window. */
  readonly total: F64;
  /** Sum of the block up to this tick, and in a rebuild: the place's input, the suffix after it. */
  readonly prefix: F64;
  readonly input: Local<'f64'>;
  readonly older: Local<'f64'>;
}

/** -0 is the one number that leaves every other as it is when added, so no tick needs a test for the block's ends. */
const NOTHING = f64.const(-0);

export function sumFold(stage: StageBuilder, x: NodeId, frame: Frame): SumFold {
  return stage.shared(`sum ${x} over ${frame.length.key}`, () => {
    const value = stage.canonical(x);
    const suffixes = endedArray(stage, `sums of ${x}`, frame, -0);
    const prefix = stage.hotF64(
      `sum of ${x} in block ${frame.length.key}`,
      select(NOTHING, f64.const(Number.NaN), startsBlock(stage, frame)),
    );
    stage.tick.push(prefix.set(f64.add(prefix.get, value)));
    const total = stage.copy(f64.add(f64.load(frame.address, suffixes + 8), prefix.get));
    stage.tick.push(f64.store(frame.address, value, suffixes));

    const suffix = stage.local('f64');
    const older = stage.local('f64');
    const input = stage.local('f64');
    frame.onRebuild({
      first: [suffix.set(f64.load(frame.cursor.get, suffixes))],
      each: [
        older.set(suffix.get),
        input.set(f64.load(frame.cursor.get, suffixes)),
        suffix.set(f64.add(input.get, suffix.get)),
        f64.store(frame.cursor.get, suffix.get, suffixes),
      ],
      reset: [prefix.set(NOTHING)],
      doubles: { suffix: suffix.get, offset: suffixes },
    });
    return { total, prefix: prefix.get, input, older };
  });
}

/** Sum with weights 1 for the oldest to W for the newest: T = Ta + Tb + na·sb. */
export function weightedFold(stage: StageBuilder, x: NodeId, frame: Frame): F64 {
  const sum = sumFold(stage, x, frame);
  return stage.shared(`weighted ${x} over ${frame.length.key}`, () => {
    const value = stage.canonical(x);
    const suffixes = foldArray(stage, `weighted sums of ${x}`, frame);
    const prefix = stage.hotF64(`weighted sum of ${x} in block ${frame.length.key}`, f64.const(Number.NaN));
    const grown = f64.add(f64.add(prefix.get, value), f64.mul(ticksOf(frame.place()), value));
    stage.tick.push(prefix.set(select(value, grown, frame.isFirst())));
    const older = ticksOf(i32.sub(frame.last, frame.place()));
    const merged = f64.add(f64.add(f64.load(frame.address, suffixes + 8), prefix.get), f64.mul(older, sum.prefix));
    const total = stage.copy(select(prefix.get, merged, frame.isLast()));

    const suffix = stage.local('f64');
    frame.onRebuild({
      first: [suffix.set(value), f64.store(frame.cursor.get, suffix.get, suffixes)],
      each: [
        suffix.set(f64.add(f64.add(sum.input.get, suffix.get), sum.older.get)),
        f64.store(frame.cursor.get, suffix.get, suffixes),
      ],
      doubles: { suffix: suffix.get, offset: suffixes },
    });
    return total;
  });
}

/** Distances between the means of the parts that a tick, its window and a rebuild merge. */
export interface MeanFold {
  readonly value: F64;
  readonly delta: F64;
  readonly finalDelta: F64;
  readonly rebuildDelta: Local<'f64'>;
}

/** Mean by shares: m = ma + δ·(nb/n). */
export function meanFold(stage: StageBuilder, x: NodeId, frame: Frame): MeanFold {
  return stage.shared(`mean ${x} over ${frame.length.key}`, () => {
    const weights = weightsOf(stage, frame);
    const value = stage.canonical(x);
    const suffixes = foldArray(stage, `means of ${x}`, frame);
    const prefix = stage.hotF64(`mean of ${x} in block ${frame.length.key}`, f64.const(Number.NaN));
    const delta = stage.copy(f64.sub(value, prefix.get));
    const grown = f64.add(prefix.get, f64.mul(delta, f64.load(frame.address, weights.share)));
    stage.tick.push(prefix.set(select(value, grown, frame.isFirst())));
    const finalDelta = stage.copy(f64.sub(prefix.get, f64.load(frame.address, suffixes + 8)));
    stage.tick.push(f64.store(frame.address, value, suffixes));

    const suffix = stage.local('f64');
    const input = stage.local('f64');
    const rebuildDelta = stage.local('f64');
    frame.onRebuild({
      first: [suffix.set(value)],
      each: [
        input.set(f64.load(frame.cursor.get, suffixes)),
        rebuildDelta.set(f64.sub(suffix.get, input.get)),
        suffix.set(f64.add(input.get, f64.mul(rebuildDelta.get, f64.load(frame.mirror.get, weights.weight)))),
        f64.store(frame.cursor.get, suffix.get, suffixes),
      ],
      doubles: { suffix: suffix.get, offset: suffixes },
    });
    return { value, delta, finalDelta, rebuildDelta };
  });
}

/** How two parts' distances, and the counts behind them, add to a second-order sum. */
interface SecondOrder {
  /** Of one value: 0, or NaN where an input is. */
  readonly unit: F64;
  readonly grow: F64;
  readonly final: F64;
  readonly rebuild: F64;
}

function secondOrderFold(stage: StageBuilder, what: string, frame: Frame, terms: SecondOrder): F64 {
  const suffixes = foldArray(stage, what, frame);
  const prefix = stage.hotF64(`${what} in block ${frame.length.key}`, f64.const(Number.NaN));
  stage.tick.push(prefix.set(select(terms.unit, f64.add(prefix.get, terms.grow), frame.isFirst())));
  const merged = f64.add(f64.add(f64.load(frame.address, suffixes + 8), prefix.get), terms.final);
  const total = stage.copy(select(prefix.get, merged, frame.isLast()));
  const suffix = stage.local('f64');
  frame.onRebuild({
    first: [suffix.set(terms.unit), f64.store(frame.cursor.get, suffix.get, suffixes)],
    each: [suffix.set(f64.add(suffix.get, terms.rebuild)), f64.store(frame.cursor.get, suffix.get, suffixes)],
    doubles: { suffix: suffix.get, offset: suffixes },
  });
  return total;
}

const unitOf = (isPresent: I32): F64 => select(f64.const(0), f64.const(Number.NaN), isPresent);

/** Sum of the products of the distances of x and y from their means; of the squares where they are one. */
export function comomentFold(stage: StageBuilder, x: NodeId, y: NodeId, frame: Frame): F64 {
  const a = meanFold(stage, x, frame);
  const b = meanFold(stage, y, frame);
  return stage.shared(`comoment ${x} ${y} over ${frame.length.key}`, () => {
    const weights = weightsOf(stage, frame);
    const product = (dx: F64, dy: F64, weight: F64): F64 => f64.mul(f64.mul(dx, dy), weight);
    return secondOrderFold(stage, `comoments of ${x} ${y}`, frame, {
      unit: unitOf(i32.and(notNaN(a.value), notNaN(b.value))),
      grow: product(a.delta, b.delta, f64.load(frame.address, weights.weight)),
      final: product(a.finalDelta, b.finalDelta, f64.load(frame.address, weights.final)),
      rebuild: product(a.rebuildDelta.get, b.rebuildDelta.get, f64.load(frame.mirror.get, weights.weight)),
    });
  });
}

/** Sum of the products of the distances of x and of its place from their means: C = Ca + Cb + δ·(na·nb/2). */
export function trendFold(stage: StageBuilder, x: NodeId, frame: Frame): F64 {
  const mean = meanFold(stage, x, frame);
  return stage.shared(`trend ${x} over ${frame.length.key}`, () => {
    const half = (older: F64, newer: F64): F64 => f64.mul(f64.mul(older, newer), f64.const(0.5));
    const before = ticksOf(frame.place());
    const rest = ticksOf(i32.sub(frame.last, frame.place()));
    const merged = ticksOf(i32.sub(frame.mirror.get, stage.state));
    return secondOrderFold(stage, `trends of ${x}`, frame, {
      unit: unitOf(notNaN(mean.value)),
      grow: f64.mul(mean.delta, half(before, f64.const(1))),
      final: f64.mul(mean.finalDelta, half(rest, f64.add(before, f64.const(1)))),
      rebuild: f64.mul(mean.rebuildDelta.get, half(f64.const(1), merged)),
    });
  });
}

/** Places 0 to W of a fold, absent at first. */
function foldArray(stage: StageBuilder, what: string, frame: Frame): number {
  return stage.arrayF64(`${what} over ${frame.length.key}`, frame.length.atMost + 1, Number.NaN);
}

/** A fold's array whose place W holds, for good, the value that a merge leaves as it is. */
function endedArray(stage: StageBuilder, what: string, frame: Frame, neutral: number): number {
  const offset = foldArray(stage, what, frame);
  const end = i32.add(stage.initState, i32.shl(frame.length.initial, i32.const(3)));
  stage.setUp(f64.store(end, f64.const(neutral), offset));
  return offset;
}
