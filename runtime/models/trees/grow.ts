/**
 * Grows one tree on binned rows: level by level, or the leaf with the largest gain first. Nodes are numbered as
 * XGBoost numbers them.
 */
import type { Tree } from '../artefact.ts';
import { leafWeight, type Sums } from './gain.ts';
import { absentBin, KIND, PAIR_BYTES, PARTITION } from './kernel/layout.ts';
import { Queue } from './queue.ts';
import { type Node, type RowRange, type SearchRequest, type Split, SplitSearch } from './search.ts';
import type { Group, Workspace } from './workspace.ts';

/** XGBoost's kRtEps: gains up to this are none. */
const LEAST_GAIN = Math.fround(1e-6);

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

export interface GrowRequest extends SearchRequest {
  readonly output: number;
  readonly learningRate: number;
  /** Sampled rows come first in `rows`, their gradients stand in `pairs`. */
  readonly sampled: number;
  /** Sum of all sampled gradients. */
  readonly sums: Sums;
}

export function growTree(request: GrowRequest): Grown {
  return new Grower(request).grow();
}

class Grower {
  private readonly request: GrowRequest;
  private readonly workspace: Workspace;
  private readonly search: SplitSearch;
  private readonly nodes: Node[] = [];
  private readonly applied = new Map<
    number,
    { readonly split: Split; readonly left: number; readonly right: number }
  >();
  private leafCount = 1;

  constructor(request: GrowRequest) {
    this.request = request;
    this.workspace = request.binned.workspace;
    this.search = new SplitSearch(request);
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
    this.search.lookAt([[root]]);
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
    else this.search.release(node);
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
        (this.search.canSplit(left) || this.search.canSplit(right));
      if (open) families.push([left, right, nodes[i]]);
      else this.search.release(nodes[i]);
    }
    this.search.lookAt(families);
    return families
      .flatMap(family => family.slice(0, 2))
      .filter(child => {
        const isOpen = (child.split?.gain ?? 0) > LEAST_GAIN;
        if (!isOpen) this.search.release(child);
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
