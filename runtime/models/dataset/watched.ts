/** The watched columns of a plan over all of its data, lane by lane, each on its own clock. */
import type { PlanRun } from '../../../compiler/kernel/run.ts';

/** `values[watch][lane][tick]`; absent is NaN, a flag 0 or 1. A column that no tick changes has the same value throughout. */
export interface Watched {
  readonly values: readonly (readonly Float64Array[])[];
  readonly lanes: number;
}

/** Runs a fresh run to its end. `lengths`: ticks of each clock. */
export function watchAll(run: PlanRun, lengths: readonly number[]): Watched {
  const { plan } = run;
  const lanes = run.lanes.length;
  const values = plan.watches.map(({ clock }) =>
    Array.from({ length: lanes }, () => new Float64Array(lengths[clock] ?? 0).fill(Number.NaN)),
  );
  plan.watches.forEach(({ value }, watch) => {
    if (value.from === 'account') throw new Error(`a model reads the account through ${plan.watches[watch]?.name}`);
    if (value.from === 'fixed')
      for (const column of values[watch] ?? []) column.fill(run.fixed[value.index] ?? Number.NaN);
  });
  while (run.nextBlock()) {
    plan.watches.forEach(({ value, clock }, watch) => {
      if (value.from === 'fixed') return;
      const { start, length } = run.blocks[clock] ?? { start: 0, length: 0 };
      run.lanes.forEach(({ flags, market }, lane) => {
        const source = value.from === 'flag' ? flags[value.index] : market[value.index];
        if (source !== undefined) values[watch]?.[lane]?.set(source.subarray(0, length), start);
      });
    });
  }
  return { values, lanes };
}
