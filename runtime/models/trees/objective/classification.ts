/** True or false, and one of several classes. */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import { f, meanOf, newtonBase, type TargetRows, type TreeObjective } from './objective.ts';
import { mean } from './regression.ts';

const LEAST_HESSIAN = f(1e-16);
const NEAR = f(1e-6);

/** `positive`: factor of the weight of rows whose label is true. */
export function logistic(positive: number): TreeObjective {
  const gradients: TreeObjective['gradients'] = ({ rows, labels, weights }, [margins], [pairs]) => {
    for (let row = 0; row < rows; row++) {
      const p = f(1 / f(f(exp(Math.min(-margins[row], 88.7))) + 1));
      const w = f((weights?.[row] ?? 1) * (labels[row] === 1 ? positive : 1));
      pairs[2 * row] = f(p - labels[row]) * w;
      pairs[2 * row + 1] = Math.max(f(p * f(1 - p)), LEAST_HESSIAN) * w;
    }
  };
  const estimate = (target: TargetRows) =>
    Math.abs(positive - 1) > NEAR ? f(1 / f(f(exp(-newtonBase({ gradients }, target))) + 1)) : mean(target);
  return {
    outputs: 1,
    inKernel: 'logistic',
    labelWeight: label => (label === 1 ? positive : 1),
    base: (target, given) => Float32Array.of(logit(given ?? estimate(target))),
    gradients,
    metric: {
      name: 'logloss',
      better: 'lower',
      of: (target, [margins]) => meanOf(target, row => logLoss(margins[row], target.labels[row])),
    },
  };
}

/** The margin of a probability, which is kept off 0 and 1. */
function logit(probability: number): number {
  const p = Math.min(Math.max(probability, NEAR), f(1 - NEAR));
  return f(-log(f(f(1 / p) - 1)));
}

/** −ln of the probability of what came: ln(1 + exp(−m)) of true, without overflow. */
function logLoss(margin: number, label: number): number {
  const m = label === 1 ? -margin : margin;
  return m > 0 ? m + log(1 + exp(-m)) : log(1 + exp(m));
}

export function softmax(classes: number): TreeObjective {
  const gradients: TreeObjective['gradients'] = ({ rows, labels, weights }, margins, pairs) => {
    const shares = new Float32Array(classes);
    for (let row = 0; row < rows; row++) {
      let most = 0;
      for (let o = 0; o < classes; o++) most = Math.max(most, margins[o][row]);
      let sum = 0;
      for (let o = 0; o < classes; o++) {
        shares[o] = exp(f(margins[o][row] - most));
        sum += shares[o];
      }
      const w = weights?.[row] ?? 1;
      for (let o = 0; o < classes; o++) {
        const p = f(shares[o] / f(sum));
        pairs[o][2 * row] = (labels[row] === o ? f(p - 1) : p) * w;
        pairs[o][2 * row + 1] = Math.max(f(f(f(2 * p) * f(1 - p)) * w), LEAST_HESSIAN);
      }
    }
  };
  return {
    outputs: classes,
    base: (target, given) => (given === undefined ? logShares(target, classes) : new Float32Array(classes).fill(given)),
    gradients,
    metric: {
      name: 'mlogloss',
      better: 'lower',
      of: (target, margins) =>
        meanOf(target, row => {
          let most = Number.NEGATIVE_INFINITY;
          for (let o = 0; o < classes; o++) most = Math.max(most, margins[o][row]);
          let sum = 0;
          for (let o = 0; o < classes; o++) sum += exp(margins[o][row] - most);
          return log(sum) - (margins[target.labels[row]][row] - most);
        }),
    },
  };
}

/** ln of each class's share, their mean taken off; weights are summed in floats, as XGBoost does. */
function logShares({ rows, labels, weights }: TargetRows, classes: number): Float32Array {
  const shares = new Float32Array(classes);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const w = weights?.[row] ?? 1;
    shares[labels[row]] += w;
    total += w;
  }
  const logs = Float32Array.from(shares, share => log(f(f(share / total) + NEAR)));
  const middle = f(logs.reduce((a, b) => a + b, 0) / classes);
  return logs.map(value => value - middle);
}
