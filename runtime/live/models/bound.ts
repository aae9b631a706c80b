/** What answers for each model in a run, settled before it begins: what is trained, by its recipe; what a person gave, by its id. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstrumentMeta, ParamValues } from '../../../compiler/bind.ts';
import { openKernelRun } from '../../../compiler/index.ts';
import type { Model } from '../../../language/check/model.ts';
import type { Program } from '../../../language/check/program.ts';
import type { DataSetCache } from '../../models/dataset/cache.ts';
import { refuseDevice } from '../../models/inference/probe.ts';
import { HONEST } from '../../models/parts.ts';
import { gridOf, groundOf, type Ground as PipelineGround } from '../../models/pipeline/data.ts';
import { searchableParams } from '../../models/pipeline/language-params.ts';
import { trainingOrder } from '../../models/pipeline/order.ts';
import type { Serving } from '../../models/pipeline/predict.ts';
import { promotedVersion, servesRules } from '../../models/pipeline/prepare.ts';
import { recipeOf } from '../../models/pipeline/recipe.ts';
import { openGraph } from '../../models/pipeline/serve.ts';
import { trainerNamed } from '../../models/pipeline/trainers.ts';
import type { PlanMaker } from '../../models/pipeline/types.ts';
import { hashOf } from '../../models/registry/hash.ts';
import type { Registry } from '../../models/registry/registry.ts';
import { firstTickFrom } from '../../models/splits/calendar.ts';
import type { Grid, TrainingInstant } from '../../models/splits/fold.ts';
import { trainingInstants } from '../../models/splits/instants.ts';
import type { BoundModel } from '../store/rows.ts';
import type { Ground } from './ground.ts';

export interface HeldModel {
  readonly model: Model;
  readonly bound: BoundModel;
  /** Clock of its block, over all ticks that there is room for. */
  readonly block: Grid;
  /** Of its calendar, those to come too; none of a graph made elsewhere. */
  readonly instants: readonly TrainingInstant[];
  /** A version of a person's choice, and the first tick of the block's clock that it serves. */
  readonly fixed?: {
    readonly version: { readonly id: string; readonly digest: string };
    readonly from: number;
    readonly serving?: Serving;
  };
}

export interface BoundParts {
  readonly program: Program;
  readonly plans: PlanMaker;
  readonly params: ParamValues;
  readonly meta: readonly InstrumentMeta[];
  readonly registry: Registry;
  readonly folder: string;
  readonly cache: DataSetCache;
  readonly devices?: string;
}

const DAY_MS = 86_400_000;

/**
 * Models in the order in which they are trained and asked. Throws E1140, naming the feature, for a promoted version that was
 * trained with others, and E1160–E1179 for a graph that cannot be used.
 */
export async function boundModels(parts: BoundParts, { instruments }: Ground): Promise<readonly HeldModel[]> {
  const { program, params, meta, cache } = parts;
  const ground: PipelineGround = {
    data: { instruments, predictions: new Map() },
    params,
    meta,
    open: openKernelRun,
    cache,
    parts: HONEST,
    runStart: 0,
    warn: () => {},
  };
  const held: HeldModel[] = [];
  for (const model of trainingOrder(program, program.models.filter(servesRules))) {
    held.push(
      model.source.kind === 'file' ? await heldFile(parts, ground, model) : await heldTrained(parts, ground, model),
    );
  }
  return held;
}

async function heldTrained(parts: BoundParts, given: PipelineGround, model: Model): Promise<HeldModel> {
  const { program, plans, registry } = parts;
  const { training, source } = model;
  if (training === undefined || source.kind !== 'trained')
    throw new Error(`model ${model.name} says nothing of how it is trained`);
  const { split } = training;
  if (split.kind !== 'walk_forward' && split.kind !== 'hold_out')
    throw new Error(`model ${model.name} is not trained in time`);
  await refuseDevice(model, parts.devices === undefined ? {} : { cacheFolder: parts.devices });
  const ground = groundOf(given, plans.training(model));
  const promoted = promotedVersion({ registry }, model, plans.features(model), parts.params);
  const recipe = recipeOf(
    program,
    model,
    training,
    await trainerNamed(source.trainer),
    ground,
    searchableParams(program, plans, model),
  );
  const hash = hashOf([{ name: 'recipe', document: recipe }]);
  const isPromoted = promoted?.activeFrom != null;
  return {
    model,
    bound: { model: model.name, ...(isPromoted ? { by: 'promoted', hash: promoted.id } : { by: 'trained', hash }) },
    block: ground.block,
    instants: trainingInstants(split, ground, ground.parts),
    ...(promoted?.activeFrom != null && {
      fixed: { version: promoted, from: Math.max(0, firstTickFrom(ground.block, Date.parse(promoted.activeFrom))) },
    }),
  };
}

/** A graph made elsewhere: absent up to the day it was trained to. */
async function heldFile(parts: BoundParts, { data }: PipelineGround, model: Model): Promise<HeldModel> {
  const { source } = model;
  if (source.kind !== 'file') throw new Error(`model ${model.name} is no file`);
  const features = parts.plans.features(model);
  const block = gridOf(data, features.plan, features.clock);
  const about = {
    readGraph: (path: string) => readFileSync(join(parts.folder, path)),
    devices: { ...(parts.devices !== undefined && { cacheFolder: parts.devices }) },
  };
  const serving = await openGraph(about, model, source.path, features.columns.length, 1);
  const { id } = serving.version;
  const from = source.trainedToMs === undefined ? 0 : Math.max(0, firstTickFrom(block, source.trainedToMs + DAY_MS));
  return {
    model,
    bound: { model: model.name, by: 'file', hash: id },
    block,
    instants: [],
    fixed: { version: { id, digest: id }, from, serving },
  };
}
