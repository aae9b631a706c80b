/** A growing byte buffer with the number formats of the Wasm binary format. */

const MAX_LEB_BYTES = 10;
const scratch = new DataView(new ArrayBuffer(8));
const utf8 = new TextEncoder();

export class ByteWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  private reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  raw(bytes: Uint8Array | readonly number[]): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Unsigned LEB128, below 2^32. */
  u32(value: number): void {
    this.reserve(MAX_LEB_BYTES);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** Signed LEB128. */
  s32(value: number): void {
    this.reserve(MAX_LEB_BYTES);
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.buffer[this.length++] = rest & 0x7f;
  }

  /** Signed LEB128 of 64 bits. */
  s64(value: bigint): void {
    this.reserve(MAX_LEB_BYTES);
    let rest = BigInt.asIntN(64, value);
    while (rest < -0x40n || rest > 0x3fn) {
      this.buffer[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.length++] = Number(rest & 0x7fn);
  }

  /** Little-endian IEEE double. NaN is written as the canonical one, whatever the JavaScript engine holds. */
  f64(value: number): void {
    if (Number.isNaN(value)) scratch.setBigUint64(0, 0x7ff8000000000000n, true);
    else scratch.setFloat64(0, value, true);
    this.reserve(8);
    for (let i = 0; i < 8; i++) this.buffer[this.length++] = scratch.getUint8(i);
  }

  name(text: string): void {
    const encoded = utf8.encode(text);
    this.u32(encoded.length);
    this.raw(encoded);
  }

  /** What was written to another writer, preceded by its length: sections and function bodies. */
  sized(content: ByteWriter): void {
    this.u32(content.length);
    this.raw(content.view());
  }

  view(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length);
  }

  /** An exact copy. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length);
  }
}
