/** A version for one instant: found in the registry by what it would be made from, or trained and kept. */
import { modelError } from '../errors.ts';
import { exportOnnx } from '../onnx/export.ts';
import { digestOf } from '../registry/registry.ts';
import { NUMERIC_VERSION, VERSION_FORMAT, type Version } from '../registry/version.ts';
import type { Point, Trial } from '../search/types.ts';
import { openMs } from '../splits/calendar.ts';
import type { TimedFold, TrainingInstant } from '../splits/fold.ts';
import { usableTicks } from '../splits/rows.ts';
import type { Progress } from '../trainer.ts';
import { type Chosen, chooseSettings } from './choose.ts';
import type { MadeRows } from './data.ts';
import { settingsOf, versionId } from './recipe.ts';
import { type Fitted, type FoldRequest, fitFold } from './train.ts';
import type { FoldGround, PrepareRequest } from './types.ts';

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
}

/**
 * Rejects with a `ModelError` E1120–E1139 where the rows cannot be learned from. `searched`: what an earlier instant of the
 * same period has chosen; where a search is asked for and none was made in this period, it is made here.
 */
export async function makeVersion(
  request: PrepareRequest,
  about: FoldGround,
  occasion: Occasion,
  searched: SearchedAt | undefined,
  told: Told,
): Promise<Made> {
  const { registry, threads, signal } = request;
  const { model, training, trainer, recipe, ground } = about;
  const { instant, fold, made } = occasion;
  const { rows, fromMs } = made;
  refuseFewRows(about, occasion);
  const upstream = upstreamIds(about, occasion);
  const { firstOrdinal } = ground.block;
  const id = versionId({ recipe, rows, fold, atMs: instant.atMs, fromMs, upstream, firstOrdinal, searched });
  const known = registry.find(id);
  if (known !== undefined) return { version: known.version, isNew: false };
  const asked: FoldRequest = {
    model,
    training,
    label: labelOf(request, about),
    horizon: ground.horizon,
    rows,
    labels: ground.training.uniqueness.map(({ label }) => label),
    fold,
    timeMs: Float64Array.from(rows.tick, tick => openMs(ground.block, tick)),
    atMs: instant.atMs,
    settings: { ...settingsOf(model), ...searched?.point },
    trainer,
    parts: ground.parts,
    threads,
    progress: told.round,
    ...(signal !== undefined && { signal }),
  };
  const isSearching = training.search !== undefined && searched === undefined;
  const chosen = isSearching
    ? await chooseSettings(asked, training.search, id, registry.folder, told.trial)
    : { settings: asked.settings, point: {}, trials: [] };
  const fitted = await fitFold({ ...asked, settings: chosen.settings });
  const features = fitted.steps.kept.flatMap(({ column }) => ground.training.columns[column] ?? []);
  const graph = exportOnnx(fitted.artefact, {
    features: features.map(({ name, hash }) => ({ name, hash })),
    outputs: model.objective.kind === 'softmax' ? model.objective.classes : ['value'],
    label: labelOf(request, about)?.name ?? '',
  });
  const document = documentOf(request, about, occasion, { id, upstream, fitted, chosen });
  const stored = registry.keep({ ...document, digest: digestOf(document, graph) }, graph);
  return { version: stored.version, isNew: true };
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

function labelOf({ program }: PrepareRequest, { model }: FoldGround) {
  return model.label === undefined ? undefined : program.labels[model.label];
}

/** Versions whose predictions the rows of [A, T] read. */
function upstreamIds({ ground, reads }: FoldGround, { instant, made }: Occasion): readonly string[] {
  const untilMs = openMs(ground.base, instant.baseTick);
  const ids = reads.flatMap(({ servedBy, serving, block }) => {
    const numbers = new Set<number>();
    for (let tick = 0; tick < servedBy.length; tick++) {
      const openedMs = openMs(block, tick);
      if (openedMs < made.fromMs || openedMs > untilMs) continue;
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
  const label = labelOf(request, about);
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
        dropped: present({ ...made.rows.dropped, ...fold.dropped }),
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
