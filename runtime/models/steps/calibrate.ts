/**
 * Calibration: from a model's scores (`scoresOf` in runtime/models/output.ts) to probabilities that come true as often as
 * they say, fitted on rows that the model did not learn from. Of several classes each against the rest.
 */

import { fitIsotonic } from './isotonic.ts';
import { fitPlatt } from './platt.ts';
import type { Calibration } from './types.ts';

/**
 * `scores[k]`: one array a class, of a bool one alone. `labels`: 0 or 1, or numbers of classes. Rows without a score are
 * left out. Undefined where a class has no row with a score, or nothing is there to be told apart: then the model's own
 * probabilities stand.
 */
export function fitCalibration(
  kind: 'isotonic' | 'platt',
  scores: readonly Float64Array[],
  labels: Float64Array,
  weights?: Float64Array,
): Calibration | undefined {
  const known = [...labels.keys()].filter(row => scores.every(own => Number.isFinite(own[row])));
  const pick = (values: ArrayLike<number>) => Float64Array.from(known, row => values[row]);
  const weight = weights === undefined ? new Float64Array(known.length).fill(1) : pick(weights);
  const classes = scores.map((own, k) => ({
    scores: pick(own),
    truths: Float64Array.from(known, row => Number(labels[row] === (scores.length === 1 ? 1 : k))),
  }));
  const oneSided = classes.some(({ truths }) => truths.every(truth => truth === truths[0]));
  if (known.length === 0 || oneSided || !weight.some(w => w > 0)) return undefined;
  return kind === 'isotonic'
    ? { kind, classes: classes.map(own => fitIsotonic(own.scores, own.truths, weight)) }
    : { kind, classes: classes.map(own => fitPlatt(own.scores, own.truths, weight)) };
}
