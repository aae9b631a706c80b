/** What models said in a run, read back from its journal: the predictions of a replay that asks no model. */
import type { RunData } from '../../../compiler/kernel/run.ts';
import type { Plan } from '../../../compiler/plan.ts';
import type { BarTable } from '../../data/series.ts';
import { firstTickFrom } from '../../models/splits/calendar.ts';
import type { Grid } from '../../models/splits/fold.ts';
import type { LiveGrid } from '../grid.ts';
import type { BoundModel, Input } from '../store/rows.ts';
import { PredictionColumns } from './columns.ts';
import type { Forecaster } from './forecaster.ts';

/** `clocks`: of the run's own bars. */
export function journaledPredictions(
  plan: Plan,
  clocks: readonly BarTable[],
  inputs: Iterable<Input>,
): RunData['predictions'] {
  const said = new SaidColumns(plan, clocks);
  for (const input of inputs) said.heard(input);
  return said.columns;
}

/** Stands in for the models of a run whose journal is replayed: it hears again what they said, and asks nobody. */
export class JournaledModels implements Forecaster {
  readonly bound: readonly BoundModel[];
  readonly #said: SaidColumns;

  /** `live`: without a bar yet. */
  constructor(plan: Plan, live: LiveGrid, bound: readonly BoundModel[]) {
    this.bound = bound;
    this.#said = new SaidColumns(plan, gridsOf(live));
  }

  /** What the plan is to read them by. */
  get columns(): RunData['predictions'] {
    return this.#said.columns;
  }

  heard(input: Input): void {
    this.#said.heard(input);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  before(): Promise<readonly Input[]> {
    return Promise.resolve([]);
  }

  used(): readonly [] {
    return [];
  }

  status(): readonly [] {
    return [];
  }

  degraded(): readonly [] {
    return [];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Of a plan's predictions, those that were journaled, each at its tick. What the plan does not read is passed over. */
class SaidColumns {
  readonly #columns: PredictionColumns;
  readonly #clocks: readonly Grid[];
  readonly #clockOf: ReadonlyMap<string, number>;

  constructor(plan: Plan, clocks: readonly Grid[]) {
    this.#columns = new PredictionColumns(
      plan,
      clocks.map(({ length }) => length),
    );
    this.#clocks = clocks;
    this.#clockOf = new Map(
      plan.stages.flatMap(({ clock, inputs }) =>
        inputs.flatMap(({ from }) => (from.kind === 'prediction' ? [[from.key, clock] as const] : [])),
      ),
    );
  }

  get columns(): RunData['predictions'] {
    return this.#columns.columns;
  }

  heard(input: Input): void {
    if (input.type !== 'prediction') return;
    for (const [key, values] of Object.entries(input.values)) {
      const clock = this.#clocks[this.#clockOf.get(key) ?? -1];
      if (clock !== undefined) this.#columns.write(key, firstTickFrom(clock, input.openMs), values);
    }
  }
}

/** The clocks of a run over all ticks that it has room for. */
function gridsOf({ spec, markets: [first] }: LiveGrid): readonly Grid[] {
  if (first === undefined) throw new Error('a run has at least one instrument');
  const { clocks } = first.instrument;
  return spec.clocks.map(({ period }, clock) => {
    const { firstOrdinal = 0, length = 0 } = clocks[clock] ?? {};
    return { period, firstOrdinal, length };
  });
}
