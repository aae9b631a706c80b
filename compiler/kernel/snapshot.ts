/**
 * A kernel's snapshot: where the run stands, what it was bound to, and its state as it lies in memory.
 *
 * The market part runs ahead of its reader. While a block is being read the snapshot holds the state from before the block,
 * and restoring computes the block again; a block that the account part has gone through to its end is done with, so that
 * such a snapshot does not depend on how the ticks before it were cut into blocks.
 */

const FORMAT = 1;
const HEADER_DOUBLES = 4;

export interface SnapshotPosition {
  /** Base ticks that the market part's state has seen. */
  readonly marketTick: number;
  /** The base tick that the account part computes next. */
  readonly nextStep: number;
  /** End of the block that is being read, which begins at `marketTick`; equal to it when none is. */
  readonly blockEnd: number;
}

/** What a snapshot must agree on with the run that it is restored to: name and bytes. */
export interface Bound {
  readonly what: string;
  readonly bytes: Uint8Array;
}

export function writeSnapshot(
  { marketTick, nextStep, blockEnd }: SnapshotPosition,
  bound: readonly Bound[],
  state: readonly Uint8Array[],
): Uint8Array {
  const header = Float64Array.of(FORMAT, marketTick, nextStep, blockEnd);
  const parts = [new Uint8Array(header.buffer), ...bound.map(part => part.bytes), ...state];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/**
 * Throws a RangeError when the bytes are no snapshot of a run that is bound alike and has the data (`ticks` base ticks) up to
 * its place; then nothing was changed.
 */
export function readSnapshot(
  bytes: Uint8Array,
  bound: readonly Bound[],
  state: readonly Uint8Array[],
  ticks: number,
): SnapshotPosition {
  const headerBytes = 8 * HEADER_DOUBLES;
  if (bytes.length < headerBytes) throw new RangeError('these bytes are no snapshot of a kernel');
  const [format, marketTick = 0, nextStep = 0, blockEnd = 0] = new Float64Array(bytes.slice(0, headerBytes).buffer);
  if (format !== FORMAT) throw new RangeError('these bytes are no snapshot of a kernel');
  let offset = headerBytes;
  for (const { what, bytes: expected } of bound) {
    const found = bytes.subarray(offset, offset + expected.length);
    if (found.length !== expected.length || found.some((byte, i) => byte !== expected[i])) {
      throw new RangeError(`the snapshot was taken with ${what}`);
    }
    offset += expected.length;
  }
  if (bytes.length !== state.reduce((sum, part) => sum + part.length, offset)) {
    throw new RangeError('the snapshot is cut short');
  }
  if (blockEnd > ticks) throw new RangeError(`the snapshot stands at tick ${blockEnd}, the data end at ${ticks}`);
  for (const part of state) {
    part.set(bytes.subarray(offset, offset + part.length));
    offset += part.length;
  }
  return { marketTick, nextStep, blockEnd };
}
