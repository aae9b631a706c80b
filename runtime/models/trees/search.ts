/**
 * Looks for the best splits of nodes: orders histograms and scans from the kernels, column group by column group, and picks
 * the best offer of each node. Of two children only the smaller one is counted.
 */
import type { Binned } from './binned.ts';
import { leafGain, type Sums } from './gain.ts';
import { BEST, BIN_BYTES, HISTOGRAM, KIND, NODE, PAIR_BYTES, TASK_WORDS } from './kernel/layout.ts';
import type { TreeSettings } from './settings.ts';
import type { Group, Workspace } from './workspace.ts';

/** Part of a list of rows. */
export interface RowRange {
  readonly start: number;
  readonly count: number;
}

/** A node of the tree that is being grown. */
export interface Node {
  readonly id: number;
  readonly depth: number;
  readonly sums: Sums;
  readonly learned: RowRange;
  readonly others: RowRange;
  /** Address; 0: must be counted anew. */
  histogram: number;
  split: Split | undefined;
}

export interface Split {
  readonly gain: number;
  /** Position among the binned columns. */
  readonly column: number;
  /** Last bin on the left; −1: only absent rows go left. */
  readonly bin: number;
  readonly absentLeft: boolean;
  readonly left: Sums;
  readonly right: Sums;
}

/** A node alone, or two children and their parent. */
export type Family = readonly [Node] | readonly [Node, Node, Node];

/** A node whose rows are counted, and the sibling that gets the rest. */
interface Order {
  readonly built: Node;
  readonly sibling?: Node;
}

export interface SearchRequest {
  readonly binned: Binned;
  readonly settings: TreeSettings;
  /** Columns (positions among the binned ones) that a node may be split on; undefined: all that the tree may use. */
  readonly columnsOf: (node: number, depth: number) => readonly number[] | undefined;
  /** Columns that the tree may use at all; undefined: all. */
  readonly treeColumns?: readonly number[];
}

export class SplitSearch {
  private readonly request: SearchRequest;
  private readonly workspace: Workspace;
  /** Groups that hold a column the tree may use. */
  private readonly groups: readonly Group[];

  constructor(request: SearchRequest) {
    this.request = request;
    this.workspace = request.binned.workspace;
    const usable = request.treeColumns;
    this.groups =
      usable === undefined
        ? this.workspace.groups
        : this.workspace.groups.filter(({ first, width }) => usable.some(c => c >= first && c < first + width));
  }

  /** Finds the best split of each node. */
  lookAt(families: readonly Family[]): void {
    const { workspace } = this;
    const orders = families.flatMap(family => this.ordersOf(family));
    const looked = orders.flatMap(({ built, sibling }) => (sibling === undefined ? [built] : [built, sibling]));
    looked.forEach((node, place) => {
      if (this.canSplit(node)) this.describe(node, place);
    });
    const tasks = this.writeTasks(orders);
    workspace.run(tasks);
    looked.forEach((node, i) => {
      node.split = this.canSplit(node) ? this.bestSplit(node, i) : undefined;
      if (!workspace.histograms.mayKeep()) this.release(node);
    });
  }

  /** Gives the nodes of a family their histograms; the bigger child gets the parent's, if that is still there. */
  private ordersOf([first, second, parent]: Family): readonly Order[] {
    const { histograms } = this.workspace;
    const alone = (built: Node): Order => {
      built.histogram = histograms.take();
      return { built };
    };
    if (second === undefined || parent === undefined) return [alone(first)];
    if (parent.histogram === 0) return [alone(first), alone(second)];
    const [built, sibling] = first.learned.count < second.learned.count ? [first, second] : [second, first];
    sibling.histogram = parent.histogram;
    parent.histogram = 0;
    return [{ ...alone(built), sibling }];
  }

