/**
 * Folders that are written whole or not at all: into a folder aside, every file flushed, then renamed into place. Whoever
 * is second finds the place taken. A process that was killed leaves its folder aside, which a later one removes.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../data/cache-folder.ts';
import { modelError } from '../errors.ts';

/** The calls that may meet a full disk; tests give ones that do. */
export interface Disk {
  readonly openSync: (path: string, flags: string, mode?: number) => number;
  readonly writeSync: (descriptor: number, bytes: Uint8Array, offset: number) => number;
  readonly fsyncSync: (descriptor: number) => void;
  readonly closeSync: (descriptor: number) => void;
  readonly renameSync: (from: string, to: string) => void;
}
export const DISK: Disk = { openSync, writeSync, fsyncSync, closeSync, renameSync };

const PUBLIC = 0o755;
let asides = 0;

/**
 * Gives false where `place` exists already: another process was faster, or it was there before. Throws E1146 where the
 * system refuses; nothing of the folder stays behind then.
 */
export function writeFolder(
  root: string,
  place: string,
  files: ReadonlyMap<string, Uint8Array>,
  disk: Disk = DISK,
): boolean {
  const aside = nextAside(root);
  try {
    prepare(place, aside);
    mkdirSync(aside, { mode: PUBLIC });
    for (const [name, bytes] of files) writeFlushed(join(aside, name), bytes, disk);
    flushFolder(aside, disk);
    disk.renameSync(aside, place);
    flushFolder(dirname(place), disk);
    return true;
  } catch (error) {
    discard(aside);
    const code = systemCodeOf(error);
    if (code === 'EEXIST' || code === 'ENOTEMPTY') return false;
    throw modelError('E1146', { folder: root, reason: reasonOf(error) });
  }
}

/** One file, whole or not at all; it replaces what was there. Throws E1146. */
export function writeFile(root: string, place: string, bytes: Uint8Array, disk: Disk = DISK): void {
  const aside = nextAside(root);
  try {
    prepare(place, aside);
    writeFlushed(aside, bytes, disk);
    disk.renameSync(aside, place);
    flushFolder(dirname(place), disk);
  } catch (error) {
    discard(aside);
    throw modelError('E1146', { folder: root, reason: reasonOf(error) });
  }
}

/** Takes a folder away: out of its place in one step, so that nobody finds a part of it. Throws E1146. */
export function removeFolder(root: string, place: string, disk: Disk = DISK): void {
  const aside = nextAside(root);
  try {
    prepare(place, aside);
    disk.renameSync(place, aside);
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    throw modelError('E1146', { folder: root, reason: reasonOf(error) });
  }
}

/** Where no folder could be made there is nothing to take away. */
function discard(aside: string): void {
  if (existsSync(aside)) rmSync(aside, { recursive: true, force: true });
}

function nextAside(root: string): string {
  return join(root, 'aside', `${hostname()}.${process.pid}.${asides++}`);
}

function prepare(place: string, aside: string): void {
  makeFolder(dirname(place), PUBLIC);
  makeFolder(dirname(aside), PUBLIC);
  removeStale(dirname(aside));
}

function writeFlushed(path: string, bytes: Uint8Array, disk: Disk): void {
  const descriptor = disk.openSync(path, 'w');
  try {
    for (let written = 0; written < bytes.length; ) written += disk.writeSync(descriptor, bytes, written);
    disk.fsyncSync(descriptor);
  } finally {
    disk.closeSync(descriptor);
  }
}

/** A name in a folder is on the disk once the folder is; Windows has no such thing. */
function flushFolder(path: string, disk: Disk): void {
  if (process.platform === 'win32') return;
  const descriptor = disk.openSync(path, 'r');
  try {
    disk.fsyncSync(descriptor);
  } finally {
    disk.closeSync(descriptor);
  }
}

const DAY_MS = 86_400_000;

/** What processes left that are no more: of this machine, or, where that cannot be known, a day old. */
export function removeStale(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, host, pid] = /^(.+)\.(\d+)\.\d+$/.exec(name) ?? [];
    const path = join(folder, name);
    if (host === hostname() ? isRunning(Number(pid)) : !isOld(path)) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else's is one too.
    return systemCodeOf(error) === 'EPERM';
  }
}

function isOld(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > DAY_MS;
}

export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) throw error;
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'files may not be as large as this here',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a file stands where a folder must',
};

/** A mistake of ours is thrown on, not taken for the system's. */
function reasonOf(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === undefined) throw error;
  return REASONS[code] ?? (error instanceof Error ? error.message : code);
}
