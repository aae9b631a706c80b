/**
 * Fits the steps of a model on the rows of a training part, and nothing else: which columns leave, what is filled in for
 * absent values, where values are cut, how they are scaled.
 */
import type { FittedSteps, Selection } from '../../../language/check/model.ts';
import { fitColumn } from './column.ts';
import { correlationClusters } from './correlation.ts';
import type { ColumnCause, ColumnStep, ColumnSteps, Columns } from './types.ts';

/**
 * Importance of each column of the steps given, from a model trained inside the fold: gain on the training part, or what
 * shuffling costs on rows that it did not learn from.
 */
export type Importance = (by: 'gain' | 'permutation', steps: ColumnSteps) => Promise<Float64Array>;

/** `rows`: of the training part (`LearningParts.stepRows`). Selections follow one another in their written order. */
export async function fitSteps(
  columns: Columns,
  rows: Int32Array,
  recipe: FittedSteps,
  importance?: Importance,
): Promise<ColumnSteps> {
  const values = columns.map(column => Float64Array.from(rows, row => column[row]));
  let steps = fitColumns(values, recipe);
  for (const selection of recipe.select) steps = await select(steps, values, selection, importance);
  return steps;
}

function fitColumns(values: readonly Float64Array[], recipe: FittedSteps): ColumnSteps {
  const kept: ColumnStep[] = [];
  const left: { column: number; cause: ColumnCause }[] = [];
  values.forEach((own, column) => {
    const fitted = fitColumn(column, own, recipe);
    if (typeof fitted === 'string') left.push({ column, cause: fitted });
    else kept.push(fitted);
  });
  return { kept, left };
}

async function select(
  steps: ColumnSteps,
  values: readonly Float64Array[],
  selection: Selection,
  importance: Importance | undefined,
): Promise<ColumnSteps> {
  switch (selection.by) {
    case 'variance':
      return keepWhere(steps, 'variance', ({ column }) => variance(values[column]) > selection.above);
    case 'correlation': {
      const clusters = correlationClusters(
        steps.kept.map(({ column }) => values[column]),
        selection.below,
      );
      const chosen = new Set(clusters.map(({ centre }) => centre));
      return keepWhere(steps, 'correlation', (_, position) => chosen.has(position));
    }
    case 'gain':
    case 'permutation': {
      if (steps.kept.length <= selection.keep) return steps;
      if (importance === undefined)
        throw new Error(`selection by ${selection.by} needs a model that is trained for it`);
      const scores = await importance(selection.by, steps);
      const best = new Set(highest(scores, selection.keep));
      return keepWhere(steps, selection.by, (_, position) => best.has(position));
    }
  }
}

/** Positions of the highest scores; at equal scores the earlier column, and NaN below all. */
function highest(scores: Float64Array, count: number): readonly number[] {
  const rank = (score: number) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score);
  return [...scores.keys()]
    .sort((a, b) => {
      const [x, y] = [rank(scores[a]), rank(scores[b])];
      return x === y ? a - b : y > x ? 1 : -1;
    })
    .slice(0, count);
}

function keepWhere(
  { kept, left }: ColumnSteps,
  cause: ColumnCause,
  stays: (step: ColumnStep, position: number) => boolean,
): ColumnSteps {
  const staying = kept.filter(stays);
  const leaving = kept.filter((step, position) => !stays(step, position));
  return { kept: staying, left: [...left, ...leaving.map(({ column }) => ({ column, cause }))] };
}

/** Of the raw values, dividing by n (as scikit-learn's VarianceThreshold). */
function variance(values: Float64Array): number {
  const present = values.filter(Number.isFinite);
  const mean = present.reduce((a, b) => a + b, 0) / present.length;
  return present.reduce((sum, x) => sum + (x - mean) ** 2, 0) / present.length;
}
