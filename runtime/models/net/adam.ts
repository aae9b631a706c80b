/** Adam with weight decay taken off the weights themselves (Kingma & Ba 2015; Loshchilov & Hutter 2019). Biases do not decay. */
import type { Dense } from './layers.ts';

const MEAN_DECAY = 0.9;
const SQUARE_DECAY = 0.999;
const EPSILON = 1e-8;

type Gradient = { readonly weights: Float64Array; readonly bias: Float64Array };

/** Gives the function that takes one step, changing the layers in place. */
export function adam(
  layers: readonly Dense[],
  { learningRate, weightDecay }: { readonly learningRate: number; readonly weightDecay: number },
): (gradients: readonly Gradient[]) => void {
  const parts = layers.flatMap(({ weights, bias }, k) => [
    { values: weights, of: (gradients: readonly Gradient[]) => gradients[k].weights, decay: weightDecay },
    { values: bias, of: (gradients: readonly Gradient[]) => gradients[k].bias, decay: 0 },
  ]);
  const moments = parts.map(({ values }) => ({
    mean: new Float64Array(values.length),
    square: new Float64Array(values.length),
  }));
  let meanLeft = 1;
  let squareLeft = 1;
  return gradients => {
    meanLeft *= MEAN_DECAY;
    squareLeft *= SQUARE_DECAY;
    for (const [k, { values, of, decay }] of parts.entries()) {
      const { mean, square } = moments[k];
      const gradient = of(gradients);
      for (let i = 0; i < values.length; i++) {
        const slope = gradient[i];
        mean[i] = MEAN_DECAY * mean[i] + (1 - MEAN_DECAY) * slope;
        square[i] = SQUARE_DECAY * square[i] + (1 - SQUARE_DECAY) * slope * slope;
        const pull = mean[i] / (1 - meanLeft) / (Math.sqrt(square[i] / (1 - squareLeft)) + EPSILON);
        values[i] -= learningRate * (pull + decay * values[i]);
      }
    }
  };
}
