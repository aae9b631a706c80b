/**
 * Classifiers made elsewhere give probabilities, where models of our own give margins. They are turned back: the log odds of
 * the one, the logarithms of the classes, from which sigmoid and softmax make the same probabilities again.
 */
import log from '@stdlib/math-base-special-ln';
import type { Objective } from '../../../language/check/model.ts';
import { modelError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { outputCount } from '../output.ts';
import type { Predictor } from './predictor.ts';

/** The predictor as the objective needs it; absent where its outputs are too many or too few. */
export function fitted(
  predictor: Predictor,
  objective: Objective,
  isOurs: boolean,
  file: string | undefined,
): Predictor | undefined {
  const needed = outputCount(objective);
  const isPair = !isOurs && needed === 1 && predictor.outputs === 2;
  if (predictor.outputs !== needed && !isPair) return undefined;
  const isProbability = !isOurs && (objective.kind === 'logistic' || objective.kind === 'softmax');
  if (!isPair && !isProbability) return predictor;
  // What is made elsewhere is asked of a session, never within the call.
  const { predictNow: _, ...asked } = predictor;
  return {
    ...asked,
    outputs: needed,
    predict: async (matrix: Matrix) => {
      const outputs = await predictor.predict(matrix);
      const own = isPair ? outputs.slice(matrix.rows) : outputs;
      return isProbability ? own.map(share => marginOf(share, needed === 1, file)) : own;
    },
  };
}

/** E1177 for what is no probability. A rounding beyond 1 is taken for 1. */
function marginOf(share: number, isOne: boolean, file: string | undefined): number {
  if (share < 0 || share > 1 + 1e-6) throw modelError('E1177', { value: share }, file === undefined ? {} : { file });
  return isOne ? log(Math.min(share, 1)) - log(Math.max(1 - share, 0)) : log(share);
}
