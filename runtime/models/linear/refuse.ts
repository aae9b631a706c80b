/** What trainers that need a number in every place refuse before they start. */
import type { Objective, TrainerName } from '../../../language/check/model.ts';
import { modelError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';

export function refuseObjective<Kind extends Objective['kind']>(
  trainer: TrainerName,
  objective: Objective,
  possible: readonly Kind[],
): asserts objective is Extract<Objective, { readonly kind: Kind }> {
  const names: readonly string[] = possible;
  if (!names.includes(objective.kind)) throw modelError('E1136', { trainer, objective: objective.kind, possible });
}

export function refuseAbsent(trainer: TrainerName, { rows, values }: Matrix): void {
  const at = values.findIndex(Number.isNaN);
  if (at >= 0) throw modelError('E1138', { trainer, column: Math.floor(at / rows), row: at % rows });
}
