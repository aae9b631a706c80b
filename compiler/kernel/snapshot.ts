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

/** `parts`: what the state depends on and must be equal to be restored, then the state. */
export function writeSnapshot(
  position: SnapshotPosition,
  bound: readonly Uint8Array[],
  state: readonly Uint8Array[],
): Uint8Array {
  const { marketTick, nextStep, blockEnd } = position;
  const header = Float64Array.of(FORMAT, marketTick, nextStep, blockEnd);
  const parts = [new Uint8Array(header.buffer), ...bound, ...state];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Throws a RangeError when the bytes are no snapshot of a run that is bound alike; then nothing was changed. */
export function readSnapshot(
  bytes: Uint8Array,
  bound: readonly Uint8Array[],
  state: readonly Uint8Array[],
): SnapshotPosition {
  const expected = [...bound, ...state].reduce((sum, part) => sum + part.length, 8 * HEADER_DOUBLES);
  if (bytes.length !== expected) {
    throw new RangeError(`a snapshot of ${bytes.length} bytes does not fit a run that keeps ${expected}`);
  }
  const header = new Float64Array(bytes.slice(0, 8 * HEADER_DOUBLES).buffer);
  const [format, marketTick = 0, nextStep = 0, blockEnd = 0] = header;
  if (format !== FORMAT) throw new RangeError('these bytes are no snapshot of this version');
  let offset = 8 * HEADER_DOUBLES;
  for (const part of bound) {
    if (part.some((byte, i) => byte !== bytes[offset + i])) {
      throw new RangeError('the snapshot was taken with other params or with data that begin elsewhere');
    }
    offset += part.length;
  }
  for (const part of state) {
    part.set(bytes.subarray(offset, offset + part.length));
    offset += part.length;
  }
  return { marketTick, nextStep, blockEnd };
}
