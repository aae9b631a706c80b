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

/** A place in a file: what stands there is looked at when it is asked for, since graphs have fields by the million. */
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

class PlacedField implements Field {
  readonly number: number;
  readonly wire: number;
  readonly value: number;
  readonly file: Uint8Array;
  readonly start: number;
  readonly from: number;
  readonly to: number;

  constructor(tag: number, value: number, file: Uint8Array, start: number, from: number, to: number) {
    this.number = Math.floor(tag / 8);
    this.wire = tag % 8;
    this.value = value;
    this.file = file;
    this.start = start;
    this.from = from;
    this.to = to;
  }

  get content(): Uint8Array {
    return this.file.subarray(this.from, this.to);
  }

  get whole(): Uint8Array {
    return this.file.subarray(this.start, this.to);
  }

  /** The same bytes as in the other one. */
  isAs(other: PlacedField): boolean {
    const { file, from, to } = other;
    if (this.to - this.from !== to - from) return false;
    for (let i = to - from - 1; i >= 0; i--) if (this.file[this.from + i] !== file[from + i]) return false;
    return true;
  }
}

/** The bytes are not a message: cut short, or never one. */
export class NotAMessage extends Error {
  override readonly name = 'NotAMessage';
}

/** The fields of a message in their order. Throws `NotAMessage`. */
export function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const fields: PlacedField[] = [];
  const reader = new NumberReader(bytes);
  while (reader.at < bytes.length) {
    const start = reader.at;
    const tag = reader.next();
    if (tag < 8) throw new NotAMessage('field without a number');
    const wire = tag % 8;
    if (wire === VARINT) {
      const from = reader.at;
      const value = reader.next();
      fields.push(new PlacedField(tag, value, bytes, start, from, reader.at));
      continue;
    }
    let length = wire === WORD64 ? 8 : 4;
    if (wire === BYTES) length = reader.next();
    else if (wire !== WORD64 && wire !== WORD32) throw new NotAMessage(`unknown wire type ${wire}`);
    const from = reader.at;
    if (length < 0 || from + length > bytes.length) throw new NotAMessage('ends in the middle of a field');
    reader.at = from + length;
    fields.push(new PlacedField(tag, 0, bytes, start, from, reader.at));
  }
  return fields;
}

/** Repeated numbers: packed into one field, or one field each. */
export function intsOf(fields: readonly Field[]): number[] {
  const values: number[] = [];
  for (const { wire, value, content } of fields) {
    if (wire === VARINT) {
      values.push(value);
      continue;
    }
    const reader = new NumberReader(content);
    while (reader.at < content.length) values.push(reader.next());
  }
  return values;
}

/** The same as a column: exact to 2^53, as every number here. */
export function columnOf(fields: readonly Field[]): Float64Array {
  // A byte under 128 ends a number.
  const ends = ({ wire, content }: Field): number =>
    wire === VARINT ? 1 : content.reduce((count, byte) => count + Number(byte < 128), 0);
  const values = new Float64Array(fields.reduce((sum, field) => sum + ends(field), 0));
  let filled = 0;
  for (const { wire, value, content } of fields) {
    if (wire === VARINT) {
      values[filled++] = value;
      continue;
    }
    const reader = new NumberReader(content);
    while (reader.at < content.length) values[filled++] = reader.next();
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

const TEXT = new TextDecoder();

export function textOf({ content }: Field): string {
  return TEXT.decode(content);
}

/** Repeated texts. Where a few stand there again and again, each is decoded once. */
export function textsOf(fields: readonly Field[]): string[] {
  const known: { readonly field: PlacedField; readonly text: string }[] = [];
  return fields.map(field => {
    if (!(field instanceof PlacedField)) return textOf(field);
    const same = known.find(other => other.field.isAs(field));
    if (same !== undefined) return same.text;
    const text = textOf(field);
    if (known.length < MOST_KNOWN) known.push({ field, text });
    return text;
  });
}

const MOST_KNOWN = 8;

/** Varints one after the other. */
class NumberReader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(): number {
    const bytes = this.#bytes;
    const start = this.at;
    // Most numbers have one byte or two.
    const first = bytes[start];
    if (first < 128) {
      this.at = start + 1;
      return first;
    }
    const second = bytes[start + 1];
    if (second < 128) {
      this.at = start + 2;
      return first - 128 + 128 * second;
    }
    let value = 0;
    let factor = 1;
    for (let at = start; at < bytes.length && at < start + 10; at++) {
      const byte = bytes[at];
      value += (byte % 128) * factor;
      factor *= 128;
      if (byte >= 128) continue;
      this.at = at + 1;
      // Ten bytes are a negative int64: beyond 2^53 the sum above has lost its digits.
      return at - start === 9 ? negative(bytes, start) : value;
    }
    throw new NotAMessage('ends in the middle of a number');
  }
}

function negative(bytes: Uint8Array, start: number): number {
  let value = 0n;
  for (let k = 0; k < 10; k++) value |= BigInt(bytes[start + k] & 127) << BigInt(7 * k);
  return Number(BigInt.asIntN(64, value));
}
