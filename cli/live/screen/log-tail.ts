/** The end of a log file that somebody else writes: read on from where the last look ended. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type LogEntry, readEntry } from './log-lines.ts';

/** How much of an old log is read at first, and of a burst at once. */
const FIRST_BYTES = 256 * 1024;
/** Lines kept; older ones are in the file. */
const KEPT = 5000;

export class LogTail {
  readonly #path: string;
  readonly #blot: (text: string) => string;
  #entries: readonly LogEntry[] = [];
  #offset = 0;
  #inode = 0;
  #rest = '';

  constructor(path: string, blot: (text: string) => string) {
    this.#path = path;
    this.#blot = blot;
  }

  /** What is new is added; the same list is given while nothing is. */
  read(): readonly LogEntry[] {
    const file = opened(this.#path);
    if (file === undefined) return this.#entries;
    try {
      const { size, ino } = fstatSync(file);
      if (ino !== this.#inode || size < this.#offset) this.#begin(ino);
      if (size === this.#offset) return this.#entries;
      const from = Math.max(this.#offset, size - FIRST_BYTES);
      const skips = from > this.#offset;
      const bytes = Buffer.alloc(size - from);
      const read = readSync(file, bytes, 0, bytes.length, from);
      this.#take(bytes.subarray(0, read), skips);
      this.#offset = from + read;
    } finally {
      closeSync(file);
    }
    return this.#entries;
  }

  #begin(inode: number): void {
    this.#inode = inode;
    this.#offset = 0;
    this.#rest = '';
    this.#entries = [];
  }

  /** `skips`: what comes begins in the middle of a line. */
  #take(bytes: Buffer, skips: boolean): void {
    const text = (skips ? '' : this.#rest) + bytes.toString('utf8');
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    const whole = (skips ? lines.slice(1) : lines).filter(line => line !== '');
    if (whole.length > 0)
      this.#entries = [...this.#entries, ...whole.map(line => readEntry(this.#blot(line)))].slice(-KEPT);
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    // No log yet, or a folder that was set aside a moment ago.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
