/**
 * A net in fewer bits as a version of its own, with the full one as its parent. Whether it is as good is asked of the valid
 * part of the parent's training, never of rows that it served.
 */
import { defaultMetric } from '../../../language/check/metrics.ts';
import type { Model } from '../../../language/check/model.ts';
import type { Artefact } from '../artefact.ts';
import { modelError } from '../errors.ts';
import { compress } from '../inference/compress.ts';
import { score, taskOf } from '../metrics/judge.ts';
import { metricOf } from '../metrics/table.ts';
import { artefactOf } from '../onnx/artefact.ts';
import { decodeOnnx } from '../onnx/decode.ts';
import { outputsOf } from '../output.ts';
import { hashOf } from '../registry/hash.ts';
import { digestOf, type Registry } from '../registry/registry.ts';
import { type CompressedOrigin, NUMERIC_VERSION, type Version } from '../registry/version.ts';
import { applySteps } from '../steps/apply.ts';
import { judgedRows, split } from './train.ts';
import type { PreparedFold, PreparedModels } from './types.ts';

export type Precision = 'float16' | 'int8';
const NAMES: Readonly<Record<Precision, CompressedOrigin['by']>> = { float16: 'fp16', int8: 'int8' };

/** Its numbers, where it is a net that was trained here. Throws E1172, E1145. */
export function compressible(registry: Registry, { id, origin }: Version): Artefact {
  const stored = registry.find(id);
  if (stored === undefined) throw modelError('E1145', { id, reason: 'it is gone' });
  if (origin.kind === 'imported') throw modelError('E1172', { kind: 'another maker' });
  if (origin.kind === 'compressed') throw modelError('E1172', { kind: 'fewer bits' });
  const artefact = artefactOf(decodeOnnx(stored.graph));
  if (artefact?.kind !== 'net')
    throw modelError('E1172', { kind: artefact?.kind === 'linear' ? 'one layer' : 'trees' });
  return artefact;
}

/**
 * Keeps it and gives it back; where it was made before, that one. `bound`: how much worse the model's metric may become.
 * Rejects with E1148 where `prepared` has not made the parent, E1149 without a valid part, E1171 where it loses too much.
 */
export async function compressVersion(
  registry: Registry,
  parent: Version,
  { models }: PreparedModels,
  precision: Precision,
  bound: number,
): Promise<Version> {
  const artefact = compressible(registry, parent);
  const by = NAMES[precision];
  const id = hashOf([{ name: 'compressed', document: { parent: parent.id, by, numeric: NUMERIC_VERSION } }]);
  const known = registry.find(id)?.version;
  const prepared = models.find(({ model }) => model.name === parent.model);
  const fold = prepared?.learned?.folds.find(({ version }) => version?.id === parent.id);
  if (prepared === undefined || fold === undefined) throw modelError('E1148', { id: parent.id, model: parent.model });
  const { rows } = fold.made;
  if (fold.fold.valid.length === 0) throw modelError('E1149', { id: parent.id, model: parent.model });
  const label = parent.origin.kind === 'trained' ? parent.origin.label.name : '';
  const kept = parent.steps.kept.flatMap(({ column }) => parent.features[column] ?? []);
  const metric = judgeOf(prepared.model, fold, parent);
  const { bytes, before, after } = await compress({
    artefact,
    facts: {
      features: kept,
      outputs: parent.objective.kind === 'softmax' ? parent.objective.classes : ['value'],
      label,
    },
    precision,
    valid: applySteps(parent.steps, rows.columns, fold.fold.valid).matrix,
    metric,
    bound,
  });
  if (known !== undefined) return known;
  const { digest: _, ...rest } = parent;
  const document: Omit<Version, 'digest'> = {
    ...rest,
    id,
    origin: { kind: 'compressed', parent: parent.id, by, metric: { name: metric.name, before, after, bound } },
  };
  return registry.keep({ ...document, digest: digestOf(document, bytes) }, bytes).version;
}

/** What `accept` asks for, else what the objective is judged by. */
function judgeOf({ accept, objective }: Model, { fold, made, ground }: PreparedFold, parent: Version) {
  const metric = metricOf(accept?.metric ?? defaultMetric(objective.kind));
  const judged = judgedRows(made.rows, fold.valid, parent.cuts);
  const rows = fold.valid.length;
  return {
    name: metric.name,
    better: metric.better ?? 'higher',
    of: (margins: Float64Array): number => {
      const prediction = split(outputsOf(objective, margins, rows, parent.calibration), rows);
      return score({ ...judged, prediction }, taskOf(objective), ground.horizon, metric.name);
    },
  };
}
