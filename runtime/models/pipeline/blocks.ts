/** A model that is split in k folds: each set of blocks that is held out judges a model that has learned from the others. */
import type { KFold, Model } from '../../../language/check/model.ts';
import type { Program } from '../../../language/check/program.ts';
import { exactPredictor } from '../inference/exact.ts';
import { judge, pooled, taskOf } from '../metrics/judge.ts';
import type { Judged } from '../metrics/types.ts';
import { outputsOf } from '../output.ts';
import { blockFolds } from '../splits/blocks.ts';
import { openMs } from '../splits/calendar.ts';
import { applySteps } from '../steps/apply.ts';
import { type Ground, groundOf, makeRows, wholeStretch } from './data.ts';
import { type FoldReport, isWeighted, type ModelReport } from './evaluate.ts';
import { LEFT_OUT } from './make.ts';
import { settingsOf } from './recipe.ts';
import { fitFold, judgedRows, refusalOf, split } from './train.ts';
import { trainerNamed } from './trainers.ts';
import type { PlanMaker } from './types.ts';

export interface BlocksRequest {
  readonly program: Program;
  readonly plans: PlanMaker;
  readonly ground: Ground;
  readonly threads: number;
}

export async function evaluateBlocks(request: BlocksRequest, model: Model): Promise<ModelReport> {
  const { program, plans } = request;
  const { training, source, objective } = model;
  if (training === undefined || source.kind !== 'trained') throw new Error(`model ${model.name} is not trained`);
  const ground = groundOf(request.ground, plans.training(model));
  const trainer = await trainerNamed(source.trainer);
  const { rows, fromMs } = makeRows(ground, wholeStretch(ground));
  const timeMs = Float64Array.from(rows.tick, tick => openMs(ground.block, tick));
  // Rows whose label is not closed at the end of the data tell nothing.
  const within = Int32Array.from([...rows.label.keys()].filter(row => !Number.isNaN(rows.label[row] ?? Number.NaN)));
  const wish = training.valid === undefined ? {} : { valid: validWish(training.valid, model) };
  const folds = blockFolds(rows, training.split as KFold, ground.horizon, { within, ...wish }, ground.parts);
  const label = model.label === undefined ? undefined : program.labels[model.label];
  const judged: Judged[] = [];
  const reports: FoldReport[] = [];
  for (const fold of folds) {
    const at = openMs(ground.block, fold.held[0]?.from ?? 0);
    const about = {
      trainedAt: isoOf(at),
      activeFrom: isoOf(at),
      dataFrom: isoOf(fromMs),
      isNew: true,
      rows: {
        train: fold.train.length,
        valid: fold.valid.length,
        calibrate: fold.calibrate.length,
        test: fold.test.length,
      },
      dropped: counted({ ...rows.dropped, ...fold.dropped }),
      columnsLeft: [],
      drift: [],
    };
    try {
      const fitted = await fitFold({
        model,
        training,
        label,
        horizon: ground.horizon,
        rows,
        labels: ground.training.uniqueness.map(each => each.label),
        fold,
        timeMs,
        atMs: at,
        settings: settingsOf(model),
        trainer,
        parts: ground.parts,
        threads: request.threads,
      });
      const { matrix } = applySteps(fitted.steps, rows.columns, fold.test);
      const margins = exactPredictor(fitted.artefact).predictNow(matrix);
      const prediction = split(outputsOf(objective, margins, fold.test.length, fitted.calibration), fold.test.length);
      const own: Judged = { ...judgedRows(rows, fold.test, fitted.cuts), prediction };
      judged.push(own);
      reports.push({
        ...about,
        dropped: counted({ ...rows.dropped, ...fold.dropped, [LEFT_OUT]: fitted.leftOut }),
        effectiveRows: fitted.effectiveRows,
        baseRates: fitted.baseRates,
        rounds: fitted.rounds,
        metrics: finite(judge(own, taskOf(objective), ground.horizon).values),
      });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      reports.push({ ...about, refusal: { code: refusal.code, message: refusal.message, help: refusal.help } });
    }
  }
  const { classes } = objective.kind === 'softmax' ? objective : { classes: undefined };
  return {
    model: model.name,
    trainer: source.trainer,
    objective: objective.kind,
    ...(classes !== undefined && { classes }),
    label: label?.name ?? '',
    horizon: ground.horizon,
    features: ground.training.columns.map(({ name }) => name),
    ...(isWeighted(model, ground.horizon) && { weighted: true }),
    folds: reports,
    ...(judged.length > 0 && {
      pooled: judge(pooled(judged), taskOf(objective), ground.horizon, { intervals: { seed: model.seed } }),
    }),
    gain: [],
    permutation: [],
    permutationMetric: '',
    looksAhead: true,
  };
}

function validWish(share: number, { steps }: Model) {
  return { share, calibrate: steps.calibrate !== 'none' };
}

function counted(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function finite(values: Readonly<Record<string, number>>): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}
