/**
 * A training as a piece of work for another thread: plain data in, plain data out. What is made is kept in the registry, so
 * that only names come back.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstrumentMeta, ParamValues } from '../../../compiler/bind.ts';
import { openKernelRun } from '../../../compiler/index.ts';
import type { RunData } from '../../../compiler/kernel/run.ts';
import type { Program } from '../../../language/check/program.ts';
import type { DataSetCache } from '../../models/dataset/cache.ts';
import type { ModelWarning } from '../../models/errors.ts';
import { type Ready, readyOf } from '../../models/inference/exact.ts';
import { artefactOf } from '../../models/onnx/artefact.ts';
import { signatureOf } from '../../models/onnx/signature.ts';
import { HONEST } from '../../models/parts.ts';
import { plansOf } from '../../models/pipeline/plans.ts';
import { prepareModels } from '../../models/pipeline/prepare.ts';
import type { Tell } from '../../models/pipeline/progress.ts';
import type { PreparedFold, PreparedModel } from '../../models/pipeline/types.ts';
import { Registry } from '../../models/registry/registry.ts';
import type { Version } from '../../models/registry/version.ts';

export interface TrainingJob {
  readonly program: Program;
  /** All that is known: every instant in it is trained where it was not before. */
  readonly data: RunData;
  readonly params: ParamValues;
  readonly meta: readonly InstrumentMeta[];
  /** Versions whose successor serves before this are not needed, UTC milliseconds. */
  readonly neededFromMs: number;
  /** Ids of the versions that a person promoted, by model. */
  readonly promotions: Readonly<Record<string, string>>;
  /** Folder of the registry, and of the strategy, from which paths of graphs are seen. */
  readonly registry: string;
  readonly folder: string;
  readonly cache: DataSetCache;
  /** Where verdicts on devices are kept. */
  readonly devices?: string;
  readonly threads: number;
  /** Ids of versions that the run can ask already. */
  readonly known: readonly string[];
}

/** A version as it answers; to read one and to lay it out takes time that a run's thread does not have. */
export interface ReadyVersion {
  readonly version: Version;
  readonly ready: Ready;
}

/** What came of one instant of a model's calendar. */
export interface TrainedFold {
  /** T, UTC milliseconds. */
  readonly atMs: number;
  /** Absent where it was not needed or could not be made. */
  readonly version?: string;
  /** Where the run has none of it yet and nothing but our own code answers: what it needs to answer at once. */
  readonly ready?: ReadyVersion;
  /** Something that is read from now on may be answered by it. */
  readonly isNeeded: boolean;
  /** False where it failed `accept`. */
  readonly accepted: boolean;
  readonly isNew: boolean;
  readonly refusal?: Pick<ModelWarning, 'code' | 'message' | 'help'>;
}

export interface TrainingOutcome {
  readonly models: Readonly<Record<string, readonly TrainedFold[]>>;
  readonly warnings: readonly Pick<ModelWarning, 'code' | 'message' | 'help'>[];
}

/** Rejects as `prepareModels` does. */
export async function trainDue(job: TrainingJob, tell?: Tell): Promise<TrainingOutcome> {
  const { program, data, params, meta, neededFromMs, promotions, cache, threads, devices } = job;
  const registry = new Registry(job.registry);
  const { models, warnings } = await prepareModels({
    program,
    plans: plansOf(program),
    registry,
    threads,
    neededFromMs,
    promotions,
    ground: { data, params, meta, open: openKernelRun, cache, parts: HONEST, runStart: 0, warn: () => {} },
    readGraph: path => readFileSync(join(job.folder, path)),
    ...(devices !== undefined && { devices: { cacheFolder: devices } }),
    ...(tell !== undefined && { tell }),
  });
  return {
    models: Object.fromEntries(models.map(prepared => [prepared.model.name, foldsOf(prepared, registry, job)])),
    warnings: warnings.map(({ code, message, help }) => ({ code, message, help })),
  };
}

function foldsOf(
  { learned, model }: PreparedModel,
  registry: Registry,
  { known, neededFromMs }: TrainingJob,
): readonly TrainedFold[] {
  const folds = learned?.folds ?? [];
  const isAccepted = ({ version }: PreparedFold) => version?.origin.kind === 'trained' && version.origin.accepted;
  const isOurs = model.device === 'auto' || model.device === 'cpu';
  return folds.map((fold, number) => {
    const { instant, version, isNew, refusal } = fold;
    const accepted = isAccepted(fold);
    const successor = folds.find((other, later) => later > number && isAccepted(other));
    const isNeeded = (successor?.instant.activeMs ?? Number.POSITIVE_INFINITY) > neededFromMs;
    const isWanted = accepted && isNeeded && isOurs && version !== undefined && !known.includes(version.id);
    const ready = isWanted ? readyVersion(registry, version) : undefined;
    return {
      atMs: instant.atMs,
      isNeeded,
      ...(version !== undefined && { version: version.id }),
      ...(ready !== undefined && { ready }),
      accepted,
      isNew,
      ...(refusal !== undefined && {
        refusal: { code: refusal.code, message: refusal.message, help: refusal.help },
      }),
    };
  });
}

function readyVersion(registry: Registry, version: Version): ReadyVersion | undefined {
  const stored = registry.find(version.id);
  const artefact = stored && artefactOf(signatureOf(stored.graph, version.graph.features).model);
  return artefact && { version, ready: readyOf(artefact) };
}
