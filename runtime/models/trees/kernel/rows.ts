/** Rows: divided between the children of a split, in their order, and given the value of their leaf. */
import { type Code, copyMemory, i32, i64 } from '../../../../compiler/kernel/wasm/instruction.ts';
import { f32, f32x4, f64x2, i64x2, vector } from '../../../../compiler/kernel/wasm/vector.ts';
import { advance, Kernel, k, repeatWhile } from './emit.ts';
import { FILL, LEAF, NUMBERS, PAIR_BYTES, PARTITION, type Width } from './layout.ts';

/** Rows that go left come first, both parts in the order they had; with `pairs` their gradients go along. */
export function partition(width: Width, pairsToo: boolean): Kernel<'task'> {
  const kernel = new Kernel(['task']);
  const task = kernel.in('task');
  const names = [
    'bins',
    'first',
    'span',
    'from',
    'end',
    'row',
    'right',
    'left',
    'spare',
    'pairsFrom',
    'pairsLeft',
  ] as const;
  const [bins, first, span, from, end, row, right, left, spare, pairsFrom, pairsLeft] = names.map(() =>
    kernel.local('i32'),
  );
  const sparePairs = kernel.local('i32');
  const pair = kernel.local('i64');
  const word = (at: number) => i32.load(task.get, 4 * at);
  const address = i32.add(bins.get, i32.shl(row.get, k(3)));
  const bin = width.bytes === 1 ? i32.load8(address) : i32.load16(address);
  const goesRight = i32.ltUnsigned(i32.sub(bin, first.get), span.get);
  const stay = i32.xor(right.get, k(1));
  // Written to both places, and only the place it belongs to moves on: no branch to guess.
  const movePair: Code[] = pairsToo
    ? [
        pair.set(i64.load(pairsFrom.get)),
        i64.store(pairsLeft.get, pair.get),
        i64.store(sparePairs.get, pair.get),
        advance(pairsFrom, PAIR_BYTES),
        advance(pairsLeft, i32.shl(stay, k(3))),
        advance(sparePairs, i32.shl(right.get, k(3))),
      ]
    : [];
  const spareBytes = i32.sub(spare.get, word(PARTITION.spareRows));
  kernel.emit(
    bins.set(word(PARTITION.bins)),
    first.set(word(PARTITION.first)),
    span.set(word(PARTITION.span)),
    from.set(word(PARTITION.rows)),
    left.set(from.get),
    end.set(i32.add(from.get, i32.shl(word(PARTITION.count), k(2)))),
    spare.set(word(PARTITION.spareRows)),
    ...(pairsToo
      ? [pairsFrom.set(word(PARTITION.pairs)), pairsLeft.set(pairsFrom.get), sparePairs.set(word(PARTITION.sparePairs))]
      : []),
    repeatWhile(i32.ltUnsigned(from.get, end.get), [
      row.set(i32.load(from.get)),
      right.set(goesRight),
      i32.store(left.get, row.get),
      i32.store(spare.get, row.get),
      ...movePair,
      advance(left, i32.shl(stay, k(2))),
      advance(spare, i32.shl(right.get, k(2))),
      advance(from, 4),
    ]),
    copyMemory(left.get, word(PARTITION.spareRows), spareBytes),
    ...(pairsToo ? [copyMemory(pairsLeft.get, word(PARTITION.sparePairs), i32.shl(spareBytes, k(1)))] : []),
    i32.store(task.get, i32.shrUnsigned(i32.sub(left.get, word(PARTITION.rows)), k(2)), 4 * PARTITION.left),
  );
  return kernel;
}

/** Adds a leaf's value to the margins of its rows. */
export function addLeaf(): Kernel<'task'> {
  const kernel = new Kernel(['task']);
  const task = kernel.in('task');
  const [from, end, at, margins] = [kernel.local('i32'), kernel.local('i32'), kernel.local('i32'), kernel.local('i32')];
  const value = kernel.local('f32');
  kernel.emit(
    from.set(i32.load(task.get, 4 * LEAF.rows)),
    end.set(i32.add(from.get, i32.shl(i32.load(task.get, 4 * LEAF.count), k(2)))),
    margins.set(i32.load(task.get, 4 * LEAF.margins)),
    value.set(f32.load(task.get, 4 * LEAF.value)),
    repeatWhile(i32.ltUnsigned(from.get, end.get), [
      at.set(i32.add(margins.get, i32.shl(i32.load(from.get), k(2)))),
      f32.store(at.get, f32.add(f32.load(at.get), value.get)),
      advance(from, 4),
    ]),
  );
  return kernel;
}

/**
 * The gradients of the rows in `rows`, side by side in that order, rounded to the grid on which sums are exact: adding and
 * taking away a number whose unit in the last place is the grid's step.
 */
export function fillPairs(): Kernel<'task'> {
  const kernel = new Kernel(['task']);
  const task = kernel.in('task');
  const [rows, end, from, to] = [kernel.local('i32'), kernel.local('i32'), kernel.local('i32'), kernel.local('i32')];
  const [rounding, pair] = [kernel.local('v128'), kernel.local('v128')];
  kernel.emit(
    rows.set(i32.load(task.get, 4 * FILL.rows)),
    end.set(i32.add(rows.get, i32.shl(i32.load(task.get, 4 * FILL.count), k(2)))),
    from.set(i32.load(task.get, 4 * FILL.from)),
    to.set(i32.load(task.get, 4 * FILL.to)),
    rounding.set(vector.load(k(0), NUMBERS.rounding)),
    repeatWhile(i32.ltUnsigned(rows.get, end.get), [
      pair.set(f64x2.promote(vector.load64(i32.add(from.get, i32.shl(i32.load(rows.get), k(3)))))),
      pair.set(f32x4.demote(f64x2.sub(f64x2.add(pair.get, rounding.get), rounding.get))),
      i64.store(to.get, i64x2.lane(pair.get, 0)),
      advance(rows, 4),
      advance(to, PAIR_BYTES),
    ]),
  );
  return kernel;
}
