/**
 * Which device predicts. Exact predictors need none; a GPU is asked for by name, and then it is used or refused, never
 * quietly replaced. Whether it can be used is found out by trial, in a process of its own that may hang or die: does a
 * session start there, are its outputs those of the processor, is it faster for as many rows as will be asked.
 */
import type { ChildProcess } from 'node:child_process';
import type { DeviceFailure } from '../codes/inference.ts';
import type { Script } from '../scripts.ts';
import { startProcess } from '../start.ts';
import type { SessionRequest, SessionResult } from './session.ts';

export type Device = 'cuda' | 'webgpu';

// ---------------------------------------------------------------- batch classes

/** Sizes of a call that behave alike: a verdict holds for its class. */
export type BatchClass = '1' | '2-256' | 'more';

export function batchClassOf(rows: number): BatchClass {
  return rows === 1 ? '1' : rows <= 256 ? '2-256' : 'more';
}

// ---------------------------------------------------------------- trials

/** What a device is asked through: the real ones are in `devices.ts`. */
export interface DeviceProvider {
  readonly device: Device;
  /** Why it cannot even be tried; absent where its library is there. */
  readonly missing: () => string | undefined;
  /** Name and version of the driver: a verdict holds for it alone. */
  readonly driver: () => string;
  /** Started as a process; answers one `TrialRequest` with one `TrialAnswer`. */
  readonly script: Script;
}

export interface TrialRequest extends SessionRequest {
  readonly rows: Float32Array;
  readonly width: number;
}
export type TrialAnswer =
  | ({ readonly kind: 'ran'; readonly ms: number } & SessionResult)
  | { readonly kind: 'threw'; readonly reason: string };

export type TrialEnd =
  | TrialAnswer
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'hung'; readonly afterMs: number }
  | { readonly kind: 'died'; readonly how: string };

/** Never throws for what the device does. */
export async function tryDevice(provider: DeviceProvider, request: TrialRequest, timeoutMs: number): Promise<TrialEnd> {
  const reason = provider.missing();
  if (reason !== undefined) return { kind: 'missing', reason };
  const child = startProcess(provider.script);
  try {
    return await answerOf(child, request, timeoutMs);
  } finally {
    child.kill('SIGKILL');
  }
}

function answerOf(child: ChildProcess, request: TrialRequest, timeoutMs: number): Promise<TrialEnd> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve({ kind: 'hung', afterMs: timeoutMs }), timeoutMs);
    const end = (trial: TrialEnd): void => {
      clearTimeout(timer);
      resolve(trial);
    };
    child.on('message', answer => end(answer as TrialAnswer));
    child.on('error', error => end({ kind: 'died', how: error.message }));
    child.on('exit', (code, signal) => end({ kind: 'died', how: signal ?? `exit code ${code}` }));
    child.send(request, error => {
      // A process that is gone before it is asked tells so by its exit.
      if (error !== null && child.connected) end({ kind: 'died', how: error.message });
    });
  });
}

// ---------------------------------------------------------------- verdicts

export interface Verdict {
  readonly device: Device;
  /** A device that is slower than the processor still serves whoever names it. */
  readonly outcome: 'works' | 'slower' | DeviceFailure;
  /** One sentence for the log, errors and `vela doctor`. */
  readonly reason: string;
}

/** What the processor gives for the same rows. */
export interface Reference {
  /** Row by row. */
  readonly values: Float64Array;
  readonly ms: number;
}

/** Relative to the larger of 1 and the value. */
export const DEVICE_TOLERANCE = 1e-4;

export function judge(device: Device, end: TrialEnd, reference: Reference, rows: number): Verdict {
  const verdict = (outcome: Verdict['outcome'], reason: string): Verdict => ({ device, outcome, reason });
  switch (end.kind) {
    case 'missing':
      return verdict('missing', end.reason);
    case 'hung':
      return verdict('hangs', `no answer within ${end.afterMs / 1000} s`);
    case 'died':
      return verdict('dies', `a session ends its process (${end.how})`);
    case 'threw':
      return FALLBACK.test(end.reason)
        ? verdict('falls back', 'it has no code for parts of this model, which would run on the processor instead')
        : verdict('refuses', `no session starts: ${firstSentence(end.reason)}`);
    case 'ran': {
      const at = firstDifference(end.values, reference.values);
      if (at !== undefined) {
        return verdict('wrong', `it gives ${end.values[at]} where the processor gives ${reference.values[at]}`);
      }
      const times = `${milliseconds(end.ms)} for ${rows} row${rows === 1 ? '' : 's'}, the processor ${milliseconds(reference.ms)}`;
      return end.ms < reference.ms ? verdict('works', `takes ${times}`) : verdict('slower', `is slower: ${times}`);
    }
  }
}

/** What onnxruntime says under `session.disable_cpu_ep_fallback`. */
const FALLBACK = /fallback to CPU EP has been explicitly disabled/i;

function firstDifference(values: Float64Array, expected: Float64Array): number | undefined {
  if (values.length !== expected.length) return Math.min(values.length, expected.length);
  const at = values.findIndex((value, i) => {
    const distance = Math.abs(value - expected[i]);
    return !(distance <= DEVICE_TOLERANCE * Math.max(1, Math.abs(expected[i])));
  });
  return at < 0 ? undefined : at;
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toPrecision(2) : ms.toFixed(0)} ms`;
}

/** The library's messages begin with the place in its own source. */
function firstSentence(reason: string): string {
  const line = reason.trim().split('\n')[0] ?? '';
  return line.replace(/^\S*onnxruntime_src\S*\s+\S+\s+.*?(?=\b(Failed|CUDA|CUDNN|CUBLAS)\b)/, '');
}
