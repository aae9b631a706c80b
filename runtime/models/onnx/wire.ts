/**
 * The wire format of protocol buffers, as far as ONNX files use it: numbered fields of varints, 32 and 64 bit words and
 * byte strings (protobuf.dev/programming-guides/encoding). Writing depends on what is written alone, so equal models are
 * equal bytes; reading gives slices of the file, copies nothing and tells a file that ends too early.
 */

export class WireWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A whole number up to 2^53; a negative one takes ten bytes, as an int64 does. */
  #varint(value: number): void {
    this.#reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest >= 128n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      this.#bytes[this.#length++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128;
    this.#bytes[this.#length++] = rest;
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  int(field: number, value: number): this {
    this.#tag(field, VARINT);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#tag(field, WORD32);
    this.#append(rawOf(Float32Array.of(value)));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, BYTES);
    this.#varint(value.length);
    this.#append(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: WireWriter): this {
    return this.bytes(field, value.done());
  }

  floats(field: number, values: Float32Array): this {
    return this.bytes(field, rawOf(values));
  }

  ints(field: number, values: ArrayLike<number>): this {
    const packed = new WireWriter();
    for (let i = 0; i < values.length; i++) packed.#varint(values[i]);
    return this.message(field, packed);
  }

  /** A field of another file, as it stands there. */
  raw(field: Field): this {
    this.#append(field.whole);
    return this;
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}

/** The bytes of a typed array, little-endian as the format wants them; Vela runs on no other machines. */
export function rawOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

const VARINT = 0;
const WORD64 = 1;
const BYTES = 2;
const WORD32 = 5;

export interface Field {
  readonly number: number;
  readonly wire: number;
  /** Of a varint. */
  readonly value: number;
  /** Of a byte string its content, of words their bytes. */
  readonly content: Uint8Array;
  /** Tag and all. */
  readonly whole: Uint8Array;
}

/** The bytes are not a message: cut short, or never one. */
export class NotAMessage extends Error {
  override readonly name = 'NotAMessage';
}

/** The fields of a message in their order. Throws `NotAMessage`. */
export function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = readVarint(bytes, at);
    at = tag.next;
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (number === 0) throw new NotAMessage('field without a number');
    let value = 0;
    let content = bytes.subarray(at, at);
    if (wire === VARINT) ({ value, next: at } = readVarint(bytes, at));
    else {
      let length = wire === WORD64 ? 8 : 4;
      if (wire === BYTES) ({ value: length, next: at } = readVarint(bytes, at));
      else if (wire !== WORD64 && wire !== WORD32) throw new NotAMessage(`unknown wire type ${wire}`);
      if (length < 0 || at + length > bytes.length) throw new NotAMessage('ends in the middle of a field');
      content = bytes.subarray(at, at + length);
      at += length;
    }
    fields.push({ number, wire, value, content, whole: bytes.subarray(start, at) });
  }
  return fields;
}

/** Repeated numbers: packed into one field, or one field each. */
export function intsOf(fields: readonly Field[]): number[] {
  const values: number[] = [];
  for (const { wire, value, content } of fields) {
    if (wire === VARINT) values.push(value);
    for (let at = 0; at < content.length; ) {
      const item = readVarint(content, at);
      values.push(item.value);
      at = item.next;
    }
  }
  return values;
}

export function floatsOf(fields: readonly Field[]): Float32Array {
  const whole = new Uint8Array(fields.reduce((sum, { content }) => sum + content.length, 0));
  if (whole.length % 4 !== 0) throw new NotAMessage('floats of odd length');
  let at = 0;
  for (const { content } of fields) {
    whole.set(content, at);
    at += content.length;
  }
  return new Float32Array(whole.buffer);
}

export function textOf({ content }: Field): string {
  return new TextDecoder().decode(content);
}

function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let factor = 1;
  for (let at = start; at < bytes.length && at < start + 10; at++) {
    const byte = bytes[at];
    value += (byte % 128) * factor;
    factor *= 128;
    // Ten bytes are a negative int64: beyond 2^53 the sum above has lost its digits.
    if (byte < 128) return { value: at - start === 9 ? negative(bytes, start) : value, next: at + 1 };
  }
  throw new NotAMessage('ends in the middle of a number');
}

function negative(bytes: Uint8Array, start: number): number {
  let value = 0n;
  for (let k = 0; k < 10; k++) value |= BigInt(bytes[start + k] & 127) << BigInt(7 * k);
  return Number(BigInt.asIntN(64, value));
}
