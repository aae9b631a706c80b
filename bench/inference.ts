/**
 * Predictions: one row, as a live run asks for, and 65 536, as a backtest does, of 200 trees of depth 6 on 50 features; our
 * own code and onnxruntime in one thread each.
 */
import type { TreeArtefact } from '../runtime/models/artefact.ts';
import { exactPredictor } from '../runtime/models/inference/exact.ts';
import { openOnnx } from '../runtime/models/inference/onnx.ts';
import type { Predictor } from '../runtime/models/inference/predictor.ts';
import type { Matrix } from '../runtime/models/matrix.ts';
import { exportOnnx } from '../runtime/models/onnx/export.ts';
import { chance } from '../runtime/statistics/chance.ts';
import { type Benchmark, interleaved, type Measure, median } from './measure.ts';

const FEATURES = 50;
const TREES = 200;
const DEPTH = 6;
const ROWS = 65_536;
const REPEATS = 7;
const SINGLE_ROWS = 5_000;

export const inference: Benchmark = {
  name: 'inference',
  about: 'predictions of 200 trees of depth 6: one row, and 65 536 rows',
  run: async () => {
    const artefact = fullTrees();
    const facts = { features: [], outputs: ['value'], label: 'value' };
    const graph = { bytes: exportOnnx(artefact, facts), features: FEATURES, provider: 'cpu' } as const;
    const [own, here, beside] = [
      exactPredictor(artefact),
      await openOnnx({ ...graph, threads: 0 }),
      await openOnnx({ ...graph, threads: 1 }),
    ];
    const measures = [await oneRow(own, here, beside), await manyRows(own, here)];
    await Promise.all([here.close(), beside.close()]);
    return measures;
  },
};

async function oneRow(own: ReturnType<typeof exactPredictor>, here: Predictor, beside: Predictor): Promise<Measure> {
  const rows = Array.from({ length: 64 }, (_, k) => matrixOf(1, k));
  const ours = await medianMicroseconds(k => own.predictNow(rows[k % 64]));
  const theirs = await medianMicroseconds(k => here.predict(rows[k % 64]));
  const hop = await medianMicroseconds(k => beside.predict(rows[k % 64]));
  return {
    name: 'one row',
    ours,
    other: 50,
    unit: 'µs',
    against: 'the bound of',
    atMost: 1,
    notes: [`onnxruntime in this thread ${theirs.toFixed(1)} µs, in a thread of its own ${hop.toFixed(1)} µs`],
  };
}

async function manyRows(own: ReturnType<typeof exactPredictor>, here: Predictor): Promise<Measure> {
  const matrix = matrixOf(ROWS, 0);
  const [ours, theirs] = await interleaved(REPEATS, [() => own.predictNow(matrix), () => here.predict(matrix)]);
  const rate = (ms: number): number => ROWS / ms;
  return {
    name: '65 536 rows',
    ours: rate(ours),
    other: 150,
    unit: 'thousand rows/s',
    against: 'the bound of',
    atLeast: 1,
    notes: [`onnxruntime, one thread ${rate(theirs).toFixed(0)} thousand rows/s`],
  };
}

async function medianMicroseconds(predict: (call: number) => unknown): Promise<number> {
  for (let k = 0; k < 500; k++) await predict(k);
  const times: number[] = [];
  for (let k = 0; k < SINGLE_ROWS; k++) {
    const start = performance.now();
    await predict(k);
    times.push(1000 * (performance.now() - start));
  }
  return median(times);
}

function matrixOf(rows: number, seed: number): Matrix {
  const { next } = chance(seed);
  return { rows, columns: FEATURES, values: Float32Array.from({ length: rows * FEATURES }, () => 4 * next() - 2) };
}

/** Full trees: as deep as they can be everywhere, each inner node on a feature of chance. */
function fullTrees(): TreeArtefact {
  const { next } = chance(7);
  const inner = 2 ** DEPTH - 1;
  const nodes = 2 * inner + 1;
  const ofInner = (value: (node: number) => number, leaf: number): number[] =>
    Array.from({ length: nodes }, (_, node) => (node < inner ? value(node) : leaf));
  const trees = Array.from({ length: TREES }, () => ({
    output: 0,
    feature: Int32Array.from(ofInner(() => Math.floor(next() * FEATURES), -1)),
    cut: Float32Array.from(ofInner(() => 3 * next() - 1.5, 0)),
    left: Int32Array.from(ofInner(node => 2 * node + 1, -1)),
    right: Int32Array.from(ofInner(node => 2 * node + 2, -1)),
    absentLeft: Uint8Array.from(ofInner(() => Math.round(next()), 0)),
    value: Float32Array.from({ length: nodes }, (_, node) => (node < inner ? 0 : next() - 0.5)),
    gain: new Float32Array(nodes),
    cover: new Float32Array(nodes),
  }));
  return { kind: 'trees', features: FEATURES, outputs: 1, base: Float32Array.of(0), trees };
}
