/**
 * A matrix in bins. Columns that can split nothing (constant without absent values, or absent throughout) are left out;
 * the others keep their order. Eight columns at a time are copied into the shared memory, cut and binned there.
 */
import type { Matrix } from '../matrix.ts';
import { CUT_BYTES, scratchBytes } from './kernel/binning.ts';
import { absentBin, BIN, COLUMN, KIND, NARROW, WIDE, type Width } from './kernel/layout.ts';
import type { TreeSettings } from './settings.ts';
import { openWorkspace, type Shape, type Workspace } from './workspace.ts';

export interface BinnedColumn {
  /** In the matrix. */
  readonly column: number;
  readonly bins: number;
  /** Upper end of each bin: `x < upper[b]` holds of values in bins 0 … b. The last one is above all values. */
  readonly upper: Float32Array;
  /** Below all values. */
  readonly lower: number;
}

export interface Binned {
  readonly workspace: Workspace;
  readonly columns: readonly BinnedColumn[];
}

export async function binMatrix(
  matrix: Matrix,
  shape: Omit<Shape, 'rows' | 'columns'>,
  settings: TreeSettings,
): Promise<Binned | undefined> {
  const live = Array.from({ length: matrix.columns }, (_, column) => column).filter(column => canSplit(matrix, column));
  if (live.length === 0) return undefined;
  const whole = { ...shape, rows: matrix.rows, columns: live.length };
  const narrow = await binInto(matrix, live, whole, NARROW, settings);
  return narrow ?? (await binInto(matrix, live, whole, WIDE, settings));
}

function canSplit({ rows, values }: Matrix, column: number): boolean {
  const start = column * rows;
  const first = values[start];
  for (let at = start + 1; at < start + rows; at++) {
    const value = values[at];
    if (value !== first && !(Number.isNaN(value) && Number.isNaN(first))) return true;
  }
  return false;
}

/** Undefined where a column has too many values beside absent ones for this width. */
async function binInto(
  matrix: Matrix,
  live: readonly number[],
  shape: Shape,
  width: Width,
  settings: TreeSettings,
): Promise<Binned | undefined> {
  const workspace = await openWorkspace(shape, width, settings);
  const { at, groups } = workspace;
  const { rows, threads } = shape;
  const valuesAt = at.rows + threads * ((scratchBytes(rows) + 63) & ~63);
  for (const group of groups) {
    for (let i = 0; i < group.width; i++) {
      const position = group.first + i;
      const start = live[position] * rows;
      const address = valuesAt + 4 * rows * i;
      workspace.floats(address, rows).set(matrix.values.subarray(start, start + rows));
      workspace.task(i, KIND.bin, {
        [BIN.values]: address,
        [BIN.rows]: rows,
        [BIN.bins]: group.bins + i * width.bytes,
        [BIN.cuts]: at.cuts + position * CUT_BYTES,
        [BIN.maxBins]: settings.maxBin,
        [BIN.maxBesideAbsent]: Math.min(settings.maxBin, absentBin(width) - 1, 256),
        [BIN.facts]: at.facts + position * COLUMN.size,
      });
    }
    workspace.run(group.width);
  }
  const facts = workspace.words(at.facts, (live.length * COLUMN.size) / 4);
  const fact = (position: number, entry: number) => facts[(position * COLUMN.size + entry) / 4];
  if (live.some((_, position) => fact(position, COLUMN.wide) !== 0)) {
    await workspace.stop();
    return undefined;
  }
  const columns = live.map((column, position): BinnedColumn => {
    const bins = fact(position, COLUMN.bins);
    const upper = new Float32Array(bins);
    upper.set(workspace.floats(at.cuts + position * CUT_BYTES, bins - 1));
    const [low, high] = workspace.floats(at.facts + position * COLUMN.size + COLUMN.low, 2);
    upper[bins - 1] = high + (Math.abs(high) + Math.fround(1e-5));
    return { column, bins, upper, lower: Math.fround(low - Math.abs(low) - Math.fround(1e-5)) };
  });
  return { workspace, columns };
}
