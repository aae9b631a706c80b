/** A version for one instant: found in the registry by what it would be made from, or trained and kept. */
import type { ParamValues } from '../../../compiler/bind.ts';
import type { Label, Model } from '../../../language/check/model.ts';
import type { Program } from '../../../language/check/program.ts';
import { modelError } from '../errors.ts';
import { exportOnnx } from '../onnx/export.ts';
import { canonicalText } from '../registry/hash.ts';
import { digestOf } from '../registry/registry.ts';
import { NUMERIC_VERSION, VERSION_FORMAT, type Version } from '../registry/version.ts';
import type { Point, Trial } from '../search/types.ts';
import { openMs } from '../splits/calendar.ts';
import type { TimedFold, TrainingInstant } from '../splits/fold.ts';
import { usableTicks } from '../splits/rows.ts';
import { timedFolds } from '../splits/timed.ts';
import type { Progress } from '../trainer.ts';
import { type Chosen, chooseSettings, type OtherRows } from './choose.ts';
import { type MadeRows, makeRows, seenIn, trainingStretch } from './data.ts';
import { admits, dimensionsOf, extremes, groundWith, paramsIn, settingsIn } from './language-params.ts';
import { recipeOf, settingsOf, versionId } from './recipe.ts';
import { type Fitted, type FoldRequest, fitFold } from './train.ts';
import type { FoldGround, PrepareRequest } from './types.ts';

/** A version that is needed has not been trained yet, and nobody asked for a training. */
export class Untrained extends Error {
  override readonly name = 'Untrained';
  readonly model: string;
  /** Its training instant, UTC milliseconds. */
  readonly atMs: number;

  constructor(model: string, atMs: number) {
    super(`model ${model} has no version for ${new Date(atMs).toISOString()}`);
    this.model = model;
    this.atMs = atMs;
  }
}

export interface Occasion {
  readonly instant: TrainingInstant;
  readonly fold: TimedFold;
  readonly made: MadeRows;
}

/** What a search chose at the first instant of its period; undefined where nothing is searched. */
export interface SearchedAt {
  readonly id: string;
  readonly point: Point;
}

export interface Made {
  readonly version: Version;
  readonly isNew: boolean;
  /** With the values of its params. */
  readonly about: FoldGround;
  readonly occasion: Occasion;
}

/** The same model where these params have these values. */
export function aboutWith(program: Program, about: FoldGround, params: ParamValues): FoldGround {
  if (Object.keys(params).length === 0) return about;
  const { model, training, trainer, searchable } = about;
  const ground = groundWith(about.ground, params);
  return { ...about, ground, recipe: recipeOf(program, model, training, trainer, ground, searchable) };
}

/** The rows that are known at an instant, and the parts they fall into. `earliest`: tick that no stage begins before. */
export function occasionOf({ model, training, ground }: FoldGround, instant: TrainingInstant, earliest = 0): Occasion {
  const stretch = trainingStretch(ground, instant.after, instant.baseTick);
  const made = makeRows(ground, { ...stretch, from: Math.max(stretch.from, earliest) });
  const wish =
    training.valid === undefined ? undefined : { share: training.valid, calibrate: model.steps.calibrate !== 'none' };
  const [fold] = timedFolds(made.rows, [instant], ground.horizon, wish, ground.parts);
  if (fold === undefined) throw new Error('an instant has its fold');
  return { instant, fold, made };
}

/**
 * Rejects with a `ModelError` E1120–E1139 where the rows cannot be learned from. `searched`: what an earlier instant of the
 * same period has chosen, with which `about` and `occasion` are; where a search is asked for and none was made in this
 * period, it is made here.
 */
