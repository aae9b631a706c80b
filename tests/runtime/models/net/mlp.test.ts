import { describe, expect, test } from 'vitest';
import type { Objective } from '../../../../language/check/model.ts';
import { defaultSettings } from '../../../../language/check/trainer-settings.ts';
import type { NetArtefact } from '../../../../runtime/models/artefact.ts';
import { logistic } from '../../../../runtime/models/linear/logistic.ts';
import { linearMargins } from '../../../../runtime/models/linear/predict.ts';
import type { LabelledRows } from '../../../../runtime/models/matrix.ts';
import { lossAndGradients } from '../../../../runtime/models/net/gradients.ts';
import { tanh } from '../../../../runtime/models/net/layers.ts';
import { lossOf, type NetObjective } from '../../../../runtime/models/net/loss.ts';
import { firstLayers, mlp } from '../../../../runtime/models/net/mlp.ts';
import { netMargins } from '../../../../runtime/models/net/predict.ts';
import { rowMajor } from '../../../../runtime/models/net/rows.ts';
import type { Trained } from '../../../../runtime/models/trainer.ts';
import { chance } from '../../../../runtime/statistics/chance.ts';
import { cell, labelled, matrixOf, normals, randomMatrix, randomWeights, slice } from '../rows.ts';

const BINARY: Objective = { kind: 'logistic' };

async function train(
  rows: LabelledRows,
  objective: Objective,
  settings: Record<string, number | string> = {},
  more: { valid?: LabelledRows; earlyStoppingRounds?: number; seed?: number } = {},
): Promise<Trained & { artefact: NetArtefact }> {
  const all = { ...defaultSettings('mlp'), ...settings };
  const trained = await mlp.train({ train: rows, objective, settings: all, seed: 0, threads: 1, ...more });
  const { artefact } = trained;
  if (artefact.kind !== 'net') throw new Error(`mlp gave ${artefact.kind}`);
  return { ...trained, artefact };
}

function accuracy(margins: Float64Array, { labels }: LabelledRows): number {
  return labels.reduce((right, label, r) => right + Number(margins[r] > 0 === (label === 1)), 0) / labels.length;
}

/** True where the two signs differ. */
const corners = randomMatrix(5, 800, 2);
const XOR = labelled(corners, r => Number(cell(corners, r, 0) > 0 !== cell(corners, r, 1) > 0));

/** Two arms, one turn each. */
const arm = (r: number): { angle: number; side: number } => ({ angle: 0.5 + (r >> 1) / 60, side: r % 2 });
const spiral = matrixOf(800, 2, (r, c) => {
  const { angle, side } = arm(r);
  const turned = angle + side * Math.PI;
  return Math.fround((angle / 4) * (c === 0 ? Math.cos(turned) : Math.sin(turned)));
});
const SPIRAL = labelled(spiral, r => arm(r).side);

