/**
 * Ridge regression in closed form: the coefficients that minimise Σ w (y − b − x·β)² + alpha |β|², the intercept b without
 * a penalty. Columns and labels are centred at their weighted means; what is left is a system of normal equations.
 */
import { TRAINER_SETTINGS } from '../../../language/check/trainer-settings.ts';
import type { LinearArtefact } from '../artefact.ts';
import { modelError } from '../errors.ts';
import type { LabelledRows } from '../matrix.ts';
import type { Trainer } from '../trainer.ts';
import { solvePositive } from './cholesky.ts';
import { completeRows, refuseObjective } from './refuse.ts';

export const ridge: Trainer = {
  name: 'ridge',
  version: 1,
  settings: TRAINER_SETTINGS.ridge,
  train: async ({ train, objective, settings, signal, progress }) => {
    refuseObjective('ridge', objective, ['squared']);
    const { rows, leftOut } = completeRows('ridge', train);
    signal?.throwIfAborted();
    const artefact = fitRidge(rows, Number(settings.alpha), settings.fit_intercept === true);
    progress?.({ round: 1, rounds: 1 });
    return { artefact, rounds: 1, curve: [], leftOut };
  },
};

function fitRidge(rows: LabelledRows, alpha: number, hasIntercept: boolean): LinearArtefact {
  const { columns: features } = rows.matrix;
  const centre = hasIntercept ? centreOf(rows) : { columns: new Float64Array(features), label: 0 };
  const { gram, moment } = normalEquations(rows, centre);
  for (let c = 0; c < features; c++) gram[c * features + c] += alpha;
  const weights = solvePositive(gram, moment);
  if (weights === undefined) throw modelError('E1137', { alpha });
  let bias = centre.label;
  for (let c = 0; c < features; c++) bias -= weights[c] * centre.columns[c];
  return { kind: 'linear', features, outputs: 1, weights, bias: Float64Array.of(bias) };
}

interface Centre {
  readonly columns: Float64Array;
  readonly label: number;
}

function centreOf({ matrix: { rows, columns, values }, labels, weights }: LabelledRows): Centre {
  const total = weights === undefined ? rows : weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (row: number) => number): number => {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += (weights === undefined ? 1 : weights[r]) * of(r);
    return sum / total;
  };
  return {
    columns: Float64Array.from({ length: columns }, (_, c) => mean(r => values[c * rows + r])),
    label: mean(r => labels[r]),
  };
}

/** Rows at a time: their centred columns stay in the processor's cache while all pairs are multiplied. */
const BLOCK = 1024;

/** XᵀWX (its lower triangle) and XᵀWy, centred; sums run block by block in row order. */
function normalEquations(
  { matrix: { rows, columns, values }, labels, weights }: LabelledRows,
  centre: Centre,
): { readonly gram: Float64Array; readonly moment: Float64Array } {
  const gram = new Float64Array(columns * columns);
  const moment = new Float64Array(columns);
  const block = Array.from({ length: columns }, () => new Float64Array(BLOCK));
  const weighted = new Float64Array(BLOCK);
  const label = new Float64Array(BLOCK);
  for (let start = 0; start < rows; start += BLOCK) {
    const size = Math.min(BLOCK, rows - start);
    for (let r = 0; r < size; r++) label[r] = labels[start + r] - centre.label;
    for (let c = 0; c < columns; c++) {
      const from = c * rows + start;
      for (let r = 0; r < size; r++) block[c][r] = values[from + r] - centre.columns[c];
    }
    for (let i = 0; i < columns; i++) {
      for (let r = 0; r < size; r++) weighted[r] = block[i][r] * (weights === undefined ? 1 : weights[start + r]);
      moment[i] += dot(weighted, label, size);
      for (let j = 0; j <= i; j++) gram[i * columns + j] += dot(weighted, block[j], size);
    }
  }
  return { gram, moment };
}

function dot(a: Float64Array, b: Float64Array, size: number): number {
  let sum = 0;
  for (let r = 0; r < size; r++) sum += a[r] * b[r];
  return sum;
}
