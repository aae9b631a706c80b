/** Made-up rows to learn from, and XGBoost as the oracle. */
import { defaultSettings } from '../../../../language/check/trainer-settings.ts';
import type { TreeArtefact } from '../../../../runtime/models/artefact.ts';
import type { LabelledRows } from '../../../../runtime/models/matrix.ts';
import type { Trained, TrainRequest } from '../../../../runtime/models/trainer.ts';
import { randomForest } from '../../../../runtime/models/trees/random-forest.ts';
import type { Settings } from '../../../../runtime/models/trees/settings.ts';
import { xgboost } from '../../../../runtime/models/trees/xgboost.ts';
import { askOracle } from '../../../support/oracle.ts';

/** Uniform in [0, 1), the same for the same seed. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let t = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
    return ((t ^ (t >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal. */
export function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

export interface MadeUp {
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
  /** Distinct values of a column; absent: as they come. */
  readonly levels?: number;
  readonly absent?: number;
  readonly weights?: boolean;
}

/** Rows whose score is a bent function of the first columns, with noise. */
export function madeUp(what: MadeUp): { readonly rows: LabelledRows; readonly scores: Float64Array } {
  const { rows, columns, levels, absent = 0 } = what;
  const uniform = chance(what.seed);
  const values = new Float32Array(rows * columns);
  const scores = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const x = Array.from({ length: columns }, () => {
      const value = normal(uniform);
      return levels === undefined ? value : Math.round(Math.max(-1, Math.min(1, value / 4)) * (levels - 1) * 0.5) / 16;
    });
    const scale = levels === undefined ? 1 : 32 / levels;
    const y = x.map(value => value * scale);
    scores[row] = y[0] - 0.7 * y[1] + y[2] * y[3] + Math.sin(2 * y[0]) + (y[1] > 0.3 ? 1 : 0) + 0.7 * normal(uniform);
    for (let column = 0; column < columns; column++) {
      values[column * rows + row] = uniform() < absent ? Number.NaN : x[column];
    }
  }
  const weights = Float64Array.from({ length: rows }, () => Math.fround(0.25 + 2 * uniform()));
  return {
    scores,
    rows: { matrix: { rows, columns, values }, labels: new Float64Array(rows), ...(what.weights && { weights }) },
  };
}

export function trees(trained: Trained): TreeArtefact {
  if (trained.artefact.kind !== 'trees') throw new Error('no trees');
  return trained.artefact;
}

export function train(
  request: Pick<TrainRequest, 'train' | 'objective'> & Partial<Omit<TrainRequest, 'settings'>>,
  settings: Settings,
): Promise<Trained> {
  return xgboost.train({
    seed: 0,
    threads: 1,
    ...request,
    settings: { ...defaultSettings('xgboost'), n_estimators: 20, ...settings },
  });
}

export function trainForest(
  request: Pick<TrainRequest, 'train' | 'objective'> & Partial<Omit<TrainRequest, 'settings'>>,
  settings: Settings,
): Promise<Trained> {
  return randomForest.train({
    seed: 0,
    threads: 1,
    ...request,
    settings: { ...defaultSettings('random_forest'), ...settings },
  });
}

/** Area under the curve: how often a true row stands above a false one. */
export function auc(scores: Float64Array, labels: Float64Array): number {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let ranks = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j < order.length && scores[order[j]] === scores[order[i]]) j++;
    const rank = (i + 1 + j) / 2;
    for (; i < j; i++) {
      ranks += rank * labels[order[i]];
      positives += labels[order[i]];
    }
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}

export interface OracleTree {
  readonly feature: readonly number[];
  readonly cut: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly absentLeft: readonly number[];
  readonly gain: readonly number[];
  readonly cover: readonly number[];
}
export interface OracleAnswer {
  readonly version: string;
  /** Output by output. */
  readonly margins: Float32Array;
  readonly trees: readonly OracleTree[];
  readonly base: string;
  readonly curve: readonly number[];
  readonly rounds: number;
}

export interface OracleQuestion {
  readonly train: LabelledRows;
  readonly valid?: LabelledRows;
  readonly ask?: LabelledRows;
  readonly params: Readonly<Record<string, number | string>>;
  readonly rounds: number;
  readonly stop?: number;
  readonly trees?: boolean;
}

export function askXgboost(questions: readonly OracleQuestion[]): readonly OracleAnswer[] {
  const encoded = questions.map(({ train, valid, ask, ...rest }) => ({
    ...rest,
    train: encodeRows(train),
    ...(valid !== undefined && { valid: encodeRows(valid) }),
    ...(ask !== undefined && { ask: encodeRows(ask) }),
  }));
  const answers = askOracle('xgboost_trees', encoded) as readonly (Omit<OracleAnswer, 'margins'> & {
    readonly margins: string;
  })[];
  return answers.map(answer => {
    const bytes = Buffer.from(answer.margins, 'base64');
    return { ...answer, margins: new Float32Array(Uint8Array.from(bytes).buffer) };
  });
}

function encodeRows({ matrix, labels, weights, groups }: LabelledRows): object {
  return {
    rows: matrix.rows,
    columns: matrix.columns,
    values: encode(matrix.values),
    labels: encode(labels),
    ...(weights !== undefined && { weights: encode(weights) }),
    ...(groups !== undefined && { groups: [...groups] }),
  };
}

function encode(array: Float32Array | Float64Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}
