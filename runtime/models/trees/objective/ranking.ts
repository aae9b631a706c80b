/**
 * Ranking within groups: LambdaMART for NDCG, pairs of the first ranks with all below (XGBoost's `rank:ndcg` with
 * `lambdarank_pair_method=topk`). A pair that stands in the wrong order is pushed apart by what exchanging the two would
 * gain. Labels are graded 0 … 30 by their place in the group, gains are 2^grade − 1.
 */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import { f, type TargetRows, type TreeObjective } from './objective.ts';

export const GRADES = 31;
const LEAST = 1e-16;

export interface PairSettings {
  /** First ranks that make pairs. */
  readonly ranks: number;
  readonly normalise: boolean;
}

/** Place of each label in its group, from 0 (lowest) to 30; equal labels share the middle of their places. */
export function gradesOf(labels: Float64Array, groups: Int32Array): Float32Array {
  const grades = new Float32Array(labels.length);
  let start = 0;
  for (const size of groups) {
    const order = Array.from({ length: size }, (_, i) => start + i).sort((a, b) => labels[a] - labels[b] || a - b);
    for (let i = 0; i < size; ) {
      let j = i + 1;
      while (j < size && labels[order[j]] === labels[order[i]]) j++;
      const grade = Math.floor(((i + j - 1) / 2 / size) * GRADES);
      for (; i < j; i++) grades[order[i]] = grade;
    }
    start += size;
  }
  return grades;
}

export function ranking(settings: PairSettings): TreeObjective {
  return {
    outputs: 1,
    // Gradients of a group cancel, so a constant changes nothing.
    base: (_, given) => Float32Array.of(given ?? 0),
    gradients: (target, [margins], [pairs]) => lambdas(settings, target, margins, pairs),
    metric: {
      name: `ndcg@${settings.ranks}`,
      better: 'higher',
      of: (target, [margins]) => meanNdcg(settings.ranks, target, margins),
    },
  };
}

function lambdas(settings: PairSettings, target: TargetRows, margins: Float32Array, pairs: Float32Array): void {
  const { labels, weights, groups = Int32Array.of(target.rows) } = target;
  pairs.fill(0);
  const discounts = discountsOf(groups);
  const weightNorm = groups.length / groupWeights(target, groups).reduce((a, b) => a + b, 0);
  let start = 0;
  for (const size of groups) {
    const order = ranked(margins, start, size);
    const norm = lambdasOfGroup(settings, { labels, margins, pairs, order, discounts });
    const weight = weights?.[start] ?? 1;
    for (let i = 2 * start; i < 2 * (start + size); i++) {
      let value = pairs[i];
      if (norm !== 1) value = f(value * f(norm));
      pairs[i] = f(f(value * weight) * f(weightNorm));
    }
    start += size;
  }
}

interface Group {
  readonly labels: Float32Array;
  readonly margins: Float32Array;
  readonly pairs: Float32Array;
  /** Rows, the highest margin first. */
  readonly order: readonly number[];
  readonly discounts: Float64Array;
}

/** Adds the pairs of a group; gives the factor that its gradients are scaled by. */
function lambdasOfGroup(settings: PairSettings, { labels, margins, pairs, order, discounts }: Group): number {
  const size = order.length;
  const inverseIdeal = inverse(
    idealDcg(
      settings.ranks,
      order.map(row => labels[row]),
      discounts,
    ),
  );
  const spread = margins[order[0]] !== margins[order[size - 1]];
  let sum = 0;
  for (let i = 0; i < Math.min(settings.ranks, size); i++) {
    for (let j = i + 1; j < size; j++) {
      if (labels[order[i]] === labels[order[j]]) continue;
      const [high, low] = labels[order[i]] > labels[order[j]] ? [i, j] : [j, i];
      const [better, worse] = [order[high], order[low]];
      const apart = f(margins[better] - margins[worse]);
      const s = f(1 / f(f(exp(Math.min(-apart, 88.7))) + 1));
      const exchange = (gain(labels[better]) - gain(labels[worse])) * (discounts[high] - discounts[low]) * inverseIdeal;
      const delta = spread ? Math.abs(exchange) / (Math.abs(apart) + 0.01) : Math.abs(exchange);
      const gradient = f((s - 1) * delta);
      const hessian = f(Math.max(s * (1 - s), LEAST) * delta * 2);
      pairs[2 * better] += gradient;
      pairs[2 * better + 1] += hessian;
      pairs[2 * worse] -= gradient;
      pairs[2 * worse + 1] += hessian;
      sum += -2 * gradient;
    }
  }
  return settings.normalise && sum > 0 ? log(1 + sum) / Math.LN2 / sum : 1;
}

/** Rows of a group by margin, the highest first, equal ones in their order. */
function ranked(margins: Float32Array, start: number, size: number): readonly number[] {
  return Array.from({ length: size }, (_, i) => start + i).sort((a, b) => margins[b] - margins[a] || a - b);
}

function gain(grade: number): number {
  return 2 ** grade - 1;
}

function discountsOf(groups: Int32Array): Float64Array {
  const longest = groups.reduce((a, b) => Math.max(a, b), 0);
  return Float64Array.from({ length: longest }, (_, i) => 1 / (log(i + 2) / Math.LN2));
}

function idealDcg(ranks: number, grades: readonly number[], discounts: Float64Array): number {
  const best = [...grades].sort((a, b) => b - a).slice(0, ranks);
  return best.reduce((sum, grade, i) => sum + discounts[i] * gain(grade), 0);
}

function inverse(ideal: number): number {
  return ideal === 0 ? 0 : 1 / ideal;
}

function groupWeights({ weights }: TargetRows, groups: Int32Array): readonly number[] {
  let start = 0;
  return Array.from(groups, size => {
    const weight = size === 0 ? 0 : (weights?.[start] ?? 1);
    start += size;
    return weight;
  });
}

/** Of groups where nothing is to be won: 1, as XGBoost counts them. */
function meanNdcg(ranks: number, target: TargetRows, margins: Float32Array): number {
  const { labels, groups = Int32Array.of(target.rows) } = target;
  const weights = groupWeights(target, groups);
  const discounts = discountsOf(groups);
  let start = 0;
  let sum = 0;
  let weight = 0;
  groups.forEach((size, g) => {
    const grades = ranked(margins, start, size).map(row => labels[row]);
    const ideal = idealDcg(ranks, grades, discounts);
    const reached = grades.slice(0, ranks).reduce((total, grade, i) => total + discounts[i] * gain(grade), 0);
    sum += ideal === 0 ? 1 : weights[g] * (reached / ideal);
    weight += weights[g];
    start += size;
  });
  return sum / weight;
}
