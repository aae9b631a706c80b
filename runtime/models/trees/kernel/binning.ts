/**
 * A column's cuts and bins. Its values are sorted by the bits of their floats (three passes of a radix sort), so cuts are
 * exact: all distinct values where they are few enough, else the values at equal ranks. Cut b is the upper end of range
 * b, and a value is in the first range whose upper end lies above it.
 */
import {
  branch,
  type Code,
  type Effect,
  fillMemory,
  type I32,
  i32,
  i64,
  type Local,
  select,
  when,
} from '../../../../compiler/kernel/wasm/instruction.ts';
import { f32 } from '../../../../compiler/kernel/wasm/vector.ts';
import { advance, forever, Kernel, k, repeatWhile, sum } from './emit.ts';
import { absentBin, BIN, COLUMN, NUMBERS, type Width } from './layout.ts';

const DIGITS = [
  { shift: 0, mask: 0x7ff },
  { shift: 11, mask: 0x7ff },
  { shift: 22, mask: 0x3ff },
] as const;
const TABLE_BYTES = 4 * 2048;
const TABLES_BYTES: number = DIGITS.length * TABLE_BYTES;
/** Bytes of a column's cuts: 255 of them, the rest infinite, and one place to spare. */
export const CUT_BYTES: number = 4 * 256;

/** Bytes of scratch that a thread needs for a column of that many rows. */
export function scratchBytes(rows: number): number {
  return TABLES_BYTES + 8 * rows + 16;
}

export function binColumn(width: Width): Kernel<'task' | 'thread'> {
  const kernel = new Kernel(['task', 'thread']);
  const task = kernel.in('task');
  const word = (at: number) => i32.load(task.get, 4 * at);
  const local = () => kernel.local('i32');
  const [values, rows, facts, cuts, tables, a, b] = [local(), local(), local(), local(), local(), local(), local()];
  const [present, from, end, bits, at, ranges, last, most, absent] = [
    local(),
    local(),
    local(),
    local(),
    local(),
    local(),
    local(),
    local(),
    local(),
  ];
  const tableEntry = (digit: number, key: I32) =>
    sum(tables.get, k(digit * TABLE_BYTES), i32.shl(digitOf(digit, key), k(2)));
  const rowsEnd = (address: I32) => i32.add(address, i32.shl(rows.get, k(2)));
  const presentEnd = (address: I32) => i32.add(address, i32.shl(present.get, k(2)));

  const count = (digit: number): Code[] => {
    const entry = tableEntry(digit, bits.get);
    return [at.set(entry), i32.store(at.get, i32.add(i32.load(at.get), k(1)))];
  };
  /** Keys order as the floats do; absent values are left out. */
  const keys: Code[] = [
    fillMemory(tables.get, k(0), k(TABLES_BYTES)),
    from.set(values.get),
    end.set(rowsEnd(values.get)),
    last.set(a.get),
    repeatWhile(i32.ltUnsigned(from.get, end.get), [
      bits.set(i32.load(from.get)),
      when(i32.eqz(isAbsent(bits)), [
        bits.set(i32.xor(bits.get, i32.or(i32.shrSigned(bits.get, k(31)), k(-0x80000000)))),
        i32.store(last.get, bits.get),
        advance(last, 4),
        ...count(0),
        ...count(1),
        ...count(2),
      ]),
      advance(from, 4),
    ]),
    present.set(i32.shrUnsigned(i32.sub(last.get, a.get), k(2))),
  ];
  /** Counts become the addresses at which a digit's keys begin. */
  const place = (digit: number, target: I32): Code[] => [
    from.set(i32.add(tables.get, k(digit * TABLE_BYTES))),
    end.set(i32.add(from.get, k(4 * (DIGITS[digit].mask + 1)))),
    at.set(target),
    repeatWhile(i32.ltUnsigned(from.get, end.get), [
      last.set(i32.shl(i32.load(from.get), k(2))),
      i32.store(from.get, at.get),
      advance(at, last.get),
      advance(from, 4),
    ]),
  ];
  const scatter = (digit: number, source: I32): Code[] => [
    from.set(source),
    end.set(presentEnd(source)),
    repeatWhile(i32.ltUnsigned(from.get, end.get), [
      bits.set(i32.load(from.get)),
      at.set(tableEntry(digit, bits.get)),
      last.set(i32.load(at.get)),
      i32.store(last.get, bits.get),
      i32.store(at.get, i32.add(last.get, k(4))),
      advance(from, 4),
    ]),
  ];
  const sort: Code[] = [
    ...place(0, b.get),
    ...scatter(0, a.get),
    ...place(1, a.get),
    ...scatter(1, b.get),
    ...place(2, b.get),
    ...scatter(2, a.get),
  ];

  const addCut = (): Code[] => [
    i32.store(i32.add(cuts.get, i32.shl(i32.sub(ranges.get, k(1)), k(2))), floatBits(bits)),
    advance(ranges, 1),
    last.set(bits.get),
  ];
  const tooMany = { label: 'done' };
  const distinct: Code[] = [
    ranges.set(k(1)),
    last.set(i32.load(b.get)),
    from.set(b.get),
    end.set(presentEnd(b.get)),
    forever(tooMany, [
      advance(from, 4),
      when(i32.eqz(i32.ltUnsigned(from.get, end.get)), [branch(tooMany)]),
      bits.set(i32.load(from.get)),
      when(i32.ne(bits.get, last.get), [
        // More values than ranges: `at` says so.
        when(i32.eq(ranges.get, most.get), [at.set(k(1)), branch(tooMany)]),
        ...addCut(),
      ]),
    ]),
  ];
  const step = kernel.local('i32');
  const rank = i32.wrap(i64.div(i64.mul(i64.extend(step.get), i64.extend(present.get)), i64.extend(most.get)));
  const quantiles: Code[] = [
    ranges.set(k(1)),
    last.set(i32.load(b.get)),
    most.set(select(word(BIN.maxBesideAbsent), most.get, absent.get)),
    step.set(k(1)),
    repeatWhile(i32.lt(step.get, most.get), [
      bits.set(i32.load(i32.add(b.get, i32.shl(rank, k(2))))),
      when(i32.gtUnsigned(bits.get, last.get), addCut()),
      advance(step, 1),
    ]),
  ];
  const infinity = 0x7f800000;
  const padCuts: Code[] = [
    from.set(i32.add(cuts.get, i32.shl(i32.sub(ranges.get, k(1)), k(2)))),
    end.set(i32.add(cuts.get, k(CUT_BYTES))),
    repeatWhile(i32.ltUnsigned(from.get, end.get), [i32.store(from.get, k(infinity)), advance(from, 4)]),
  ];
  const store = (entry: number, value: I32): Effect => i32.store(facts.get, value, entry);
  const tell: Code[] = [
    store(COLUMN.bins, ranges.get),
    store(COLUMN.absent, absent.get),
    store(COLUMN.wide, i32.and(absent.get, i32.gt(ranges.get, word(BIN.maxBesideAbsent)))),
    bits.set(i32.load(b.get)),
    store(COLUMN.low, floatBits(bits)),
    bits.set(i32.load(i32.sub(presentEnd(b.get), k(4)))),
    store(COLUMN.high, floatBits(bits)),
  ];

  kernel.emit(
    values.set(word(BIN.values)),
    rows.set(word(BIN.rows)),
    facts.set(word(BIN.facts)),
    cuts.set(word(BIN.cuts)),
    most.set(word(BIN.maxBins)),
    tables.set(
      i32.add(i32.load(k(0), NUMBERS.scratch), i32.mul(kernel.in('thread').get, i32.load(k(0), NUMBERS.scratchBytes))),
    ),
    a.set(i32.add(tables.get, k(TABLES_BYTES))),
    b.set(i32.add(a.get, i32.shl(rows.get, k(2)))),
    ...keys,
    absent.set(i32.ne(present.get, rows.get)),
    store(COLUMN.bins, k(0)),
    store(COLUMN.absent, absent.get),
    store(COLUMN.wide, k(0)),
    when(present.get, [
      ...sort,
      at.set(k(0)),
      ...distinct,
      when(at.get, quantiles),
      ...padCuts,
      ...tell,
      ...assign(kernel, { values, rows, cuts, bins: word(BIN.bins), width, bits }),
    ]),
  );
  return kernel;
}

