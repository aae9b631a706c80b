/**
 * On continuous columns, where cuts and draws differ, no worse than XGBoost and no better: the mean area under the curve on
 * rows that neither has seen, over seeds of both the data and the sampling.
 */
import { describe, expect, it } from 'vitest';
import type { LabelledRows } from '../../../../runtime/models/matrix.ts';
import { compileTrees } from '../../../../runtime/models/trees/compiled.ts';
import { askOracle, describeWithOracle } from '../../../support/oracle.ts';
import { askXgboost, auc, chance, madeUp, normal, train, trainForest, trees } from './support.ts';

const SEEDS = Array.from({ length: process.env.VELA_DEEP === '1' ? 20 : 3 }, (_, seed) => seed + 1);
const ROWS = 3000;

/** Labels by a score that `weights` make of the columns, with noise. */
function drawn(
  seed: number,
  columns: number,
  column: (uniform: () => number) => number,
  weight: (c: number) => number,
): LabelledRows {
  const uniform = chance(seed);
  const values = new Float32Array(2 * ROWS * columns);
  const labels = new Float64Array(2 * ROWS);
  for (let row = 0; row < 2 * ROWS; row++) {
    let score = 1.5 * normal(uniform);
    for (let c = 0; c < columns; c++) {
      const value = column(uniform);
      values[c * 2 * ROWS + row] = value;
      score += weight(c) * Math.log1p(Math.abs(value)) * Math.sign(value);
    }
    labels[row] = Number(score > 0.5);
  }
  return { matrix: { rows: 2 * ROWS, columns, values }, labels };
}

const DATA: Readonly<Record<string, (seed: number) => LabelledRows>> = {
  'bent, with absent values': seed => {
    const made = madeUp({ rows: 2 * ROWS, columns: 10, seed, absent: 0.1 });
    return { ...made.rows, labels: made.scores.map(score => Number(score > 0.4)) };
  },
  'many weak columns': seed => drawn(seed, 30, normal, c => (c % 3 === 0 ? 0.4 : 0.1)),
  'heavy tails': seed =>
    drawn(
      seed,
      8,
      uniform => Math.exp(3 * normal(uniform)) - 1,
      c => 1 / (c + 1),
    ),
};

function half({ matrix, labels }: LabelledRows, from: number): LabelledRows {
  const columns = Array.from({ length: matrix.columns }, (_, c) =>
    matrix.values.subarray(c * matrix.rows + from, c * matrix.rows + from + ROWS),
  );
  const values = new Float32Array(ROWS * matrix.columns);
  columns.forEach((column, c) => {
    values.set(column, c * ROWS);
  });
  return { matrix: { ...matrix, rows: ROWS, values }, labels: labels.subarray(from, from + ROWS).slice() };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
/** Of the mean. */
function squaredError(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1) / values.length;
}

describeWithOracle('continuous columns', () => {
  for (const [name, make] of Object.entries(DATA)) {
    it(`${name}: as good as XGBoost`, async () => {
      const settings = { subsample: 0.8, max_depth: 4, learning_rate: 0.1 };
      const data = SEEDS.map(seed => make(seed)).map(rows => ({ learned: half(rows, 0), unseen: half(rows, ROWS) }));
      const theirs = askXgboost(
        data.map(({ learned, unseen }, i) => ({
          train: learned,
          ask: unseen,
          rounds: 40,
          params: { ...settings, objective: 'binary:logistic', seed: SEEDS[i] },
        })),
      ).map(({ margins }, i) => auc(Float64Array.from(margins), data[i].unseen.labels));
      const ours: number[] = [];
      for (const [i, { learned, unseen }] of data.entries()) {
        const request = { train: learned, objective: { kind: 'logistic' }, seed: SEEDS[i] } as const;
        const trained = await train(request, { ...settings, n_estimators: 40 });
        ours.push(auc(compileTrees(trees(trained))(unseen.matrix), unseen.labels));
      }
      expect(mean(theirs)).toBeGreaterThan(0.65);
      const error = Math.sqrt(squaredError(ours) + squaredError(theirs));
      expect(Math.abs(mean(ours) - mean(theirs))).toBeLessThan(2 * error);
    });
  }

  it('random forests order rows as well as scikit-learn’s', async () => {
    const rows = DATA['many weak columns'](5);
    const [learned, unseen] = [half(rows, 0), half(rows, ROWS)];
    const trained = await trainForest(
      { train: learned, objective: { kind: 'logistic' }, seed: 3 },
      { n_estimators: 100, max_depth: 8, colsample_bynode: 0.3 },
    );
    const rowMajor = ({ matrix }: LabelledRows) =>
      Array.from({ length: ROWS }, (_, row) =>
        Array.from({ length: matrix.columns }, (_, c) => matrix.values[c * ROWS + row]),
      );
    const theirs = askOracle('forest', {
      rows: rowMajor(learned),
      labels: [...learned.labels],
      ask: rowMajor(unseen),
      trees: 100,
      depth: 8,
      columns: 0.3,
    }) as readonly number[];
    const ours = auc(compileTrees(trees(trained))(unseen.matrix), unseen.labels);
    expect(Math.abs(ours - auc(Float64Array.from(theirs), unseen.labels))).toBeLessThan(0.015);
    expect(ours).toBeGreaterThan(0.65);
  });
});

describe('auc', () => {
  it('counts equal margins as half', () => {
    expect(auc(Float64Array.of(1, 1, 2, 0), Float64Array.of(0, 1, 1, 0))).toBe(0.875);
  });
});
