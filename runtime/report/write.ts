/**
 * Writes a file whole or not at all: to a temporary name beside it, flushed, then renamed. When the disk is full or the
 * folder forbids it, nothing of the new file stays behind and an older file keeps its contents.
 */
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** The few calls that writing needs; tests give ones that fail. */
export interface FileSystem {
  readonly openSync: (path: string, flags: string, mode?: number) => number;
  readonly writeSync: (descriptor: number, bytes: Uint8Array, offset: number) => number;
  readonly fsyncSync: (descriptor: number) => void;
  readonly closeSync: (descriptor: number) => void;
  readonly renameSync: (from: string, to: string) => void;
  readonly rmSync: (path: string, options: { readonly force: true }) => void;
}

const disk: FileSystem = { openSync, writeSync, fsyncSync, closeSync, renameSync, rmSync };

/** Why a file could not be written, with the path the user gave; `cause` is the system's error. */
export class WriteError extends Error {
  readonly path: string;
  readonly systemCode: string;

  constructor(path: string, cause: NodeJS.ErrnoException) {
    super(`cannot write ${path}: ${reasonFor(cause)}`, { cause });
    this.name = 'WriteError';
    this.path = path;
    this.systemCode = cause.code ?? '';
  }
}

export function writeWhole(path: string, contents: string | Uint8Array, files: FileSystem = disk): void {
  const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
  let descriptor: number | undefined;
  let temporary: string | undefined;
  try {
    const { place, replace, mode } = targetOf(path);
    const aside = `${place}.${process.pid}.part`;
    descriptor = files.openSync(replace ? aside : place, 'w', mode);
    if (replace) temporary = aside;
    for (let written = 0; written < bytes.length; ) written += files.writeSync(descriptor, bytes, written);
    if (replace) files.fsyncSync(descriptor);
    const finished = descriptor;
    descriptor = undefined;
    files.closeSync(finished);
    if (temporary !== undefined) files.renameSync(temporary, place);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    try {
      if (descriptor !== undefined) files.closeSync(descriptor);
    } finally {
      if (temporary !== undefined) files.rmSync(temporary, { force: true });
    }
    throw new WriteError(path, error);
  }
}

/**
 * Whole or not at all for whoever reads it, but not forced to the disk, which can take milliseconds: for what is written
 * again soon. Only its owner may read it. Throws the system's error.
 */
export function writeUnforced(path: string, contents: string): void {
  const aside = `${path}.${process.pid}.part`;
  writeFileSync(aside, contents, { mode: 0o600 });
  renameSync(aside, path);
}

/**
 * Throws what writing there would throw as far as that can be known before: for a path that takes long work to fill. A file
 * is replaced within its folder, so that is what must be writable.
 */
export function refuseUnwritable(path: string): void {
  try {
    const { place, replace } = targetOf(path);
    if (statSync(place, { throwIfNoEntry: false })?.isDirectory()) throw systemError('EISDIR');
    if (replace && !statSync(dirname(place)).isDirectory()) throw systemError('ENOTDIR');
    accessSync(replace ? dirname(place) : place, constants.W_OK);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new WriteError(path, error);
  }
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** Where the bytes really go, and with which permissions. */
interface Target {
  readonly place: string;
  readonly replace: boolean;
  readonly mode?: number;
}

/**
 * A link stays a link and a file keeps its permissions; a device or a pipe (`/dev/stdout`) is written to, never replaced
 * by a file of its name.
 */
function targetOf(path: string): Target {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return { place: path, replace: true };
  return found.isFile()
    ? { place: realpathSync(path), replace: true, mode: found.mode & 0o777 }
    : { place: path, replace: false };
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it is larger than files may be here',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many links',
};

function reasonFor(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.message;
}
