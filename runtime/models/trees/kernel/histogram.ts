/**
 * Histograms of a group of columns: for each row one load brings the bins of all its columns, and one pair of doubles
 * is added to each column's bin. All sums are of whole multiples of one grid, so they are exact and their order does not
 * matter.
 */
import { type Code, i32, i64, type Local } from '../../../../compiler/kernel/wasm/instruction.ts';
import { f64x2, vector } from '../../../../compiler/kernel/wasm/vector.ts';
import { advance, Kernel, k, repeatWhile } from './emit.ts';
import { BIN_BYTES, PAIR_BYTES, type Width } from './layout.ts';

/** Adds the rows [rows, end) to the histogram at `base`. */
export function addRows(columns: number, width: Width): Kernel<'base' | 'bins' | 'rows' | 'pairs' | 'end'> {
  const kernel = new Kernel(['base', 'bins', 'rows', 'pairs', 'end']);
  const [base, bins, rows, pairs, end] = [
    kernel.in('base'),
    kernel.in('bins'),
    kernel.in('rows'),
    kernel.in('pairs'),
    kernel.in('end'),
  ];
  const word = kernel.local('i64');
  const pair = kernel.local('v128');
  const at = kernel.local('i32');
  const body: Code[] = [
    word.set(i64.load(i32.add(bins.get, i32.shl(i32.load(rows.get), k(3))))),
    pair.set(f64x2.promote(vector.load64(pairs.get))),
  ];
  for (let column = 0; column < columns; column++) {
    const offset = column * width.stride * BIN_BYTES;
    body.push(
      at.set(i32.add(base.get, entryOffset(word, column, width))),
      vector.store(at.get, f64x2.add(vector.load(at.get, offset), pair.get), offset),
    );
  }
  kernel.emit(repeatWhile(i32.ltUnsigned(rows.get, end.get), [...body, advance(rows, 4), advance(pairs, PAIR_BYTES)]));
  return kernel;
}

/** Bytes from a column's first entry to that of its bin in the word. */
function entryOffset(word: Local<'i64'>, column: number, width: Width): Code<'i32'> {
  const low = i32.wrap(word.get);
  const shift = 8 * width.bytes * column - 4;
  const shifted = column === 0 ? i32.shl(low, k(4)) : i32.wrap(i64.shrUnsigned(word.get, i64.const(BigInt(shift))));
  return i32.and(shifted, k((width.stride - 1) * BIN_BYTES));
}

/** `from − taken`, in the place of `from`: the histogram of the other child. */
export function subtract(): Kernel<'from' | 'taken' | 'bytes'> {
  const kernel = new Kernel(['from', 'taken', 'bytes']);
  const [from, taken, bytes] = [kernel.in('from'), kernel.in('taken'), kernel.in('bytes')];
  const end = kernel.local('i32');
  const body: Code[] = [];
  for (let offset = 0; offset < 4 * BIN_BYTES; offset += BIN_BYTES) {
    body.push(vector.store(from.get, f64x2.sub(vector.load(from.get, offset), vector.load(taken.get, offset)), offset));
  }
  kernel.emit(
    end.set(i32.add(from.get, bytes.get)),
    repeatWhile(i32.ltUnsigned(from.get, end.get), [
      ...body,
      advance(from, 4 * BIN_BYTES),
      advance(taken, 4 * BIN_BYTES),
    ]),
  );
  return kernel;
}
