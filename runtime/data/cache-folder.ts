/**
 * The folders of the cache: made for the user alone, and kept from growing without end. Everything in them can be made
 * again, so what was written long ago goes, whether it is an entry that nothing asks for or what a killed process left.
 */
import { lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Nobody else reads what a user trades, and nobody else writes code that a start would run. */
const PRIVATE = 0o700;
const OTHERS_WRITE = 0o022;
const OLD_MS = 30 * 86_400_000;
/** Names looked at after a write: an old one is found within some writes, and no write takes long. */
const LOOKS = 64;

/**
 * Makes a folder and those above it. Step by step: `mkdirSync` with `recursive` never comes back from where the system
 * says that a folder's parent is missing although it is there, as /proc does.
 */
export function makeFolder(path: string, mode: number = PRIVATE): void {
  const missing: string[] = [];
  for (let at = resolve(path); statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at; ) {
    missing.push(at);
    at = dirname(at);
  }
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      // Another process was faster.
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}

/**
 * Whether a folder is there, the user's own and written by no one else. Where the system has no such owners, it is; where
 * it cannot be looked at, it is not.
 */
export function isPrivate(folder: string): boolean {
  const user = process.getuid?.();
  if (user === undefined) return true;
  try {
    const found = statSync(folder, { throwIfNoEntry: false });
    return found !== undefined && found.uid === user && (found.mode & OTHERS_WRITE) === 0;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return false;
  }
}

/**
 * Removes what is old beside an entry just written: files or folders whose names are `ours`, for a cache may lie in a
 * folder that holds other things. Looks at those whose names follow the entry's, in a circle; names are hashes, so that
 * each has its turn. Throws what the system says, but for what another process removed meanwhile.
 */
export function removeOld(folder: string, written: string, ours: RegExp, nowMs: number = Date.now()): void {
  const names = readdirSync(folder)
    .filter(name => name !== written && ours.test(name))
    .sort();
  const after = names.findIndex(name => name > written);
  const turned = after < 0 ? names : [...names.slice(after), ...names.slice(0, after)];
  for (const name of turned.slice(0, LOOKS)) {
    const path = join(folder, name);
    try {
      if (nowMs - lstatSync(path).mtimeMs > OLD_MS) rmSync(path, { recursive: true });
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
