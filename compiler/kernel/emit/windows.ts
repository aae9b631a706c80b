/** Operators over the last n ticks, by name. */
import type { NodeId } from '../../../language/check/node.ts';
import type { StageBuilder } from '../stage-builder.ts';
import { type F64, f64 } from '../wasm/instruction.ts';
import { extremeFold, sinceExtreme } from './extremes.ts';
import { comomentFold, sumFold, trendFold, weightedFold } from './folds.ts';
import { type Frame, frameOf } from './frame.ts';
import { argument } from './pointwise.ts';
import { meanDeviation, median, percentRank, quantile } from './sorted.ts';

type WindowEmitter = (stage: StageBuilder, frame: Frame, args: readonly NodeId[]) => F64;

/** A number that depends on the length alone, computed once a run: the same operations as the reference's. */
function ofLength(stage: StageBuilder, frame: Frame, what: string, compute: (ticks: F64) => F64): F64 {
  const key = `${what} ${frame.length.key}`;
  return stage.shared(key, () => stage.constantF64(key, compute(f64.convert(frame.length.initial)))).get;
}
const ticksOf = (stage: StageBuilder, frame: Frame): F64 => ofLength(stage, frame, 'ticks', ticks => ticks);

const meanOf = (stage: StageBuilder, x: NodeId, frame: Frame): F64 =>
  f64.div(sumFold(stage, x, frame).total, ticksOf(stage, frame));

export const WINDOW_EMITTERS: ReadonlyMap<string, WindowEmitter> = new Map<string, WindowEmitter>([
  ['sum', (stage, frame, args) => sumFold(stage, argument(args, 0), frame).total],
  ['count', (stage, frame, args) => sumFold(stage, argument(args, 0), frame).total],
  ['mean', (stage, frame, args) => meanOf(stage, argument(args, 0), frame)],
  [
    'wmean',
    (stage, frame, args) => {
      const triangle = ofLength(stage, frame, 'sum of weights', n =>
        f64.div(f64.mul(n, f64.add(n, f64.const(1))), f64.const(2)),
      );
      return f64.div(weightedFold(stage, argument(args, 0), frame), triangle);
    },
  ],
  [
    'variance',
    (stage, frame, args) => {
      const x = argument(args, 0);
      const sample = argument(args, 2);
      const one = f64.convert(f64.eq(stage.initialValue(sample), f64.const(1)));
      const divisor = ofLength(stage, frame, `variance divisor by ${sample} of`, n => f64.sub(n, one));
      return f64.div(comomentFold(stage, x, x, frame), divisor);
    },
  ],
  [
    'covariance',
    (stage, frame, args) =>
      f64.div(comomentFold(stage, argument(args, 0), argument(args, 1), frame), ticksOf(stage, frame)),
  ],
  [
    'correlation',
    (stage, frame, args) => {
      const [x, y] = [argument(args, 0), argument(args, 1)];
      const deviations = f64.mul(
        f64.sqrt(comomentFold(stage, x, x, frame)),
        f64.sqrt(comomentFold(stage, y, y, frame)),
      );
      return f64.div(comomentFold(stage, x, y, frame), deviations);
    },
  ],
  [
    'slope',
    (stage, frame, args) => {
      const spread = ofLength(stage, frame, 'spread of places', n =>
        f64.div(f64.mul(n, f64.sub(f64.mul(n, n), f64.const(1))), f64.const(12)),
      );
      return f64.div(trendFold(stage, argument(args, 0), frame), spread);
    },
  ],
  ['highest', (stage, frame, args) => extremeFold(stage, 'highest', argument(args, 0), frame).total],
  ['lowest', (stage, frame, args) => extremeFold(stage, 'lowest', argument(args, 0), frame).total],
  ['since_highest', (stage, frame, args) => sinceExtreme(stage, 'highest', argument(args, 0), frame)],
  ['since_lowest', (stage, frame, args) => sinceExtreme(stage, 'lowest', argument(args, 0), frame)],
  [
    'mean_deviation',
    (stage, frame, args) => {
      const x = argument(args, 0);
      return meanDeviation(stage, x, meanOf(stage, x, frame), frame);
    },
  ],
  ['median', (stage, frame, args) => median(stage, argument(args, 0), frame)],
  ['quantile', (stage, frame, args) => quantile(stage, argument(args, 0), argument(args, 2), frame)],
  ['percent_rank', (stage, frame, args) => percentRank(stage, argument(args, 0), frame)],
]);

export function emitWindow(stage: StageBuilder, id: NodeId): void {
  const { op, args } = stage.node(id);
  const emitter = WINDOW_EMITTERS.get(op);
  if (!emitter) throw new Error(`no window is called ${op}`);
  stage.define(id, emitter(stage, frameOf(stage, id), args));
}
