/**
 * The decision about a device, driven by processes that behave as drivers do: one works, one refuses, one hangs, one takes
 * its process with it, one is wrong, one is slow, one would leave nodes to the processor.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { batchClassOf, type DeviceProvider, type Verdict } from '../../../../runtime/models/inference/device.ts';
import { exactPredictor } from '../../../../runtime/models/inference/exact.ts';
import { findLibrary } from '../../../../runtime/models/inference/library.ts';
import { sessionRequest } from '../../../../runtime/models/inference/onnx.ts';
import { openPredictor, trialOf } from '../../../../runtime/models/inference/open.ts';
import type { Predictor } from '../../../../runtime/models/inference/predictor.ts';
import { keepVerdict, keptVerdict, type VerdictKey } from '../../../../runtime/models/inference/verdicts.ts';
import { exportOnnx } from '../../../../runtime/models/onnx/export.ts';
import { signatureOf } from '../../../../runtime/models/onnx/signature.ts';
import { factsOf, randomLinear, randomNet, randomTrees } from '../artefacts.ts';
import { randomMatrix } from '../rows.ts';

/** y = x₀ + x₁: what a working device has to give. */
const sum = {
  kind: 'net',
  features: 2,
  outputs: 1,
  layers: [{ inputs: 2, outputs: 1, weights: Float32Array.of(1, 1), bias: new Float32Array(1), activation: 'none' }],
} as const;
const bytes = exportOnnx(sum, factsOf(2, 1));
const request = sessionRequest(signatureOf(bytes, 2), findLibrary(), 'cuda');

/** The processor, which takes five milliseconds whatever it is asked. */
const processor: Predictor = {
  ...exactPredictor(sum),
  predict: async matrix => {
    await new Promise(resolve => setTimeout(resolve, 5));
    return exactPredictor(sum).predictNow(matrix);
  },
};

const ANSWER = (values: string, ms: number): string =>
  `process.once('message', ({ rows, width }) => {
     const sums = Float64Array.from({ length: rows.length / width }, (_, r) => ${values});
     process.send({ kind: 'ran', ms: ${ms}, values: sums, columns: 1 });
   });`;
const RIGHT = 'Math.fround(rows[2 * r] + rows[2 * r + 1])';
const THROWS = (reason: string): string =>
  `process.once('message', () => process.send({ kind: 'threw', reason: ${JSON.stringify(reason)} }));`;

const FALLBACK =
  'This session contains graph nodes that are assigned to the default CPU EP, but fallback to CPU EP has been explicitly disabled by the user.';
const CUDA_FAILURE =
  '/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:121 std::conditional_t<THRW, void, Status> onnxruntime::CudaCall(ERRTYPE) CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version\nmore';

function provider(text: string, missing?: string): DeviceProvider {
  return { device: 'cuda', missing: () => missing, driver: () => 'driver 1', script: { text } };
}

describe('a device', () => {
  const outcomes: Verdict[] = [];
  test.each([
    {
      does: 'starts and is faster',
      text: ANSWER(RIGHT, 0.25),
      outcome: 'works',
      says: /^takes 0.25 ms for 300 rows, the processor [5-9]/,
    },
    {
      does: 'throws',
      text: THROWS(CUDA_FAILURE),
      outcome: 'refuses',
      says: /^no session starts: CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version$/,
    },
    { does: 'hangs', text: `process.on('message', () => {});`, outcome: 'hangs', says: /^no answer within 1.5 s$/ },
    {
      does: 'kills its process',
      text: `process.once('message', () => process.abort());`,
      outcome: 'dies',
      says: /^a session ends its process \(SIGABRT\)$/,
    },
    {
      does: 'ends its process',
      text: 'process.exit(3);',
      outcome: 'dies',
      says: /^a session ends its process \(exit code 3\)$/,
    },
    {
      does: 'returns wrong numbers',
      text: ANSWER(`${RIGHT} + (r === 7 ? 0.01 : 0)`, 0.25),
      outcome: 'wrong',
      says: /^it gives -?\d.* where the processor gives -?\d/,
    },
    { does: 'returns no numbers', text: ANSWER('NaN', 0.25), outcome: 'wrong', says: /^it gives NaN where/ },
    {
      does: 'returns too few',
      text: `process.once('message', () => process.send({ kind: 'ran', ms: 1, values: new Float64Array(3), columns: 1 }));`,
      outcome: 'wrong',
      says: /^it gives/,
    },
    {
      does: 'is slower',
      text: ANSWER(RIGHT, 1000),
      outcome: 'slower',
      says: /^is slower: 1000 ms for 300 rows, the processor [5-9]/,
    },
    {
      does: 'would fall back by node',
      text: THROWS(FALLBACK),
      outcome: 'falls back',
      says: /^it has no code for parts of this model, which would run on the processor/,
    },
  ])('that $does: $outcome', async ({ text, outcome, says }) => {
    const timeoutMs = outcome === 'hangs' ? 1500 : 30_000;
    const verdict = await trialOf(provider(text), request, processor, 300, timeoutMs);
    expect(verdict).toMatchObject({ device: 'cuda', outcome });
    expect(verdict.reason).toMatch(says);
    outcomes.push(verdict);
  });

  test('whose library is missing is not even tried', async () => {
    const verdict = await trialOf(provider('process.exit(1)', 'no library'), request, processor, 300);
    expect(verdict).toEqual({ device: 'cuda', outcome: 'missing', reason: 'no library' });
    outcomes.push(verdict);
  });

  test('every outcome has words of its own', () => {
    expect(new Set(outcomes.map(({ outcome }) => outcome)).size).toBe(8);
    expect(new Set(outcomes.map(({ reason }) => reason.replace(/[-\d.]+/g, '#'))).size).toBe(outcomes.length);
  });
});

