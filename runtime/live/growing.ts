/**
 * Columns that grow in place. What reads them (kernel, engine, exchange) holds on to them and counts ticks from the start
 * of the run, so they can neither be copied to a larger place nor begin anew. The system sets addresses aside for all that
 * may come and memory only for what has: a year of minutes of one instrument is about 25 MB, and is paid bar by bar.
 */

/** Values that room is made for at once: large enough that it is seldom asked for, small beside what a run has anyhow. */
const CHUNK = 4096;

interface Column {
  readonly buffer: ArrayBuffer;
  readonly values: Float64Array | Uint8Array;
  /** What stands where nothing has been written. */
  readonly empty: number;
}

export class GrowingColumns {
  readonly #capacity: number;
  readonly #columns: Column[] = [];
  #room = 0;

  /** `capacity`: values that can come at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.reserve(1);
  }

  numbers(empty = 0): Float64Array {
    const buffer = this.#buffer(Float64Array.BYTES_PER_ELEMENT);
    return this.#add({ buffer, values: new Float64Array(buffer), empty });
  }

  flags(): Uint8Array {
    const buffer = this.#buffer(Uint8Array.BYTES_PER_ELEMENT);
    return this.#add({ buffer, values: new Uint8Array(buffer), empty: 0 });
  }

  #buffer(width: number): ArrayBuffer {
    return new ArrayBuffer(width * this.#room, { maxByteLength: width * this.#capacity });
  }

  #add<V extends Float64Array | Uint8Array>(column: Column & { readonly values: V }): V {
    this.#columns.push(column);
    if (column.empty !== 0) column.values.fill(column.empty);
    return column.values;
  }

  /** Makes room for so many values in each column. */
  reserve(count: number): void {
    if (count <= this.#room) return;
    const before = this.#room;
    this.#room = Math.min(this.#capacity, Math.ceil(count / CHUNK) * CHUNK);
    for (const { buffer, values, empty } of this.#columns) {
      buffer.resize(values.BYTES_PER_ELEMENT * this.#room);
      if (empty !== 0) values.fill(empty, before);
    }
  }
}

/** Numbers of which nobody knows how many will come: settlements, hourly over years. */
export class GrowingList<A extends Int32Array | Float64Array> {
  readonly #make: (length: number) => A;
  #values: A;
  #count = 0;

  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#values = make(FIRST_ROOM);
  }

  /** Gives all that are there; what was given before stays as it was. */
  push(value: number): A {
    if (this.#count === this.#values.length) {
      const larger = this.#make(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
    return this.#values.subarray(0, this.#count) as A;
  }
}

const FIRST_ROOM = 64;
