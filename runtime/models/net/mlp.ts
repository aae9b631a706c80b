/**
 * A small neural net, trained by Adam on mini-batches. The order of the rows, the first weights and what dropout leaves out
 * come from the seed; arithmetic is f64 in a fixed order, and the weights are rounded to float32 once, at the end. So equal
 * requests give equal bytes on every machine.
 */
import { TRAINER_SETTINGS } from '../../../language/check/trainer-settings.ts';
import { type Chance, chance } from '../../statistics/chance.ts';
import type { Layer, NetArtefact } from '../artefact.ts';
import { modelError } from '../errors.ts';
import { completeRows, refuseObjective } from '../linear/refuse.ts';
import type { LabelledRows } from '../matrix.ts';
import { outputCount } from '../output.ts';
import type { Progress, Trained, Trainer, TrainRequest } from '../trainer.ts';
import { adam } from './adam.ts';
import { lossAndGradients, lossOn } from './gradients.ts';
import type { Dense } from './layers.ts';
import { lossOf, NET_OBJECTIVES, type NetObjective } from './loss.ts';
import { type LabelScale, pick, rowMajor, scaleOf } from './rows.ts';

export const mlp: Trainer = {
  name: 'mlp',
  version: 1,
  settings: TRAINER_SETTINGS.mlp,
  train: async request => {
    const { objective, train, valid } = request;
    refuseObjective('mlp', objective, NET_OBJECTIVES);
    const { rows, leftOut } = completeRows('mlp', train);
    const judges = valid && valid.matrix.rows > 0 ? completeRows('mlp', valid).rows : undefined;
    return { ...(await learn(request, objective, rows, judges)), leftOut };
  },
};

async function learn(
  request: TrainRequest,
  objective: NetObjective,
  train: LabelledRows,
  valid: LabelledRows | undefined,
): Promise<Trained> {
  const { seed, earlyStoppingRounds, progress, signal } = request;
  const settings = settingsOf(request);
  const scale = scaleOf(objective, train);
  const random = chance(seed);
  const loss = lossOf(objective);
  const rows = rowMajor(train, scale);
  const validRows = valid && rowMajor(valid, scale);
  const layers = firstLayers(settings, train.matrix.columns, outputCount(objective), random);
  layers[layers.length - 1].bias.set(loss.start(rows.labels, rows.weights));

  const step = adam(layers, settings);
  const order = Uint32Array.from({ length: rows.count }, (_, r) => r);
  const curve: Progress[] = [];
  let best = { epoch: 0, loss: Number.POSITIVE_INFINITY, layers: layers.map(copyOf) };
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    random.shuffle(order);
    let total = 0;
    for (let start = 0; start < order.length; start += settings.batch) {
      const batch = pick(rows, order.subarray(start, start + settings.batch));
      const { value, gradients } = lossAndGradients(layers, batch, loss, { share: settings.dropout, random });
      total += value * batch.count;
      step(gradients);
    }
    const trainLoss = total / rows.count;
    if (!Number.isFinite(trainLoss)) throw modelError('E1139', { round: epoch });
    const validLoss = validRows && lossOn(layers, validRows, loss);
    const metric = { name: loss.metric, train: trainLoss, ...(validLoss !== undefined && { valid: validLoss }) };
    curve.push({ round: epoch, rounds: settings.epochs, metric });
    progress?.(curve[curve.length - 1]);
    if (validLoss === undefined || validLoss < best.loss) {
      best = { epoch, loss: validLoss ?? trainLoss, layers: layers.map(copyOf) };
    } else if (epoch - best.epoch >= (earlyStoppingRounds ?? Number.POSITIVE_INFINITY)) break;
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  }
  return { artefact: artefactOf(best.layers, scale), rounds: best.epoch, curve };
}

// ---------------------------------------------------------------- settings and first weights

export interface NetSettings {
  readonly hidden: number;
  readonly layers: number;
  readonly activation: 'relu' | 'tanh';
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly dropout: number;
}

function settingsOf({ settings }: TrainRequest): NetSettings {
  return {
    hidden: Number(settings.hidden),
    layers: Number(settings.layers),
    activation: settings.activation === 'tanh' ? 'tanh' : 'relu',
    epochs: Number(settings.epochs),
    batch: Number(settings.batch),
    learningRate: Number(settings.learning_rate),
    weightDecay: Number(settings.weight_decay),
    dropout: Number(settings.dropout),
  };
}

/** Uniform within ±√(6 / inputs) before a relu (He et al. 2015), else within ±√(6 / (inputs + outputs)) (Glorot 2010). */
export function firstLayers(
  settings: NetSettings,
  features: number,
  outputs: number,
  random: Chance,
): readonly Dense[] {
  const sizes = [features, ...Array.from({ length: settings.layers }, () => settings.hidden), outputs];
  return sizes.slice(1).map((units, k) => {
    const inputs = sizes[k];
    const activation = k === settings.layers ? 'none' : settings.activation;
    const reach = Math.sqrt(6 / (activation === 'relu' ? inputs : inputs + units));
    const weights = Float64Array.from({ length: units * inputs }, () => (2 * random.next() - 1) * reach);
    return { inputs, outputs: units, weights, bias: new Float64Array(units), activation };
  });
}

function copyOf(layer: Dense): Dense {
  return { ...layer, weights: layer.weights.slice(), bias: layer.bias.slice() };
}

function artefactOf(layers: readonly Dense[], { mean, deviation }: LabelScale): NetArtefact {
  const last = layers.length - 1;
  const rounded = layers.map(({ weights, bias, ...shape }, k): Layer => {
    if (k < last) return { ...shape, weights: Float32Array.from(weights), bias: Float32Array.from(bias) };
    return {
      ...shape,
      weights: Float32Array.from(weights, weight => weight * deviation),
      bias: Float32Array.from(bias, value => value * deviation + mean),
    };
  });
  return { kind: 'net', features: layers[0].inputs, outputs: layers[last].outputs, layers: rounded };
}
