/**
 * Room on the disk that is taken before it is needed. When the disk is full, the file is given up, and the journal goes on in
 * its place: what protects and closes positions can still be written down, and so can leave. Entries are halted meanwhile;
 * when there is room again, the file is made anew.
 */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Months of rows of exits, and days of minute bars beside them. */
export const RESERVE_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
/** There is room again when this many reserves are free: one to take, the rest to work in. */
const ROOMY = 3;

export interface Reserve {
  /** Whether the room is there to be given up. */
  readonly isKept: boolean;
  /** Gives the room up; false when there is none left to give. */
  spend(): boolean;
  /** Takes the room anew if the disk has enough of it; false while it does not. */
  refill(): boolean;
}

/** Takes the room now. Where the disk has none to begin with, the reserve is spent from the start. */
export function reserveAt(path: string, bytes = RESERVE_BYTES): Reserve {
  let isKept = take(path, bytes);
  return {
    get isKept() {
      return isKept;
    },
    spend: () => {
      if (!isKept) return false;
      rmSync(path, { force: true });
      isKept = false;
      return true;
    },
    refill: () => {
      if (!isKept) isKept = freeBytes(path) >= ROOMY * bytes && take(path, bytes);
      return isKept;
    },
  };
}

/** Written with something in it: a file of holes would hold no room, and one of noughts none on a disk that packs. */
function take(path: string, bytes: number): boolean {
  if (existsSync(path) && statSync(path).size === bytes) return true;
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let i = 0; i < piece.length; i++) piece[i] = (i * 2_654_435_761) >>> 24;
  const file = openSync(path, 'w', 0o600);
  try {
    for (let written = 0; written < bytes; ) {
      written += writeSync(file, piece, 0, Math.min(PIECE_BYTES, bytes - written));
    }
    fsyncSync(file);
    return true;
  } catch (error) {
    if (!isFull(error)) throw error;
    rmSync(path, { force: true });
    return false;
  } finally {
    closeSync(file);
  }
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}

/** No room: of the disk, of a quota, or of what a process may write. SQLite says it in words of its own. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EFBIG')) return true;
  return /disk is full|disk I\/O error|database or disk is full/i.test(error.message);
}
