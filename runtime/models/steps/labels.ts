/**
 * Labels that depend on other rows: classes between quantiles of the training part, and the grades that a ranking learns
 * from.
 */
import { percentile } from '../../statistics/moments.ts';
import type { RowPlaces } from '../splits/fold.ts';
import { tickGroups } from '../weights/weights.ts';

/**
 * Cuts between `classes` classes of about equal size, from the labels of a training part (`LearningParts.classRows`).
 * Where labels are so often equal that two cuts meet, the class between them is empty; the others keep their numbers.
 */
export function classCuts(labels: Float64Array, classes: number): readonly number[] {
  const present = labels.filter(label => !Number.isNaN(label));
  if (present.length === 0) return [];
  return Array.from({ length: classes - 1 }, (_, i) => percentile(present, (i + 1) / classes));
}

/** Class of a label: left of a cut is `x < cut`. Absent stays absent. */
export function classOf(cuts: readonly number[], label: number): number {
  return Number.isNaN(label) ? label : cuts.filter(cut => label >= cut).length;
}

/** Grades of a ranking reach from 0 to this: gains of NDCG are 2^grade − 1. */
export const HIGHEST_GRADE = 30;

/** 31 grades within each tick's group of rows. `labels` has one entry for each of `rows`, none absent. */
export function grades(places: RowPlaces, rows: Int32Array, labels: Float64Array): Float64Array {
  const graded = new Float64Array(rows.length);
  let first = 0;
  for (const size of tickGroups(places, rows)) {
    graded.set(gradesOfGroup(labels.subarray(first, first + size)), first);
    first += size;
  }
  return graded;
}

/** The lowest label 0, the highest 30, equal labels the grade of their middle rank; a row that stands alone 0. */
export function gradesOfGroup(labels: Float64Array): Float64Array {
  const sorted = Float64Array.from(labels).sort();
  return labels.map(label => {
    const middle = (sorted.indexOf(label) + sorted.lastIndexOf(label)) / 2;
    return labels.length === 1 ? 0 : Math.round((HIGHEST_GRADE * middle) / (labels.length - 1));
  });
}
