/** Rows as a net reads them, one after the other, with labels on a scale that suits any first weights. */
import type { LabelledRows, Matrix } from '../matrix.ts';
import type { NetObjective } from './loss.ts';

/** Rows one after the other, `features[r * columns + c]`. */
export interface NetRows {
  readonly count: number;
  readonly columns: number;
  readonly features: Float64Array;
  readonly labels: Float64Array;
  readonly weights?: Float64Array;
}

/** Labels that are numbers are learned as (label − mean) / deviation, and the last layer is scaled back afterwards. */
export interface LabelScale {
  readonly mean: number;
  readonly deviation: number;
}

export function scaleOf(objective: NetObjective, { labels, weights }: LabelledRows): LabelScale {
  if (objective.kind === 'logistic' || objective.kind === 'softmax') return { mean: 0, deviation: 1 };
  const weigh = (r: number): number => (weights === undefined ? 1 : weights[r]);
  const total = labels.reduce((sum, _, r) => sum + weigh(r), 0);
  const mean = labels.reduce((sum, label, r) => sum + weigh(r) * label, 0) / total;
  const variance = labels.reduce((sum, label, r) => sum + weigh(r) * (label - mean) ** 2, 0) / total;
  return { mean, deviation: variance > 0 ? Math.sqrt(variance) : 1 };
}

export function rowMajor({ matrix, labels, weights }: LabelledRows, { mean, deviation }: LabelScale): NetRows {
  const { rows: count, columns } = matrix;
  const features = new Float64Array(count * columns);
  transpose(matrix, 0, count, features);
  const scaled = labels.map(label => (label - mean) / deviation);
  return { count, columns, features, labels: scaled, ...(weights !== undefined && { weights }) };
}

/** Rows `start .. start + count` of a matrix, row by row. */
export function transpose({ rows, columns, values }: Matrix, start: number, count: number, into: Float64Array): void {
  for (let c = 0; c < columns; c++) {
    const from = c * rows + start;
    for (let r = 0; r < count; r++) into[r * columns + c] = values[from + r];
  }
}

export function pick(rows: NetRows, order: Uint32Array): NetRows {
  const { columns } = rows;
  const features = new Float64Array(order.length * columns);
  for (let k = 0; k < order.length; k++) {
    features.set(rows.features.subarray(order[k] * columns, (order[k] + 1) * columns), k * columns);
  }
  const of = (values: Float64Array): Float64Array => Float64Array.from(order, r => values[r]);
  const { weights } = rows;
  const labels = of(rows.labels);
  return { count: order.length, columns, features, labels, ...(weights !== undefined && { weights: of(weights) }) };
}
