/**
 * Truncated Newton: the minimum of a smooth convex function, each step found by conjugate gradients on products with the
 * Hessian, which is never formed. Memory stays at a few vectors for any number of classes and columns; every step is
 * arithmetic in a fixed order, so equal input gives equal bits. (Nocedal & Wright, Numerical Optimization, algorithm 7.1.)
 */

export interface Convex {
  readonly size: number;
  /** Value and gradient at a point. */
  readonly at: (point: Float64Array) => { readonly value: number; readonly gradient: Float64Array };
  /** The Hessian at the point that `at` saw last: its product with a vector, and its diagonal, all of it positive. */
  readonly curvatureAlong: (direction: Float64Array) => Float64Array;
  readonly diagonal: () => Float64Array;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly steps: number;
}

/** Ends when no part of the gradient is larger than `tolerance`, when numbers can fall no further, or after `maxSteps`. */
export function minimise(
  problem: Convex,
  {
    tolerance,
    maxSteps,
    onStep,
  }: { tolerance: number; maxSteps: number; onStep: (step: number, value: number) => void },
): Minimum {
  let point = new Float64Array(problem.size);
  let { value, gradient } = problem.at(point);
  for (let step = 1; step <= maxSteps; step++) {
    if (largest(gradient) <= tolerance) return { point, steps: step - 1 };
    const direction = newtonDirection(problem, gradient);
    const slope = dot(gradient, direction);
    const next = descend(problem, point, direction, value, slope);
    if (next === undefined) return { point, steps: step - 1 };
    ({ point, value, gradient } = next);
    onStep(step, value);
  }
  return { point, steps: maxSteps };
}

/** Solves H d = −g as far as pays: the nearer the minimum, the more exactly. Preconditioned by the diagonal. */
function newtonDirection(problem: Convex, gradient: Float64Array): Float64Array {
  const { size } = problem;
  const diagonal = problem.diagonal();
  const direction = new Float64Array(size);
  const residual = gradient.map(part => -part);
  const scaled = residual.map((part, i) => part / diagonal[i]);
  const along = scaled.slice();
  let power = dot(residual, scaled);
  const enough = Math.min(0.25, Math.sqrt(Math.sqrt(power))) ** 2 * power;
  for (let k = 0; k < 2 * size + 10 && power > enough; k++) {
    const curved = problem.curvatureAlong(along);
    const curvature = dot(along, curved);
    // Flat: an intercept common to all classes, of which the function knows nothing.
    if (!(curvature > 0)) break;
    const length = power / curvature;
    for (let i = 0; i < size; i++) {
      direction[i] += length * along[i];
      residual[i] -= length * curved[i];
      scaled[i] = residual[i] / diagonal[i];
    }
    const before = power;
    power = dot(residual, scaled);
    for (let i = 0; i < size; i++) along[i] = scaled[i] + (power / before) * along[i];
  }
  return direction;
}

/** Halves the step until the value falls as its slope promises, as far as f64 can tell values apart. */
function descend(
  problem: Convex,
  point: Float64Array,
  direction: Float64Array,
  value: number,
  slope: number,
): { point: Float64Array<ArrayBuffer>; value: number; gradient: Float64Array } | undefined {
  const resolution = 8 * Number.EPSILON * Math.abs(value);
  for (let length = 1; length > 1e-9; length /= 2) {
    const trial = new Float64Array(point.map((part, i) => part + length * direction[i]));
    const there = problem.at(trial);
    if (there.value <= value + 1e-4 * length * slope + resolution) return { point: trial, ...there };
  }
  return undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
