/**
 * The best split of a node among the columns of a group: XGBoost's own arithmetic (sums in doubles, gains in floats), two
 * bins at a time. Every range's upper end is tried with absent rows on the right; where some are absent, every lower end
 * with them on the left. Of equal gains the first one wins: the lower column, absent on the right, then the lower bin
 * (the higher one with absent on the left).
 */
import { type Code, f64, i32, type Local, type V128, when } from '../../../../compiler/kernel/wasm/instruction.ts';
import { doubles, f32, f32x4, f64x2, floats, vector } from '../../../../compiler/kernel/wasm/vector.ts';
import { advance, Kernel, k, repeatWhile } from './emit.ts';
import { BEST, BIN_BYTES, COLUMN, GROUP, NODE, NUMBERS, type Width } from './layout.ts';

/** What the penalties ask of the arithmetic. */
export interface GainForm {
  readonly alpha: boolean;
  readonly maxDeltaStep: boolean;
  /** Sides may have no hessian at all, as `min_child_weight` is 0. */
  readonly emptySides: boolean;
}

type Name = 'histogram' | 'group' | 'node' | 'best';

export function scanGroup(form: GainForm, width: Width): Kernel<Name> {
  const kernel = new Kernel<Name>(['histogram', 'group', 'node', 'best']);
  const [histogram, group, node, best] = [
    kernel.in('histogram'),
    kernel.in('group'),
    kernel.in('node'),
    kernel.in('best'),
  ];
  const column = kernel.local('i32');
  const end = kernel.local('i32');
  const mask = kernel.local('i32');
  const bins = kernel.local('i32');
  const found = {
    gain: kernel.local('f64'),
    column: kernel.local('i32'),
    bin: kernel.local('i32'),
    side: kernel.local('i32'),
  };
  const scan = new Scan(kernel, form, node);

  const try_ = (side: 0 | 1): Code[] => {
    const { gain, at } = scan.outcome;
    return [
      ...scan.run(histogram, bins, side),
      when(f64.gt(gain.get, found.gain.get), [
        found.gain.set(gain.get),
        found.column.set(column.get),
        found.bin.set(i32.sub(i32.truncateSaturated(at.get), k(side))),
        found.side.set(k(side)),
      ]),
    ];
  };
  const allowed = i32.or(i32.eqz(mask.get), i32.load8(i32.add(mask.get, column.get)));
  const columnEntry = i32.add(i32.load(k(NUMBERS.columns)), i32.mul(column.get, k(COLUMN.size)));
  kernel.emit(
    ...scan.start(),
    mask.set(i32.load(node.get, NODE.mask)),
    column.set(i32.load(group.get, GROUP.first)),
    end.set(i32.add(column.get, i32.load(group.get, GROUP.width))),
    repeatWhile(i32.lt(column.get, end.get), [
      // Not `and`: a column's mask may be any non-zero byte.
      when(allowed, [bins.set(i32.load(columnEntry, COLUMN.bins)), ...try_(0), when(scan.someAbsent(), try_(1))]),
      advance(column, 1),
      advance(histogram, width.stride * BIN_BYTES),
    ]),
    f64.store(best.get, found.gain.get, BEST.gain),
    i32.store(best.get, found.column.get, BEST.column),
    i32.store(best.get, found.bin.get, BEST.bin),
    i32.store(best.get, found.side.get, BEST.side),
  );
  return kernel;
}

/** One column, in one direction. */
class Scan {
  readonly outcome: { readonly gain: Local<'f64'>; readonly at: Local<'f64'> };
  private readonly form: GainForm;
  private readonly node: Local<'i32'>;
  private readonly numbers: Record<
    'gradient' | 'hessian' | 'lambda' | 'alpha' | 'minimum' | 'step' | 'root',
    Local<'v128'>
  >;
  private readonly sum: Local<'v128'>;
  private readonly next: Local<'v128'>;
  private readonly near: { readonly g: Local<'v128'>; readonly h: Local<'v128'> };
  private readonly far: { readonly g: Local<'v128'>; readonly h: Local<'v128'> };
  private readonly best: Local<'v128'>;
  private readonly bestAt: Local<'v128'>;
  private readonly at: Local<'v128'>;
  private readonly gains: Local<'v128'>;
  private readonly better: Local<'v128'>;
  private readonly sides: Record<'n1' | 'n2' | 'd1' | 'd2' | 'm1' | 'm2', Local<'v128'>>;
  private readonly from: Local<'i32'>;
  private readonly to: Local<'i32'>;

