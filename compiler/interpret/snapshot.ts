/** A snapshot of the interpreter: its arrays one after the other. Their lengths follow from plan and data. */

export function writeSnapshot(parts: readonly Float64Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  return bytes;
}

/** Fills the arrays; throws a RangeError when the bytes come from another plan or other data. */
export function readSnapshot(bytes: Uint8Array, parts: readonly Float64Array[]): void {
  const expected = parts.reduce((sum, part) => sum + part.byteLength, 0);
  if (bytes.byteLength !== expected) {
    throw new RangeError(`a snapshot of ${bytes.byteLength} bytes does not fit a run that keeps ${expected}`);
  }
  let offset = 0;
  for (const part of parts) {
    new Uint8Array(part.buffer, part.byteOffset, part.byteLength).set(bytes.subarray(offset, offset + part.byteLength));
    offset += part.byteLength;
  }
}
