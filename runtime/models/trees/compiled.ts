/**
 * Trees flattened for speed, the same bits as walking them. Nodes are sixteen bytes, siblings side by side; a leaf leads to
 * itself, so that every row takes the same number of steps and nothing is guessed. Rows are taken in blocks, row by
 * row in memory, and four of them go down a tree together.
 */
import { block, branch, type Code, i32, type Local, loop, when } from '../../../compiler/kernel/wasm/instruction.ts';
import { ModuleBuilder } from '../../../compiler/kernel/wasm/module.ts';
import { f32 } from '../../../compiler/kernel/wasm/vector.ts';
import type { Tree, TreeArtefact } from '../artefact.ts';
import type { Matrix } from '../matrix.ts';
import { advance, Kernel, k, repeatWhile } from './kernel/emit.ts';

/** Bytes of a node: the byte of its feature in a row, its cut, its left child, whether absent goes right. */
const NODE = { feature: 0, cut: 4, left: 8, absentRight: 12, size: 16 } as const;
const TOGETHER = 4;
const BLOCK_ROWS = 256;
const PAGE = 65_536;
/** Node 0 begins here; values begin at `first / 4` beyond the nodes. */
const FIRST = 64;

type Descend = (root: number, depth: number, rows: number, end: number, sums: number) => void;

/** Trees as they lie in memory. Plain data, and the memory is shared: another thread may have laid them. */
export interface LaidTrees {
  readonly features: number;
  readonly outputs: number;
  readonly base: Float32Array;
  readonly memory: WebAssembly.Memory;
  /** Addresses: of the values beyond their nodes, of the rows that are asked about, of their sums, and the end. */
  readonly valuesAt: number;
  readonly rowsAt: number;
  readonly sumsAt: number;
  readonly end: number;
  readonly trees: readonly { readonly root: number; readonly depth: number; readonly output: number }[];
}

/** A function from rows to margins, output by output; NaN where every feature is absent. Calls do not overlap. */
export function compileTrees(artefact: TreeArtefact): (matrix: Matrix) => Float64Array {
  return laidMargins(layTrees(artefact));
}

export function layTrees({ features, outputs, base, trees }: TreeArtefact): LaidTrees {
  const nodes = trees.reduce((sum, tree) => sum + tree.feature.length, 0);
  const nodesEnd = FIRST + nodes * NODE.size;
  const valuesAt = nodesEnd;
  const rowBytes = 4 * Math.max(1, features);
  const rowsAt = (valuesAt + nodesEnd / 4 + 63) & ~63;
  const sumsAt = rowsAt + BLOCK_ROWS * rowBytes;
  const end = sumsAt + 4 * BLOCK_ROWS * outputs;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / PAGE), maximum: PAGE, shared: true });
  const words = new Int32Array(memory.buffer);
  const floats = new Float32Array(memory.buffer);
  let at = FIRST;
  const roots = trees.map(tree => {
    const root = at;
    const depth = layTree(tree, root, { words, floats, valuesAt });
    at += tree.feature.length * NODE.size;
    return { root, depth, output: tree.output };
  });
  return { features, outputs, base, memory, valuesAt, rowsAt, sumsAt, end, trees: roots };
}

/** As `compileTrees`; of the same trees one at a time, for rows and sums lie in their memory. */
export function laidMargins(laid: LaidTrees): (matrix: Matrix) => Float64Array {
  const { features, outputs, base, memory, valuesAt, rowsAt, sumsAt, end, trees } = laid;
  const rowBytes = 4 * Math.max(1, features);
  const floats = new Float32Array(memory.buffer);
  const descend = descender(memory, valuesAt, rowBytes);
  const rowsIn = floats.subarray(rowsAt / 4, sumsAt / 4);
  const sums = floats.subarray(sumsAt / 4, end / 4);
  const width = rowBytes / 4;

  return ({ rows, values }) => {
    const margins = new Float64Array(outputs * rows);
    for (let start = 0; start < rows; start += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - start);
      const absent = copyRows({ rows, values, features, start, count, width, into: rowsIn });
      const padded = (count + TOGETHER - 1) & -TOGETHER;
      sums.fill(0);
      for (const { root, depth, output } of trees) {
        descend(root, depth, rowsAt, rowsAt + padded * rowBytes, sumsAt + 4 * BLOCK_ROWS * output);
      }
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < count; i++) {
          const margin = absent[i] === features ? Number.NaN : Math.fround(sums[o * BLOCK_ROWS + i] + base[o]);
          margins[o * rows + start + i] = margin;
        }
      }
    }
    return margins;
  };
}

