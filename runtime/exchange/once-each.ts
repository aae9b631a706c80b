/**
 * A venue is read over and over, each time from a little before the last, because it may list a thing late. Each thing
 * counts once; those that cannot be read again are forgotten.
 */
export class OnceEach {
  /** By its key, the venue's time of each. */
  readonly #seen = new Map<string, number>();

  /** False for what was there before. */
  isNew(key: string, timeMs: number): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.set(key, timeMs);
    return true;
  }

  /** Nothing before this instant is read any more. */
  readFrom(timeMs: number): void {
    for (const [key, atMs] of this.#seen) if (atMs < timeMs) this.#seen.delete(key);
  }

  /** Things that are remembered. */
  get size(): number {
    return this.#seen.size;
  }
}
