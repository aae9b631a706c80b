/** The JSON document of `vela train --json`; its schema is config/training.schema.json. */
import { isoInstant } from '../json.ts';
import type { TrainOutcome } from './train.ts';

/** `reportFile`: where the report was written. */
export function trainDocument(outcome: TrainOutcome, reportFile?: string): object {
  const { strategy, file, set, models, nulls, warnings, timing } = outcome;
  const { firstMs, lastMs, periodMs } = set.quality;
  return {
    strategy,
    file,
    dataHash: set.hash,
    span: { from: isoInstant(firstMs), to: isoInstant(lastMs + periodMs) },
    models,
    ...(nulls.length > 0 && { nulls }),
    ...(reportFile !== undefined && { report: reportFile }),
    warnings,
    timing,
  };
}
