/** Artefacts predicted by our own code: the same bits on every machine, for every batch size, without any library. */
import type { Artefact, LinearArtefact, NetArtefact } from '../artefact.ts';
import { linearMargins } from '../linear/predict.ts';
import type { Matrix } from '../matrix.ts';
import { netMargins } from '../net/predict.ts';
import { type LaidTrees, laidMargins, layTrees } from '../trees/compiled.ts';
import type { Predictor } from './predictor.ts';

export type ExactPredictor = Predictor & Required<Pick<Predictor, 'predictNow'>>;

/** An artefact with the work done that takes time; plain data, which another thread may have made. */
export type Ready = { readonly kind: 'trees'; readonly laid: LaidTrees } | LinearArtefact | NetArtefact;

export function exactPredictor(artefact: Artefact): ExactPredictor {
  return readyPredictor(readyOf(artefact));
}

export function readyOf(artefact: Artefact): Ready {
  return artefact.kind === 'trees' ? { kind: 'trees', laid: layTrees(artefact) } : artefact;
}

export function readyPredictor(ready: Ready): ExactPredictor {
  const { features, outputs } = ready.kind === 'trees' ? ready.laid : ready;
  const predictNow = marginsOf(ready);
  return {
    promise: 'exact',
    name: `vela ${ready.kind}`,
    features,
    outputs,
    predict: async matrix => predictNow(matrix),
    predictNow,
    close: async () => {},
  };
}

function marginsOf(ready: Ready): (matrix: Matrix) => Float64Array {
  switch (ready.kind) {
    case 'trees':
      return laidMargins(ready.laid);
    case 'linear':
      return matrix => linearMargins(ready, matrix);
    case 'net':
      return netMargins(ready);
  }
}
