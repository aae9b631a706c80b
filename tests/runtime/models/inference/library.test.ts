/** onnxruntime-node is loaded only where a graph is to be run, and where it is missing that is said with its mend. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { INFERENCE_CHECKS } from '../../../../runtime/models/inference/doctor.ts';

const folder = mkdtempSync(join(tmpdir(), 'vela-library-'));
afterAll(() => rmSync(folder, { recursive: true }));
const room = new URL('../../../../runtime/models/', import.meta.url).href;

/** Runs a program that lives where no package is installed. */
function elsewhere(program: string): string {
  const file = join(folder, 'program.ts');
  writeFileSync(file, program);
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-warnings', file], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const NET = `{ kind: 'net', features: 1, outputs: 1, layers: [
  { inputs: 1, outputs: 1, weights: Float32Array.of(2), bias: Float32Array.of(1), activation: 'none' }] }`;

test('without the package our own models are predicted all the same, and a graph says what to install', () => {
  const said = elsewhere(`
    import { openPredictor } from '${room}inference/open.ts';
    import { exportOnnx } from '${room}onnx/export.ts';
    const artefact = ${NET};
    const options = { device: 'auto', batch: 1 };
    const own = await openPredictor({ kind: 'artefact', artefact }, options);
    const [margin] = await own.predict({ rows: 1, columns: 1, values: Float32Array.of(3) });
    const bytes = exportOnnx(artefact, { features: [], outputs: [], label: '' }, 'float16');
    const error = await openPredictor({ kind: 'onnx', bytes, features: 1 }, options).catch(e => e);
    console.log(JSON.stringify({ margin, code: error.code, environment: error.environment, help: error.help }));
  `);
  expect(JSON.parse(said)).toEqual({
    margin: 7,
    code: 'E1169',
    environment: true,
    help: expect.stringContaining('npm install onnxruntime-node'),
  });
});

test('models of our own do not load it', () => {
  const said = elsewhere(`
    import { openPredictor } from '${room}inference/open.ts';
    await openPredictor({ kind: 'artefact', artefact: ${NET} }, { device: 'auto', batch: 1 });
    console.log(process.report.getReport().sharedObjects.filter(name => name.includes('onnx')).length);
  `);
  expect(said.trim()).toBe('0');
});

test('vela doctor is told of predictors, library and devices, each with its mend', async () => {
  const findings = [];
  for (const { name, look } of INFERENCE_CHECKS) findings.push({ name, ...(await look()) });
  expect(findings.map(({ name }) => name)).toEqual(['Models', 'ONNX files', 'CUDA', 'WebGPU']);
  for (const { state, mend } of findings) expect(mend !== undefined).toBe(state === 'fair');
  expect(findings[1]).toMatchObject({ state: 'good', found: expect.stringMatching(/^onnxruntime \d/) });
});
