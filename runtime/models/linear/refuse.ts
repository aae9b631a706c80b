/** What trainers that need a number in every place take and refuse before they start. */
import type { Objective, TrainerName } from '../../../language/check/model.ts';
import { modelError } from '../errors.ts';
import type { LabelledRows } from '../matrix.ts';

export function refuseObjective<Kind extends Objective['kind']>(
  trainer: TrainerName,
  objective: Objective,
  possible: readonly Kind[],
): asserts objective is Extract<Objective, { readonly kind: Kind }> {
  const names: readonly string[] = possible;
  if (!names.includes(objective.kind)) throw modelError('E1136', { trainer, objective: objective.kind, possible });
}

/**
 * Rows in which no feature is absent, in their order, and how many were left out: sums know no absent value, so such a row
 * teaches nothing, as it is predicted nothing. E1138 where no row is left.
 */
export function completeRows(trainer: TrainerName, all: LabelledRows): { rows: LabelledRows; leftOut: number } {
  const { matrix, labels, weights } = all;
  const absent = new Uint8Array(matrix.rows);
  for (let at = 0; at < matrix.values.length; at++) if (Number.isNaN(matrix.values[at])) absent[at % matrix.rows] = 1;
  const kept = Uint32Array.from([...absent.keys()].filter(row => absent[row] === 0));
  const leftOut = matrix.rows - kept.length;
  if (leftOut === 0) return { rows: all, leftOut };
  if (kept.length === 0) throw modelError('E1138', { trainer, rows: matrix.rows });
  const values = new Float32Array(kept.length * matrix.columns);
  for (let c = 0; c < matrix.columns; c++) {
    for (let r = 0; r < kept.length; r++) values[c * kept.length + r] = matrix.values[c * matrix.rows + kept[r]];
  }
  const pick = (of: Float64Array): Float64Array => Float64Array.from(kept, row => of[row]);
  const rows = {
    matrix: { rows: kept.length, columns: matrix.columns, values },
    labels: pick(labels),
    ...(weights !== undefined && { weights: pick(weights) }),
  };
  return { rows, leftOut };
}
