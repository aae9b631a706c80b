/** From the registry, or a file, to what answers. Features that are not those a version was trained with are refused. */
import type { ParamValues } from '../../../compiler/bind.ts';
import type { FeaturesPlan } from '../../../compiler/learning.ts';
import type { Model } from '../../../language/check/model.ts';
import { modelError } from '../errors.ts';
import { openPredictor } from '../inference/open.ts';
import { importedId, type Registry } from '../registry/registry.ts';
import type { Version, VersionFeature } from '../registry/version.ts';
import { plainSteps } from '../steps/apply.ts';
import { valuesOf } from './data.ts';
import type { Serving } from './predict.ts';
import type { PrepareRequest } from './types.ts';

/** Rows of a usual call in a backtest. */
const BATCH = 65_536;

/**
 * `batch`: rows of a usual call. Throws E1145 where the version is gone or damaged, E1160–E1179 where it cannot be served on
 * the device asked for.
 */
export async function openVersion(
  { registry, devices }: Pick<PrepareRequest, 'registry' | 'devices'>,
  version: Pick<Version, 'id' | 'objective' | 'graph'>,
  { device }: Model,
  batch = BATCH,
): Promise<Serving> {
  const stored = registry.find(version.id);
  if (stored === undefined) throw modelError('E1145', { id: version.id, reason: 'it is gone' });
  const { objective } = version;
  const what = { kind: 'onnx', bytes: stored.graph, features: version.graph.features, objective } as const;
  const predictor = await openPredictor(what, { ...openedFor(device, devices), batch });
  return { version: stored.version, predictor };
}

/** A graph that a strategy names: its inputs are the columns of the block as they are. */
export async function openGraph(
  { readGraph, devices }: Pick<PrepareRequest, 'readGraph' | 'devices'>,
  model: Model,
  path: string,
  features: number,
  batch = BATCH,
): Promise<Serving> {
  if (readGraph === undefined) throw new Error('nobody reads graphs here');
  const { objective } = model;
  const what = { kind: 'onnx', bytes: readGraph(path), features, objective, file: path } as const;
  const predictor = await openPredictor(what, { ...openedFor(model.device, devices), batch });
  return { version: { id: importedId(what.bytes, {}), steps: plainSteps(features) }, predictor };
}

/** What is told is why a device was taken that somebody asked for: of the others a run says by what it was predicted. */
function openedFor(device: Model['device'], { cacheFolder, log }: NonNullable<PrepareRequest['devices']> = {}) {
  return {
    device,
    ...(cacheFolder !== undefined && { cacheFolder }),
    ...(log !== undefined && device !== 'auto' && device !== 'cpu' && { log }),
  };
}

/** Throws E1140 and names the first feature that is not the one the version was trained with. */
export function refuseOtherFeatures(
  model: string,
  trained: readonly VersionFeature[],
  served: readonly VersionFeature[],
): void {
  for (const { name, hash } of trained) {
    const own = served.find(feature => feature.name === name);
    if (own === undefined) throw modelError('E1140', { model, feature: name, why: 'missing' });
    if (own.hash !== hash) throw modelError('E1140', { model, feature: name, why: 'changed' });
  }
  const added = served.find(({ name }) => !trained.some(feature => feature.name === name));
  if (added !== undefined) throw modelError('E1140', { model, feature: added.name, why: 'new' });
  const moved = served.find(({ name }, i) => trained[i]?.name !== name);
  if (moved !== undefined) throw modelError('E1140', { model, feature: moved.name, why: 'changed' });
}

/** Throws E1140 and names the first feature that is computed with other values of params than the version was trained with. */
export function refuseOtherParams(
  registry: Registry,
  version: Version,
  { plan, columns }: FeaturesPlan,
  params: ParamValues,
): void {
  const before = trainedWith(registry, version);
  const values = valuesOf(plan, params);
  for (const { name: feature, params: read } of columns) {
    for (const name of read) {
      // What a search chose for a version is its own, whatever the run's values are.
      const [then, now] = [before[name], values[name]];
      if (name in (version.params ?? {}) || then === undefined || now === undefined || then === now) continue;
      const param = { name, before: then, now };
      throw modelError('E1140', { model: version.model, feature, why: 'param', param });
    }
  }
}

/** Of a version made elsewhere nothing is known. */
function trainedWith(registry: Registry, { origin }: Version): ParamValues {
  if (origin.kind === 'compressed') {
    const parent = registry.find(origin.parent)?.version;
    return parent === undefined ? {} : trainedWith(registry, parent);
  }
  const values = origin.kind === 'trained' ? origin.recipe.params : undefined;
  return typeof values === 'object' && values !== null ? (values as ParamValues) : {};
}
