/** What this machine predicts with: the checks that `vela doctor` shows. Trying a device takes seconds at most. */
import { MODEL_CODES } from '../codes.ts';
import { ModelError } from '../errors.ts';
import { exportOnnx } from '../onnx/export.ts';
import { signatureOf } from '../onnx/signature.ts';
import type { Device } from './device.ts';
import { deviceProvider } from './devices.ts';
import { exactPredictor } from './exact.ts';
import { findLibrary, loadLibrary, versionOf } from './library.ts';
import { sessionRequest } from './onnx.ts';
import { trialOf } from './open.ts';

export interface InferenceCheck {
  readonly name: string;
  /** Never throws for what is missing. */
  readonly look: () => Promise<InferenceFinding>;
}
export interface InferenceFinding {
  readonly state: 'good' | 'fair';
  readonly found: string;
  readonly mend?: string;
}

export const INFERENCE_CHECKS: readonly InferenceCheck[] = [
  {
    name: 'Models',
    look: async () => ({ state: 'good', found: 'trees, linear models and nets exactly, in our own code' }),
  },
  {
    name: 'ONNX files',
    look: withLibrary(async library => {
      return { state: 'good', found: `onnxruntime ${versionOf(loadLibrary(library))}` };
    }),
  },
  { name: 'CUDA', look: withLibrary(library => lookAt('cuda', library)) },
  { name: 'WebGPU', look: withLibrary(library => lookAt('webgpu', library)) },
];

function withLibrary(look: (library: string) => Promise<InferenceFinding>): () => Promise<InferenceFinding> {
  return async () => {
    try {
      return await look(findLibrary());
    } catch (error) {
      if (!(error instanceof ModelError && error.code === 'E1169')) throw error;
      return { state: 'fair', found: 'onnxruntime-node is not installed', mend: `where you need it, ${error.help}` };
    }
  };
}

const TRIAL_ROWS = 4096;
const TRIAL_TIMEOUT_MS = 20_000;

/** A small net: the only models of ours that devices have code for. */
async function lookAt(device: Device, library: string): Promise<InferenceFinding> {
  const layer = (inputs: number, outputs: number, activation: 'relu' | 'none') => ({
    inputs,
    outputs,
    weights: Float32Array.from({ length: inputs * outputs }, (_, k) => ((k * 37) % 17) / 17 - 0.5),
    bias: new Float32Array(outputs),
    activation,
  });
  const layers = [layer(50, 64, 'relu'), layer(64, 64, 'relu'), layer(64, 1, 'none')];
  const net = { kind: 'net', features: 50, outputs: 1, layers } as const;
  const bytes = exportOnnx(net, { features: [], outputs: ['value'], label: '' });
  const request = sessionRequest(signatureOf(bytes, 50), library, device);
  const provider = deviceProvider(device, library);
  const { outcome, reason } = await trialOf(provider, request, exactPredictor(net), TRIAL_ROWS, TRIAL_TIMEOUT_MS);
  if (outcome === 'works' || outcome === 'slower') return { state: 'good', found: `a small net ${reason}` };
  return { state: 'fair', found: reason, mend: MODEL_CODES.E1170.mend({ device, outcome, reason }) };
}
