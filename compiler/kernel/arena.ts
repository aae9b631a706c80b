/** The one memory of a run: every region gets its place before the memory exists, which then has exactly the size needed. */

const ALIGNMENT = 64;
const PAGE_BYTES = 65536;
const MAX_PAGES = 65536;

/** A place in the memory, in bytes. */
export interface Region {
  readonly offset: number;
  readonly bytes: number;
}

export class Arena {
  private end = 0;

  /** Regions begin on a cache line. */
  reserve(bytes: number): Region {
    const region = { offset: this.end, bytes };
    this.end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return region;
  }

  /** Shared, so that threads may run variants over the same columns. Throws a RangeError beyond 4 GiB. */
  createMemory(): WebAssembly.Memory {
    const pages = Math.max(1, Math.ceil(this.end / PAGE_BYTES));
    if (pages > MAX_PAGES) throw new RangeError(`the run needs ${this.end} bytes, more than 4 GiB`);
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  }
}

export function doubles(memory: WebAssembly.Memory, { offset, bytes }: Region): Float64Array {
  return new Float64Array(memory.buffer, offset, bytes / 8);
}
export function bytesOf(memory: WebAssembly.Memory, { offset, bytes }: Region): Uint8Array {
  return new Uint8Array(memory.buffer, offset, bytes);
}