  constructor(kernel: Kernel<Name>, form: GainForm, node: Local<'i32'>) {
    const v = () => kernel.local('v128');
    this.form = form;
    this.node = node;
    this.outcome = { gain: kernel.local('f64'), at: kernel.local('f64') };
    this.numbers = { gradient: v(), hessian: v(), lambda: v(), alpha: v(), minimum: v(), step: v(), root: v() };
    [this.sum, this.next, this.best, this.bestAt, this.at, this.gains, this.better] = [
      v(),
      v(),
      v(),
      v(),
      v(),
      v(),
      v(),
    ];
    this.near = { g: v(), h: v() };
    this.far = { g: v(), h: v() };
    this.sides = { n1: v(), n2: v(), d1: v(), d2: v(), m1: v(), m2: v() };
    this.from = kernel.local('i32');
    this.to = kernel.local('i32');
  }

  start(): Code[] {
    const { gradient, hessian, lambda, alpha, minimum, step, root } = this.numbers;
    return [
      gradient.set(vector.splat64(this.node.get, NODE.gradient)),
      hessian.set(vector.splat64(this.node.get, NODE.hessian)),
      root.set(f32x4.splat(f32.demote(f64.load(this.node.get, NODE.gain)))),
      lambda.set(vector.splat64(k(0), NUMBERS.lambda)),
      alpha.set(vector.splat64(k(0), NUMBERS.alpha)),
      minimum.set(vector.splat64(k(0), NUMBERS.minChildWeight)),
      step.set(vector.splat64(k(0), NUMBERS.maxDeltaStep)),
    ];
  }

  /** Asked after a run: whether the column's rows are not all of the node's. */
  someAbsent(): Code<'i32'> {
    const { gradient, hessian } = this.numbers;
    return i32.or(
      f64.ne(f64x2.lane(this.sum.get, 0), f64x2.lane(gradient.get, 0)),
      f64.ne(f64x2.lane(this.sum.get, 1), f64x2.lane(hessian.get, 0)),
    );
  }

  run(histogram: Local<'i32'>, bins: Local<'i32'>, side: 0 | 1): Code[] {
    const { sum, next, near, far, numbers, best, bestAt, at } = this;
    const { gain, at: where } = this.outcome;
    const step = side === 0 ? 1 : -1;
    const even = i32.and(i32.add(bins.get, k(1)), k(-2));
    const bytes = i32.shl(even, k(4));
    const bounds =
      side === 0
        ? [this.from.set(histogram.get), this.to.set(i32.add(histogram.get, bytes))]
        : [this.from.set(sum2(histogram.get, bytes, -BIN_BYTES)), this.to.set(sum2(histogram.get, k(0), -BIN_BYTES))];
    const first = side === 0 ? doubles(0, 1) : f64x2.add(f64x2.splat(f64.convert(even)), doubles(-1, -2));
    // The second of the two bins lies above the first, or, backwards, below: address offsets cannot be negative.
    const two =
      side === 0
        ? [vector.load(this.from.get), vector.load(this.from.get, BIN_BYTES)]
        : [vector.load(this.from.get), vector.load(i32.sub(this.from.get, k(BIN_BYTES)))];
    const lane0 = f64x2.lane(best.get, 0);
    const lane1 = f64x2.lane(best.get, 1);
    const at0 = f64x2.lane(bestAt.get, 0);
    const at1 = f64x2.lane(bestAt.get, 1);
    const earlier = side === 0 ? f64.lt(at1, at0) : f64.gt(at1, at0);
    const second = i32.or(f64.gt(lane1, lane0), i32.and(f64.eq(lane1, lane0), earlier));
    return [
      ...bounds,
      sum.set(doubles(0, 0)),
      best.set(doubles(0, 0)),
      at.set(first),
      bestAt.set(doubles(-1, -1)),
      repeatWhile(i32.ne(this.from.get, this.to.get), [
        next.set(f64x2.add(sum.get, two[0])),
        sum.set(f64x2.add(next.get, two[1])),
        near.g.set(vector.shuffle64(next.get, sum.get, [0, 2])),
        near.h.set(vector.shuffle64(next.get, sum.get, [1, 3])),
        far.g.set(f64x2.sub(numbers.gradient.get, near.g.get)),
        far.h.set(f64x2.sub(numbers.hessian.get, near.h.get)),
        ...this.gain(),
        this.better.set(
          vector.and(
            f64x2.gt(this.gains.get, best.get),
            vector.and(f64x2.ge(near.h.get, numbers.minimum.get), f64x2.ge(far.h.get, numbers.minimum.get)),
          ),
        ),
        best.set(vector.choose(this.gains.get, best.get, this.better.get)),
        bestAt.set(vector.choose(at.get, bestAt.get, this.better.get)),
        at.set(f64x2.add(at.get, doubles(2 * step, 2 * step))),
        advance(this.from, 2 * step * BIN_BYTES),
      ]),
      gain.set(lane0),
      where.set(at0),
      when(second, [gain.set(lane1), where.set(at1)]),
    ];
  }

