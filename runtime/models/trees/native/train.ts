/**
 * `engine: native`: the same request given to an XGBoost library of this machine. Its trees become an artefact of ours and
 * are predicted by our own code; equal bytes on another machine are not promised.
 */
import type { Objective } from '../../../../language/check/model.ts';
import type { LabelledRows } from '../../matrix.ts';
import { sigmoid } from '../../output.ts';
import type { Progress, Trained, TrainRequest } from '../../trainer.ts';
import { importance } from '../importance.ts';
import type { TargetRows, TreeObjective } from '../objective/objective.ts';
import { objectiveOf, targetFor, trainingTarget } from '../objective/of.ts';
import { readTreeSettings, type TreeSettings } from '../settings.ts';
import { type Handle, loadXgboost, type Xgboost } from './library.ts';
import { artefactOf } from './model.ts';

/** Settings that go by the same name, whatever the objective. */
const SAME_NAME = [
  'max_depth',
  'learning_rate',
  'subsample',
  'colsample_bytree',
  'colsample_bylevel',
  'colsample_bynode',
  'min_child_weight',
  'reg_lambda',
  'reg_alpha',
  'gamma',
  'max_bin',
  'max_delta_step',
  'grow_policy',
  'max_leaves',
];

export async function trainNative(request: TrainRequest): Promise<Trained> {
  const settings = readTreeSettings('xgboost', request.settings);
  const objective = objectiveOf(request.objective, settings);
  const target = trainingTarget('xgboost', request.train, request.objective);
  const library = loadXgboost();
  const matrices: Handle[] = [];
  const matrixOf = (rows: LabelledRows, labelled: TargetRows): Handle => {
    const matrix = makeMatrix(library, rows, labelled);
    matrices.push(matrix);
    return matrix;
  };
  let booster: Handle;
  try {
    const train = { matrix: matrixOf(request.train, target), target };
    const valid =
      request.valid && request.valid.matrix.rows > 0 ? targetFor(request.valid, request.objective) : undefined;
    const watched = request.valid && valid && { matrix: matrixOf(request.valid, valid), target: valid };
    booster = library.booster(matrices);
    const given = parameters(request, settings, objective, target);
    for (const [name, value] of Object.entries(given)) library.setParameter(booster, name, String(value));
    const { curve, kept } = await rounds(request, settings, objective, {
      library,
      booster,
      train,
      ...(watched && { watched }),
    });
    const shape = { features: request.train.matrix.columns, outputs: objective.outputs };
    const whole = artefactOf(library.model(booster), shape, score =>
      request.objective.kind === 'logistic' ? objective.base(target, score)[0] : score,
    );
    const artefact = { ...whole, trees: whole.trees.slice(0, kept * objective.outputs) };
    return { artefact, rounds: kept, curve, gain: importance(artefact, 'gain') };
  } finally {
    if (booster !== undefined) library.freeBooster(booster);
    for (const matrix of matrices) library.freeMatrix(matrix);
  }
}

interface Watched {
  readonly matrix: Handle;
  readonly target: TargetRows;
}
interface Session {
  readonly library: Xgboost;
  readonly booster: Handle;
  readonly train: Watched;
  readonly watched?: Watched;
}

async function rounds(
  request: TrainRequest,
  settings: TreeSettings,
  { metric, outputs }: TreeObjective,
  { library, booster, train, watched }: Session,
): Promise<{ readonly curve: readonly Progress[]; readonly kept: number }> {
  const curve: Progress[] = [];
  const score = ({ matrix, target }: Watched) => metric.of(target, byOutput(library.margins(booster, matrix), outputs));
  let best = { round: 0, score: Number.NaN };
  for (let round = 0; round < settings.trees; round++) {
    request.signal?.throwIfAborted();
    library.update(booster, round, train.matrix);
    const measured = watched && { name: metric.name, train: score(train), valid: score(watched) };
    const progress = { round: round + 1, rounds: settings.trees, ...(measured && { metric: measured }) };
    curve.push(progress);
    request.progress?.(progress);
    const better = metric.better === 'lower' ? -1 : 1;
    if (measured && !(better * (measured.valid - best.score) <= 0)) best = { round, score: measured.valid };
    const stop = request.earlyStoppingRounds;
    if (measured && stop !== undefined && round - best.round >= stop) break;
    await new Promise(resolve => setImmediate(resolve));
  }
  const stopsEarly = watched !== undefined && request.earlyStoppingRounds !== undefined;
  return { curve, kept: stopsEarly ? best.round + 1 : curve.length };
}

function parameters(
  { settings, objective, seed, threads }: TrainRequest,
  read: TreeSettings,
  { outputs, base }: TreeObjective,
  target: TargetRows,
): Readonly<Record<string, number | string | boolean>> {
  const same = Object.fromEntries(SAME_NAME.filter(name => name in settings).map(name => [name, settings[name]]));
  // Libraries before 2.0 do not estimate it: every one begins where the embedded trainer does.
  const [margin] = base(target, read.baseScore);
  const start = objective.kind === 'logistic' ? sigmoid(margin) : margin;
  return {
    ...same,
    ...OBJECTIVES[objective.kind](objective, read),
    ...(outputs === 1 && { base_score: start }),
    tree_method: 'hist',
    verbosity: 0,
    nthread: threads,
    seed: seed % 2 ** 31,
  };
}

type Parameters = Readonly<Record<string, number | string>>;
const OBJECTIVES: {
  readonly [Kind in Objective['kind']]: (objective: Objective, settings: TreeSettings) => Parameters;
} = {
  squared: () => ({ objective: 'reg:squarederror' }),
  huber: (_, { huberSlope }) => ({ objective: 'reg:pseudohubererror', huber_slope: huberSlope }),
  quantile: objective => ({
    objective: 'reg:quantileerror',
    quantile_alpha: objective.kind === 'quantile' ? objective.at : 0.5,
  }),
  logistic: (_, { scalePosWeight }) => ({ objective: 'binary:logistic', scale_pos_weight: scalePosWeight }),
  softmax: objective => ({
    objective: 'multi:softprob',
    num_class: objective.kind === 'softmax' ? objective.classes.length : 0,
  }),
  rank: (_, { pairsPerSample, normalisePairs }) => ({
    objective: 'rank:ndcg',
    lambdarank_pair_method: 'topk',
    lambdarank_num_pair_per_sample: pairsPerSample,
    lambdarank_normalization: String(normalisePairs),
  }),
};

function makeMatrix(library: Xgboost, { matrix }: LabelledRows, target: TargetRows): Handle {
  const { rows, columns, values } = matrix;
  const rowMajor = new Float32Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) rowMajor[row * columns + column] = values[column * rows + row];
  }
  const handle = library.matrix(rowMajor, rows, columns);
  library.setFloats(handle, 'label', target.labels);
  if (target.groups !== undefined) library.setGroups(handle, Uint32Array.from(target.groups));
  if (target.weights !== undefined) library.setFloats(handle, 'weight', perGroup(target.weights, target.groups));
  return handle;
}

function perGroup(weights: Float32Array, groups: Int32Array | undefined): Float32Array {
  if (groups === undefined) return weights;
  let start = 0;
  return Float32Array.from(groups, size => {
    const weight = weights[start];
    start += size;
    return weight;
  });
}

function byOutput(rowMajor: Float32Array, outputs: number): readonly Float32Array[] {
  const rows = rowMajor.length / outputs;
  return Array.from({ length: outputs }, (_, o) =>
    Float32Array.from({ length: rows }, (_, row) => rowMajor[row * outputs + o]),
  );
}
