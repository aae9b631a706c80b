/** Made-up rows for the benchmark of the trainer: a bool that depends on the first columns in bent ways, and much noise. */
import { writeFileSync } from 'node:fs';
import { defaultSettings } from '../language/check/trainer-settings.ts';
import type { LabelledRows } from '../runtime/models/matrix.ts';
import { xgboost } from '../runtime/models/trees/xgboost.ts';

export interface Shape {
  readonly rows: number;
  readonly columns: number;
}
export interface Training {
  readonly trees: number;
  readonly depth: number;
  readonly rate: number;
  readonly threads: number;
}

export function makeRows({ rows, columns }: Shape): LabelledRows {
  let state = 7;
  const uniform = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let t = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
    return ((t ^ (t >>> 15)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const values = new Float32Array(rows * columns);
  const labels = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const common = normal();
    for (let column = 0; column < columns; column++) {
      values[column * rows + row] = column < columns / 2 ? normal() : 0.5 * common + 0.8 * normal();
    }
    const x = (column: number) => values[column * rows + row];
    const step = x(6) > 0.5 ? (x(7) > -0.2 ? 0.8 : -0.8) : 0;
    const score = 0.8 * x(0) - 0.6 * x(1) + 0.7 * x(2) * x(3) + 0.9 * Math.sin(2 * x(4)) + 0.5 * (x(5) ** 2 - 1) + step;
    labels[row] = Number(uniform() < 1 / (1 + Math.exp(-1.2 * (score + normal()))));
  }
  return { matrix: { rows, columns, values }, labels };
}

/** Row by row, then the labels, as floats: what the oracle reads. */
export function writeRows({ matrix, labels }: LabelledRows, path: string): void {
  const { rows, columns, values } = matrix;
  const file = new Float32Array(rows * columns + rows);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) file[row * columns + column] = values[column * rows + row];
  }
  file.set(labels, rows * columns);
  writeFileSync(path, file);
}

export async function trainOurs(train: LabelledRows, { trees, depth, rate, threads }: Training): Promise<void> {
  const settings = {
    ...defaultSettings('xgboost'),
    n_estimators: trees,
    max_depth: depth,
    learning_rate: rate,
    base_score: 0.5,
  };
  await xgboost.train({ train, objective: { kind: 'logistic' }, settings, seed: 0, threads });
}
