/** Pipelines with a leak in them: each replaces one decision of `LearningParts`, and some test must notice. */
import { HONEST, type LearningParts } from '../../runtime/models/parts.ts';
import type { Fold } from '../../runtime/models/splits/fold.ts';

const everything = ({ train, valid, calibrate, test }: Fold): Int32Array =>
  Int32Array.from([...train, ...valid, ...calibrate, ...test]).sort();

export const LIARS = {
  'no purge before T': { lastClosedAt: cut => cut },
  'no purge before the valid part': { lastClosedBeforeValid: validFrom => validFrom - 1 },
  'steps fitted on all rows': { stepRows: everything },
  'class cuts fitted on all rows': { classRows: everything },
  'calibrated on the training part': { calibrationRows: fold => fold.train },
  'labels off by one tick': { labelRow: (tick, horizon) => tick + horizon - 1 },
  'activation one tick early': { activeFrom: (baseTick, lagTicks) => baseTick + lagTicks - 1 },
  'shuffled folds': {
    blocks: (first, last, folds) => {
      const blocks: { from: number; to: number }[][] = Array.from({ length: folds }, () => []);
      for (let tick = first; tick <= last; tick++)
        blocks[((tick * 2654435761) >>> 7) % folds]?.push({ from: tick, to: tick });
      return blocks;
    },
    around: held => ({ purged: held, embargoed: held }),
  },
  'no purge around a block': { around: held => ({ purged: held, embargoed: held }) },
  'a meta-model fed predictions in sample': {
    upstream: servedBy => servedBy.reduce((newest, version) => Math.max(newest, version), -1),
  },
  'features seeded at the start of the run': {
    origin: (firstBar, _after, _settled, runStart) => Math.max(firstBar, runStart),
  },
} as const satisfies Readonly<Record<string, Partial<LearningParts>>>;

export type LiarName = keyof typeof LIARS;

export function liar(name: LiarName): LearningParts {
  return { ...HONEST, ...LIARS[name] };
}