describe('what a net learns', () => {
  test.each([
    { name: 'XOR', rows: XOR, settings: { epochs: 60, learning_rate: 0.01, batch: 64 } },
    { name: 'a spiral', rows: SPIRAL, settings: { epochs: 100, learning_rate: 0.02, batch: 64, activation: 'tanh' } },
  ])('$name, which no line separates', async ({ rows, settings }) => {
    const { artefact } = await train(rows, BINARY, settings);
    const line = await logistic.train({
      train: rows,
      objective: BINARY,
      settings: defaultSettings('logistic'),
      seed: 0,
      threads: 1,
    });
    if (line.artefact.kind !== 'linear') throw new Error('logistic gave no linear model');
    expect(accuracy(netMargins(artefact)(rows.matrix), rows)).toBeGreaterThan(0.97);
    expect(accuracy(linearMargins(line.artefact, rows.matrix), rows)).toBeLessThan(0.75);
  });

  test('numbers in their own unit, however small', async () => {
    const rows = labelled(corners, r => 1e-4 * Math.abs(cell(corners, r, 0)) + 5);
    const { artefact } = await train(rows, { kind: 'squared' }, { epochs: 60, learning_rate: 0.01 });
    const margins = netMargins(artefact)(rows.matrix);
    const worst = rows.labels.map((label, r) => Math.abs(margins[r] - label)).sort();
    expect(worst[Math.floor(0.9 * worst.length)]).toBeLessThan(1e-5);
  });

  test('a quantile: a tenth of the labels lie below', async () => {
    const draw = normals(9);
    const rows = labelled(corners, r => cell(corners, r, 0) + draw());
    const { artefact } = await train(rows, { kind: 'quantile', at: 0.1 }, { epochs: 80, learning_rate: 0.01 });
    const margins = netMargins(artefact)(rows.matrix);
    const below = rows.labels.reduce((count, label, r) => count + Number(label < margins[r]), 0) / 800;
    expect(below).toBeGreaterThan(0.07);
    expect(below).toBeLessThan(0.13);
  });

  test('classes: three thirds of a plane', async () => {
    const third = (r: number): number =>
      Math.floor(((Math.atan2(cell(corners, r, 1), cell(corners, r, 0)) / Math.PI + 1) / 2) * 2.999);
    const rows = labelled(corners, third);
    const { artefact } = await train(
      rows,
      { kind: 'softmax', classes: ['a', 'b', 'c'] },
      { epochs: 40, learning_rate: 0.01 },
    );
    const margins = netMargins(artefact)(rows.matrix);
    const right = rows.labels.filter((label, r) =>
      [0, 1, 2].every(k => margins[k * 800 + r] <= margins[label * 800 + r]),
    ).length;
    expect(right / 800).toBeGreaterThan(0.95);
  });
});

describe('gradients', () => {
  const few = randomMatrix(11, 12, 5);
  const weights = randomWeights(12, 12);
  const cases: readonly { objective: NetObjective; label: (r: number) => number }[] = [
    { objective: { kind: 'squared' }, label: r => Math.sin(r) },
    { objective: { kind: 'huber' }, label: r => 3 * Math.sin(r) },
    { objective: { kind: 'quantile', at: 0.3 }, label: r => Math.sin(r) },
    { objective: { kind: 'logistic' }, label: r => r % 2 },
    { objective: { kind: 'softmax', classes: ['a', 'b', 'c'] }, label: r => r % 3 },
  ];
  for (const activation of ['relu', 'tanh'] as const) {
    test.each(cases)(`$objective.kind through ${activation} equal differences of the loss`, ({ objective, label }) => {
      const outputs = objective.kind === 'softmax' ? 3 : 1;
      const settings = {
        hidden: 6,
        layers: 2,
        activation,
        epochs: 1,
        batch: 12,
        learningRate: 1,
        weightDecay: 0,
        dropout: 0,
      };
      const layers = firstLayers(settings, 5, outputs, chance(4));
      const rows = rowMajor(labelled(few, label, weights), { mean: 0, deviation: 1 });
      const loss = lossOf(objective);
      const { gradients } = lossAndGradients(layers, rows, loss);
      for (const [k, layer] of layers.entries()) {
        for (const part of ['weights', 'bias'] as const) {
          const values = layer[part];
          for (let i = 0; i < values.length; i++) {
            const middle = values[i];
            const at = (shift: number): number => {
              values[i] = middle + shift;
              const { value } = lossAndGradients(layers, rows, loss);
              values[i] = middle;
              return value;
            };
            expect(gradients[k][part][i]).toBeCloseTo((at(1e-6) - at(-1e-6)) / 2e-6, 6);
          }
        }
      }
    });
  }

  test('tanh is the library function to the last digits', () => {
    for (let x = -12; x <= 12; x += 0.0073) {
      expect(Math.abs(tanh(x) - Math.tanh(x))).toBeLessThanOrEqual(2e-14 * Math.abs(Math.tanh(x)));
    }
  });
});

