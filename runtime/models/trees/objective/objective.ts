/**
 * What trees are grown for. An objective gives gradients at the present margins, where to begin, and the loss that early
 * stopping watches: XGBoost's own formulas in its own floats (`f` rounds to a float), one file an objective.
 */
import type { LabelledRows } from '../../matrix.ts';

/** Rounds to a float. */
export const f: (x: number) => number = Math.fround;

export interface TargetRows {
  readonly rows: number;
  /** Floats; for ranking the grades. */
  readonly labels: Float32Array;
  /** For ranking: of each row's group. */
  readonly weights?: Float32Array;
  readonly groups?: Int32Array;
}

export interface TreeObjective {
  /** Margins of a row: 1, or one a class. */
  readonly outputs: number;
  /** Margins before any tree: what was given, or the estimate from the training rows. */
  readonly base: (target: TargetRows, given: number | undefined) => Float32Array;
  /** Pairs (gradient, hessian) of output o at `pairs[o][2 r]`, from the margins of output o at `margins[o][r]`. */
  readonly gradients: (target: TargetRows, margins: readonly Float32Array[], pairs: readonly Float32Array[]) => void;
  /** XGBoost's default metric of the objective. */
  readonly metric: Metric;
  /** Leaves are set anew once the tree stands: the quantile of what is left of the labels. */
  readonly leafQuantile?: number;
  /** The kernel knows these gradients; `labels` and weights are read from its memory. */
  readonly inKernel?: 'logistic';
  /** Factor of a row's weight by its label. */
  readonly labelWeight?: (label: number) => number;
}

export interface Metric {
  readonly name: string;
  readonly better: 'lower' | 'higher';
  readonly of: (target: TargetRows, margins: readonly Float32Array[]) => number;
}

/** Mean of a row's loss, weighted. */
export function meanOf(target: TargetRows, loss: (row: number) => number): number {
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < target.rows; row++) {
    const w = target.weights?.[row] ?? 1;
    sum += w * loss(row);
    weight += w;
  }
  return sum / weight;
}

/** One Newton step from margin 0: where XGBoost begins when nothing better is known. */
export function newtonBase(objective: Pick<TreeObjective, 'gradients'>, target: TargetRows): number {
  const pairs = new Float32Array(2 * target.rows);
  objective.gradients(target, [new Float32Array(target.rows)], [pairs]);
  let gradient = 0;
  let hessian = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    gradient += pairs[i];
    hessian += pairs[i + 1];
  }
  return f(-gradient / Math.max(hessian, 1e-6));
}

export function targetOf({ matrix, labels, weights, groups }: LabelledRows): TargetRows {
  return {
    rows: matrix.rows,
    labels: Float32Array.from(labels),
    ...(weights !== undefined && { weights: Float32Array.from(weights) }),
    ...(groups !== undefined && { groups }),
  };
}
