/**
 * Gradients of the logistic loss, four rows at a time, in XGBoost's own floats: p = 1 / (1 + exp(−m)), g = (p − y) w,
 * h = max(p (1 − p), 1e-16) w. The exponential is taken in doubles (a Taylor polynomial after halving the range, error
 * below 1e-11) and rounded to a float once, so that it is the same everywhere.
 */
import { i32, type Local, type V128 } from '../../../../compiler/kernel/wasm/instruction.ts';
import { doubles, f32x4, f64x2, floats, i64x2, vector } from '../../../../compiler/kernel/wasm/vector.ts';
import { advance, Kernel, k, repeatWhile } from './emit.ts';
import { LOGISTIC } from './layout.ts';

const LOG2_E = Math.LOG2E;
/** ln 2 in two parts, the first with zeros at its end, so that a small whole multiple of it is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const DEGREE = 10;
/** Adding it leaves a small whole number in the low bits. */
const WHOLE = 1.5 * 2 ** 52;
const LARGEST = 88.7;
const SMALLEST = -104;
const ROWS = 4;

export function logisticGradients(): Kernel<'task'> {
  const kernel = new Kernel(['task']);
  const task = kernel.in('task');
  const address = () => kernel.local('i32');
  const [margins, labels, weights, pairs, end] = [address(), address(), address(), address(), address()];
  const v = () => kernel.local('v128');
  const [x, p, g, h, w] = [v(), v(), v(), v(), v()];
  const [halves, whole, rest, power] = [[v(), v()], v(), v(), v()] as const;

  const exponential = (result: Local<'v128'>, argument: V128) => {
    let polynomial: V128 = doubles(1 / factorial(DEGREE), 1 / factorial(DEGREE));
    for (let n = DEGREE - 1; n >= 0; n--) {
      const coefficient = 1 / factorial(n);
      polynomial = f64x2.add(f64x2.mul(polynomial, rest.get), doubles(coefficient, coefficient));
    }
    return [
      rest.set(argument),
      whole.set(f64x2.nearest(f64x2.mul(rest.get, doubles(LOG2_E, LOG2_E)))),
      rest.set(f64x2.sub(rest.get, f64x2.mul(whole.get, doubles(LN2_HIGH, LN2_HIGH)))),
      rest.set(f64x2.sub(rest.get, f64x2.mul(whole.get, doubles(LN2_LOW, LN2_LOW)))),
      power.set(i64x2.shl(f64x2.add(whole.get, doubles(WHOLE, WHOLE)), k(52))),
      result.set(i64x2.add(polynomial, power.get)),
    ];
  };
  const clamped = f32x4.pseudoMax(
    floats(SMALLEST),
    f32x4.pseudoMin(floats(LARGEST), f32x4.neg(vector.load(margins.get))),
  );
  const e = vector.shuffle32(f32x4.demote(halves[0].get), f32x4.demote(halves[1].get), [0, 1, 4, 5]);
  kernel.emit(
    margins.set(i32.load(task.get, 4 * LOGISTIC.margins)),
    labels.set(i32.load(task.get, 4 * LOGISTIC.labels)),
    weights.set(i32.load(task.get, 4 * LOGISTIC.weights)),
    pairs.set(i32.load(task.get, 4 * LOGISTIC.pairs)),
    end.set(i32.add(margins.get, i32.shl(i32.load(task.get, 4 * LOGISTIC.count), k(2)))),
    repeatWhile(i32.ltUnsigned(margins.get, end.get), [
      x.set(clamped),
      ...exponential(halves[0], f64x2.promote(x.get)),
      ...exponential(halves[1], f64x2.promote(vector.shuffle32(x.get, x.get, [2, 3, 2, 3]))),
      p.set(f32x4.div(floats(1), f32x4.add(e, floats(1)))),
      w.set(vector.load(weights.get)),
      g.set(f32x4.mul(f32x4.sub(p.get, vector.load(labels.get)), w.get)),
      h.set(f32x4.mul(f32x4.pseudoMax(floats(1e-16), f32x4.mul(p.get, f32x4.sub(floats(1), p.get))), w.get)),
      vector.store(pairs.get, vector.shuffle32(g.get, h.get, [0, 4, 1, 5])),
      vector.store(pairs.get, vector.shuffle32(g.get, h.get, [2, 6, 3, 7]), 16),
      advance(margins, 4 * ROWS),
      advance(labels, 4 * ROWS),
      advance(weights, 4 * ROWS),
      advance(pairs, 8 * ROWS),
    ]),
  );
  return kernel;
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