describe('verdicts are kept', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vela-verdicts-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const key: VerdictKey = { model: bytes, device: 'cuda', driver: 'driver 1', version: '1.30.0', batch: 'more' };
  const works: Verdict = { device: 'cuda', outcome: 'works', reason: 'takes 1 ms' };

  test('by model, driver, version and batch class', () => {
    expect(keptVerdict(folder, key)).toBeUndefined();
    expect(keepVerdict(folder, key, works)).toBeUndefined();
    expect(keptVerdict(folder, key)).toEqual(works);
    for (const other of [
      { model: bytes.slice(1) },
      { device: 'webgpu' },
      { driver: 'driver 2' },
      { version: '1.31.0' },
      { batch: '1' },
    ] as const) {
      expect(keptVerdict(folder, { ...key, ...other })).toBeUndefined();
    }
    expect([1, 2, 256, 257].map(batchClassOf)).toEqual(['1', '2-256', '2-256', 'more']);
  });

  test('only of devices that can be used: what is broken may be mended at any time', () => {
    const other: VerdictKey = { ...key, driver: 'driver 3' };
    expect(keepVerdict(folder, other, { device: 'cuda', outcome: 'dies', reason: 'it dies' })).toBeUndefined();
    expect(keptVerdict(folder, other)).toBeUndefined();
  });

  test('a damaged one is as none, and a folder that cannot be written is said', () => {
    const [file] = readdirSync(join(folder, 'devices'));
    writeFileSync(join(folder, 'devices', file), readFileSync(join(folder, 'devices', file)).subarray(0, 9));
    expect(keptVerdict(folder, key)).toBeUndefined();
    expect(keepVerdict(join(folder, 'devices', file), key, works)).toMatch(/ENOTDIR|EEXIST/);
  });
});

describe('a device by name', () => {
  const trees = randomTrees(1, { features: 3, outputs: 1, trees: 3, depth: 2 });
  const net = randomNet(2, [3, 4, 1], 'relu');

  test('is refused where there is none, with its mend, and never replaced by the processor', async () => {
    const lines: string[] = [];
    const options = { device: 'cuda', batch: 1, log: (line: string) => lines.push(line) } as const;
    for (const artefact of [trees, net]) {
      const refusal = await openPredictor({ kind: 'artefact', artefact }, options).catch(error => error);
      if (refusal.facts?.outcome !== 'missing') continue;
      expect(refusal).toMatchObject({ code: 'E1170', environment: true, facts: { device: 'cuda' } });
      expect(refusal.text).toContain('npm explore onnxruntime-node');
      expect(lines.at(-1)).toBe('cuda the CUDA library of onnxruntime-node is not installed');
    }
    expect(lines.length).toBe(2);
  });

  /** Mesa 25 or newer has a Vulkan in software for machines without a card. */
  test('webgpu: nets run on it wholly, and what it has no code for is refused', async ({ skip }) => {
    const lines: string[] = [];
    const options = { device: 'webgpu', batch: 300, log: (line: string) => lines.push(line) } as const;
    const matrix = randomMatrix(3, 300, 3);
    const opened = await openPredictor({ kind: 'artefact', artefact: net }, options).catch(error => error);
    if (opened instanceof Error) {
      expect(opened).toMatchObject({ code: 'E1170', environment: true });
      skip(`no WebGPU here: ${opened.message}`);
    }
    expect(opened).toMatchObject({ promise: 'approximate', name: expect.stringMatching(/^onnxruntime .* webgpu$/) });
    expect(lines[0]).toMatch(/^webgpu (takes|is slower: )/);
    const expected = exactPredictor(net).predictNow(matrix);
    const margins: Float64Array = await opened.predict(matrix);
    for (const [r, margin] of margins.entries()) expect(margin).toBeCloseTo(expected[r], 4);
    await opened.close();
    for (const artefact of [trees, randomLinear(4, 3, 1)]) {
      await expect(openPredictor({ kind: 'artefact', artefact }, options)).rejects.toMatchObject({
        code: 'E1170',
        facts: { outcome: 'falls back' },
      });
    }
  });
});
