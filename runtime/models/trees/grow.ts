/**
 * Grows one tree on binned rows: level by level, or the leaf with the largest gain first. The smaller child's histogram is
 * counted from its rows, the other one is what is left of the parent's. Nodes are numbered as XGBoost numbers them.
 */
import type { Tree } from '../artefact.ts';
import type { Binned } from './binned.ts';
import { leafGain, leafWeight, type Sums } from './gain.ts';
import {
  absentBin,
  BEST,
  BIN_BYTES,
  HISTOGRAM,
  KIND,
  NODE,
  PAIR_BYTES,
  PARTITION,
  TASK_WORDS,
} from './kernel/layout.ts';
import { Queue } from './queue.ts';
import type { TreeSettings } from './settings.ts';
import type { Group, Workspace } from './workspace.ts';

/** XGBoost's kRtEps: gains up to this are none. */
const LEAST_GAIN = Math.fround(1e-6);

/** Part of a list of rows. */
export interface RowRange {
  readonly start: number;
  readonly count: number;
}

export interface Leaf {
  readonly node: number;
  /** Rows that the tree learned from, and rows that were not sampled; both in `rows` of the workspace. */
  readonly learned: RowRange;
  readonly others: RowRange;
}

export interface Grown {
  readonly tree: Tree;
  readonly leaves: readonly Leaf[];
}

export interface GrowRequest {
  readonly binned: Binned;
  readonly settings: TreeSettings;
  readonly output: number;
  readonly learningRate: number;
  /** Sampled rows come first in `rows`, their gradients stand in `pairs`. */
  readonly sampled: number;
  /** Sum of all sampled gradients. */
  readonly sums: Sums;
  /** Columns (positions among the binned ones) that a node may be split on; undefined: all that the tree may use. */
  readonly columnsOf: (node: number, depth: number) => readonly number[] | undefined;
  /** Columns that the tree may use at all; undefined: all. */
  readonly treeColumns?: readonly number[];
}

interface Node {
  readonly id: number;
  readonly depth: number;
  readonly sums: Sums;
  readonly learned: RowRange;
  readonly others: RowRange;
  /** Address; 0: must be counted anew. */
  histogram: number;
  split: Split | undefined;
}

interface Split {
  readonly gain: number;
  /** Position among the binned columns. */
  readonly column: number;
  /** Last bin on the left; −1: only absent rows go left. */
  readonly bin: number;
  readonly absentLeft: boolean;
  readonly left: Sums;
  readonly right: Sums;
}

export function growTree(request: GrowRequest): Grown {
  return new Grower(request).grow();
}

class Grower {
  private readonly request: GrowRequest;
  private readonly workspace: Workspace;
  /** Groups that hold a column the tree may use. */
  private readonly groups: readonly Group[];
  private readonly nodes: Node[] = [];
  private readonly applied = new Map<
    number,
    { readonly split: Split; readonly left: number; readonly right: number }
  >();
  private leafCount = 1;

  constructor(request: GrowRequest) {
    this.request = request;
    this.workspace = request.binned.workspace;
    const usable = request.treeColumns;
    this.groups =
      usable === undefined
        ? this.workspace.groups
        : this.workspace.groups.filter(({ first, width }) => usable.some(c => c >= first && c < first + width));
  }

  grow(): Grown {
    const { sampled, sums, settings } = this.request;
    const rows = this.workspace.shape.rows;
    const root: Node = {
      id: 0,
      depth: 0,
      sums,
      learned: { start: 0, count: sampled },
      others: { start: sampled, count: rows - sampled },
      histogram: 0,
      split: undefined,
    };
    this.nodes.push(root);
    this.lookAt([[root]]);
    if (settings.growPolicy === 'lossguide') this.growByGain(root);
    else this.growByLevel(root);
    return this.result();
  }

  private growByLevel(root: Node): void {
    let level = [root];
    while (level.length > 0) {
      const next: Node[] = [];
      for (let from = 0; from < level.length; from += this.workspace.batch) {
        const taken = level.slice(from, from + this.workspace.batch).filter(node => this.take(node));
        next.push(...this.apply(taken));
      }
      level = next;
    }
  }

