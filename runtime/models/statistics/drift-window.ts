/**
 * The stream `drift(m, window)`: at each tick the largest population stability index over the columns, of the rows of the
 * last `window` ticks against the baselines of the version that is active there. It depends on those ticks and that
 * version alone, so that every mode shows the same; absent until the window is full.
 */
import type { Matrix } from '../matrix.ts';
import { type Baseline, binOf, sharesOf, stabilityIndex } from './stability.ts';

export interface DriftWindow {
  /** Takes the rows of the next tick: those of the members present, none included. */
  readonly push: (rows: Matrix) => void;
  /** NaN (absent) before `window` ticks, or where they held no row at all. One baseline a column. */
  readonly value: (baselines: readonly Baseline[]) => number;
}

interface Counted {
  readonly baselines: readonly Baseline[];
  /** Of each column, rows in each bin. */
  readonly bins: readonly Float64Array[];
}

/** `window`: in ticks, at least 1. */
export function driftWindow(window: number): DriftWindow {
  const held: Matrix[] = [];
  let oldest = 0;
  let rows = 0;
  let counted: Counted | undefined;

  const count = (matrix: Matrix, by: 1 | -1) => {
    rows += by * matrix.rows;
    if (counted !== undefined) countInto(counted, matrix, by);
  };
  return {
    push: matrix => {
      if (held.length < window) held.push(matrix);
      else {
        count(held[oldest], -1);
        held[oldest] = matrix;
        oldest = (oldest + 1) % window;
      }
      count(matrix, 1);
    },
    value: baselines => {
      if (held.length < window || rows === 0) return Number.NaN;
      if (counted?.baselines !== baselines) counted = countedAnew(baselines, held);
      return counted.bins.reduce(
        (largest, bins, column) => Math.max(largest, stabilityIndex(baselines[column].shares, sharesOf(bins))),
        0,
      );
    },
  };
}

/** A new version has other deciles: all that the window holds is binned again. */
function countedAnew(baselines: readonly Baseline[], held: readonly Matrix[]): Counted {
  const counted = { baselines, bins: baselines.map(({ cuts }) => new Float64Array(cuts.length + 2)) };
  for (const matrix of held) countInto(counted, matrix, 1);
  return counted;
}

function countInto({ baselines, bins }: Counted, { rows, values }: Matrix, by: number): void {
  baselines.forEach(({ cuts }, column) => {
    for (let row = 0; row < rows; row++) bins[column][binOf(cuts, values[column * rows + row])] += by;
  });
}
