/**
 * Normalised discounted cumulative gain of a tick's order, on the 31 grades that a ranking learns from: gains 2^grade − 1,
 * discounts 1 / log2(1 + place). Predictions that tie share the mean of their places' discounts.
 *
 * Source: K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002); ties as in F. McSherry
 * and M. Najork, "Computing information retrieval performance measures efficiently in the presence of tied scores" (2008).
 */
import log from '@stdlib/math-base-special-ln';
import { gradesOfGroup } from '../steps/labels.ts';
import { ascending, type Figure, meanOfTicks, rowsByTick, type Sample } from './sample.ts';

/** Mean over the ticks with at least two members whose labels differ. */
export function ndcg(sample: Sample): Figure {
  const values = Float64Array.from(rowsByTick(sample), rows => {
    const grades = gradesOfGroup(Float64Array.from(rows, row => sample.label[row]));
    const scores = Float64Array.from(rows, row => sample.prediction[0][row]);
    const gains = grades.map(grade => 2 ** grade - 1);
    if (rows.length < 2 || grades.every(grade => grade === grades[0])) return Number.NaN;
    return cumulatedGain(scores, gains) / cumulatedGain(gains, gains);
  });
  return meanOfTicks(values);
}

function cumulatedGain(scores: Float64Array, gains: Float64Array): number {
  const order = ascending(scores).reverse();
  let sum = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    let gain = 0;
    let discount = 0;
    for (; end < order.length && scores[order[end]] === scores[order[i]]; end++) {
      gain += gains[order[end]];
      discount += Math.LN2 / log(2 + end);
    }
    sum += (gain * discount) / (end - i);
    i = end;
  }
  return sum;
}