  private growByGain(root: Node): void {
    const queue = new Queue<Node>((a, b) => (b.split?.gain ?? 0) - (a.split?.gain ?? 0) || a.id - b.id);
    queue.push(root);
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      if (!this.take(node)) continue;
      for (const child of this.apply([node])) queue.push(child);
    }
  }

  /** Whether the node is split: counts its new leaf. */
  private take(node: Node): boolean {
    const { split, depth } = node;
    const { maxDepth, maxLeaves, gamma } = this.request.settings;
    const valid =
      split !== undefined &&
      split.gain > LEAST_GAIN &&
      split.gain >= gamma &&
      split.left.hessian !== 0 &&
      split.right.hessian !== 0 &&
      (maxDepth === 0 || depth < maxDepth) &&
      (maxLeaves === 0 || this.leafCount < maxLeaves);
    if (valid) this.leafCount++;
    else this.release(node);
    return valid;
  }

  /** Splits the nodes; gives the children that may be split again. */
  private apply(nodes: readonly Node[]): readonly Node[] {
    if (nodes.length === 0) return [];
    const { maxDepth, maxLeaves } = this.request.settings;
    const pairs = this.divide(nodes);
    const families: (readonly [Node, Node, Node])[] = [];
    for (const [i, [left, right]] of pairs.entries()) {
      const open =
        (maxDepth === 0 || left.depth < maxDepth) &&
        (maxLeaves === 0 || this.leafCount < maxLeaves) &&
        (this.canSplit(left) || this.canSplit(right));
      if (open) families.push([left, right, nodes[i]]);
      else this.release(nodes[i]);
    }
    this.lookAt(families);
    return families
      .flatMap(family => family.slice(0, 2))
      .filter(child => {
        const isOpen = (child.split?.gain ?? 0) > LEAST_GAIN;
        if (!isOpen) this.release(child);
        return isOpen;
      });
  }

  /** Divides the rows of the nodes between their children. */
  private divide(nodes: readonly Node[]): readonly (readonly [Node, Node])[] {
    const { workspace, request } = this;
    const { at, width } = workspace;
    let tasks = 0;
    const partition = (node: Node, range: RowRange, withPairs: boolean): number => {
      const split = splitOf(node);
      const group = groupOf(workspace.groups, split.column);
      const first = split.bin + 1;
      workspace.task(tasks, KIND.partition, {
        [PARTITION.bins]: group.bins + (split.column - group.first) * width.bytes,
        [PARTITION.first]: first,
        [PARTITION.span]: (split.absentLeft ? absentBin(width) : width.stride) - first,
        [PARTITION.rows]: at.rows + 4 * range.start,
        [PARTITION.pairs]: withPairs ? at.pairs + PAIR_BYTES * range.start : 0,
        [PARTITION.spareRows]: at.spareRows + 4 * range.start,
        [PARTITION.sparePairs]: at.sparePairs + PAIR_BYTES * range.start,
        [PARTITION.count]: range.count,
      });
      return tasks++;
    };
    const made = nodes.map(node => ({
      node,
      learned: partition(node, node.learned, true),
      others: request.sampled === workspace.shape.rows ? -1 : partition(node, node.others, false),
    }));
    workspace.run(tasks);
    return made.map(({ node, learned, others }) => {
      const split = splitOf(node);
      const cut = (range: RowRange, task: number): readonly [RowRange, RowRange] => {
        const left = task < 0 ? 0 : workspace.answer(task, PARTITION.left);
        return [
          { start: range.start, count: left },
          { start: range.start + left, count: range.count - left },
        ];
      };
      const [learnedLeft, learnedRight] = cut(node.learned, learned);
      const [othersLeft, othersRight] = cut(node.others, others);
      const depth = node.depth + 1;
      const child = (sums: Sums, rows: RowRange, rest: RowRange): Node => {
        const made: Node = {
          id: this.nodes.length,
          depth,
          sums,
          learned: rows,
          others: rest,
          histogram: 0,
          split: undefined,
        };
        this.nodes.push(made);
        return made;
      };
      const left = child(split.left, learnedLeft, othersLeft);
      const right = child(split.right, learnedRight, othersRight);
      this.applied.set(node.id, { split, left: left.id, right: right.id });
      return [left, right] as const;
    });
  }

  /** Finds the best split of each node: a single one, or two children whose parent's histogram may still be there. */
  private lookAt(families: readonly (readonly [Node] | readonly [Node, Node, Node])[]): void {
    const { workspace, groups } = this;
    const { histograms } = workspace;
    const looked: Node[] = [];
    const orders: { readonly built: Node; readonly sibling?: Node }[] = [];
    for (const [first, second, parent] of families) {
      looked.push(first);
      if (second === undefined || parent === undefined) {
        first.histogram = histograms.take();
        orders.push({ built: first });
        continue;
      }
      looked.push(second);
      if (parent.histogram === 0) {
        for (const built of [first, second]) {
          built.histogram = histograms.take();
          orders.push({ built });
        }
        continue;
      }
      const [built, sibling] = first.learned.count < second.learned.count ? [first, second] : [second, first];
      built.histogram = histograms.take();
      sibling.histogram = parent.histogram;
      parent.histogram = 0;
      orders.push({ built, sibling });
    }
    const places = new Map(looked.map((node, i) => [node, i]));
    looked.forEach((node, i) => {
      if (this.canSplit(node)) this.describe(node, i);
    });
    const { at, tasks: words } = workspace;
    const orderWords = orders.map(({ built, sibling }) => {
      const place = (node: Node | undefined) => (node === undefined ? 0 : (places.get(node) ?? 0));
      const address = (node: Node | undefined) =>
        node !== undefined && this.canSplit(node) ? at.nodes + NODE.size * place(node) : 0;
      return {
        built: built.histogram,
        sibling: sibling?.histogram ?? 0,
        rows: at.rows + 4 * built.learned.start,
        pairs: at.pairs + PAIR_BYTES * built.learned.start,
        count: built.learned.count,
        builtNode: address(built),
        siblingNode: address(sibling),
        builtBest: this.bestAt(place(built), 0),
        siblingBest: this.bestAt(place(sibling), 0),
      };
    });
    let tasks = 0;
    groups.forEach((group, g) => {
      for (const order of orderWords) {
        const start = tasks++ * TASK_WORDS;
        words[start] = KIND.histogram;
        words[start + HISTOGRAM.group] = group.address;
        words[start + HISTOGRAM.built] = order.built + group.offset;
        words[start + HISTOGRAM.sibling] = order.sibling === 0 ? 0 : order.sibling + group.offset;
        words[start + HISTOGRAM.rows] = order.rows;
        words[start + HISTOGRAM.pairs] = order.pairs;
        words[start + HISTOGRAM.count] = order.count;
        words[start + HISTOGRAM.builtNode] = order.builtNode;
        words[start + HISTOGRAM.siblingNode] = order.siblingNode;
        words[start + HISTOGRAM.builtBest] = order.builtBest + BEST.size * g;
        words[start + HISTOGRAM.siblingBest] = order.siblingBest + BEST.size * g;
      }
    });
    workspace.run(tasks);
    looked.forEach((node, i) => {
      node.split = this.canSplit(node) ? this.bestSplit(node, i) : undefined;
      if (!histograms.mayKeep()) this.release(node);
    });
  }

  /** Whether there is weight enough for two children. */
  private canSplit(node: Node): boolean {
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

  private release(node: Node): void {
    if (node.histogram !== 0) this.workspace.histograms.giveBack(node.histogram);
    node.histogram = 0;
  }

  private result(): Grown {
    const { request, nodes } = this;
    const count = nodes.length;
    const tree: Tree = {
      output: request.output,
      feature: new Int32Array(count).fill(-1),
      cut: new Float32Array(count),
      left: new Int32Array(count).fill(-1),
      right: new Int32Array(count).fill(-1),
      absentLeft: new Uint8Array(count),
      value: new Float32Array(count),
      gain: new Float32Array(count),
      cover: Float32Array.from(nodes, ({ sums }) => sums.hessian),
    };
    const leaves: Leaf[] = [];
    for (const { id, sums, learned, others } of nodes) {
      const done = this.applied.get(id);
      if (done === undefined) {
        tree.value[id] = leafWeight(sums, request.settings) * request.learningRate;
        leaves.push({ node: id, learned, others });
        continue;
      }
      const { split, left, right } = done;
      const column = request.binned.columns[split.column];
      tree.feature[id] = column.column;
      tree.cut[id] = split.bin < 0 ? column.lower : column.upper[split.bin];
      tree.left[id] = left;
      tree.right[id] = right;
      tree.absentLeft[id] = split.absentLeft ? 1 : 0;
      tree.gain[id] = split.gain;
    }
    return { tree, leaves };
  }
}

function splitOf(node: Node): Split {
  if (node.split === undefined) throw new Error(`node ${node.id} has no split`);
  return node.split;
}

function groupOf(groups: readonly Group[], column: number): Group {
  const group = groups.find(({ first, width }) => column >= first && column < first + width);
  if (group === undefined) throw new Error(`column ${column} is in no group`);
  return group;
}
