/** Rows for the tests of trainers and predictors: the same for the same seed. */
import type { LabelledRows, Matrix } from '../../../runtime/models/matrix.ts';
import { chance } from '../../../runtime/statistics/chance.ts';

/** About normal, mean 0, deviation 1: the sum of twelve uniform numbers less 6. */
export function normals(seed: number): () => number {
  const { next } = chance(seed);
  return () => {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += next();
    return sum;
  };
}

export function matrixOf(rows: number, columns: number, value: (row: number, column: number) => number): Matrix {
  const values = new Float32Array(rows * columns);
  for (let c = 0; c < columns; c++) for (let r = 0; r < rows; r++) values[c * rows + r] = value(r, c);
  return { rows, columns, values };
}

export function randomMatrix(seed: number, rows: number, columns: number): Matrix {
  const draw = normals(seed);
  return matrixOf(rows, columns, draw);
}

/** Rows `from .. to` of a matrix. */
export function slice(matrix: Matrix, from: number, to: number): Matrix {
  return matrixOf(to - from, matrix.columns, (r, c) => matrix.values[c * matrix.rows + from + r]);
}

export function labelled(matrix: Matrix, label: (row: number) => number, weights?: Float64Array): LabelledRows {
  const labels = Float64Array.from({ length: matrix.rows }, (_, r) => label(r));
  return { matrix, labels, ...(weights !== undefined && { weights }) };
}

export function cell({ rows, values }: Matrix, row: number, column: number): number {
  return values[column * rows + row];
}

/** Weights between 0.2 and 1.8, scaled to mean 1. */
export function randomWeights(seed: number, rows: number): Float64Array {
  const { next } = chance(seed);
  const raw = Float64Array.from({ length: rows }, () => 0.2 + 1.6 * next());
  const mean = raw.reduce((a, b) => a + b, 0) / rows;
  return raw.map(weight => weight / mean);
}
