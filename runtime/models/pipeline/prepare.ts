/**
 * All models of a strategy on the data of a run: trained at their instants where the registry does not hold the version
 * already, and asked over the whole span. Upstream models come first; what they said, as it was active at each tick, is a
 * column of those that read them, and at the end of the strategy's own plan (`RunData.predictions`).
 */
import type { RunData } from '../../../compiler/kernel/run.ts';
import type { Model } from '../../../language/check/model.ts';
import { modelWarning } from '../errors.ts';
import type { Version } from '../registry/version.ts';
import { firstTickFrom, openMs } from '../splits/calendar.ts';
import { servingVersions } from '../splits/instants.ts';
import { columnsOf } from './columns.ts';
import { type FeatureTable, featureTable, gridOf } from './data.ts';
import { learn } from './learn.ts';
import { trainingOrder, upstreamOf } from './order.ts';
import { type Outputs, predictSpan, type Serving } from './predict.ts';
import { openGraph, openVersion, refuseOtherFeatures } from './serve.ts';
import type { Learned, PreparedModel, PreparedModels, PrepareRequest } from './types.ts';

/** Rejects with a `ModelError` for what is wrong, with an `AbortError` when it is stopped; versions made so far are kept. */
export async function prepareModels(request: PrepareRequest): Promise<PreparedModels> {
  const { program } = request;
  const predictions = new Map<string, readonly Float64Array[]>();
  const learned = new Map<string, readonly Float64Array[]>();
  const done = new Map<string, PreparedModel>();
  const warnings = new Map(handListed(request).map(warning => [warning.message, warning]));
  const warn = (warning: typeof warnings extends Map<string, infer Each> ? Each : never) =>
    warnings.set(warning.message, warning);
  for (const model of trainingOrder(program, program.models.filter(servesRules))) {
    const own = { ...request, ground: { ...request.ground, data: withPredictions(request, predictions), warn } };
    const prepared = await prepareModel(own, withPredictions(request, learned), model, done);
    done.set(model.name, prepared);
    const { servedBy } = prepared;
    for (const [key, lanes] of await columnsOf(own, prepared, servedBy)) predictions.set(key, lanes);
    // What others learn from is what they will be given: the same columns, unless a test builds it otherwise.
    const taught = Int32Array.from(servedBy, (_, tick) => request.ground.parts.upstream(servedBy, tick));
    const isSame = taught.every((number, tick) => number === servedBy[tick]);
    const columns = isSame ? undefined : await columnsOf(own, prepared, taught);
    for (const [key, lanes] of columns ?? predictions) learned.set(key, lanes);
  }
  return { models: [...done.values()], predictions, warnings: [...warnings.values()] };
}

/** K-fold models have seen later bars: the checker lets no rule read one. */
export function servesRules({ source, training }: Model): boolean {
  if (source.kind === 'file') return true;
  return training?.split.kind === 'walk_forward' || training?.split.kind === 'hold_out';
}

/** Universes that models learn across: no compiler can know what was left out of the list. */
function handListed({ program }: PrepareRequest) {
  const axes = new Set(program.models.flatMap(({ block }) => program.blocks[block]?.axis ?? []));
  return [...axes].flatMap(axis => {
    const universe = program.universes[axis];
    if (universe === undefined) return [];
    return [modelWarning('E1114', { universe: universe.name, members: universe.members.length })];
  });
}

function withPredictions(
  { ground }: PrepareRequest,
  predictions: ReadonlyMap<string, readonly Float64Array[]>,
): RunData {
  return { ...ground.data, predictions: new Map(predictions) };
}

