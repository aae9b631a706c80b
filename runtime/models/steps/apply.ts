/** Applies fitted steps: rows of f64 columns in, the float32 matrix that a model sees out. */
import type { Matrix } from '../matrix.ts';
import { applyColumn } from './column.ts';
import type { ColumnSteps, Columns } from './types.ts';

export interface Stepped {
  readonly matrix: Matrix;
  /** Values that were infinite, or too large for float32 after their steps: absent (or filled) from here on. */
  readonly infinite: number;
}

/** Matrix of these rows of the columns, in their order. */
export function applySteps({ kept }: ColumnSteps, columns: Columns, rows: Int32Array): Stepped {
  const values = new Float32Array(kept.length * rows.length);
  let infinite = 0;
  kept.forEach((step, position) => {
    const column = columns[step.column];
    const first = position * rows.length;
    for (let i = 0; i < rows.length; i++) {
      const raw = column[rows[i]];
      const value = applyColumn(step, raw);
      const known = Number.isFinite(raw);
      if (known ? Number.isNaN(value) : !Number.isNaN(raw)) infinite++;
      values[first + i] = value;
    }
  });
  return { matrix: { rows: rows.length, columns: kept.length, values }, infinite };
}

/** Steps of a model that has none: all columns, rounded. */
export function plainSteps(columns: number): ColumnSteps {
  const kept = Array.from({ length: columns }, (_, column) => ({ column, centre: 0, spread: 1 }));
  return { kept, left: [] };
}
