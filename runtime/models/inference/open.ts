/**
 * Opens what predicts a model. Models of our own are predicted by our own code, exactly, unless a GPU is named; graphs made
 * elsewhere by onnxruntime. `auto` never picks an approximate predictor where an exact one exists, so that a stopwatch
 * cannot change a journal.
 */

import { chance } from '../../statistics/chance.ts';
import type { Artefact } from '../artefact.ts';
import { modelError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { artefactOf } from '../onnx/artefact.ts';
import { exportOnnx } from '../onnx/export.ts';
import { signatureOf } from '../onnx/signature.ts';
import { outputCount } from '../output.ts';
import {
  batchClassOf,
  type Device,
  type DeviceProvider,
  judge,
  type Reference,
  tryDevice,
  type Verdict,
} from './device.ts';
import { deviceProvider } from './devices.ts';
import { exactPredictor } from './exact.ts';
import { findLibrary, loadLibrary, versionOf } from './library.ts';
import { openOnnx, rowMajor, sessionRequest } from './onnx.ts';
import type { OpenOptions, Predictable, Predictor } from './predictor.ts';
import { fitted } from './probabilities.ts';
import { keepVerdict, keptVerdict, type VerdictKey } from './verdicts.ts';

/** Throws E1160–E1177. */
export async function openPredictor(what: Predictable, options: OpenOptions): Promise<Predictor> {
  const model = known(what);
  const predictor = await openAny(model, options);
  if (what.kind !== 'onnx' || what.objective === undefined) return predictor;
  const fitting = fitted(predictor, what.objective, model.isOurs, what.file);
  if (fitting !== undefined) return fitting;
  await predictor.close();
  const facts = { outputs: predictor.outputs, needed: outputCount(what.objective) };
  throw modelError('E1176', facts, what.file === undefined ? {} : { file: what.file });
}

async function openAny(model: KnownModel, options: OpenOptions): Promise<Predictor> {
  const { device, log } = options;
  const exact = model.artefact && exactPredictor(model.artefact);
  if (device === 'auto' || device === 'cpu') {
    if (exact !== undefined) {
      log?.(`predicts with ${exact.name}, exactly`);
      return exact;
    }
    const predictor = await openOnnx({ ...model, provider: 'cpu', threads: options.threads ?? 0 });
    log?.(`predicts with ${predictor.name}, ${predictor.promise === 'exact' ? 'exactly' : 'approximately'}`);
    return predictor;
  }
  const processor = exact ?? (await openOnnx({ ...model, provider: 'cpu', threads: 0 }));
  const verdict = await verdictOn(model, device, processor, options);
  if (exact === undefined) await processor.close();
  log?.(`${device} ${verdict.reason}`);
  const { outcome, reason } = verdict;
  if (outcome !== 'works' && outcome !== 'slower') throw modelError('E1170', { device, outcome, reason });
  return openOnnx({ ...model, provider: device, threads: Math.min(1, options.threads ?? 0) });
}

interface KnownModel {
  /** Made here, whole or compressed: it gives margins. */
  readonly isOurs: boolean;
  readonly artefact?: Artefact;
  readonly bytes: Uint8Array;
  readonly features: number;
  readonly file?: string;
}

/** Numbers and graph of a model: each is made from the other where it is one of ours. */
function known(what: Predictable): KnownModel {
  if (what.kind === 'artefact') {
    const { artefact } = what;
    // Only a device needs the graph, and the graph only its numbers.
    const facts = { features: [], outputs: [], label: '' };
    return {
      isOurs: true,
      artefact,
      features: artefact.features,
      get bytes() {
        return exportOnnx(artefact, facts);
      },
    };
  }
  const { bytes, features, file } = what;
  const { model } = signatureOf(bytes, features, file);
  const artefact = artefactOf(model);
  const isOurs = model.metadata.has('vela.artefact');
  return { isOurs, bytes, features, ...(artefact !== undefined && { artefact }), ...(file !== undefined && { file }) };
}

// ---------------------------------------------------------------- devices

/** A driver that has not answered by then hangs; the first session on a card may compile for seconds. */
const TRIAL_TIMEOUT_MS = 60_000;
const MOST_ROWS = 65_536;

async function verdictOn(
  model: KnownModel,
  device: Device,
  processor: Predictor,
  { batch, cacheFolder, log }: OpenOptions,
): Promise<Verdict> {
  const library = findLibrary();
  const provider = deviceProvider(device, library);
  const { bytes, features } = model;
  const version = versionOf(loadLibrary(library));
  const key: VerdictKey = { model: bytes, device, driver: provider.driver(), version, batch: batchClassOf(batch) };
  const kept = cacheFolder === undefined ? undefined : keptVerdict(cacheFolder, key);
  if (kept !== undefined) return kept;
  const request = sessionRequest(signatureOf(bytes, features, model.file), library, device);
  const verdict = await trialOf(provider, request, processor, Math.min(batch, MOST_ROWS));
  if (cacheFolder !== undefined) {
    const problem = keepVerdict(cacheFolder, key, verdict);
    if (problem !== undefined) log?.(`the verdict on ${device} could not be kept: ${problem}`);
  }
  return verdict;
}

/** Tries a device on `rows` rows of chance, the same in every trial, and compares it with the processor. */
export async function trialOf(
  provider: DeviceProvider,
  request: ReturnType<typeof sessionRequest>,
  processor: Predictor,
  rows: number,
  timeoutMs = TRIAL_TIMEOUT_MS,
): Promise<Verdict> {
  const matrix = probe(rows, processor.features);
  const trial = { ...request, rows: rowMajor(matrix, 0, rows), width: matrix.columns };
  const end = await tryDevice(provider, trial, timeoutMs);
  return judge(provider.device, end, await referenceOf(processor, matrix), rows);
}

/** Uniform between −2 and 2, as standardised features mostly are. */
function probe(rows: number, columns: number): Matrix {
  const { next } = chance(0);
  return { rows, columns, values: Float32Array.from({ length: rows * columns }, () => 4 * next() - 2) };
}

const REPEATS = 5;

async function referenceOf(processor: Predictor, matrix: Matrix): Promise<Reference> {
  const margins = await processor.predict(matrix);
  const times: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const start = performance.now();
    await processor.predict(matrix);
    times.push(performance.now() - start);
  }
  const { outputs } = processor;
  const values = margins.map((_, at) => margins[(at % outputs) * matrix.rows + Math.floor(at / outputs)]);
  return { values, ms: times.sort((a, b) => a - b)[REPEATS >> 1] };
}
