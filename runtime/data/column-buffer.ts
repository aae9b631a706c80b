/** Columns that grow by blocks, so that a file of unknown length is neither read twice nor copied while it grows. */

const BLOCK_ROWS = 1 << 16;

export class ColumnBuffer {
  readonly #width: number;
  /** For each column its blocks, each of `BLOCK_ROWS`. */
  readonly #blocks: Float64Array[][];
  #current: Float64Array[] = [];
  #used = BLOCK_ROWS;
  #length = 0;

  constructor(width: number) {
    this.#width = width;
    this.#blocks = Array.from({ length: width }, () => []);
  }

  get length(): number {
    return this.#length;
  }

  push(row: Float64Array): void {
    if (this.#used === BLOCK_ROWS) this.#grow();
    for (let column = 0; column < this.#width; column++) {
      const block = this.#current[column];
      if (block !== undefined) block[this.#used] = row[column] ?? 0;
    }
    this.#used++;
    this.#length++;
  }

  #grow(): void {
    this.#current = this.#blocks.map(blocks => {
      const block = new Float64Array(BLOCK_ROWS);
      blocks.push(block);
      return block;
    });
    this.#used = 0;
  }

  at(column: number, row: number): number {
    return this.#blocks[column]?.[Math.floor(row / BLOCK_ROWS)]?.[row % BLOCK_ROWS] ?? Number.NaN;
  }

  /** Moves a column's rows [from, to) into `target` at `offset`. */
  copy(column: number, from: number, to: number, target: Float64Array, offset: number): void {
    let row = from;
    while (row < to) {
      const inBlock = row % BLOCK_ROWS;
      const count = Math.min(BLOCK_ROWS - inBlock, to - row);
      const block = this.#blocks[column]?.[Math.floor(row / BLOCK_ROWS)];
      if (block !== undefined) target.set(block.subarray(inBlock, inBlock + count), offset + row - from);
      row += count;
    }
  }

  /** Gives a column's memory back; it must not be read after this. */
  drop(column: number): void {
    const blocks = this.#blocks[column];
    if (blocks !== undefined) blocks.length = 0;
  }
}
