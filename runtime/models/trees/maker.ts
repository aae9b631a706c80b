/**
 * Makes a tree of the present margins: gradients, the rows and columns it may see, the tree itself, its values in the
 * margins. Gradients are rounded to a grid on which every sum is exact, so no order of work can show.
 */
import type { Binned } from './binned.ts';
import type { Sums } from './gain.ts';
import { type Grown, growTree } from './grow.ts';
import { FILL, KIND, LEAF, LOGISTIC, NUMBERS, PAIR_BYTES } from './kernel/layout.ts';
import { f, type TargetRows, type TreeObjective } from './objective/objective.ts';
import { quantileOf } from './objective/regression.ts';
import { draws, STREAM, sampleColumns } from './random.ts';
import type { TreeSettings } from './settings.ts';

/** Rows of a task. */
const CHUNK = 16_384;

export interface MakerParts {
  readonly seed: number;
  readonly settings: TreeSettings;
  readonly objective: TreeObjective;
  readonly target: TargetRows;
  readonly binned: Binned;
}

export class TreeMaker {
  /** Of each output, for each training row. */
  readonly margins: readonly Float32Array[];
  private readonly parts: MakerParts;
  private readonly pairs: readonly Float32Array[];
  private readonly largest: { readonly gradient: number; readonly hessian: number } | undefined;

  constructor(parts: MakerParts, base: Float32Array) {
    this.parts = parts;
    const { objective, target, binned } = parts;
    const { workspace } = binned;
    const { at, paddedRows } = workspace;
    const outputs = Array.from({ length: objective.outputs }, (_, o) => o);
    this.margins = outputs.map(o => workspace.floats(at.margins + 4 * paddedRows * o, paddedRows).fill(base[o]));
    this.pairs = outputs.map(o => workspace.floats(at.gradients + PAIR_BYTES * paddedRows * o, 2 * paddedRows));
    workspace.floats(at.labels, paddedRows).set(target.labels);
    const weights = workspace.floats(at.weights, paddedRows);
    for (let row = 0; row < target.rows; row++) {
      weights[row] = f((target.weights?.[row] ?? 1) * (objective.labelWeight?.(target.labels[row]) ?? 1));
    }
    if (objective.inKernel === 'logistic') {
      const largest = weights.reduce((a, b) => Math.max(a, b), 0);
      this.largest = { gradient: largest, hessian: largest };
    }
  }

  /** Takes the gradients of all outputs at the present margins. */
  gradients(): void {
    const { objective, target, binned } = this.parts;
    if (objective.inKernel === undefined) {
      objective.gradients(target, this.margins, this.pairs);
      return;
    }
    const { workspace } = binned;
    const { at, paddedRows } = workspace;
    this.inChunks(paddedRows, (task, start, count) =>
      workspace.task(task, KIND.logistic, {
        [LOGISTIC.margins]: at.margins + 4 * start,
        [LOGISTIC.labels]: at.labels + 4 * start,
        [LOGISTIC.weights]: at.weights + 4 * start,
        [LOGISTIC.pairs]: at.gradients + PAIR_BYTES * start,
        [LOGISTIC.count]: count,
      }),
    );
  }

  /** The grid that this output's gradients are rounded to: fine enough for a float, coarse enough for exact sums. */
  private setGrid(output: number): void {
    const { workspace } = this.parts.binned;
    const { rows } = this.parts.target;
    const largest = this.largest ?? largestOf(this.pairs[output], rows);
    const numbers = workspace.doubles(NUMBERS.rounding, 2);
    numbers[0] = roundingNumber(largest.gradient, rows);
    numbers[1] = roundingNumber(largest.hessian, rows);
  }

  /** Tree `number` of the training, on the gradients that were taken; margins are as they were. */
  grow(number: number, output: number, learningRate: number): Grown {
    this.setGrid(output);
    const { binned, settings, objective } = this.parts;
    const sampled = this.sample(number);
    this.fill(output, sampled);
    const all = Array.from(binned.columns, (_, position) => position);
    const { tree, level, node } = settings.columns;
    const { seed } = this.parts;
    const treeColumns = tree < 1 ? sampleColumns(all, tree, draws(seed, STREAM.treeColumns, number)) : undefined;
    const levels = new Map<number, readonly number[]>();
    const ofLevel = (depth: number): readonly number[] => {
      const known =
        levels.get(depth) ?? sampleColumns(treeColumns ?? all, level, draws(seed, STREAM.levelColumns, number, depth));
      levels.set(depth, known);
      return known;
    };
    const grown = growTree({
      binned,
      settings,
      output,
      learningRate,
      sampled,
      sums: this.sums(sampled),
      ...(treeColumns !== undefined && { treeColumns }),
      columnsOf: (id, depth) => {
        if (level === 1 && node === 1) return undefined;
        return sampleColumns(ofLevel(depth), node, draws(seed, STREAM.nodeColumns, number, id));
      },
    });
    if (objective.leafQuantile !== undefined) this.setQuantiles(grown, objective.leafQuantile, learningRate);
    return grown;
  }