  /** A task for each order and group; nodes have their places in the order of the orders. */
  private writeTasks(orders: readonly Order[]): number {
    const { at, tasks: words } = this.workspace;
    let tasks = 0;
    this.groups.forEach((group, g) => {
      let place = 0;
      for (const { built, sibling } of orders) {
        const start = tasks++ * TASK_WORDS;
        words[start] = KIND.histogram;
        words[start + HISTOGRAM.group] = group.address;
        words[start + HISTOGRAM.built] = built.histogram + group.offset;
        words[start + HISTOGRAM.rows] = at.rows + 4 * built.learned.start;
        words[start + HISTOGRAM.pairs] = at.pairs + PAIR_BYTES * built.learned.start;
        words[start + HISTOGRAM.count] = built.learned.count;
        words[start + HISTOGRAM.builtNode] = this.canSplit(built) ? at.nodes + NODE.size * place : 0;
        words[start + HISTOGRAM.builtBest] = this.bestAt(place++, g);
        words[start + HISTOGRAM.sibling] = 0;
        if (sibling === undefined) continue;
        words[start + HISTOGRAM.sibling] = sibling.histogram + group.offset;
        words[start + HISTOGRAM.siblingNode] = this.canSplit(sibling) ? at.nodes + NODE.size * place : 0;
        words[start + HISTOGRAM.siblingBest] = this.bestAt(place++, g);
      }
    });
    return tasks;
  }

  /** Whether there is weight enough for two children. */
  canSplit(node: Node): boolean {
    return node.sums.hessian >= 2 * this.request.settings.minChildWeight;
  }

  /** Writes what the kernels need to know of a node. */
  private describe(node: Node, place: number): void {
    const { workspace, request } = this;
    const columns = request.binned.columns.length;
    const address = workspace.at.nodes + NODE.size * place;
    const numbers = workspace.doubles(address, NODE.size / 8);
    numbers[NODE.gradient / 8] = node.sums.gradient;
    numbers[NODE.hessian / 8] = node.sums.hessian;
    numbers[NODE.gain / 8] = leafGain(node.sums, request.settings);
    const allowed = request.columnsOf(node.id, node.depth) ?? request.treeColumns;
    const mask = allowed === undefined ? 0 : workspace.at.masks + columns * place;
    workspace.words(address, NODE.size / 4)[NODE.mask / 4] = mask;
    if (allowed === undefined) return;
    const bytes = workspace.bytes(mask, columns);
    bytes.fill(0);
    for (const column of allowed) bytes[column] = 1;
  }

  private bestAt(place: number, group: number): number {
    return this.workspace.at.best + BEST.size * (place * this.groups.length + group);
  }

  private bestSplit(node: Node, place: number): Split | undefined {
    const { workspace, groups } = this;
    const numbers = workspace.doubles(this.bestAt(place, 0), (groups.length * BEST.size) / 8);
    const words = workspace.words(this.bestAt(place, 0), (groups.length * BEST.size) / 4);
    let gain = 0;
    let found = -1;
    for (let g = 0; g < groups.length; g++) {
      const offered = numbers[(g * BEST.size + BEST.gain) / 8];
      if (offered > gain) {
        gain = offered;
        found = g;
      }
    }
    if (found < 0) return undefined;
    const word = (entry: number) => words[(found * BEST.size + entry) / 4];
    const [column, bin, absentLeft] = [word(BEST.column), word(BEST.bin), word(BEST.side) === 1];
    const counted = this.sumOfBins(node, column, absentLeft ? bin + 1 : 0, absentLeft ? this.binsOf(column) : bin + 1);
    const rest = {
      gradient: node.sums.gradient - counted.gradient,
      hessian: node.sums.hessian - counted.hessian,
    };
    const [left, right] = absentLeft ? [rest, counted] : [counted, rest];
    return { gain, column, bin, absentLeft, left, right };
  }

  private binsOf(column: number): number {
    return this.request.binned.columns[column].bins;
  }

  private sumOfBins(node: Node, column: number, from: number, to: number): Sums {
    const { workspace } = this;
    const start = node.histogram + (column * workspace.width.stride + from) * BIN_BYTES;
    const entries = workspace.doubles(start, 2 * (to - from));
    let gradient = 0;
    let hessian = 0;
    for (let i = 0; i < entries.length; i += 2) {
      gradient += entries[i];
      hessian += entries[i + 1];
    }
    return { gradient, hessian };
  }

  /** The node's histogram is not needed any more. */
  release(node: Node): void {
    if (node.histogram !== 0) this.workspace.histograms.giveBack(node.histogram);
    node.histogram = 0;
  }
}
