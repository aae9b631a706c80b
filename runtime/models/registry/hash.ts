/**
 * Names made from contents: a document's hash is that of its canonical text (keys sorted, what is undefined left out), a
 * column's that of its bits. Numbers keep every bit; −0 and NaN have one form each.
 */
import { createHash, type Hash } from 'node:crypto';

/** A part of what a name is made from; `name` keeps neighbours apart. */
export type Part =
  | { readonly name: string; readonly document: unknown }
  | { readonly name: string; readonly column: Float64Array | Float32Array | Int32Array | Uint8Array };

/** SHA-256 over the parts in their order, hex. */
export function hashOf(parts: readonly Part[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    if ('document' in part) update(hash, part.name, Buffer.from(canonicalText(part.document)));
    else update(hash, part.name, bytesOf(part.column));
  }
  return hash.digest('hex');
}

function update(hash: Hash, name: string, bytes: Uint8Array): void {
  hash.update(`${name} ${bytes.length}\n`).update(bytes);
}

function bytesOf(column: Float64Array | Float32Array | Int32Array | Uint8Array): Uint8Array {
  const plain = column instanceof Float64Array || column instanceof Float32Array ? oneForm(column) : column;
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
}

/** A copy where −0 is 0 and every NaN the same; the column itself where it has neither. */
function oneForm<Column extends Float64Array | Float32Array>(column: Column): Column {
  let copy: Column | undefined;
  for (let i = 0; i < column.length; i++) {
    const value = column[i];
    if (value === 0 ? Object.is(value, -0) : Number.isNaN(value)) {
      copy ??= column.slice() as Column;
      copy[i] = value === 0 ? 0 : Number.NaN;
    }
  }
  return copy ?? column;
}

/** JSON with sorted keys. Typed arrays are lists; what is not finite is named. */
export function canonicalText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
  if (typeof value !== 'object') return JSON.stringify(value);
  if (ArrayBuffer.isView(value)) return canonicalText(Array.from(value as Float64Array));
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalText(each)}`).join(',')}}`;
}
