/** The objective that a request asks for, and its rows: labels and weights that can be learned from, or an error. */
import type { Objective, TrainerName } from '../../../../language/check/model.ts';
import { modelError } from '../../errors.ts';
import type { LabelledRows } from '../../matrix.ts';
import type { TreeSettings } from '../settings.ts';
import { logistic, softmax } from './classification.ts';
import { type TargetRows, type TreeObjective, targetOf } from './objective.ts';
import { gradesOf, ranking } from './ranking.ts';
import { pseudoHuber, quantile, squared } from './regression.ts';

export function objectiveOf(objective: Objective, settings: TreeSettings): TreeObjective {
  switch (objective.kind) {
    case 'squared':
      return squared();
    case 'huber':
      return pseudoHuber(settings.huberSlope);
    case 'quantile':
      return quantile(objective.at);
    case 'logistic':
      return logistic(settings.scalePosWeight);
    case 'softmax':
      return softmax(objective.classes.length);
    case 'rank':
      return ranking({ ranks: settings.pairsPerSample, normalise: settings.normalisePairs });
  }
}

/** Labels and weights as trees learn from them: for ranking grades, and the mean weight of each group. */
export function trainingTarget(trainer: TrainerName, rows: LabelledRows, objective: Objective): TargetRows {
  if (rows.matrix.rows < 2) throw modelError('E1124', { trainer, reason: 'rows' });
  const target = targetFor(rows, objective);
  if (target.weights?.every(weight => weight === 0)) throw modelError('E1124', { trainer, reason: 'weights' });
  const isClasses = objective.kind === 'logistic' || objective.kind === 'softmax';
  if (isClasses && target.labels.every(label => label === target.labels[0])) {
    throw modelError('E1124', { trainer, reason: 'classes' });
  }
  return target;
}

/** The same of rows that are only measured on. */
export function targetFor(rows: LabelledRows, objective: Objective): TargetRows {
  refuseLabels(rows.labels, objective);
  refuseWeights(rows.weights);
  if (objective.kind !== 'rank') return targetOf(rows);
  const groups = rows.groups ?? Int32Array.of(rows.matrix.rows);
  const counted = groups.reduce((a, b) => a + b, 0);
  if (counted !== rows.matrix.rows) {
    throw modelError('E1125', {
      what: 'group',
      row: Math.min(counted, rows.matrix.rows) - 1,
      value: counted,
      expected: `in one of the groups, which together hold ${rows.matrix.rows} rows`,
    });
  }
  const target = targetOf(rows);
  return {
    ...target,
    groups,
    labels: gradesOf(rows.labels, groups),
    ...(target.weights !== undefined && { weights: groupMeans(target.weights, groups) }),
  };
}

function refuseLabels(labels: Float64Array, objective: Objective): void {
  const { test, expected } = labelOf(objective);
  const row = labels.findIndex(label => !test(label));
  if (row >= 0) throw modelError('E1125', { what: 'label', row, value: labels[row], expected });
}

function labelOf(objective: Objective): { readonly test: (label: number) => boolean; readonly expected: string } {
  switch (objective.kind) {
    case 'logistic':
      return { test: label => label === 0 || label === 1, expected: '0 or 1' };
    case 'softmax': {
      const last = objective.classes.length - 1;
      return {
        test: label => Number.isInteger(label) && label >= 0 && label <= last,
        expected: `a class, 0 to ${last}`,
      };
    }
    case 'squared':
    case 'huber':
    case 'quantile':
    case 'rank':
      return { test: label => Number.isFinite(Math.fround(label)), expected: 'a number within the range of floats' };
  }
}

function refuseWeights(weights: Float64Array | undefined): void {
  const row = weights?.findIndex(weight => !(weight >= 0 && weight < Number.POSITIVE_INFINITY)) ?? -1;
  if (weights === undefined || row < 0) return;
  throw modelError('E1125', { what: 'weight', row, value: weights[row], expected: 'a finite number, 0 or above' });
}

function groupMeans(weights: Float32Array, groups: Int32Array): Float32Array {
  const means = new Float32Array(weights.length);
  let start = 0;
  for (const size of groups) {
    let sum = 0;
    for (let row = start; row < start + size; row++) sum += weights[row];
    means.fill(sum / size, start, start + size);
    start += size;
  }
  return means;
}