interface RowCopy {
  readonly rows: number;
  readonly values: Float32Array;
  readonly features: number;
  readonly start: number;
  readonly count: number;
  readonly width: number;
  readonly into: Float32Array;
}

/** Columns to rows; gives how many features are absent in each. */
function copyRows({ rows, values, features, start, count, width, into }: RowCopy): Int32Array {
  const absent = new Int32Array(count);
  for (let column = 0; column < features; column++) {
    const from = column * rows + start;
    for (let i = 0; i < count; i++) {
      const value = values[from + i];
      into[i * width + column] = value;
      // Without a branch: NaN is the only value that differs from itself.
      absent[i] += Number(Number.isNaN(value));
    }
  }
  return absent;
}

interface Laid {
  readonly words: Int32Array;
  readonly floats: Float32Array;
  readonly valuesAt: number;
}

/** Writes a tree from `root` on, children after their parent and side by side; gives its depth. */
function layTree(tree: Tree, root: number, { words, floats, valuesAt }: Laid): number {
  let next = root + NODE.size;
  let level = [{ node: 0, address: root }];
  for (let depth = 0; ; depth++) {
    const below: typeof level = [];
    for (const { node, address } of level) {
      const word = address / 4;
      const isLeaf = tree.feature[node] < 0;
      words[word + NODE.feature / 4] = isLeaf ? 0 : 4 * tree.feature[node];
      floats[word + NODE.cut / 4] = isLeaf ? Number.POSITIVE_INFINITY : tree.cut[node];
      words[word + NODE.left / 4] = isLeaf ? address : next;
      words[word + NODE.absentRight / 4] = isLeaf || tree.absentLeft[node] === 1 ? 0 : 1;
      floats[(valuesAt + address / 4) / 4] = tree.value[node];
      if (isLeaf) continue;
      below.push({ node: tree.left[node], address: next }, { node: tree.right[node], address: next + NODE.size });
      next += 2 * NODE.size;
    }
    if (below.length === 0) return depth;
    level = below;
  }
}

/** Takes the rows [rows, end) down a tree and adds their leaves to the sums. */
function descender(memory: WebAssembly.Memory, valuesAt: number, rowBytes: number): Descend {
  const kernel = new Kernel(['root', 'depth', 'rows', 'end', 'sums']);
  const [rows, sums] = [kernel.in('rows'), kernel.in('sums')];
  const left = kernel.local('i32');
  const nodes = Array.from({ length: TOGETHER }, () => kernel.local('i32'));
  const x = kernel.local('f32');
  const step = (node: Local<'i32'>, lane: number): Code[] => {
    const right = i32.or(
      f32.ge(x.get, f32.load(node.get, NODE.cut)),
      i32.and(f32.ne(x.get, x.get), i32.load(node.get, NODE.absentRight)),
    );
    return [
      x.set(f32.load(i32.add(rows.get, i32.load(node.get, NODE.feature)), lane * rowBytes)),
      node.set(i32.add(i32.load(node.get, NODE.left), i32.shl(right, k(4)))),
    ];
  };
  const add = (node: Local<'i32'>, lane: number): Code => {
    const value = f32.load(i32.shrUnsigned(node.get, k(2)), valuesAt);
    return f32.store(sums.get, f32.add(f32.load(sums.get, 4 * lane), value), 4 * lane);
  };
  const again = { label: 'again' };
  const bottom = { label: 'bottom' };
  kernel.emit(
    repeatWhile(i32.ltUnsigned(rows.get, kernel.in('end').get), [
      ...nodes.map(node => node.set(kernel.in('root').get)),
      left.set(kernel.in('depth').get),
      block(bottom, [
        loop(again, [
          when(i32.eqz(left.get), [branch(bottom)]),
          ...nodes.flatMap(step),
          advance(left, -1),
          branch(again),
        ]),
      ]),
      ...nodes.map(add),
      advance(rows, TOGETHER * rowBytes),
      advance(sums, 4 * TOGETHER),
    ]),
  );
  const module = new ModuleBuilder();
  module.addFunction('descend', kernel.fn);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } });
  return instance.exports.descend as Descend;
}
