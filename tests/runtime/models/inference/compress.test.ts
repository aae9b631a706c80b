import { describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../../language/check/trainer-settings.ts';
import type { NetArtefact } from '../../../../runtime/models/artefact.ts';
import { type CompressRequest, compress } from '../../../../runtime/models/inference/compress.ts';
import { openPredictor } from '../../../../runtime/models/inference/open.ts';
import { mlp } from '../../../../runtime/models/net/mlp.ts';
import { netMargins } from '../../../../runtime/models/net/predict.ts';
import { outputsOf } from '../../../../runtime/models/output.ts';
import { factsOf, randomLinear, randomNet, randomTrees } from '../artefacts.ts';
import { cell, labelled, randomMatrix, slice } from '../rows.ts';

const features = randomMatrix(1, 1500, 20);
const truth = (r: number): number => Number(cell(features, r, 0) * cell(features, r, 1) + cell(features, r, 2) > 0);
const train = labelled(slice(features, 0, 1000), truth);
const valid = slice(features, 1000, 1500);

const logLoss = (margins: Float64Array): number =>
  outputsOf({ kind: 'logistic' }, margins, 500).reduce(
    (sum, p, r) => sum - Math.log(truth(1000 + r) === 1 ? p : 1 - p) / 500,
    0,
  );
const METRIC = { name: 'log_loss', better: 'lower', of: logLoss } as const;

async function trainedNet(): Promise<NetArtefact> {
  const settings = { ...defaultSettings('mlp'), hidden: 64, epochs: 10, learning_rate: 0.01 };
  const { artefact } = await mlp.train({ train, objective: { kind: 'logistic' }, settings, seed: 0, threads: 1 });
  if (artefact.kind !== 'net') throw new Error('no net');
  return artefact;
}
const net = await trainedNet();
const request = (more: Partial<CompressRequest>): CompressRequest => ({
  artefact: net,
  facts: factsOf(20, 1),
  precision: 'float16',
  valid,
  metric: METRIC,
  bound: 0.01,
  ...more,
});

describe('a compressed net', () => {
  test.each([
    { precision: 'float16', bytes: 0.6, within: 0.01 },
    { precision: 'int8', bytes: 0.4, within: 0.15 },
  ] as const)('$precision is smaller, as good, and its margins are near', async ({ precision, bytes, within }) => {
    const compressed = await compress(request({ precision }));
    const full = net.layers.reduce((sum, layer) => sum + 4 * (layer.weights.length + layer.bias.length), 0);
    expect(compressed.bytes.length).toBeLessThan(bytes * full + 2500);
    expect(compressed.before).toBeLessThan(0.5);
    expect(Math.abs(compressed.after - compressed.before)).toBeLessThanOrEqual(0.01);
    expect((await compress(request({ precision }))).bytes).toEqual(compressed.bytes);

    const predictor = await openPredictor(
      { kind: 'onnx', bytes: compressed.bytes, features: 20 },
      { device: 'auto', batch: 500 },
    );
    expect(predictor.promise).toBe('approximate');
    const margins = await predictor.predict(valid);
    const exact = netMargins(net)(valid);
    const size = exact.reduce((most, margin) => Math.max(most, Math.abs(margin)), 0);
    expect(margins.every((margin, r) => Math.abs(margin - exact[r]) < within * size)).toBe(true);
    expect(margins).not.toEqual(exact);
    await predictor.close();
  });

  test('that loses more than the bound is refused, whichever way is better', async () => {
    await expect(compress(request({ precision: 'int8', bound: -1 }))).rejects.toMatchObject({
      code: 'E1171',
      facts: { metric: 'log_loss', bound: -1 },
    });
    // Weights beyond the range of a half turn infinite, and the metric with them.
    const huge = { ...net, layers: net.layers.map(layer => ({ ...layer, weights: layer.weights.map(w => w * 1e6) })) };
    const worst = { name: 'sum', better: 'higher', of: (m: Float64Array) => m.reduce((a, b) => a + b, 0) } as const;
    await expect(compress(request({ artefact: huge, metric: worst }))).rejects.toMatchObject({ name: 'ModelError' });
  });

  test('is a net: trees and linear models are left as they are', async () => {
    for (const artefact of [randomTrees(1, { features: 20, outputs: 1, trees: 2, depth: 2 }), randomLinear(2, 20, 1)]) {
      await expect(compress(request({ artefact }))).rejects.toMatchObject({ code: 'E1172' });
    }
  });

  test('of several layers and classes keeps its shape', async () => {
    const artefact = randomNet(3, [20, 16, 16, 3], 'tanh');
    const metric = { name: 'count', better: 'higher', of: (margins: Float64Array) => margins.length } as const;
    for (const precision of ['float16', 'int8'] as const) {
      expect(await compress(request({ artefact, precision, metric, facts: factsOf(20, 3) }))).toMatchObject({
        after: 1500,
      });
    }
  });
});
