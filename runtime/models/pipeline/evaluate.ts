/**
 * What came of a training, out of sample: each version is judged by the rows that it served, all of them together once
 * more, with intervals. Plain data: the JSON document, the terminal and the HTML report are views of it.
 */

import { defaultMetric } from '../../../language/check/metrics.ts';
import type { Model } from '../../../language/check/model.ts';
import type { Artefact } from '../artefact.ts';
import type { Rows } from '../dataset/rows.ts';
import { exactPredictor } from '../inference/exact.ts';
import { judge, pooled, score, taskOf } from '../metrics/judge.ts';
import { permutationImportance } from '../metrics/permutation.ts';
import { metricOf } from '../metrics/table.ts';
import type { Judged, Judgement } from '../metrics/types.ts';
import { artefactOf } from '../onnx/artefact.ts';
import { decodeOnnx } from '../onnx/decode.ts';
import { outputsOf } from '../output.ts';
import type { Registry } from '../registry/registry.ts';
import type { TrainedOrigin, Version } from '../registry/version.ts';
import { stabilityOf } from '../statistics/stability.ts';
import { applySteps } from '../steps/apply.ts';
import { answersOf } from './labels.ts';
import { LEFT_OUT } from './make.ts';
import { split } from './train.ts';
import type { Learned, PreparedFold, PreparedModel } from './types.ts';

/** A model that was trained here. */
type TrainedModel = Omit<PreparedModel, 'learned'> & Learned;

export interface FoldReport {
  /** T: open of its bar. */
  readonly trainedAt: string;
  /** First instant that the version may predict. */
  readonly activeFrom: string;
  readonly dataFrom: string;
  readonly version?: string;
  /** Trained by this command, not found in the registry. */
  readonly isNew: boolean;
  /** False where it failed `accept`; absent without a version. */
  readonly accepted?: boolean;
  /** Why there is no version. */
  readonly refusal?: { readonly code: string; readonly message: string; readonly help: string };
  readonly rows: { readonly train: number; readonly valid: number; readonly calibrate: number; readonly test: number };
  /** Rows of the window that were not learned from, by cause. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly effectiveRows?: number;
  readonly baseRates?: readonly number[];
  readonly rounds?: number;
  readonly curve?: TrainedOrigin['curve'];
  readonly metric?: string;
  readonly settings?: TrainedOrigin['settings'];
  readonly trials?: number;
  /** Params that the search chose for it. */
  readonly params?: Readonly<Record<string, number>>;
  /** Of the valid part and of the rows it served; null where a figure is not defined. */
  readonly valid?: Readonly<Record<string, number | null>>;
  readonly metrics?: Readonly<Record<string, number | null>>;
  /** Columns that left the fold, and why. */
  readonly columnsLeft: readonly { readonly name: string; readonly cause: string }[];
  /** Population stability of the rows it served against those it learned from, the largest first. */
  readonly drift: readonly { readonly name: string; readonly index: number }[];
}

export interface ModelReport {
  readonly model: string;
  readonly trainer: string;
  readonly objective: string;
  readonly classes?: readonly string[];
  readonly label: string;
  readonly horizon: number;
  readonly features: readonly string[];
  readonly folds: readonly FoldReport[];
  /** All rows out of sample; absent where there are none. */
  readonly pooled?: Judgement;
  /** Share of the total gain, mean over the folds, largest first. */
  readonly gain: readonly { readonly name: string; readonly share: number }[];
  /** What the metric loses when a column is shuffled among the rows that the newest version with closed labels served. */
  readonly permutation: readonly { readonly name: string; readonly loss: number; readonly deviation: number }[];
  readonly permutationMetric: string;
  /** Its probabilities are of rows as they were weighted, not as often as things happen. */
  readonly weighted?: true;
  /** Split in k folds: what judges it was partly seen before. It compares models, and is no history. */
  readonly looksAhead?: true;
}

