/** `vela models import`: an ONNX graph made elsewhere becomes a version of a model, with the features that the model has now. */
import { basename } from 'node:path';
import type { Configuration } from '../../language/check/configuration.ts';
import type { Program } from '../../language/check/program.ts';
import { mostSimilar } from '../../language/syntax/similar.ts';
import { openPredictor } from '../../runtime/models/inference/open.ts';
import { plansOf } from '../../runtime/models/pipeline/plans.ts';
import { digestOf, importedId, type Registry } from '../../runtime/models/registry/registry.ts';
import { VERSION_FORMAT, type Version } from '../../runtime/models/registry/version.ts';
import { plainSteps } from '../../runtime/models/steps/apply.ts';
import { usageError } from '../errors.ts';
import { readBytes } from '../files.ts';

export interface ImportRequest {
  readonly program: Program;
  readonly configuration: Configuration;
  readonly model: string;
  readonly file: string;
  /** Last day that it has seen, `2023-12-31`. */
  readonly trainedTo?: string;
}

const DAY_MS = 86_400_000;

/** Rejects with a `ModelError` E1160–E1177 for a graph that does not fit the model or cannot run. */
export async function importVersion(registry: Registry, request: ImportRequest): Promise<Version> {
  const { program, file, trainedTo } = request;
  const model = program.models.find(({ name }) => name === request.model);
  if (model === undefined) throw unknownModel(request.model, program);
  const { columns } = plansOf(program).features(model);
  const graph = readBytes(file);
  // Opening it is the test: width, types, operators, outputs, and a row of zeros.
  const { objective } = model;
  const what = { kind: 'onnx', bytes: graph, features: columns.length, objective, file } as const;
  const predictor = await openPredictor(what, { device: 'cpu', batch: 1 });
  const { outputs } = predictor;
  await predictor.close();
  const document = {
    format: VERSION_FORMAT,
    id: importedId(graph, { model: model.name, features: columns.map(({ name, hash }) => [name, hash]), trainedTo }),
    model: model.name,
    origin: { kind: 'imported', file: basename(file), ...(trainedTo !== undefined && { trainedTo }) },
    objective: model.objective,
    features: columns.map(({ name, hash }) => ({ name, hash })),
    steps: plainSteps(columns.length),
    graph: { features: columns.length, outputs, kind: 'onnx' },
    upstream: [],
    activeFrom: trainedTo === undefined ? null : new Date(Date.parse(trainedTo) + DAY_MS).toISOString(),
  } satisfies Omit<Version, 'digest'>;
  return registry.keep({ ...document, digest: digestOf(document, graph) }, graph).version;
}

function unknownModel(name: string, { models }: Program): Error {
  const known = models.map(model => model.name);
  const similar = mostSimilar(name, known);
  const all = known.length === 0 ? 'the strategy has none' : `it has ${known.map(each => `\`${each}\``).join(', ')}`;
  return usageError(
    `the strategy has no model \`${name}\``,
    similar === undefined ? all : `did you mean \`${similar}\`?`,
  );
}
