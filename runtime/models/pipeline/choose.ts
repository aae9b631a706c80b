/**
 * The settings of a training, and the values of the params that its rows are made with: as written, or as a search inside of
 * its own span chooses them. A search sees rows whose label is closed at its T and nothing else; its draws depend on seed, T
 * and trial, so one that was broken off ends as an unbroken one would have.
 */
import type { ParamValues } from '../../../compiler/bind.ts';
import type { Search, Setting } from '../../../language/check/model.ts';
import { TRAINER_SETTINGS } from '../../../language/check/trainer-settings.ts';
import { ModelError } from '../errors.ts';
import { exactPredictor } from '../inference/exact.ts';
import { pooled, score, taskOf } from '../metrics/judge.ts';
import { metricOf } from '../metrics/table.ts';
import { outputsOf } from '../output.ts';
import { openSearchRecord } from '../registry/search-record.ts';
import { search, TrialFailed } from '../search/search.ts';
import type { Dimension, Point, Trial } from '../search/types.ts';
import { blockFolds } from '../splits/blocks.ts';
import { applySteps } from '../steps/apply.ts';
import { paramsIn, settingsIn } from './language-params.ts';
import type { Settings } from './recipe.ts';
import { type FoldRequest, fitFold, judgedRows, split } from './train.ts';
import { ROUNDS_SETTING } from './trainers.ts';

export interface Chosen {
  readonly settings: Settings;
  readonly params: ParamValues;
  /** Empty where nothing was searched. */
  readonly point: Point;
  readonly trials: readonly Trial[];
}

/** What carries a range is searched. Whole numbers go in steps of one, what spans a decade by its logarithm. */
export function spaceOf(trainer: FoldRequest['trainer']['name'], settings: readonly Setting[]): readonly Dimension[] {
  return settings.flatMap(({ name, range }): readonly Dimension[] => {
    if (range === undefined) return [];
    const known = TRAINER_SETTINGS[trainer].find(setting => setting.name === name);
    const { low, high } = range;
    const step = range.step ?? (known?.kind === 'integer' ? 1 : undefined);
    const log = low > 0 && high / low >= 10 && (step === undefined || step === 1);
    return [{ kind: 'number', name, low, high, ...(step !== undefined && { step }), ...(log && { log }) }];
  });
}

/** Params of the language among what is searched: their ranges, which values may be, and the rows made with them. */
export interface OtherRows {
  readonly space: readonly Dimension[];
  readonly admits: (values: ParamValues) => boolean;
  readonly with: (values: ParamValues) => FoldRequest;
}

/** `id`: the version that the search is for. `registry`: folder of the record. */
export async function chooseSettings(
  request: FoldRequest,
  other: OtherRows,
  asked: Search,
  id: string,
  registry: string,
  told?: (trial: Trial) => void,
): Promise<Chosen> {
  const { model, trainer, atMs, signal } = request;
  const space = [...spaceOf(trainer.name, model.settings), ...other.space];
  if (space.length === 0) return { settings: request.settings, params: {}, point: {}, trials: [] };
  const record = openSearchRecord(registry, id);
  const plan = { method: asked.method, trials: asked.trials, space, seed: model.seed, atMs };
  const { trials, best } = await search(
    plan,
    {
      score: (point, effort) =>
        scoreOf(other.with(paramsIn(point)), asked, { ...request.settings, ...settingsIn(point) }, effort),
      admits: point => other.admits(paramsIn(point)),
      record: trial => {
        record.append(trial);
        told?.(trial);
      },
      ...(signal !== undefined && { signal }),
    },
    record.trials,
  );
  record.finish(trials);
  const point = best?.point ?? {};
  return { settings: { ...request.settings, ...settingsIn(point) }, params: paramsIn(point), point, trials };
}

/** The metric over all rows held out, lower is better. */
async function scoreOf(request: FoldRequest, asked: Search, settings: Settings, effort: number): Promise<number> {
  const { rows, fold, horizon, training, model, parts } = request;
  const { objective } = model;
  const wish = training.valid === undefined ? {} : { valid: { share: training.valid, calibrate: false } };
  const folds = blockFolds(rows, asked.inner, horizon, { within: fold.refit, ...wish }, parts);
  const reduced = withEffort(request, settings, effort);
  const judged = [];
  for (const inner of folds) {
    if (inner.train.length === 0 || inner.test.length === 0) throw new TrialFailed('too few rows for its folds');
    const plain = { ...model, steps: { ...model.steps, calibrate: 'none' as const } };
    const { progress: _, ...quiet } = request;
    const fitted = await fitFold({ ...quiet, model: plain, fold: inner, settings: reduced }).catch(asFailure);
    const { matrix } = applySteps(fitted.steps, rows.columns, inner.test);
    const margins = exactPredictor(fitted.artefact).predictNow(matrix);
    const prediction = split(outputsOf(objective, margins, inner.test.length), inner.test.length);
    judged.push({ ...judgedRows(rows, inner.test, fitted.cuts), prediction });
  }
  const metric = metricOf(asked.score);
  const value = score(pooled(judged), taskOf(objective), horizon, metric.name);
  return metric.better === 'higher' ? -value : value;
}

function asFailure(error: unknown): never {
  if (error instanceof ModelError && !error.environment) throw new TrialFailed(error.message);
  throw error;
}

/** A part of the effort is a part of the rounds, for trainers that have any. */
function withEffort({ trainer }: FoldRequest, settings: Settings, effort: number): Settings {
  const rounds = ROUNDS_SETTING[trainer.name];
  if (rounds === undefined || effort === 1) return settings;
  return { ...settings, [rounds]: Math.max(1, Math.round(Number(settings[rounds]) * effort)) };
}