/** `seed`: of the intervals. Undefined for a graph that was made elsewhere. */
export async function evaluate(
  { learned, ...about }: PreparedModel,
  registry: Registry,
  seed: number,
): Promise<ModelReport | undefined> {
  if (learned === undefined) return undefined;
  const prepared: TrainedModel = { ...about, ...learned };
  const { model, ground, folds, label } = prepared;
  const task = taskOf(model.objective);
  const horizon = Math.max(ground.horizon, ...folds.map(fold => fold.ground.horizon));
  const judged = folds.map((_, number) => judgedOf(prepared, number));
  const scored = judged.filter(part => part.label.length > 0);
  const all = scored.length === 0 ? undefined : pooled(scored);
  const names = ground.training.columns.map(({ name }) => name);
  const { classes } = model.objective.kind === 'softmax' ? model.objective : { classes: undefined };
  return {
    model: model.name,
    trainer: model.source.kind === 'trained' ? model.source.trainer : 'file',
    objective: model.objective.kind,
    ...(classes !== undefined && { classes }),
    label: label?.name ?? '',
    horizon: ground.horizon,
    features: names,
    ...(isWeighted(model, ground.horizon) && { weighted: true }),
    folds: folds.map((fold, number) => {
      const own = judged[number];
      const metrics =
        own === undefined || own.label.length === 0 ? undefined : judge(own, task, fold.ground.horizon).values;
      return foldReport(prepared, fold, number, own?.label.length ?? 0, metrics);
    }),
    ...(all !== undefined && { pooled: judge(all, task, horizon, { intervals: { seed } }) }),
    gain: gainShares(folds, names),
    ...(await permutationOf(prepared, registry)),
  };
}

/** Whether what a model calls a probability is one of a weighted sample. */
export function isWeighted({ objective, weight, settings }: Model, horizon: number): boolean {
  if (objective.kind !== 'logistic' && objective.kind !== 'softmax') return false;
  const isScaled = settings.some(({ name, value }) => name === 'scale_pos_weight' && value !== 1);
  return isScaled || (weight === undefined ? horizon > 1 : weight.length > 0);
}

/** Rows of all the data that a fold's version served, with a label and a prediction. */
function judgedOf(prepared: TrainedModel, number: number): Judged {
  const { servedBy, outputs, folds } = prepared;
  // With the version's own values: its rows, and its labels.
  const whole = folds[number]?.whole ?? prepared.whole;
  const rows = servedRows(whole, number);
  return {
    tick: Int32Array.from(rows, row => whole.tick[row] ?? -1),
    lane: Int32Array.from(rows, row => whole.lane[row] ?? -1),
    label: answersOf(whole, rows, folds[number]?.version?.cuts),
    prediction: outputs.map(output =>
      Float64Array.from(rows, row => output[whole.lane[row] ?? -1]?.[whole.tick[row] ?? -1] ?? Number.NaN),
    ),
  };

  function servedRows({ tick, label }: Rows, fold: number): Int32Array {
    const own: number[] = [];
    for (let row = 0; row < tick.length; row++)
      if (servedBy[tick[row] ?? -1] === fold && !Number.isNaN(label[row] ?? Number.NaN)) own.push(row);
    return Int32Array.from(own);
  }
}

function foldReport(
  prepared: TrainedModel,
  { instant, fold, made, version, isNew, refusal }: PreparedFold,
  number: number,
  test: number,
  metrics: Readonly<Record<string, number>> | undefined,
): FoldReport {
  const trained = trainedOrigin(version);
  const names = prepared.ground.training.columns.map(({ name }) => name);
  const leftOut = trained?.rows.dropped[LEFT_OUT] ?? 0;
  const dropped = { ...made.rows.dropped, ...fold.dropped, [LEFT_OUT]: leftOut };
  return {
    trainedAt: isoOf(instant.atMs),
    activeFrom: isoOf(instant.activeMs),
    dataFrom: isoOf(made.fromMs),
    ...(version !== undefined && { version: version.id }),
    isNew,
    ...(trained !== undefined && { accepted: trained.accepted }),
    ...(refusal !== undefined && { refusal: { code: refusal.code, message: refusal.message, help: refusal.help } }),
    rows: { train: fold.train.length, valid: fold.valid.length, calibrate: fold.calibrate.length, test },
    dropped: Object.fromEntries(Object.entries(dropped).filter(([, count]) => count > 0)),
    ...(trained !== undefined && {
      effectiveRows: trained.rows.effective,
      baseRates: trained.baseRates,
      rounds: trained.rounds,
      curve: trained.curve,
      settings: trained.settings,
    }),
    ...(trained?.metric !== undefined && { metric: trained.metric }),
    ...(version?.params !== undefined && { params: version.params }),
    ...(trained?.search !== undefined && { trials: trained.search.trials.length }),
    ...(trained?.valid !== undefined && { valid: trained.valid }),
    ...(metrics !== undefined && { metrics: finite(metrics) }),
    columnsLeft: (version?.steps.left ?? []).map(({ column, cause }) => ({ name: names[column] ?? '', cause })),
    drift: driftBetween(prepared, version, number, names),
  };
}

