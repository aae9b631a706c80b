/** What models said in a run, read back from its journal: the predictions of a replay that asks no model. */
import type { RunData } from '../../../compiler/kernel/run.ts';
import type { Plan } from '../../../compiler/plan.ts';
import type { BarTable } from '../../data/series.ts';
import { firstTickFrom } from '../../models/splits/calendar.ts';
import type { Input } from '../store/rows.ts';
import { PredictionColumns } from './columns.ts';

/** `clocks`: of the run's own bars. */
export function journaledPredictions(
  plan: Plan,
  clocks: readonly BarTable[],
  inputs: Iterable<Input>,
): RunData['predictions'] {
  const said = new PredictionColumns(
    plan,
    clocks.map(({ length }) => length),
  );
  const clockOf = new Map(
    plan.stages.flatMap(({ clock, inputs: read }) =>
      read.flatMap(({ from }) => (from.kind === 'prediction' ? [[from.key, clock] as const] : [])),
    ),
  );
  for (const input of inputs) {
    if (input.type !== 'prediction') continue;
    for (const [key, values] of Object.entries(input.values)) {
      const clock = clocks[clockOf.get(key) ?? -1];
      if (clock !== undefined) said.write(key, firstTickFrom(clock, input.openMs), values);
    }
  }
  return said.columns;
}
