/** The same numbers, whoever predicts: our own code, onnxruntime in this thread, onnxruntime in threads of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artefact } from '../../../../runtime/models/artefact.ts';
import { exactPredictor } from '../../../../runtime/models/inference/exact.ts';
import { openOnnx } from '../../../../runtime/models/inference/onnx.ts';
import { openPredictor } from '../../../../runtime/models/inference/open.ts';
import type { Predictor } from '../../../../runtime/models/inference/predictor.ts';
import type { Matrix } from '../../../../runtime/models/matrix.ts';
import { exportOnnx } from '../../../../runtime/models/onnx/export.ts';
import { chance } from '../../../../runtime/statistics/chance.ts';
import { factsOf, randomLinear, randomNet, randomTrees } from '../artefacts.ts';
import { matrixOf, normals, randomMatrix, slice } from '../rows.ts';

const BIG = 65_536;

/** A third of the values lie on cuts, a tenth is absent. */
function hardRows(seed: number, rows: number, columns: number): Matrix {
  const { next } = chance(seed);
  const draw = normals(seed + 1);
  return matrixOf(rows, columns, () => {
    const kind = next();
    return kind < 0.1 ? Number.NaN : kind < 0.45 ? Math.round(draw() * 4) / 4 : draw();
  });
}

function openGraph(artefact: Artefact, threads: number): Promise<Predictor> {
  const bytes = exportOnnx(artefact, factsOf(artefact.features, artefact.outputs));
  return openOnnx({ bytes, features: artefact.features, provider: 'cpu', threads });
}

describe.each([
  { name: 'one output', artefact: randomTrees(11, { features: 12, outputs: 1, trees: 120, depth: 6 }) },
  { name: 'three outputs', artefact: randomTrees(12, { features: 12, outputs: 3, trees: 99, depth: 5 }) },
])('trees of $name', ({ artefact }) => {
  const { outputs } = artefact;
  const matrix = hardRows(13, BIG, artefact.features);
  const exact = exactPredictor(artefact);
  let here: Predictor;
  let beside: Predictor;
  let whole: Float64Array;
  beforeAll(async () => {
    [here, beside] = await Promise.all([openGraph(artefact, 0), openGraph(artefact, 2)]);
    whole = exact.predictNow(matrix);
  });
  afterAll(async () => {
    await here.close();
    await beside.close();
  });

  test('the rows hit what they are meant to', () => {
    const cuts = new Set(artefact.trees.flatMap(tree => [...tree.cut]));
    expect(matrix.values.filter(value => cuts.has(value)).length).toBeGreaterThan(BIG);
    expect(matrix.values.filter(Number.isNaN).length).toBeGreaterThan(BIG / 2);
  });

  test('65 536 rows: equal bits from all three', async () => {
    expect(await here.predict(matrix)).toEqual(whole);
    expect(await beside.predict(matrix)).toEqual(whole);
    expect([here.promise, beside.promise, exact.promise]).toEqual(['exact', 'exact', 'exact']);
  });

  test.each([1, 31, 256])('batches of %i: the bits of the whole', async size => {
    for (let from = 0; from < 600; from += size) {
      const part = slice(matrix, from, from + size);
      const expected = new Float64Array(size * outputs);
      for (let o = 0; o < outputs; o++) expected.set(whole.subarray(o * BIG + from, o * BIG + from + size), o * size);
      for (const predictor of [exact, here, beside]) expect(await predictor.predict(part)).toEqual(expected);
    }
  });

  test('a row without any feature has no margin', async () => {
    const empty = matrixOf(2, artefact.features, r => (r === 0 ? Number.NaN : 1));
    for (const predictor of [exact, here]) {
      const margins = await predictor.predict(empty);
      for (let o = 0; o < outputs; o++) {
        expect(margins[2 * o]).toBeNaN();
        expect(margins[2 * o + 1]).not.toBeNaN();
      }
    }
  });

  test('no rows give no margins', async () => {
    const none = { rows: 0, columns: artefact.features, values: new Float32Array() };
    for (const predictor of [exact, here]) expect(await predictor.predict(none)).toEqual(new Float64Array());
  });
});

describe.each([
  { name: 'a linear model', artefact: randomLinear(21, 50, 3) },
  { name: 'a net', artefact: randomNet(22, [50, 32, 32, 1], 'relu') },
  { name: 'a net with tanh', artefact: randomNet(23, [50, 32, 3], 'tanh') },
])('$name', ({ artefact }) => {
  const matrix = randomMatrix(24, BIG, 50);

  test('onnxruntime agrees to 1e-6 of the largest margin, batch by batch; our own bits never change', async () => {
    const exact = exactPredictor(artefact);
    const graph = await openGraph(artefact, 1);
    const whole = exact.predictNow(matrix);
    const size = whole.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const close = (values: Float64Array, expected: Float64Array): void => {
      const worst = values.reduce((most, value, k) => Math.max(most, Math.abs(value - expected[k])), 0);
      expect(worst).toBeLessThan(1e-6 * size);
    };
    close(await graph.predict(matrix), whole);
    for (const rows of [1, 31, 256]) {
      const part = slice(matrix, 100, 100 + rows);
      const expected = exact.predictNow(part);
      for (let o = 0; o < artefact.outputs; o++) {
        expect(expected.subarray(o * rows, (o + 1) * rows)).toEqual(
          whole.subarray(o * BIG + 100, o * BIG + 100 + rows),
        );
      }
      close(await graph.predict(part), expected);
    }
    expect(graph.promise).toBe('approximate');
    await graph.close();
  });
});

describe('opening', () => {
  const trees = randomTrees(31, { features: 4, outputs: 1, trees: 5, depth: 3 });
  const matrix = hardRows(32, 50, 4);

  test.each(['auto', 'cpu'] as const)(
    'device %s: our own models by our own code, from numbers or from their graph',
    async device => {
      const lines: string[] = [];
      const options = { device, batch: 50, log: (line: string) => lines.push(line) };
      const bytes = exportOnnx(trees, factsOf(4, 1));
      for (const what of [
        { kind: 'artefact', artefact: trees } as const,
        { kind: 'onnx', bytes, features: 4 } as const,
      ]) {
        const predictor = await openPredictor(what, options);
        expect(predictor).toMatchObject({ promise: 'exact', name: 'vela trees', features: 4, outputs: 1 });
        expect(await predictor.predict(matrix)).toEqual(exactPredictor(trees).predictNow(matrix));
      }
      expect(lines).toEqual(Array(2).fill('predicts with vela trees, exactly'));
    },
  );

  test('calls may overlap', async () => {
    const predictor = await openGraph(trees, 2);
    const parts = Array.from({ length: 40 }, (_, k) => slice(matrix, k, k + 10));
    const answers = await Promise.all(parts.map(part => predictor.predict(part)));
    expect(answers).toEqual(parts.map(part => exactPredictor(trees).predictNow(part)));
    await predictor.close();
  });

  test('a predictor that is closed while it works answers first', async () => {
    const forest = randomTrees(33, { features: 4, outputs: 1, trees: 200, depth: 6 });
    const predictor = await openGraph(forest, 2);
    const rows = hardRows(34, 60_000, 4);
    const many = predictor.predict(rows);
    await Promise.all([predictor.close(), predictor.close()]);
    expect(await many).toEqual(exactPredictor(forest).predictNow(rows));
    await predictor.close();
    await expect(predictor.predict(rows)).rejects.toMatchObject({ code: 'E1168' });
  });
});