interface Assign {
  readonly values: Local<'i32'>;
  readonly rows: Local<'i32'>;
  readonly cuts: Local<'i32'>;
  readonly bins: I32;
  readonly width: Width;
  readonly bits: Local<'i32'>;
}

/** The number of cuts at or below each value, by halving, without branches; eight halvings of 255 cuts. */
function assign(kernel: Kernel<'task' | 'thread'>, { values, rows, cuts, bins, width, bits }: Assign): Code[] {
  const value = kernel.local('f32');
  const [from, end, to, at] = [kernel.local('i32'), kernel.local('i32'), kernel.local('i32'), kernel.local('i32')];
  const halvings = [128, 64, 32, 16, 8, 4, 2, 1].map(half =>
    advance(at, i32.shl(f32.le(f32.load(at.get, 4 * (half - 1)), value.get), k(2 + Math.log2(half)))),
  );
  const bin = select(k(absentBin(width)), i32.shrUnsigned(i32.sub(at.get, cuts.get), k(2)), isAbsent(bits));
  return [
    from.set(values.get),
    end.set(i32.add(from.get, i32.shl(rows.get, k(2)))),
    to.set(bins),
    repeatWhile(i32.ltUnsigned(from.get, end.get), [
      bits.set(i32.load(from.get)),
      value.set(f32.load(from.get)),
      at.set(cuts.get),
      ...halvings,
      width.bytes === 1 ? i32.store8(to.get, bin) : i32.store16(to.get, bin),
      advance(from, 4),
      advance(to, 8),
    ]),
  ];
}

function digitOf(digit: number, key: I32): I32 {
  const { shift, mask } = DIGITS[digit];
  const shifted = shift === 0 ? key : i32.shrUnsigned(key, k(shift));
  return i32.and(shifted, k(mask));
}

function isAbsent(bits: Local<'i32'>): I32 {
  return i32.gtUnsigned(i32.and(bits.get, k(0x7fffffff)), k(0x7f800000));
}

/** Back from a key to the bits of its float. */
function floatBits(key: Local<'i32'>): I32 {
  return i32.xor(key.get, i32.or(i32.xor(i32.shrSigned(key.get, k(31)), k(-1)), k(-0x80000000)));
}