export async function makeVersion(
  request: PrepareRequest,
  about: FoldGround,
  occasion: Occasion,
  searched: SearchedAt | undefined,
  told: Told,
): Promise<Made> {
  const { program, registry } = request;
  const { model, training, recipe, ground } = about;
  const { instant, fold, made } = occasion;
  const { rows, fromMs } = made;
  refuseFewRows(about, occasion);
  const asked = training.search !== undefined && searched === undefined ? training.search : undefined;
  const wide = asked === undefined ? undefined : widestOf(about, instant);
  const upstream = upstreamIds(about, instant, wide?.fromMs ?? fromMs);
  const id = versionId({
    recipe,
    rows,
    fold,
    atMs: instant.atMs,
    fromMs,
    activeMs: instant.activeMs,
    upstream,
    firstOrdinal: ground.block.firstOrdinal,
    searched,
    ...(wide !== undefined && { seen: wide.hash }),
  });
  const moved = (params: ParamValues) => {
    if (Object.keys(params).length === 0) return { about, occasion };
    const own = aboutWith(program, about, params);
    return { about: own, occasion: occasionOf(own, instant, wide?.from) };
  };
  const known = registry.find(id)?.version;
  if (known !== undefined) return { version: known, isNew: false, ...moved(asked ? (known.params ?? {}) : {}) };
  if (request.untrained === 'refuse') throw new Untrained(model.name, instant.atMs);
  const plain = foldRequest(request, about, occasion, told);
  const written = { ...plain, settings: { ...plain.settings, ...settingsIn(searched?.point ?? {}) } };
  const chosen =
    asked === undefined
      ? { settings: written.settings, params: paramsIn(searched?.point ?? {}), point: {}, trials: [] }
      : await chooseSettings(written, otherRows(request, about, instant, wide), asked, id, registry.folder, told.trial);
  const final = asked === undefined ? { about, occasion } : moved(chosen.params);
  refuseFewRows(final.about, final.occasion);
  const own = foldRequest(request, final.about, final.occasion, told);
  const fitted = await fitFold({ ...own, settings: chosen.settings });
  const features = fitted.steps.kept.flatMap(({ column }) => ground.training.columns[column] ?? []);
  const graph = exportOnnx(fitted.artefact, {
    features: features.map(({ name, hash }) => ({ name, hash })),
    outputs: model.objective.kind === 'softmax' ? model.objective.classes : ['value'],
    label: own.label?.name ?? '',
  });
  const document = documentOf(request, final.about, final.occasion, { id, upstream, fitted, chosen });
  const stored = registry.keep({ ...document, digest: digestOf(document, graph) }, graph);
  return { version: stored.version, isNew: true, ...final };
}

function foldRequest(
  { program, threads, signal }: PrepareRequest,
  { model, training, trainer, ground }: FoldGround,
  { instant, fold, made: { rows } }: Occasion,
  told: Told,
): FoldRequest {
  return {
    model,
    training,
    label: labelOf(program, model),
    horizon: ground.horizon,
    rows,
    labels: ground.training.uniqueness.map(({ label }) => label),
    fold,
    timeMs: Float64Array.from(rows.tick, tick => openMs(ground.block, tick)),
    atMs: instant.atMs,
    settings: settingsOf(model),
    trainer,
    parts: ground.parts,
    threads,
    progress: told.round,
    ...(signal !== undefined && { signal }),
  };
}

interface Widest {
  /** Tick of the block's clock that the stages of no trial begin before, */
  readonly from: number;
  readonly fromMs: number;
  /** and the name of all bars from there to T: what the search is a function of. */
  readonly hash: string;
}

/** Undefined where no param is searched: then all is in the rows. */
function widestOf({ ground, searchable }: FoldGround, { after, baseTick }: TrainingInstant): Widest | undefined {
  const space = dimensionsOf(searchable);
  if (space.length === 0) return undefined;
  const grounds = [ground, ...extremes(ground, space).map(params => groundWith(ground, params))];
  const stretches = grounds.map(own => trainingStretch(own, after, baseTick));
  const from = stretches.reduce((least, own) => Math.min(least, own.from), Infinity);
  return { from, ...seenIn(ground, { after, from, untilBase: baseTick + 1 }) };
}

/** Rows of a trial are not kept: the next one has others. */
function otherRows(
  request: PrepareRequest,
  about: FoldGround,
  instant: TrainingInstant,
  wide: Widest | undefined,
): OtherRows {
  const { ground, searchable } = about;
  const passing: FoldGround = { ...about, ground: { ...ground, cache: { maxBytes: 0, ttlMs: 0 } } };
  const silent: Told = { round: () => {}, trial: () => {} };
  let last: { readonly key: string; readonly asked: FoldRequest } | undefined;
  return {
    space: dimensionsOf(searchable),
    admits: values => admits(ground, values),
    with: values => {
      const key = canonicalText(values);
      if (last?.key !== key) {
        const own = aboutWith(request.program, passing, values);
        const occasion = occasionOf(own, instant, wide?.from);
        last = { key, asked: foldRequest(request, own, occasion, silent) };
      }
      return last.asked;
    },
  };
}

