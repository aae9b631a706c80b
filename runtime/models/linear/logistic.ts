/**
 * Logistic regression, of two classes or more, with an L2 penalty: the coefficients that minimise
 *
 *     (Σ w · loss + |β|² / 2C) / Σ w,     loss = −ln p(label),
 *
 * intercepts without a penalty. Of two classes (a bool) there is one row of coefficients, of a category one a class. The
 * function is convex, so the minimum is what it is; the way there is `newton.ts`.
 */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import { TRAINER_SETTINGS } from '../../../language/check/trainer-settings.ts';
import type { LabelledRows } from '../matrix.ts';
import { outputCount, sigmoid } from '../output.ts';
import type { Progress, Trainer } from '../trainer.ts';
import { type Convex, minimise } from './newton.ts';
import { addScaled } from './predict.ts';
import { completeRows, refuseObjective } from './refuse.ts';

export const logistic: Trainer = {
  name: 'logistic',
  version: 1,
  settings: TRAINER_SETTINGS.logistic,
  train: async ({ train, objective, settings, signal, progress }) => {
    refuseObjective('logistic', objective, ['logistic', 'softmax']);
    const { rows, leftOut } = completeRows('logistic', train);
    const features = rows.matrix.columns;
    const outputs = outputCount(objective);
    const hasIntercept = settings.fit_intercept === true;
    const maxSteps = Number(settings.max_iter);
    const curve: Progress[] = [];
    const { point, steps } = minimise(penalised(rows, outputs, 1 / Number(settings.C), hasIntercept), {
      tolerance: Number(settings.tol),
      maxSteps,
      onStep: (step, value) => {
        signal?.throwIfAborted();
        const report = { round: step, rounds: maxSteps, metric: { name: 'objective', train: value } };
        curve.push(report);
        progress?.(report);
      },
    });
    const width = features + 1;
    const weights = new Float64Array(outputs * features);
    const bias = new Float64Array(outputs);
    for (let o = 0; o < outputs; o++) {
      weights.set(point.subarray(o * width, o * width + features), o * features);
      bias[o] = point[o * width + features];
    }
    // A shift common to all classes changes no probability: of all minima the one whose intercepts sum to 0.
    const shift = outputs === 1 ? 0 : bias.reduce((sum, value) => sum + value, 0) / outputs;
    for (let o = 0; o < outputs; o++) bias[o] -= shift;
    return { artefact: { kind: 'linear', features, outputs, weights, bias }, rounds: steps, curve, leftOut };
  },
};

/** A point holds, output by output, the coefficients and then the intercept. */
function penalised(rows: LabelledRows, outputs: number, penalty: number, hasIntercept: boolean): Convex {
  const { matrix, labels } = rows;
  const count = matrix.rows;
  const width = matrix.columns + 1;
  const weights = rows.weights ?? new Float64Array(count).fill(1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const design = designOf(rows, outputs, hasIntercept);
  // Probability of true, or of each class: what value, gradient and curvature at a point have in common.
  let probabilities = new Float64Array(outputs * count);

  const penaltyOf = (i: number): number => (i % width === matrix.columns ? 0 : penalty / total);
  const withPenalty = (sums: Float64Array, point: Float64Array): Float64Array =>
    sums.map((sum, i) => sum / total + penaltyOf(i) * point[i]);

  return {
    size: outputs * width,
    at: point => {
      probabilities = design.margins(point);
      const losses = outputs === 1 ? binary(probabilities, labels) : softmaxed(probabilities, labels, outputs);
      let value = 0;
      for (let r = 0; r < count; r++) value += weights[r] * losses[r];
      value /= total;
      for (let i = 0; i < point.length; i++) value += 0.5 * penaltyOf(i) * point[i] ** 2;
      const residuals = new Float64Array(outputs * count);
      for (let o = 0; o < outputs; o++) {
        for (let r = 0; r < count; r++) {
          const truth = outputs === 1 ? labels[r] : Number(labels[r] === o);
          residuals[o * count + r] = weights[r] * (probabilities[o * count + r] - truth);
        }
      }
      return { value, gradient: withPenalty(design.transposed(residuals), point) };
    },
    curvatureAlong: direction => {
      const shifts = design.margins(direction);
      for (let r = 0; r < count; r++) {
        let mean = 0;
        for (let o = 0; o < outputs; o++) mean += probabilities[o * count + r] * shifts[o * count + r];
        for (let o = 0; o < outputs; o++) {
          const at = o * count + r;
          shifts[at] = weights[r] * probabilities[at] * (shifts[at] - mean);
        }
      }
      return withPenalty(design.transposed(shifts), direction);
    },
    diagonal: () => {
      const squares = design.squares(probabilities.map((p, at) => weights[at % count] * p * (1 - p)));
      return squares.map((sum, i) => sum / total + penaltyOf(i) || 1);
    },
  };
}

/** Products with the matrix, an intercept column of ones behind its own. */
function designOf({ matrix: { rows, columns, values } }: LabelledRows, outputs: number, hasIntercept: boolean) {
  const width = columns + 1;
  const collect = (of: Float64Array, power: 1 | 2): Float64Array => {
    const sums = new Float64Array(outputs * width);
    for (let o = 0; o < outputs; o++) {
      const own = of.subarray(o * rows, (o + 1) * rows);
      for (let c = 0; c < columns; c++) {
        const start = c * rows;
        let sum = 0;
        if (power === 1) for (let r = 0; r < rows; r++) sum += own[r] * values[start + r];
        else for (let r = 0; r < rows; r++) sum += own[r] * values[start + r] * values[start + r];
        sums[o * width + c] = sum;
      }
      if (hasIntercept) sums[o * width + columns] = own.reduce((sum, value) => sum + value, 0);
    }
    return sums;
  };
  return {
    margins: (point: Float64Array): Float64Array<ArrayBuffer> => {
      const margins = new Float64Array(outputs * rows);
      for (let o = 0; o < outputs; o++) {
        const own = margins.subarray(o * rows, (o + 1) * rows);
        own.fill(hasIntercept ? point[o * width + columns] : 0);
        for (let c = 0; c < columns; c++) addScaled(own, point[o * width + c], values, c * rows);
      }
      return margins;
    },
    transposed: (of: Float64Array): Float64Array => collect(of, 1),
    squares: (of: Float64Array): Float64Array => collect(of, 2),
  };
}

/** Margins become probabilities in place; gives the losses. */
function binary(margins: Float64Array, labels: Float64Array): Float64Array {
  return labels.map((label, r) => {
    const margin = margins[r];
    margins[r] = sigmoid(margin);
    return Math.max(margin, 0) - label * margin + log(1 + exp(-Math.abs(margin)));
  });
}

function softmaxed(margins: Float64Array, labels: Float64Array, outputs: number): Float64Array {
  const rows = labels.length;
  return labels.map((label, r) => {
    let highest = Number.NEGATIVE_INFINITY;
    for (let o = 0; o < outputs; o++) highest = Math.max(highest, margins[o * rows + r]);
    const own = margins[label * rows + r];
    let sum = 0;
    for (let o = 0; o < outputs; o++) {
      const at = o * rows + r;
      margins[at] = exp(margins[at] - highest);
      sum += margins[at];
    }
    for (let o = 0; o < outputs; o++) margins[o * rows + r] /= sum;
    return highest + log(sum) - own;
  });
}
