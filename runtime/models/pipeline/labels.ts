/** What a trainer is given as labels: classes between fitted quantiles, grades of a ranking, or the numbers as they are. */
import type { Label, Objective } from '../../../language/check/model.ts';
import type { Rows } from '../dataset/rows.ts';
import type { LabelledRows, Matrix } from '../matrix.ts';
import type { LearningParts } from '../parts.ts';
import type { Fold } from '../splits/fold.ts';
import { classCuts, classOf, grades } from '../steps/labels.ts';
import { tickGroups } from '../weights/weights.ts';

/** Of a `quantile_class` label, fitted on the training part; undefined for any other. */
export function cutsOf(
  label: Label | undefined,
  rows: Rows,
  fold: Fold,
  parts: LearningParts,
): readonly number[] | undefined {
  if (label?.quantiles !== true) return undefined;
  const learned = Float64Array.from(parts.classRows(fold), row => rows.label[row] ?? Number.NaN);
  return classCuts(learned, label.categories?.length ?? 2);
}

/** The answers of these rows, as a model is judged by: a number, 0 or 1, or the number of a class. */
export function answersOf(rows: Rows, part: Int32Array, cuts: readonly number[] | undefined): Float64Array {
  const raw = Float64Array.from(part, row => rows.label[row] ?? Number.NaN);
  return cuts === undefined ? raw : raw.map(label => classOf(cuts, label));
}

/** Rows as a trainer sees them. */
export function labelledRows(
  objective: Objective,
  matrix: Matrix,
  rows: Rows,
  part: Int32Array,
  cuts: readonly number[] | undefined,
  weights: Float64Array | undefined,
): LabelledRows {
  const answers = answersOf(rows, part, cuts);
  const about = { matrix, ...(weights !== undefined && { weights }) };
  if (objective.kind !== 'rank') return { ...about, labels: answers };
  return { ...about, labels: grades(rows, part, answers), groups: tickGroups(rows, part) };
}
