/** Artefacts predicted by our own code: the same bits on every machine, for every batch size, without any library. */
import type { Artefact, TreeArtefact } from '../artefact.ts';
import { linearMargins } from '../linear/predict.ts';
import type { Matrix } from '../matrix.ts';
import { netMargins } from '../net/predict.ts';
import type { Predictor } from './predictor.ts';
import { treeMargins } from './trees.ts';

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
      return treesWithAbsence(artefact);
    case 'linear':
      return matrix => linearMargins(artefact, matrix);
    case 'net':
      return netMargins(artefact);
  }
}

/** Trees have an answer to any row; to one without any feature it would mean nothing. */
function treesWithAbsence(artefact: TreeArtefact): (matrix: Matrix) => Float64Array {
  const { features, outputs } = artefact;
  const predict = treeMargins(artefact);
  return matrix => {
    const margins = predict(matrix);
    const { rows, values } = matrix;
    for (let r = 0; r < rows; r++) {
      let c = 0;
      while (c < features && Number.isNaN(values[c * rows + r])) c++;
      if (c === features) for (let o = 0; o < outputs; o++) margins[o * rows + r] = Number.NaN;
    }
    return margins;
  };
}
