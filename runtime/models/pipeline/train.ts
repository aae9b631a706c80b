/**
 * One training: rows of a fold in, a version out, or the reason for which there is none. Everything that is fitted (class
 * cuts, weights, steps, the model, calibration) sees the parts of its own fold alone and travels with the version.
 */

import { defaultMetric } from '../../../language/check/metrics.ts';
import type { Label, Model, Objective, Training, WeightFactor } from '../../../language/check/model.ts';
import type { Artefact } from '../artefact.ts';
import type { Rows } from '../dataset/rows.ts';
import { ModelError, type ModelWarning, modelError, modelWarning } from '../errors.ts';
import { exactPredictor } from '../inference/exact.ts';
import { judge, score, taskOf } from '../metrics/judge.ts';
import { permutationImportance } from '../metrics/permutation.ts';
import { metricOf } from '../metrics/table.ts';
import type { Judged } from '../metrics/types.ts';
import { outputsOf, scoresOf } from '../output.ts';
import type { LearningParts } from '../parts.ts';
import type { Fold } from '../splits/fold.ts';
import { baseRates } from '../statistics/base-rate.ts';
import { type Baseline, baselineOf } from '../statistics/stability.ts';
import { applySteps, plainSteps } from '../steps/apply.ts';
import { fitCalibration } from '../steps/calibrate.ts';
import { fitSteps, type Importance } from '../steps/fit.ts';
import type { Calibration, ColumnSteps } from '../steps/types.ts';
import type { Progress, Trained, Trainer } from '../trainer.ts';
import type { Factor, RowWeights } from '../weights/types.ts';
import { uniqueness } from '../weights/uniqueness.ts';
import { rowWeights } from '../weights/weights.ts';
import { answersOf, cutsOf, labelledRows } from './labels.ts';
import type { Settings } from './recipe.ts';
import { ROUNDS_SETTING } from './trainers.ts';

