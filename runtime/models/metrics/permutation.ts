/**
 * Permutation importance: what a metric loses on rows out of sample when one column is shuffled among them.
 * Source: L. Breiman, "Random forests" (2001), section 10.
 */
import { chance } from '../../statistics/chance.ts';
import type { Matrix } from '../matrix.ts';

export interface PermutationImportance {
  /** Loss of the metric by shuffling the column: its mean over the repeats, and their deviation (dividing by n). */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/**
 * `score`: of predictions from a matrix, higher is better. The matrix given to it is shuffled in place between calls; it
 * comes back as it was. A shuffle depends on seed, column and repeat alone.
 */
export async function permutationImportance(
  matrix: Matrix,
  score: (matrix: Matrix) => Promise<number>,
  seed: number,
  repeats = 5,
): Promise<PermutationImportance> {
  const whole = await score(matrix);
  const shuffled: Matrix = { ...matrix, values: matrix.values.slice() };
  const mean = new Float64Array(matrix.columns);
  const deviation = new Float64Array(matrix.columns);
  for (let column = 0; column < matrix.columns; column++) {
    const first = column * matrix.rows;
    const own = matrix.values.subarray(first, first + matrix.rows);
    const losses = new Float64Array(repeats);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const order = Int32Array.from({ length: matrix.rows }, (_, row) => row);
      chance(seed, column, repeat).shuffle(order);
      order.forEach((from, row) => {
        shuffled.values[first + row] = own[from];
      });
      losses[repeat] = whole - (await score(shuffled));
    }
    shuffled.values.set(own, first);
    mean[column] = losses.reduce((a, b) => a + b, 0) / repeats;
    deviation[column] = Math.sqrt(losses.reduce((sum, loss) => sum + (loss - mean[column]) ** 2, 0) / repeats);
  }
  return { mean, deviation };
}
