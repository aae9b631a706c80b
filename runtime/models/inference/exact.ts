/** Artefacts predicted by our own code: the same bits on every machine, for every batch size, without any library. */
import type { Artefact } from '../artefact.ts';
import { linearMargins } from '../linear/predict.ts';
import type { Matrix } from '../matrix.ts';
import { netMargins } from '../net/predict.ts';
import { compileTrees } from '../trees/compiled.ts';
import type { Predictor } from './predictor.ts';

export type ExactPredictor = Predictor & Required<Pick<Predictor, 'predictNow'>>;

export function exactPredictor(artefact: Artefact): ExactPredictor {
  const { features, outputs, kind } = artefact;
  const predictNow = marginsOf(artefact);
  return {
    promise: 'exact',
    name: `vela ${kind}`,
    features,
    outputs,
    predict: async matrix => predictNow(matrix),
    predictNow,
    close: async () => {},
  };
}

function marginsOf(artefact: Artefact): (matrix: Matrix) => Float64Array {
  switch (artefact.kind) {
    case 'trees':
      return compileTrees(artefact);
    case 'linear':
      return matrix => linearMargins(artefact, matrix);
    case 'net':
      return netMargins(artefact);
  }
}
