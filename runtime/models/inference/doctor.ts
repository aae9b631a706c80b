/** What this machine predicts with: the rows that `vela doctor` shows. */

import { MODEL_CODES } from '../codes.ts';
import { ModelError } from '../errors.ts';
import { exportOnnx } from '../onnx/export.ts';
import { signatureOf } from '../onnx/signature.ts';
import type { Device, Verdict } from './device.ts';
import { deviceProvider } from './devices.ts';
import { exactPredictor } from './exact.ts';
import { findLibrary, loadLibrary, versionOf } from './library.ts';
import { sessionRequest } from './onnx.ts';
import { trialOf } from './open.ts';

export interface InferenceRow {
  readonly name: string;
  readonly state: 'good' | 'fair';
  readonly found: string;
  readonly mend?: string;
}

const TRIAL_ROWS = 4096;
const TRIAL_TIMEOUT_MS = 20_000;

/** Never throws for what is missing. Trying the devices takes a few seconds. */
export async function inferenceRows(): Promise<readonly InferenceRow[]> {
  const own: InferenceRow = {
    name: 'Models',
    state: 'good',
    found: 'trees, linear models and nets: exact, in our own code',
  };
  try {
    const library = findLibrary();
    const version = versionOf(loadLibrary(library));
    const devices = [];
    for (const device of ['cuda', 'webgpu'] as const) devices.push(await deviceRow(device, library));
    return [own, { name: 'onnxruntime', state: 'good', found: `${version}: ONNX files` }, ...devices];
  } catch (error) {
    if (!(error instanceof ModelError && error.code === 'E1169')) throw error;
    return [
      own,
      { name: 'onnxruntime', state: 'fair', found: error.message, mend: `for ONNX files and GPUs ${error.help}` },
    ];
  }
}

const NAMES: Readonly<Record<Device, string>> = { cuda: 'CUDA', webgpu: 'WebGPU' };

async function deviceRow(device: Device, library: string): Promise<InferenceRow> {
  const { outcome, reason } = await smallTrial(device, library);
  const name = NAMES[device];
  if (outcome === 'works' || outcome === 'slower') return { name, state: 'good', found: `${reason} (a small net)` };
  return { name, state: 'fair', found: reason, mend: MODEL_CODES.E1170.mend({ device, outcome, reason }) };
}

function smallTrial(device: Device, library: string): Promise<Verdict> {
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
  return trialOf(deviceProvider(device, library), request, exactPredictor(net), TRIAL_ROWS, TRIAL_TIMEOUT_MS);
}
