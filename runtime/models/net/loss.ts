/** What a net minimises: for each objective a row's loss, its derivative by the margins, and the margin to start from. */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import type { Objective } from '../../../language/check/model.ts';
import { sigmoid } from '../output.ts';

export interface Loss {
  readonly metric: string;
  /** Loss of one row; writes its derivatives by the margins to `slopes[at ..]`. */
  readonly row: (margins: Float64Array, at: number, label: number, slopes: Float64Array) => number;
  /** Margins that fit the labels best without any feature. */
  readonly start: (labels: Float64Array, weights: Float64Array | undefined) => Float64Array;
}

/** Of labels that are numbers: they are scaled to mean 0 and deviation 1 before (mlp.ts), so that a slope of 1 means that. */
const HUBER_SLOPE = 1;

export const NET_OBJECTIVES = ['squared', 'huber', 'quantile', 'logistic', 'softmax'] as const;
export type NetObjective = Extract<Objective, { readonly kind: (typeof NET_OBJECTIVES)[number] }>;

export function lossOf(objective: NetObjective): Loss {
  switch (objective.kind) {
    case 'squared':
      return { metric: 'squared_error', start: () => Float64Array.of(0), row: squared };
    case 'huber':
      return { metric: 'huber', start: () => Float64Array.of(0), row: huber };
    case 'quantile':
      return { metric: 'quantile', start: () => Float64Array.of(0), row: pinball(objective.at) };
    case 'logistic':
      return { metric: 'log_loss', start: (...rows) => logOdds(sharesOf(2, ...rows)), row: binary };
    case 'softmax': {
      const classes = objective.classes.length;
      return { metric: 'log_loss', start: (...rows) => sharesOf(classes, ...rows).map(log), row: multinomial(classes) };
    }
  }
}

/** Half the square, so that its derivative is the difference. */
const squared: Loss['row'] = (margins, at, label, slopes) => {
  const difference = margins[at] - label;
  slopes[at] = difference;
  return difference ** 2 / 2;
};

const huber: Loss['row'] = (margins, at, label, slopes) => {
  const difference = margins[at] - label;
  const size = Math.abs(difference);
  slopes[at] = size <= HUBER_SLOPE ? difference : HUBER_SLOPE * Math.sign(difference);
  return size <= HUBER_SLOPE ? difference ** 2 / 2 : HUBER_SLOPE * (size - HUBER_SLOPE / 2);
};

function pinball(quantile: number): Loss['row'] {
  return (margins, at, label, slopes) => {
    const difference = margins[at] - label;
    slopes[at] = difference >= 0 ? 1 - quantile : -quantile;
    return difference * slopes[at];
  };
}

const binary: Loss['row'] = (margins, at, label, slopes) => {
  const margin = margins[at];
  slopes[at] = sigmoid(margin) - label;
  return Math.max(margin, 0) - label * margin + log(1 + exp(-Math.abs(margin)));
};

function multinomial(classes: number): Loss['row'] {
  return (margins, at, label, slopes) => {
    let highest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) highest = Math.max(highest, margins[at + k]);
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      slopes[at + k] = exp(margins[at + k] - highest);
      sum += slopes[at + k];
    }
    for (let k = 0; k < classes; k++) slopes[at + k] = slopes[at + k] / sum - Number(k === label);
    return highest + log(sum) - margins[at + label];
  };
}

/** Weighted share of each class, one row of each added so that none is 0. */
function sharesOf(classes: number, labels: Float64Array, weights: Float64Array | undefined): Float64Array {
  const sums = new Float64Array(classes).fill(1);
  for (let r = 0; r < labels.length; r++) sums[labels[r]] += weights === undefined ? 1 : weights[r];
  const total = sums.reduce((a, b) => a + b, 0);
  return sums.map(sum => sum / total);
}

function logOdds([no, yes]: Float64Array): Float64Array {
  return Float64Array.of(log(yes / no));
}
