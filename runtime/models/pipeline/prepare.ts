/**
 * All models of a strategy on the data of a run: trained at their instants where the registry does not hold the version
 * already, and asked over the whole span. Upstream models come first; what they said, as it was active at each tick, is a
 * column of those that read them, and at the end of the strategy's own plan (`RunData.predictions`).
 */
import type { ParamValues } from '../../../compiler/bind.ts';
import type { Model } from '../../../language/check/model.ts';
import { type ModelWarning, modelWarning } from '../errors.ts';
import { refuseDevice } from '../inference/probe.ts';
import type { Version } from '../registry/version.ts';
import { firstTickFrom, openMs } from '../splits/calendar.ts';
import { noTraining, servingVersions, trainingInstants } from '../splits/instants.ts';
import { type Answering, columnsOf } from './columns.ts';
import { type FeatureTable, type Ground, gridOf } from './data.ts';
import { learn } from './learn.ts';
import { trainingOrder, upstreamOf } from './order.ts';
import { type Outputs, predictSpan, type Serving } from './predict.ts';
import { openGraph, openVersion, refuseOtherFeatures, refuseOtherParams } from './serve.ts';
import { servedTable } from './served-table.ts';
import type { Learned, PreparedModel, PreparedModels, PrepareRequest } from './types.ts';

/** Rejects with a `ModelError` for what is wrong, with an `AbortError` when it is stopped; versions made so far are kept. */
export async function prepareModels(request: PrepareRequest): Promise<PreparedModels> {
  const { program } = request;
  const said: Said = { whole: new Map(), run: new Map(), taught: new Map() };
  const done = new Map<string, PreparedModel>();
  const warnings = new Map(handListed(request).map(warning => [warning.message, warning]));
  const warn = (warning: ModelWarning) => void warnings.set(warning.message, warning);
  const own = { ...request, ground: { ...request.ground, warn } };
  const models = trainingOrder(program, program.models.filter(servesRules));
  for (const model of models) await refuseDevice(model, request.devices);
  for (const model of models) {
    const prepared = await prepareModel(own, said, model, done);
    done.set(model.name, prepared);
    await say(own, said, prepared, readyFrom(upstreamOf(program, model).flatMap(name => done.get(name) ?? [])));
  }
  return { models: [...done.values()], predictions: said.run, warnings: [...warnings.values()] };
}

type Columns = Map<string, readonly Float64Array[]>;

/** What models have said so far: over all the data, from a run's own origin, and to those who learn. */
interface Said {
  readonly whole: Columns;
  readonly run: Columns;
  readonly taught: Columns;
}

async function say(
  request: PrepareRequest,
  said: Said,
  prepared: PreparedModel,
  readyMs: number | undefined,
): Promise<void> {
  const { program, ground } = request;
  const { model, features, block, servedBy, serving } = prepared;
  const answering = (columns: Columns, fromBase: number, servers = servedBy) => ({
    model,
    servedBy: servers,
    serving,
    // From the first bar on, what is said to a run is what was worked out already.
    ...(fromBase === 0 && servers === servedBy && { known: prepared }),
    tableOf: (other?: number) => {
      const plan = other === undefined ? features : request.plans.features(model, other);
      const told = withPredictions(ground, columns);
      return readyWith(servedTable(told, plan, fromBase, servers, serving), block, readyMs);
    },
  });
  const add = async (to: Columns, of: Answering) => {
    for (const [key, lanes] of await columnsOf(request, of)) to.set(key, lanes);
  };
  const isRead = program.models.some(other => upstreamOf(program, other).includes(model.name));
  await add(said.run, answering(said.run, ground.runStart));
  if (!isRead) return;
  await add(said.whole, answering(said.whole, 0));
  // What others learn from is what they will be given, unless a test builds it otherwise.
  const taught = Int32Array.from(servedBy, (_, tick) => ground.parts.upstream(servedBy, tick));
  await add(said.taught, answering(said.whole, 0, taught));
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

function withPredictions(ground: Ground, columns: ReadonlyMap<string, readonly Float64Array[]>): Ground {
  return { ...ground, data: { ...ground.data, predictions: new Map(columns) } };
}

async function prepareModel(
  request: PrepareRequest,
  said: Said,
  model: Model,
  upstream: ReadonlyMap<string, PreparedModel>,
): Promise<PreparedModel> {
  const { program, plans, ground } = request;
  const features = plans.features(model);
  const block = gridOf(ground.data, features.plan, features.clock);
  const reads = upstreamOf(program, model).flatMap(name => upstream.get(name) ?? []);
  const told = withPredictions(ground, said.whole);
  const tableOf = (servedBy: Int32Array, serving: readonly (Serving | undefined)[]) =>
    readyWith(servedTable(told, features, 0, servedBy, serving), block, readyFrom(reads));
  const promoted = promotedVersion(request, model, features, ground.params);
  const about = { model, features, block };
  if (model.source.kind === 'file') {
    const table = tableOf(new Int32Array(), []);
    return { ...about, table, ...(await predictFile(request, { ...about, table }, model.source)) };
  }
  const taught = { ...request, ground: withPredictions(ground, said.taught) };
  const learned = await learn(taught, model, reads, readyFrom(reads), promoted);
  const { servedBy, serving } = await serversOf(request, model, learned, promoted);
  const table = tableOf(servedBy, serving);
  const outputs = await predictSpan(table, servedBy, serving, model.objective);
  if (learned.folds.length === 0) ground.warn(tooFewRows(model, learned));
  return { ...about, table, servedBy, serving, outputs, learned, ...(promoted !== undefined && { promoted }) };

  function tooFewRows({ name, training }: Model, { ground: own, whole }: Learned) {
    const split = training?.split;
    if (training === undefined || (split?.kind !== 'walk_forward' && split?.kind !== 'hold_out'))
      throw new Error(`model ${name} is not trained in time`);
    const instants = trainingInstants(split, own, own.parts);
    const causes = Object.entries(whole.dropped).filter(([, count]) => count > 0);
    return modelWarning('E1110', {
      model: name,
      miss: noTraining(split, instants, whole, own.horizon, training.minRows, own.parts),
      causes: causes.map(([cause, count]) => `${count} (${cause})`).join(', '),
    });
  }
}

// ---------------------------------------------------------------- which version answers

async function serversOf(
  request: PrepareRequest,
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
      version !== undefined && servedBy.includes(number) ? openVersion(request, version, model) : undefined,
    ),
  );
  return { servedBy, serving };
}

/** Throws E1140 where its features are not the model's. */
export function promotedVersion(
  { registry, unpromoted, promotions }: Pick<PrepareRequest, 'registry' | 'unpromoted' | 'promotions'>,
  { name }: Pick<Model, 'name'>,
  features: PreparedModel['features'],
  params: ParamValues,
): Version | undefined {
  const id = unpromoted ? undefined : promotions === undefined ? registry.promoted(name) : promotions[name];
  const version = id === undefined ? undefined : registry.find(id)?.version;
  if (version === undefined) return undefined;
  refuseOtherFeatures(name, version.features, features.columns);
  refuseOtherParams(registry, version, features, params);
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