/** `taught`: the data with what upstream models say to one that learns. */
async function prepareModel(
  request: PrepareRequest,
  taught: RunData,
  model: Model,
  upstream: ReadonlyMap<string, PreparedModel>,
): Promise<PreparedModel> {
  const { program, plans, ground } = request;
  const features = plans.features(model);
  const block = gridOf(ground.data, features.plan, features.clock);
  const reads = upstreamOf(program, model).flatMap(name => upstream.get(name) ?? []);
  const table = readyWith(featureTable(ground, features), block, readyFrom(reads));
  const promoted = promotedVersion(request, model, features.columns);
  const about = { model, features, block, table };
  if (model.source.kind === 'file') return { ...about, ...(await predictFile(request, about, model.source)) };
  const learned = await learn(
    { ...request, ground: { ...ground, data: taught } },
    model,
    reads,
    readyFrom(reads),
    promoted,
  );
  const { servedBy, serving } = await serversOf(request, model, learned, promoted);
  const outputs = await predictSpan(table, servedBy, serving, model.objective);
  if (learned.folds.length === 0) ground.warn(tooFewRows(model, learned));
  return { ...about, servedBy, serving, outputs, learned, ...(promoted !== undefined && { promoted }) };

  function tooFewRows({ name, training }: Model, { whole }: Learned) {
    const causes = Object.entries(whole.dropped).filter(([, count]) => count > 0);
    return modelWarning('E1110', {
      model: name,
      rows: new Set(whole.tick).size,
      needed: training?.minRows ?? 0,
      causes: causes.map(([cause, count]) => `${count} (${cause})`).join(', '),
    });
  }
}

// ---------------------------------------------------------------- which version answers

async function serversOf(
  { registry }: PrepareRequest,
  model: Model,
  { folds, ground }: Learned,
  promoted: Version | undefined,
): Promise<{ readonly servedBy: Int32Array; readonly serving: readonly (Serving | undefined)[] }> {
  const made = folds.map(({ version }) => version?.origin.kind === 'trained' && version.origin.accepted);
  const servedBy = servingVersions(
    ground.block,
    folds.map(({ instant }) => instant),
    made,
    model.maxAgeMs,
  );
  const versions: (Version | undefined)[] = folds.map(({ version }) => version);
  if (promoted?.activeFrom != null) {
    // A person's word holds from the version's own activation on, and nothing else serves then.
    servedBy.fill(versions.length, Math.max(0, firstTickFrom(ground.block, Date.parse(promoted.activeFrom))));
    versions.push(promoted);
  }
  const serving = await Promise.all(
    versions.map((version, number) =>
      version !== undefined && servedBy.includes(number) ? openVersion(registry, version, model) : undefined,
    ),
  );
  return { servedBy, serving };
}

/** Throws E1140 where its features are not the model's. */
function promotedVersion(
  { registry }: PrepareRequest,
  { name }: Model,
  columns: PreparedModel['features']['columns'],
): Version | undefined {
  const id = registry.promoted(name);
  const version = id === undefined ? undefined : registry.find(id)?.version;
  if (version !== undefined) refuseOtherFeatures(name, version.features, columns);
  return version;
}

const DAY_MS = 86_400_000;

/** A graph made elsewhere: absent up to the day it was trained to. */
async function predictFile(
  request: PrepareRequest,
  { model, features, block, table }: Pick<PreparedModel, 'model' | 'features' | 'block' | 'table'>,
  { path, trainedToMs }: Extract<Model['source'], { kind: 'file' }>,
): Promise<{ readonly servedBy: Int32Array; readonly serving: readonly Serving[]; readonly outputs: Outputs }> {
  const serving = await openGraph(request, model, path, features.columns.length);
  const first = trainedToMs === undefined ? 0 : firstTickFrom(block, trainedToMs + DAY_MS);
  if (trainedToMs === undefined) request.ground.warn(modelWarning('E1116', { model: model.name, file: path }));
  const servedBy = Int32Array.from({ length: block.length }, (_, tick) => (tick < first ? -1 : 0));
  return { servedBy, serving: [serving], outputs: await predictSpan(table, servedBy, [serving], model.objective) };
}

// ---------------------------------------------------------------- readiness

/** A row that reads a prediction begins where the other model first has a version; Infinity where it never has. */
function readyFrom(reads: readonly PreparedModel[]): number | undefined {
  const firsts = reads.map(({ servedBy, block }) => {
    const first = servedBy.findIndex(number => number >= 0);
    return first < 0 ? Infinity : openMs(block, first);
  });
  return firsts.length === 0 ? undefined : Math.max(...firsts);
}

function readyWith(table: FeatureTable, block: PreparedModel['block'], readyMs: number | undefined): FeatureTable {
  if (readyMs === undefined) return table;
  const first = Number.isFinite(readyMs) ? firstTickFrom(block, readyMs) : block.length;
  return { ...table, readyFrom: table.readyFrom.map(ready => Math.max(ready, first)) };
}