/** All that a training depends on; no clock, no chance but the seed. */
export interface FoldRequest {
  readonly model: Model;
  readonly training: Training;
  readonly label: Label | undefined;
  readonly horizon: number;
  readonly rows: Rows;
  /** Numbers of the labels that `rows.ends` are of. */
  readonly labels: readonly number[];
  readonly fold: Fold;
  /** Open of every row's bar, UTC milliseconds, and of T. */
  readonly timeMs: Float64Array;
  readonly atMs: number;
  readonly settings: Settings;
  readonly trainer: Trainer;
  readonly parts: LearningParts;
  readonly threads: number;
  readonly progress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** What is fitted in a fold, and what is known of it. */
export interface Fitted {
  readonly artefact: Artefact;
  readonly steps: ColumnSteps;
  readonly calibration?: Calibration;
  readonly cuts?: readonly number[];
  readonly rounds: number;
  readonly curve: readonly Progress[];
  readonly gain?: Float64Array;
  /** As many rows with labels that do not overlap and equal weights would tell as much. */
  readonly effectiveRows: number;
  readonly baseRates: readonly number[];
  /** Deciles of the training part, as drift is measured against. */
  readonly baselines: { readonly features: readonly Baseline[]; readonly outputs: readonly Baseline[] };
  readonly infinite: number;
  /** Rows with an absent feature that the trainer could not learn from. */
  readonly leftOut: number;
  /** Metrics of the valid part; absent without one. */
  readonly valid?: Readonly<Record<string, number>>;
  /** Whether they are what `accept` asks for. */
  readonly accepted: boolean;
}

/** Rejects with a `ModelError` where the rows cannot be learned from, with an `AbortError` when it is stopped. */
export async function fitFold(request: FoldRequest): Promise<Fitted> {
  const { rows, fold, label, parts, model, training } = request;
  const { objective } = model;
  const cuts = cutsOf(label, rows, fold, parts);
  refuseOneClass(request, cuts);
  const first = await learn(request, fold.train, parts.stepRows(fold), cuts, fold.valid);
  const predictor = exactPredictor(first.trained.artefact);
  const marginsOf = (steps: ColumnSteps, part: Int32Array) => {
    const { matrix } = applySteps(steps, rows.columns, part);
    return predictor.predictNow(matrix);
  };
  const calibrationRows = parts.calibrationRows(fold);
  const calibration =
    model.steps.calibrate === 'none' || calibrationRows.length === 0
      ? undefined
      : fitCalibration(
          model.steps.calibrate,
          split(
            scoresOf(objective, marginsOf(first.steps, calibrationRows), calibrationRows.length),
            calibrationRows.length,
          ),
          answersOf(rows, calibrationRows, cuts),
        );
  const outputs = (steps: ColumnSteps, part: Int32Array) =>
    split(outputsOf(objective, marginsOf(steps, part), part.length, calibration), part.length);
  const judged: Judged = { ...judgedRows(rows, fold.valid, cuts), prediction: outputs(first.steps, fold.valid) };
  const valid = fold.valid.length === 0 ? undefined : judge(judged, taskOf(objective), request.horizon).values;
  const last = training.refit && fold.valid.length > 0 ? await refit(request, first.trained.rounds, cuts) : first;
  const learned = training.refit ? fold.refit : fold.train;
  const raw = applySteps(plainSteps(rows.columns.length), rows.columns, learned).matrix;
  return {
    artefact: last.trained.artefact,
    steps: last.steps,
    ...(calibration !== undefined && { calibration }),
    ...(cuts !== undefined && { cuts }),
    rounds: first.trained.rounds,
    curve: first.trained.curve,
    ...(last.trained.gain !== undefined && { gain: last.trained.gain }),
    effectiveRows: effectiveRows(request, learned, last.weights),
    baseRates: ratesOf(objective, answersOf(rows, learned, cuts), last.weights.values),
    baselines: {
      features: rows.columns.map((_, c) => baselineOf(raw.values.subarray(c * raw.rows, (c + 1) * raw.rows))),
      outputs: outputs(first.steps, fold.train).map(baselineOf),
    },
    infinite: last.infinite,
    leftOut: last.trained.leftOut ?? 0,
    ...(valid !== undefined && { valid }),
    accepted: isAccepted(model, valid),
  };
}

/** A figure that is not defined is no reason to trust a version. */
function isAccepted({ accept }: Model, valid: Readonly<Record<string, number>> | undefined): boolean {
  if (accept === undefined) return true;
  const value = valid?.[metricOf(accept.metric).name] ?? Number.NaN;
  return accept.comparison === '>=' ? value >= accept.value : value <= accept.value;
}

interface Learned {
  readonly trained: Trained;
  readonly steps: ColumnSteps;
  readonly weights: RowWeights;
  readonly infinite: number;
}

async function learn(
  request: FoldRequest,
  part: Int32Array,
  stepRows: Int32Array,
  cuts: readonly number[] | undefined,
  valid: Int32Array,
): Promise<Learned> {
  const { model, training, rows, trainer, settings, threads, progress, signal } = request;
  const { objective, seed } = model;
  const weights = weightsOf(request, part);
  const dataOf = (steps: ColumnSteps, own: Int32Array, weighted?: Float64Array) => {
    const { matrix, infinite } = applySteps(steps, rows.columns, own);
    return { rows: labelledRows(objective, matrix, rows, own, cuts, weighted), infinite };
  };
  const train = (steps: ColumnSteps, told?: (step: Progress) => void) =>
    trainer.train({
      train: dataOf(steps, part, weights.values).rows,
      ...(valid.length > 0 && { valid: dataOf(steps, valid).rows }),
      objective,
      settings,
      seed,
      ...(valid.length > 0 && { earlyStoppingRounds: training.earlyStoppingRounds ?? 50 }),
      threads,
      ...(told !== undefined && { progress: told }),
      ...(signal !== undefined && { signal }),
    });
  const importance: Importance = async (by, steps) => {
    const { artefact, gain } = await train(steps);
    if (by === 'gain') return gain ?? new Float64Array(steps.kept.length).fill(Number.NaN);
    return permutationLoss(request, artefact, steps, valid.length > 0 ? valid : part, cuts);
  };
  const steps = await fitSteps(rows.columns, stepRows, model.steps, importance);
  if (steps.kept.length === 0) throw modelError('E1122', aboutFold(request));
  return { trained: await train(steps, progress), steps, weights, infinite: dataOf(steps, part).infinite };
}

/** The chosen rounds again, on all rows with a closed label. */
function refit(request: FoldRequest, rounds: number, cuts: readonly number[] | undefined): Promise<Learned> {
  const { fold, settings, trainer } = request;
  const named = ROUNDS_SETTING[trainer.name];
  const chosen = named === undefined ? settings : { ...settings, [named]: rounds };
  return learn({ ...request, settings: chosen }, fold.refit, fold.refit, cuts, new Int32Array());
}

/** What the default metric of the task loses by shuffling a column, on rows that the model did not learn from. */
async function permutationLoss(
  { rows, model, horizon }: FoldRequest,
  artefact: Artefact,
  steps: ColumnSteps,
  part: Int32Array,
  cuts: readonly number[] | undefined,
): Promise<Float64Array> {
  const { objective, seed } = model;
  const predictor = exactPredictor(artefact);
  const judged = judgedRows(rows, part, cuts);
  const metric = metricOf(defaultMetric(objective.kind));
  const { mean } = await permutationImportance(
    applySteps(steps, rows.columns, part).matrix,
    async matrix => {
      const prediction = split(outputsOf(objective, predictor.predictNow(matrix), part.length), part.length);
      const value = score({ ...judged, prediction }, taskOf(objective), horizon, metric.name);
      return metric.better === 'lower' ? -value : value;
    },
    seed,
  );
  return mean;
}

/** Rows as they are judged, without a prediction. */
export function judgedRows(
  rows: Rows,
  part: Int32Array,
  cuts: readonly number[] | undefined,
): Omit<Judged, 'prediction'> {
  return {
    tick: Int32Array.from(part, row => rows.tick[row] ?? -1),
    lane: Int32Array.from(part, row => rows.lane[row] ?? -1),
    label: answersOf(rows, part, cuts),
  };
}

// ---------------------------------------------------------------- weights and labels

function weightsOf(request: FoldRequest, part: Int32Array): RowWeights {
  refuseNoWeights(request, part);
  const { model, rows, horizon } = request;
  if (model.weight !== undefined) return rowWeights(rows, part, factorsOf(request, model.weight));
  if (model.objective.kind === 'rank') return rowWeights(rows, part, [{ kind: 'tick' }]);
  return rowWeights(rows, part, horizon > 1 ? [{ kind: 'uniqueness', end: rows.end }] : []);
}

/** Throws E1113: a weight that is no number from 0. Absent ones have left with their rows. */
function refuseNoWeights({ model, rows, timeMs }: FoldRequest, part: Int32Array): void {
  for (const values of rows.weights)
    for (const row of part) {
      const value = values[row] ?? Number.NaN;
      if (value >= 0 && value < Number.POSITIVE_INFINITY) continue;
      const at = new Date(timeMs[row] ?? 0).toISOString().slice(0, 16).replace('T', ' ');
      throw modelError('E1113', { model: model.name, value, at });
    }
}

/** The columns of `value` factors stand in the order in which those are written, those of labels by their numbers. */
function factorsOf({ rows, labels, timeMs, atMs }: FoldRequest, written: readonly WeightFactor[]): readonly Factor[] {
  const values = rows.weights[Symbol.iterator]();
  return written.map(factor => {
    if (factor.kind === 'decay') return { kind: 'decay', timeMs, atMs, halfLifeMs: factor.halfLifeMs };
    if (factor.kind === 'value') return { kind: 'value', values: values.next().value ?? new Float64Array() };
    return { kind: 'uniqueness', end: rows.ends[labels.indexOf(factor.label)] ?? rows.end };
  });
}

/** Kish's number of the weights, times the mean uniqueness of the labels: overlapping ones tell less than their number. */
function effectiveRows({ rows }: FoldRequest, learned: Int32Array, weights: RowWeights): number {
  const own = uniqueness(rows, learned, rows.end);
  return (weights.effectiveRows * own.reduce((sum, share) => sum + share, 0)) / Math.max(1, own.length);
}

function refuseOneClass(request: FoldRequest, cuts: readonly number[] | undefined): void {
  const { kind } = request.model.objective;
  if (kind !== 'logistic' && kind !== 'softmax') return;
  const answers = answersOf(request.rows, request.fold.train, cuts);
  const [first] = answers;
  if (first === undefined || answers.some(answer => answer !== first)) return;
  const names = request.model.objective.kind === 'softmax' ? request.model.objective.classes : ['false', 'true'];
  throw modelError('E1120', { ...aboutFold(request), label: names[first] ?? String(first) });
}

function ratesOf(objective: Objective, answers: Float64Array, weights: Float64Array): readonly number[] {
  switch (objective.kind) {
    case 'logistic':
      return baseRates(answers, 1, weights);
    case 'softmax':
      return baseRates(answers, objective.classes.length, weights);
    default:
      return [answers.reduce((sum, answer, i) => sum + answer * (weights[i] ?? 0), 0) / answers.length];
  }
}

/** Columns of `outputs · rows` values, one array an output. */
export function split(values: Float64Array, rows: number): readonly Float64Array[] {
  const count = rows === 0 ? 1 : values.length / rows;
  return Array.from({ length: count }, (_, o) => values.subarray(o * rows, (o + 1) * rows));
}

function aboutFold({ model, atMs }: FoldRequest): { readonly model: string; readonly at: string } {
  return { model: model.name, at: new Date(atMs).toISOString().slice(0, 16).replace('T', ' ') };
}

/** A fold that cannot be learned from is no failure of the run: the version before it stays. */
export function refusalOf(error: unknown): ModelWarning | undefined {
  if (!(error instanceof ModelError) || error.environment || !/^E11[23]/.test(error.code)) return undefined;
  return modelWarning(error.code, error.facts as never);
}
