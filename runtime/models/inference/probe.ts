/**
 * A named device is tried on a model of one row before anything is trained: a training may take hours, and what a device cannot
 * do at all shows on the smallest model of the same kind.
 */
import type { Model, TrainerName } from '../../../language/check/model.ts';
import type { Artefact } from '../artefact.ts';
import { openPredictor } from './open.ts';
import type { OpenOptions } from './predictor.ts';

/** y = x, by a tree of one cut, a line, a layer. */
const PROBES: Readonly<Record<Artefact['kind'], Artefact>> = {
  trees: {
    kind: 'trees',
    features: 1,
    outputs: 1,
    base: Float32Array.of(0),
    trees: [
      {
        output: 0,
        feature: Int32Array.of(0, -1, -1),
        cut: Float32Array.of(0, 0, 0),
        left: Int32Array.of(1, -1, -1),
        right: Int32Array.of(2, -1, -1),
        absentLeft: Uint8Array.of(1, 0, 0),
        value: Float32Array.of(0, -1, 1),
        gain: Float32Array.of(1, 0, 0),
        cover: Float32Array.of(2, 1, 1),
      },
    ],
  },
  linear: { kind: 'linear', features: 1, outputs: 1, weights: Float64Array.of(1), bias: Float64Array.of(0) },
  net: {
    kind: 'net',
    features: 1,
    outputs: 1,
    layers: [
      { inputs: 1, outputs: 1, weights: Float32Array.of(1), bias: Float32Array.of(0), activation: 'tanh' },
      { inputs: 1, outputs: 1, weights: Float32Array.of(1), bias: Float32Array.of(0), activation: 'none' },
    ],
  },
};

const KINDS: Readonly<Record<TrainerName, Artefact['kind']>> = {
  xgboost: 'trees',
  random_forest: 'trees',
  logistic: 'linear',
  ridge: 'linear',
  mlp: 'net',
};

/** Throws E1170, or E1160–E1169 where onnxruntime is missing; does nothing where no device is named. */
export async function refuseDevice(
  { device, source }: Pick<Model, 'device' | 'source'>,
  options: Pick<OpenOptions, 'cacheFolder' | 'log'> = {},
): Promise<void> {
  if (device === 'auto' || device === 'cpu' || source.kind !== 'trained') return;
  const artefact = PROBES[KINDS[source.trainer]];
  const predictor = await openPredictor({ kind: 'artefact', artefact }, { ...options, device, batch: 1 });
  await predictor.close();
}
