/** The trainings of one model over the data of a run: one fold for each instant of its calendar. */
import type { Model } from '../../../language/check/model.ts';
import type { Rows } from '../dataset/rows.ts';
import { modelWarning } from '../errors.ts';
import { canonicalText } from '../registry/hash.ts';
import type { Version } from '../registry/version.ts';
import type { TrainingInstant } from '../splits/fold.ts';
import { fromFirstTrainable, searchedAt, trainingInstants } from '../splits/instants.ts';
import { groundOf, type ModelGround, makeRows, wholeStretch } from './data.ts';
import { paramsIn, searchableParams } from './language-params.ts';
import { aboutWith, makeVersion, occasionOf, type SearchedAt } from './make.ts';
import { upstreamOf } from './order.ts';
import { recipeOf } from './recipe.ts';
import { refusalOf } from './train.ts';
import { trainerNamed } from './trainers.ts';
import type { FoldGround, Learned, PreparedFold, PreparedModel, PrepareRequest } from './types.ts';

/** `readyMs`: rows of bars before it are not ready. Versions that nothing reads are not made. */
export async function learn(
  request: PrepareRequest,
  model: Model,
  reads: readonly PreparedModel[],
  readyMs: number | undefined,
  promoted: Version | undefined,
): Promise<Learned> {
  const { program, plans } = request;
  const { training, source } = model;
  if (training === undefined || source.kind !== 'trained')
    throw new Error(`model ${model.name} says nothing of how it is trained`);
  const { split } = training;
  if (split.kind !== 'walk_forward' && split.kind !== 'hold_out')
    throw new Error(`model ${model.name} is not trained in time`);
  const trainer = await trainerNamed(source.trainer);
  const ground = { ...groundOf(request.ground, plans.training(model)), ...(readyMs !== undefined && { readyMs }) };
  const searchable = searchableParams(program, plans, model);
  if (searchable.kept.length > 0) ground.warn(modelWarning('E1118', { model: model.name, params: searchable.kept }));
  if (training.search !== undefined && searchable.chosen.length === 0 && !model.settings.some(({ range }) => range)) {
    ground.warn(modelWarning('E1119', { model: model.name }));
  }
  const recipe = recipeOf(program, model, training, trainer, ground, searchable);
  const made = makeRows(ground, wholeStretch(ground));
  const whole = made.rows;
  made.infinite.forEach((count, column) => {
    const name = ground.training.columns[column]?.name ?? '';
    if (count > 0) ground.warn(modelWarning('E1112', { model: model.name, column: name, count }));
  });
  const instants = fromFirstTrainable(
    split,
    trainingInstants(split, ground, ground.parts),
    whole,
    ground.horizon,
    training.minRows,
    ground.parts,
  );
  request.tell?.({ kind: 'model', model: model.name, folds: instants.length });
  const about: FoldGround = { model, training, trainer, recipe, ground, reads, searchable };
  const wholeOf = wholeRows(ground, whole);
  const periods = training.search === undefined ? undefined : searchedAt(instants, training.search.every);
  const searches = new Map<number, SearchedAt>();
  const folds: PreparedFold[] = [];
  for (const number of instants.keys()) {
    await request.checkpoint?.();
    request.signal?.throwIfAborted();
    const period = periods?.[number];
    // The first version of a period chooses for all of it.
    const needed = (own: number) => !isUnread(request, model, instants, own, promoted);
    const isNeeded =
      period === undefined
        ? needed(number)
        : [...instants.keys()].some(own => periods?.[own] === period && needed(own));
    const fold = await prepareFold(request, about, instants, number, !isNeeded, searches.get(period ?? -1), wholeOf);
    const chosen = fold.version?.origin.kind === 'trained' ? fold.version.origin.search : undefined;
    if (period !== undefined && fold.version !== undefined && chosen !== undefined)
      searches.set(period, { id: fold.version.id, point: chosen.point });
    folds.push(fold);
  }
  const label = model.label === undefined ? undefined : program.labels[model.label];
  return { ground, recipe, label, whole, folds };
}

/** Rows of all the data, made once for each set of values that versions have. */
function wholeRows(written: ModelGround, whole: Rows): (ground: ModelGround) => Rows {
  const made = new Map([[canonicalText(written.params), whole]]);
  return ground => {
    const key = canonicalText(ground.params);
    const rows = made.get(key) ?? makeRows(ground, wholeStretch(ground)).rows;
    made.set(key, rows);
    return rows;
  };
}

/** Its successor serves before anything is read, or a promoted version serves all of its time. */
function isUnread(
  { program, neededFromMs = Number.NEGATIVE_INFINITY }: PrepareRequest,
  { name }: Model,
  instants: readonly TrainingInstant[],
  number: number,
  promoted: Version | undefined,
): boolean {
  // What another model learns from reaches further back than what a rule reads.
  if (program.models.some(other => upstreamOf(program, other).includes(name))) return false;
  const promotedMs = promoted?.activeFrom == null ? Number.POSITIVE_INFINITY : Date.parse(promoted.activeFrom);
  const successor = instants[number + 1]?.activeMs ?? Number.POSITIVE_INFINITY;
  return successor <= neededFromMs || (instants[number]?.activeMs ?? 0) >= promotedMs;
}

async function prepareFold(
  request: PrepareRequest,
  about: FoldGround,
  instants: readonly TrainingInstant[],
  number: number,
  skipped: boolean,
  searched: SearchedAt | undefined,
  wholeOf: (ground: ModelGround) => Rows,
): Promise<PreparedFold> {
  const { model, training } = about;
  const instant = instants[number];
  if (instant === undefined) throw new Error(`no instant ${number}`);
  const first = aboutWith(request.program, about, paramsIn(searched?.point ?? {}));
  const occasion = occasionOf(first, instant);
  const { fold, made } = occasion;
  const known = { instant, fold, made, ground: first.ground, whole: wholeOf(first.ground) };
  const at = { model: model.name, fold: number + 1, folds: instants.length } as const;
  if (skipped) return { ...known, isNew: false, skipped };
  request.tell?.({ kind: 'fold', ...at, atMs: instant.atMs, rows: fold.train.length });
  try {
    const { version, isNew, ...own } = await makeVersion(request, first, occasion, searched, {
      round: progress => request.tell?.({ kind: 'round', ...at, at: progress }),
      trial: ({ number: trial }) =>
        request.tell?.({ kind: 'trial', ...at, trial: trial + 1, trials: training.search?.trials ?? 0 }),
    });
    request.tell?.({ kind: 'kept', ...at, id: version.id, isNew });
    const { ground } = own.about;
    return { ...own.occasion, ground, whole: wholeOf(ground), version, isNew, skipped };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    request.tell?.({ kind: 'refused', ...at, warning: refusal });
    return { ...known, isNew: false, refusal, skipped };
  }
}