function driftBetween(
  { servedBy, folds, whole: written }: TrainedModel,
  version: Version | undefined,
  number: number,
  names: readonly string[],
): FoldReport['drift'] {
  const baselines = version?.baselines?.features ?? [];
  const whole = folds[number]?.whole ?? written;
  const served = [...whole.tick.keys()].filter(row => servedBy[whole.tick[row] ?? -1] === number);
  if (served.length === 0) return [];
  return baselines
    .map((baseline, column) => {
      const values = Float64Array.from(served, row => whole.columns[column]?.[row] ?? Number.NaN);
      return { name: names[column] ?? '', index: stabilityOf(baseline, values) };
    })
    .sort((a, b) => b.index - a.index);
}

function gainShares(folds: readonly PreparedFold[], names: readonly string[]): ModelReport['gain'] {
  const sums = new Float64Array(names.length);
  let counted = 0;
  for (const { version } of folds) {
    const gain = trainedOrigin(version)?.gain;
    const total = gain?.reduce((sum, each) => sum + each, 0) ?? 0;
    if (version === undefined || gain === undefined || !(total > 0)) continue;
    counted++;
    version.steps.kept.forEach(({ column }, position) => {
      sums[column] = (sums[column] ?? 0) + (gain[position] ?? 0) / total;
    });
  }
  if (counted === 0) return [];
  return names
    .map((name, column) => ({ name, share: (sums[column] ?? 0) / counted }))
    .sort((a, b) => b.share - a.share);
}

/** A picture of what the newest version leans on: more rows make it no sharper, and many trees make each of them dear. */
const MOST_ROWS = 5000;
const LEAST_ROWS = 250;
const MOST_WALKS = 1e8;

function rowsToShuffle({ kind, features, ...artefact }: Artefact): number {
  const trees = kind === 'trees' && 'trees' in artefact ? artefact.trees.length : 1;
  return Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(MOST_WALKS / (trees * features))));
}

async function permutationOf(
  prepared: TrainedModel,
  registry: Registry,
): Promise<Pick<ModelReport, 'permutation' | 'permutationMetric'>> {
  const { model, folds, servedBy } = prepared;
  const metric = metricOf(defaultMetric(model.objective.kind));
  const none = { permutation: [], permutationMetric: metric.name };
  const servedRows = ({ tick, label }: Rows, fold: number) =>
    Int32Array.from(tick.keys()).filter(
      row => !Number.isNaN(label[row] ?? Number.NaN) && servedBy[tick[row] ?? -1] === fold,
    );
  // Of a version whose labels are all open nothing can be said yet.
  const number = folds.findLastIndex(
    ({ version, whole: own }, fold) => version !== undefined && servedRows(own, fold).length > 0,
  );
  const { whole, ground } = folds[number] ?? prepared;
  const version = folds[number]?.version;
  const stored = version === undefined ? undefined : registry.find(version.id);
  const artefact = stored && artefactOf(decodeOnnx(stored.graph));
  if (version === undefined || artefact === undefined) return none;
  const rows = servedRows(whole, number).subarray(0, rowsToShuffle(artefact));
  const predictor = exactPredictor(artefact);
  const judged = {
    tick: Int32Array.from(rows, row => whole.tick[row] ?? -1),
    lane: Int32Array.from(rows, row => whole.lane[row] ?? -1),
    label: answersOf(whole, rows, version.cuts),
  };
  const { mean, deviation } = await permutationImportance(
    applySteps(version.steps, whole.columns, rows).matrix,
    async matrix => {
      const margins = predictor.predictNow(matrix);
      const prediction = split(outputsOf(model.objective, margins, rows.length, version.calibration), rows.length);
      const value = score({ ...judged, prediction }, taskOf(model.objective), ground.horizon, metric.name);
      return metric.better === 'lower' ? -value : value;
    },
    model.seed,
  );
  const permutation = version.steps.kept
    .map(({ column }, i) => ({
      name: ground.training.columns[column]?.name ?? '',
      loss: mean[i] ?? Number.NaN,
      deviation: deviation[i] ?? Number.NaN,
    }))
    .sort((a, b) => b.loss - a.loss);
  return { permutation, permutationMetric: metric.name };
}

function trainedOrigin(version: Version | undefined): TrainedOrigin | undefined {
  return version?.origin.kind === 'trained' ? version.origin : undefined;
}

function finite(values: Readonly<Record<string, number>>): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}
