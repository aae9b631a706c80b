/** Numbers: squared error, the pseudo-Huber loss, and quantiles. */
import { f, type Metric, meanOf, newtonBase, type TargetRows, type TreeObjective } from './objective.ts';

export function squared(): TreeObjective {
  return {
    outputs: 1,
    base: (target, given) => Float32Array.of(given ?? mean(target)),
    gradients: ({ rows, labels, weights }, [margins], [pairs]) => {
      for (let row = 0; row < rows; row++) {
        const w = weights?.[row] ?? 1;
        pairs[2 * row] = f(margins[row] - labels[row]) * w;
        pairs[2 * row + 1] = w;
      }
    },
    metric: {
      name: 'rmse',
      better: 'lower',
      of: (target, [margins]) =>
        Math.sqrt(
          meanOf(target, row => {
            const rest = margins[row] - target.labels[row];
            return rest * rest;
          }),
        ),
    },
  };
}

/** The mean as a float; of doubles, as XGBoost sums it. */
export function mean({ rows, labels, weights }: TargetRows): number {
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < rows; row++) {
    const w = weights?.[row] ?? 1;
    sum += w * labels[row];
    weight += w;
  }
  return f(sum / weight);
}

export function pseudoHuber(slope: number): TreeObjective {
  const slope2 = f(slope * slope);
  const gradients: TreeObjective['gradients'] = ({ rows, labels, weights }, [margins], [pairs]) => {
    for (let row = 0; row < rows; row++) {
      const w = weights?.[row] ?? 1;
      const z = f(margins[row] - labels[row]);
      const z2 = f(z * z);
      const root = f(Math.sqrt(f(1 + f(z2 / slope2))));
      pairs[2 * row] = f(z / root) * w;
      pairs[2 * row + 1] = f(slope2 / f(f(slope2 + z2) * root)) * w;
    }
  };
  const metric: Metric = {
    name: 'mphe',
    better: 'lower',
    of: (target, [margins]) =>
      meanOf(target, row => {
        const z = (margins[row] - target.labels[row]) / slope;
        return slope * slope * (Math.sqrt(1 + z * z) - 1);
      }),
  };
  return {
    outputs: 1,
    base: (target, given) => Float32Array.of(given ?? newtonBase({ gradients }, target)),
    gradients,
    metric,
  };
}

export function quantile(at: number): TreeObjective {
  const alpha = f(at);
  return {
    outputs: 1,
    leafQuantile: alpha,
    base: ({ labels, weights }, given) => Float32Array.of(given ?? quantileOf(labels.slice(), alpha, weights)),
    gradients: ({ rows, labels, weights }, [margins], [pairs]) => {
      const over = f(1 - alpha);
      for (let row = 0; row < rows; row++) {
        const w = weights?.[row] ?? 1;
        pairs[2 * row] = (f(margins[row] - labels[row]) >= 0 ? over : -alpha) * w;
        pairs[2 * row + 1] = w;
      }
    },
    metric: {
      name: 'quantile',
      better: 'lower',
      of: (target, [margins]) =>
        meanOf(target, row => {
          const rest = target.labels[row] - margins[row];
          return rest >= 0 ? alpha * rest : (alpha - 1) * rest;
        }),
    },
  };
}

/**
 * The quantile of floats, as XGBoost takes it: between neighbours without weights (NIST handbook 7.2.6.2), the first value
 * at which the summed weight reaches the share with them. NaN of nothing.
 */
export function quantileOf(values: Float32Array, share: number, weights?: Float32Array): number {
  const n = values.length;
  if (n === 0) return Number.NaN;
  if (weights === undefined) {
    const sorted = values.slice().sort();
    if (share <= 1 / (n + 1)) return sorted[0];
    if (share >= n / (n + 1)) return sorted[n - 1];
    const x = share * (n + 1);
    const below = Math.floor(x) - 1;
    return f(sorted[below] + (x - 1 - below) * f(sorted[below + 1] - sorted[below]));
  }
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b] || a - b);
  const reached = new Float32Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum = f(sum + weights[order[i]]);
    reached[i] = sum;
  }
  const needed = f(sum * share);
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reached[middle] < needed) low = middle + 1;
    else high = middle;
  }
  return values[order[Math.min(low, n - 1)]];
}
