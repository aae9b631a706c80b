/**
 * Nets in fewer bits. A compressed net is a version of its own with the full one as its parent: approximate, predicted by
 * onnxruntime, and kept only where it is as good as its parent on the validation part, never judged on the test part.
 */
import type { Artefact } from '../artefact.ts';
import { modelError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { exportOnnx, type OnnxFacts } from '../onnx/export.ts';
import { exactPredictor } from './exact.ts';
import { openOnnx } from './onnx.ts';

export interface CompressRequest {
  readonly artefact: Artefact;
  readonly facts: OnnxFacts;
  readonly precision: 'float16' | 'int8';
  /** Rows of the validation part, and the metric of a prediction on them from its margins. */
  readonly valid: Matrix;
  readonly metric: {
    readonly name: string;
    readonly better: 'higher' | 'lower';
    readonly of: (margins: Float64Array) => number;
  };
  /** How much worse the metric may become. */
  readonly bound: number;
}

export interface Compressed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The metric of the parent and of the compressed net. */
  readonly before: number;
  readonly after: number;
}

/** E1172 for what is no net, E1171 where the metric loses more than the bound. */
export async function compress({
  artefact,
  facts,
  precision,
  valid,
  metric,
  bound,
}: CompressRequest): Promise<Compressed> {
  if (artefact.kind !== 'net') throw modelError('E1172', { kind: artefact.kind === 'trees' ? 'trees' : 'one layer' });
  const bytes = exportOnnx(artefact, facts, precision);
  const before = metric.of(exactPredictor(artefact).predictNow(valid));
  const predictor = await openOnnx({ bytes, features: artefact.features, provider: 'cpu', threads: 0 });
  try {
    const after = metric.of(await predictor.predict(valid));
    const loss = metric.better === 'higher' ? before - after : after - before;
    if (!(loss <= bound)) throw modelError('E1171', { metric: metric.name, before, after, bound });
    return { bytes, before, after };
  } finally {
    await predictor.close();
  }
}