  /** `gains`: of the two bins, as doubles. */
  private gain(): Code[] {
    const { near, far, numbers, sides, gains, form } = this;
    const numerator = (g: V128): V128 =>
      form.alpha ? f64x2.pseudoMax(f64x2.sub(f64x2.abs(g), numbers.alpha.get), doubles(0, 0)) : g;
    const setUp: Code[] = [
      sides.n1.set(numerator(near.g.get)),
      sides.n2.set(numerator(far.g.get)),
      sides.d1.set(f64x2.add(near.h.get, numbers.lambda.get)),
      sides.d2.set(f64x2.add(far.h.get, numbers.lambda.get)),
    ];
    if (form.emptySides) {
      // A side without hessian gains nothing: 0 / 1.
      setUp.push(
        sides.m1.set(f64x2.gt(near.h.get, doubles(0, 0))),
        sides.m2.set(f64x2.gt(far.h.get, doubles(0, 0))),
        sides.n1.set(vector.and(sides.n1.get, sides.m1.get)),
        sides.n2.set(vector.and(sides.n2.get, sides.m2.get)),
        sides.d1.set(vector.choose(sides.d1.get, doubles(1, 1), sides.m1.get)),
        sides.d2.set(vector.choose(sides.d2.get, doubles(1, 1), sides.m2.get)),
      );
    }
    const both = (a: V128, b: V128) => vector.shuffle32(f32x4.demote(a), f32x4.demote(b), [0, 1, 4, 5]);
    const square = (a: Local<'v128'>) => f64x2.mul(a.get, a.get);
    const sidesGain = form.maxDeltaStep
      ? this.boundedGain(both)
      : f32x4.div(both(square(sides.n1), square(sides.n2)), both(sides.d1.get, sides.d2.get));
    return [
      ...setUp,
      gains.set(sidesGain),
      gains.set(
        f64x2.promote(
          f32x4.sub(f32x4.add(gains.get, vector.shuffle32(gains.get, gains.get, [2, 3, 2, 3])), numbers.root.get),
        ),
      ),
    ];
  }

  /** −(2 g w + (h + λ) w²) in floats, w = −sign(g) · min(|g|₁ / (h + λ), step). */
  private boundedGain(both: (a: V128, b: V128) => V128): V128 {
    const { near, far, numbers, sides } = this;
    const size = (n: Local<'v128'>, d: Local<'v128'>) =>
      f64x2.pseudoMin(numbers.step.get, f64x2.div(f64x2.abs(n.get), d.get));
    const w = both(size(sides.n1, sides.d1), size(sides.n2, sides.d2));
    const twice = f32x4.mul(floats(2), f32x4.abs(both(near.g.get, far.g.get)));
    const lambda = f32x4.demote(numbers.lambda.get);
    const lambdas = vector.shuffle32(lambda, lambda, [0, 0, 0, 0]);
    const weight = f32x4.add(both(near.h.get, far.h.get), lambdas);
    return f32x4.sub(f32x4.mul(twice, w), f32x4.mul(weight, f32x4.mul(w, w)));
  }
}

function sum2(a: Code<'i32'>, b: Code<'i32'>, offset: number): Code<'i32'> {
  return i32.add(i32.add(a, b), k(offset));
}