  /** Writes the rows of the next tree: the sampled ones, then the others, both in their order; gives how many are sampled. */
  private sample(number: number): number {
    const { settings, target, seed, binned } = this.parts;
    const rows = binned.workspace.words(binned.workspace.at.rows, target.rows);
    if (settings.subsample === 1) {
      for (let row = 0; row < target.rows; row++) rows[row] = row;
      return target.rows;
    }
    const draw = draws(seed, STREAM.rows, number);
    const below = settings.subsample * 2 ** 32;
    let taken = 0;
    let left = target.rows;
    for (let row = 0; row < target.rows; row++) {
      if (draw(row) < below) rows[taken++] = row;
      else rows[--left] = row;
    }
    rows.subarray(taken).reverse();
    return taken;
  }

  private fill(output: number, sampled: number): void {
    const { workspace } = this.parts.binned;
    const { at, paddedRows } = workspace;
    this.inChunks(sampled, (task, start, count) =>
      workspace.task(task, KIND.fill, {
        [FILL.rows]: at.rows + 4 * start,
        [FILL.from]: at.gradients + PAIR_BYTES * paddedRows * output,
        [FILL.to]: at.pairs + PAIR_BYTES * start,
        [FILL.count]: count,
      }),
    );
  }

  private sums(sampled: number): Sums {
    const { workspace } = this.parts.binned;
    const pairs = workspace.floats(workspace.at.pairs, 2 * sampled);
    let gradient = 0;
    let hessian = 0;
    for (let i = 0; i < pairs.length; i += 2) {
      gradient += pairs[i];
      hessian += pairs[i + 1];
    }
    return { gradient, hessian };
  }

  private setQuantiles({ tree, leaves }: Grown, share: number, learningRate: number): void {
    const { binned, target } = this.parts;
    const { workspace } = binned;
    const margins = this.margins[tree.output];
    for (const { node, learned } of leaves) {
      if (learned.count === 0) continue;
      const rows = workspace.words(workspace.at.rows + 4 * learned.start, learned.count).toSorted();
      const rest = Float32Array.from(rows, row => target.labels[row] - margins[row]);
      const { weights } = target;
      const q = quantileOf(rest, share, weights && Float32Array.from(rows, row => weights[row]));
      tree.value[node] = q * learningRate;
    }
  }

  /** Adds the tree to the margins of the training rows, which its leaves still hold. */
  move({ tree, leaves }: Grown): void {
    const { workspace } = this.parts.binned;
    const { at, paddedRows } = workspace;
    const bits = new DataView(new ArrayBuffer(4));
    const parts = leaves
      .flatMap(leaf => [leaf.learned, leaf.others].map(range => ({ leaf, range })))
      .filter(({ range }) => range.count > 0);
    this.inTasks(parts, (task, { leaf, range }) => {
      bits.setFloat32(0, tree.value[leaf.node], true);
      workspace.task(task, KIND.leaf, {
        [LEAF.rows]: at.rows + 4 * range.start,
        [LEAF.count]: range.count,
        [LEAF.margins]: at.margins + 4 * paddedRows * tree.output,
        [LEAF.value]: bits.getInt32(0, true),
      });
    });
  }

  private inChunks(rows: number, write: (task: number, start: number, count: number) => void): void {
    const starts = Array.from({ length: Math.ceil(rows / CHUNK) }, (_, i) => i * CHUNK);
    this.inTasks(starts, (task, start) => write(task, start, Math.min(CHUNK, rows - start)));
  }

  /** Runs a task for each entry, as many at a time as there is room for. */
  private inTasks<T>(entries: readonly T[], write: (task: number, entry: T) => void): void {
    const { workspace } = this.parts.binned;
    for (let from = 0; from < entries.length; from += 1024) {
      const some = entries.slice(from, from + 1024);
      for (const [task, entry] of some.entries()) write(task, entry);
      workspace.run(some.length);
    }
  }
}

function largestOf(pairs: Float32Array, rows: number): { readonly gradient: number; readonly hessian: number } {
  let gradient = 0;
  let hessian = 0;
  for (let row = 0; row < rows; row++) {
    gradient = Math.max(gradient, Math.abs(pairs[2 * row]));
    hessian = Math.max(hessian, pairs[2 * row + 1]);
  }
  return { gradient, hessian };
}

/**
 * Adding and taking away this number rounds to a multiple of the grid's step, 2⁻⁵² of its power of two. Sums of `rows` such
 * multiples, each at most `largest`, stay below 2⁵³ steps, where doubles are exact.
 */
function roundingNumber(largest: number, rows: number): number {
  if (largest === 0) return 0;
  return 1.5 * 2 ** (exponentAbove(largest) + exponentAbove(rows) + 1);
}

/** The least n with x < 2ⁿ. */
function exponentAbove(x: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  return ((bits.getUint16(0) >> 4) & 0x7ff) - 1022;
}
