/** What a version remembers of the rows it learned from, so that drift can be told later: constants, kept beside it. */
import type { Matrix } from '../matrix.ts';
import { type Baseline, baselineOf } from '../statistics/stability.ts';

/** Plain data: it is kept as JSON, in which every number comes back as it was. */
export interface DriftBaselines {
  /** The columns that the model sees, in its order. */
  readonly features: readonly NamedBaseline[];
  /** What it predicts for those rows: probabilities of the classes, or the one number. */
  readonly prediction: readonly NamedBaseline[];
}
export interface NamedBaseline extends Baseline {
  readonly name: string;
}

/** `outputs`: of the training rows, output by output, `outputs[o * rows + r]` (output.ts). */
export function driftBaselines(
  matrix: Matrix,
  featureNames: readonly string[],
  outputs: Float64Array,
  outputNames: readonly string[],
): DriftBaselines {
  const { rows } = matrix;
  const of = (values: Float32Array, names: readonly string[]): readonly NamedBaseline[] =>
    names.map((name, column) => ({ name, ...baselineOf(values.subarray(column * rows, (column + 1) * rows)) }));
  return {
    features: of(matrix.values, featureNames),
    prediction: of(predictionRows(outputs, rows).values, outputNames),
  };
}

/** Outputs as rows of float32, which is what both sides of a comparison are binned as. */
export function predictionRows(outputs: Float64Array, rows: number): Matrix {
  return { rows, columns: rows === 0 ? 0 : outputs.length / rows, values: Float32Array.from(outputs) };
}