/** What long work is told of while it goes on. */
export interface Told {
  readonly round: (progress: Progress) => void;
  readonly trial: (trial: Trial) => void;
}

function refuseFewRows({ model, training, ground }: FoldGround, { instant, fold, made }: Occasion): void {
  const rows = usableTicks(made.rows, instant.after + 1, ground.parts.lastClosedAt(instant.cut, ground.horizon));
  if (rows >= training.minRows && fold.train.length > 0) return;
  const at = isoOf(instant.atMs).slice(0, 16).replace('T', ' ');
  throw modelError('E1121', { model: model.name, at, rows, needed: training.minRows });
}

function labelOf(program: Program, model: Model): Label | undefined {
  return model.label === undefined ? undefined : program.labels[model.label];
}

/** Versions whose predictions the rows of [A, T] read. */
function upstreamIds({ ground, reads }: FoldGround, instant: TrainingInstant, fromMs: number): readonly string[] {
  const untilMs = openMs(ground.base, instant.baseTick);
  const ids = reads.flatMap(({ servedBy, serving, block }) => {
    const numbers = new Set<number>();
    for (let tick = 0; tick < servedBy.length; tick++) {
      const openedMs = openMs(block, tick);
      if (openedMs < fromMs || openedMs > untilMs) continue;
      numbers.add(ground.parts.upstream(servedBy, tick));
    }
    return [...numbers].flatMap(number => serving[number]?.version.id ?? []);
  });
  return ids.sort();
}

interface Outcome {
  readonly id: string;
  readonly upstream: readonly string[];
  readonly fitted: Fitted;
  readonly chosen: Chosen;
}

function documentOf(
  request: PrepareRequest,
  about: FoldGround,
  { instant, fold, made }: Occasion,
  { id, upstream, fitted, chosen }: Outcome,
): Omit<Version, 'digest'> {
  const { model, recipe, ground } = about;
  const { artefact, steps, calibration, cuts, baselines, curve, gain } = fitted;
  const measured = curve.filter(({ metric }) => metric !== undefined);
  const label = labelOf(request.program, model);
  const learned = about.training.refit ? fold.refit : fold.train;
  return {
    format: VERSION_FORMAT,
    id,
    model: model.name,
    origin: {
      kind: 'trained',
      trainer: recipe.trainer,
      numeric: NUMERIC_VERSION,
      trainedAt: isoOf(instant.atMs),
      dataFrom: isoOf(made.fromMs),
      label: { name: label?.name ?? '', hash: ground.training.label.hash, horizon: ground.horizon },
      recipe: recipe.document,
      settings: chosen.settings,
      ...(chosen.trials.length > 0 && { search: { point: chosen.point, trials: chosen.trials } }),
      rows: {
        train: fold.train.length,
        valid: fold.valid.length,
        calibrate: fold.calibrate.length,
        effective: fitted.effectiveRows,
        ticks: new Set(Array.from(learned, row => made.rows.tick[row])).size,
        dropped: present({ ...made.rows.dropped, ...fold.dropped, [LEFT_OUT]: fitted.leftOut }),
      },
      baseRates: fitted.baseRates,
      rounds: fitted.rounds,
      curve: measured.map(({ round, metric }) => ({ round, ...pair(metric) })),
      ...(measured[0]?.metric !== undefined && { metric: measured[0].metric.name }),
      ...(gain !== undefined && { gain: Array.from(gain) }),
      ...(fitted.valid !== undefined && { valid: finite(fitted.valid) }),
      accepted: fitted.accepted,
    },
    objective: model.objective,
    features: ground.training.columns.map(({ name, hash }) => ({ name, hash })),
    steps,
    ...(Object.keys(chosen.params).length > 0 && { params: chosen.params }),
    ...(calibration !== undefined && { calibration }),
    ...(cuts !== undefined && { cuts }),
    baselines,
    graph: { features: artefact.features, outputs: artefact.outputs, kind: artefact.kind },
    upstream,
    activeFrom: isoOf(instant.activeMs),
  };
}

function pair(metric: Progress['metric']): { readonly train?: number; readonly valid?: number } {
  if (metric === undefined) return {};
  const { train, valid } = metric;
  return { ...(train !== undefined && { train }), ...(valid !== undefined && { valid }) };
}

/** Of what trainers of sums drop, who know no absent value. */
export const LEFT_OUT = 'a feature absent';

/** Causes that took any row. */
function present(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** What is not defined is null in a document. */
function finite(values: Readonly<Record<string, number>>): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}
