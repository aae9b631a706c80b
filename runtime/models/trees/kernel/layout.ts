/**
 * What the kernels and their host agree on: the words of a task and where the shared tables stand in memory.
 *
 * Rows are kept in bins: one byte a row and column (two where a column has more than 254 ranges beside absent), eight
 * bytes of a row side by side for each group of columns, so that one load brings a row's bins of the whole group. A
 * histogram is a pair of doubles (sum of gradients, sum of hessians) for each bin, column after column.
 */

/** Kinds of tasks, word 0. */
export const KIND = { histogram: 1, partition: 2, leaf: 3, logistic: 4, fill: 5, bin: 6 } as const;

/** Words of a task, in words of four bytes; the last one is the answer. */
export const TASK_WORDS = 16;
export const TASK_BYTES: number = 4 * TASK_WORDS;

export const HISTOGRAM = {
  group: 1,
  /** Address of the group's part of the histogram that is built. */
  built: 2,
  /** Address of the group's part of the parent's histogram, which becomes the sibling's; 0: there is no sibling. */
  sibling: 3,
  rows: 4,
  pairs: 5,
  count: 6,
  /** 0: the node is not looked at for splits. */
  builtNode: 7,
  siblingNode: 8,
  builtBest: 9,
  siblingBest: 10,
} as const;

export const PARTITION = {
  /** Address of the column's bin of row 0. */
  bins: 1,
  /** A row goes right when `bin − first`, unsigned, is below `span`. */
  first: 2,
  span: 3,
  rows: 4,
  /** 0: rows without gradients. */
  pairs: 5,
  spareRows: 6,
  sparePairs: 7,
  count: 8,
  /** Answer: rows that went left. */
  left: 15,
} as const;

export const LEAF = { rows: 1, count: 2, margins: 3, value: 4 } as const;

export const LOGISTIC = { margins: 1, labels: 2, weights: 3, pairs: 4, count: 5 } as const;

export const FILL = { rows: 1, from: 2, to: 3, count: 4 } as const;

export const BIN = {
  values: 1,
  rows: 2,
  /** Address of the column's bin of row 0. */
  bins: 3,
  cuts: 4,
  /** Ranges at most, and at most beside absent values. */
  maxBins: 5,
  maxBesideAbsent: 6,
  facts: 7,
} as const;

/** A group of columns, bytes of its entry. */
export const GROUP = { bins: 0, width: 4, first: 8, bytes: 12, size: 16 } as const;

/** A node that is looked at for splits, bytes of its entry. `mask`: address of a byte a column, 0: all are allowed. */
export const NODE = { gradient: 0, hessian: 8, gain: 16, mask: 24, size: 32 } as const;

/** The best split of a node among a group's columns. `side`: where absent goes, 1 is left. */
export const BEST = { gain: 0, column: 8, bin: 12, side: 16, size: 24 } as const;

/** What binning says of a column: ranges, whether something is absent, whether the ranges fit beside it; keys of the ends. */
export const COLUMN = { bins: 0, absent: 4, wide: 8, low: 12, high: 16, size: 24 } as const;

/** Numbers that every task may read, at the start of the kernels' memory. */
export const NUMBERS = {
  lambda: 64,
  alpha: 72,
  minChildWeight: 80,
  maxDeltaStep: 88,
  /** Two doubles whose units are the grid that gradients and hessians are rounded to. */
  rounding: 96,
  /** Addresses of tables: ranges of each column, scratch of each thread and its bytes. */
  columns: 112,
  scratch: 116,
  scratchBytes: 120,
  end: 128,
} as const;

export const PAIR_BYTES = 8;
export const BIN_BYTES = 16;

/** How bins are stored. */
export interface Width {
  readonly bytes: 1 | 2;
  /** Columns of a group at most. */
  readonly columns: 8 | 4;
  /** Entries of a histogram that a column has. */
  readonly stride: 256 | 512;
}
export const NARROW: Width = { bytes: 1, columns: 8, stride: 256 };
export const WIDE: Width = { bytes: 2, columns: 4, stride: 512 };

/** The bin that stands for absent. */
export function absentBin(width: Width): number {
  return width.stride - 1;
}
