/**
 * Platt's scaling: probability = 1 / (1 + exp(−(slope · score + offset))), by maximum likelihood of targets that are
 * pulled a little off 0 and 1. Newton's method with step halving, the logarithms in the form that does not overflow.
 *
 * Source: H.-T. Lin, C.-J. Lin and R. Weng, "A note on Platt's probabilistic outputs for support vector machines" (2007).
 */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';

const MOST_STEPS = 100;
const SMALLEST_STEP = 1e-10;
/** Of the gradient over the rows' weight. */
const TOLERANCE = 1e-10;
/** Keeps the Hessian invertible. */
const RIDGE = 1e-12;

export function fitPlatt(
  scores: Float64Array,
  truths: Float64Array,
  weights: Float64Array,
): { readonly slope: number; readonly offset: number } {
  // The method is stable for scores around 1; the slope is scaled back at the end.
  const largest = scores.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const scale = largest > 0 ? largest : 1;
  const x = scores.map(score => score / scale);
  const total = weights.reduce((a, b) => a + b, 0);
  const yes = truths.reduce((sum, truth, row) => sum + truth * weights[row], 0);
  const no = total - yes;
  const [high, low] = [(yes + 1) / (yes + 2), 1 / (no + 2)];
  const targets = truths.map(truth => (truth === 1 ? high : low));

  let slope = 0;
  let offset = log((yes + 1) / (no + 1));
  let loss = lossOf(x, targets, weights, slope, offset);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { g1, g2, h11, h12, h22 } = derivatives(x, targets, weights, slope, offset);
    if (Math.abs(g1) < TOLERANCE * total && Math.abs(g2) < TOLERANCE * total) break;
    const determinant = h11 * h22 - h12 * h12;
    const d1 = -(h22 * g1 - h12 * g2) / determinant;
    const d2 = -(h11 * g2 - h12 * g1) / determinant;
    const slant = g1 * d1 + g2 * d2;
    let size = 1;
    for (; size >= SMALLEST_STEP; size /= 2) {
      const tried = lossOf(x, targets, weights, slope + size * d1, offset + size * d2);
      if (tried < loss + 1e-4 * size * slant) {
        slope += size * d1;
        offset += size * d2;
        loss = tried;
        break;
      }
    }
    if (size < SMALLEST_STEP) break;
  }
  return { slope: slope / scale, offset };
}

/** −Σ w (t ln p + (1 − t) ln (1 − p)). */
function lossOf(x: Float64Array, targets: Float64Array, weights: Float64Array, slope: number, offset: number): number {
  let sum = 0;
  for (let row = 0; row < x.length; row++) {
    const z = slope * x[row] + offset;
    const beyond = z >= 0 ? (1 - targets[row]) * z : -targets[row] * z;
    sum += weights[row] * (beyond + log(1 + exp(-Math.abs(z))));
  }
  return sum;
}

function derivatives(x: Float64Array, targets: Float64Array, weights: Float64Array, slope: number, offset: number) {
  let [g1, g2, h11, h12, h22] = [0, 0, RIDGE, 0, RIDGE];
  for (let row = 0; row < x.length; row++) {
    const z = slope * x[row] + offset;
    const small = exp(-Math.abs(z));
    const p = z >= 0 ? 1 / (1 + small) : small / (1 + small);
    const pull = weights[row] * (p - targets[row]);
    const bend = (weights[row] * small) / (1 + small) ** 2;
    g1 += pull * x[row];
    g2 += pull;
    h11 += bend * x[row] * x[row];
    h12 += bend * x[row];
    h22 += bend;
  }
  return { g1, g2, h11, h12, h22 };
}
