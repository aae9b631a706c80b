/**
 * The columns through which a plan reads predictions: as long as the run has room for ticks, absent where nothing was said,
 * and written just before the tick is run.
 */
import type { Plan } from '../../../compiler/plan.ts';

export class PredictionColumns {
  /** By key, one column a lane, on the run's own ticks: `RunData.predictions`. */
  readonly columns: ReadonlyMap<string, readonly Float64Array[]>;

  /** `lengths`: ticks of each clock. */
  constructor(plan: Plan, lengths: readonly number[]) {
    const columns = new Map<string, readonly Float64Array[]>();
    for (const { inputs, clock, axis } of plan.stages) {
      for (const { from } of inputs) {
        if (from.kind !== 'prediction') continue;
        const lanes = from.member && axis !== null ? (plan.universes[axis]?.members.length ?? 1) : 1;
        const known = columns.get(from.key);
        if (known !== undefined && known.length >= lanes) continue;
        const column = () => new Float64Array(lengths[clock] ?? 0).fill(Number.NaN);
        columns.set(from.key, Array.from({ length: lanes }, column));
      }
    }
    this.columns = columns;
  }

  /** What the plan does not read is passed over. `values`: one a lane. */
  write(key: string, at: number, values: Float64Array): void {
    this.columns.get(key)?.forEach((column, lane) => {
      if (at >= 0 && at < column.length) column[at] = values[lane] ?? Number.NaN;
    });
  }
}