describe('training', () => {
  test('the same request gives the same bytes, another seed others', async () => {
    const settings = { epochs: 3, dropout: 0.2 };
    const first = await train(XOR, BINARY, settings);
    expect((await train(XOR, BINARY, settings)).artefact).toEqual(first.artefact);
    expect((await train(XOR, BINARY, settings, { seed: 1 })).artefact).not.toEqual(first.artefact);
  });

  test('stops when the valid part stops to improve, and keeps the best epoch', async () => {
    const draw = normals(21);
    const features = randomMatrix(22, 120, 10);
    const rows = labelled(slice(features, 0, 60), () => Number(draw() > 0));
    const valid = labelled(slice(features, 60, 120), () => Number(draw() > 0));
    const settings = { epochs: 400, learning_rate: 0.01, batch: 16 };
    const { rounds, curve, artefact } = await train(rows, BINARY, settings, { valid, earlyStoppingRounds: 7 });
    const losses = curve.map(({ metric }) => metric?.valid ?? Number.NaN);
    expect(curve.length).toBeLessThan(400);
    expect(rounds).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect(curve.length).toBe(rounds + 7);
    expect(artefact).toEqual((await train(rows, BINARY, { ...settings, epochs: rounds })).artefact);
  });

  test('weights that decay stay smaller', async () => {
    const size = ({ artefact }: { artefact: NetArtefact }): number =>
      artefact.layers.reduce((sum, { weights }) => sum + weights.reduce((a, w) => a + w * w, 0), 0);
    const free = await train(XOR, BINARY, { epochs: 20, learning_rate: 0.01 });
    const held = await train(XOR, BINARY, { epochs: 20, learning_rate: 0.01, weight_decay: 1 });
    expect(size(held)).toBeLessThan(0.5 * size(free));
  });

  test('a row of weight 0 teaches nothing', async () => {
    const weights = Float64Array.from({ length: 800 }, (_, r) => (r < 400 ? 2 : 0));
    const lies = labelled(corners, r => (r < 400 ? XOR.labels[r] : 1 - XOR.labels[r]), weights);
    const { artefact } = await train(lies, BINARY, { epochs: 80, learning_rate: 0.01, batch: 64 });
    expect(accuracy(netMargins(artefact)(corners), XOR)).toBeGreaterThan(0.93);
  });

  test('a net that diverges, an objective it lacks and an absent feature are refused', async () => {
    const wild = labelled(
      matrixOf(64, 1, r => (r % 2 === 0 ? 3e38 : -3e38)),
      r => r % 2,
    );
    await expect(train(wild, { kind: 'squared' }, { learning_rate: 1e300 })).rejects.toMatchObject({ code: 'E1139' });
    await expect(train(XOR, { kind: 'rank' })).rejects.toMatchObject({ code: 'E1136' });
    const holed = labelled(
      matrixOf(4, 1, () => Number.NaN),
      r => r % 2,
    );
    await expect(train(holed, BINARY)).rejects.toMatchObject({ code: 'E1138' });
  });

  test('a stopped training says so', async () => {
    const stop = new AbortController();
    const settings = defaultSettings('mlp');
    const progress = (): void => stop.abort();
    const request = { train: XOR, objective: BINARY, settings, seed: 0, threads: 1, signal: stop.signal, progress };
    await expect(mlp.train(request)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

test('a batch of any size gives the same bits, and an absent feature an absent margin', async () => {
  const features = randomMatrix(31, 600, 9);
  const rows = labelled(features, r => r % 3);
  const { artefact } = await train(rows, { kind: 'softmax', classes: ['a', 'b', 'c'] }, { epochs: 2, hidden: 11 });
  const predict = netMargins(artefact);
  const whole = predict(features);
  for (const size of [1, 31, 256]) {
    for (let from = 0; from + size <= 600; from += size) {
      const part = predict(slice(features, from, from + size));
      for (let o = 0; o < 3; o++) {
        expect(part.subarray(o * size, (o + 1) * size)).toEqual(whole.subarray(o * 600 + from, o * 600 + from + size));
      }
    }
  }
  const holed = matrixOf(2, 9, (r, c) => (r === 1 && c === 3 ? Number.NaN : 1));
  expect([...predict(holed)].map(Number.isNaN)).toEqual([false, true, false, true, false, true]);
});
