/**
 * Parsed candles as flat columns on disk, so that a second load costs a read. An entry stands for one list of files in
 * one layout; it is trusted when those files still have the size and times they had, or else the same bytes. The header and
 * every column have a checksum: a damaged entry is made again. Entries are written aside and renamed; failing to write is a warning.
 *
 * Layout: magic, header length and checksum (u32), JSON header padded with spaces to 8 bytes, then the columns, f64 little-endian.
 */
import { createHash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { hashFile, reasonText, type SourceStamp } from './bytes.ts';
import { makeFolder, removeOld } from './cache-folder.ts';
import { type DataWarning, dataWarning } from './errors.ts';

const FAMILY = 'VELACOL';
/** The digit is raised whenever the format, the layouts or the meaning of what is kept changes. */
const MAGIC = `${FAMILY}4`;
const PREFIX_BYTES = 16;
/** Longer headers than this are not ours: most of a header are holes, and a thin market has one every few bars. */
const HEADER_LIMIT = 1 << 26;

/** What is kept beside the columns; plain JSON. */
export interface CachedFacts {
  readonly rows: number;
  readonly hash: string;
  readonly [fact: string]: unknown;
}

interface CacheHeader {
  readonly sources: readonly (SourceStamp & { readonly path: string })[];
  readonly columns: number;
  readonly crcs: readonly number[];
  readonly facts: CachedFacts;
}

export interface CacheEntry {
  readonly columns: readonly Float64Array[];
  readonly facts: CachedFacts;
}

/**
 * Where candles are kept when the caller names no folder: `VELA_CACHE` (empty: nowhere), the project's `.vela/cache`
 * where a `.vela` folder exists, else the user's cache folder; nowhere where there is no user.
 */
export async function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if (env.VELA_CACHE !== undefined) return env.VELA_CACHE === '' ? undefined : env.VELA_CACHE;
  const isProject = await stat('.vela').then(
    found => found.isDirectory(),
    () => false,
  );
  if (isProject) return join('.vela', 'cache');
  const home = homedir();
  const folder = USER_CACHE[process.platform] ?? USER_CACHE.linux;
  return folder?.(env, isAbsolute(home) ? home : undefined);
}

/** A home or cache folder that is named by nothing, or not from the root, is none: XDG's rule, and sound everywhere. */
const USER_CACHE: Readonly<Record<string, (env: NodeJS.ProcessEnv, home: string | undefined) => string | undefined>> = {
  linux: ({ XDG_CACHE_HOME: stated = '' }, home) =>
    isAbsolute(stated) ? join(stated, 'vela') : home && join(home, '.cache', 'vela'),
  darwin: (_, home) => home && join(home, 'Library', 'Caches', 'vela'),
  win32: ({ LOCALAPPDATA: stated = '' }, home) =>
    isAbsolute(stated) ? join(stated, 'vela', 'cache') : home && join(home, 'AppData', 'Local', 'vela', 'cache'),
};

/** An entry, or what a process that was killed left of one. */
const ENTRY_NAME = /^[0-9a-f]{32}\.columns(\.\d+\.\d+\.part)?$/;

/** Path of the entry for these files, in this order. */
export function entryPath(folder: string, layout: string, files: readonly string[]): string {
  const key = createHash('sha256').update([layout, ...files.map(file => resolve(file))].join('\n'));
  return join(folder, 'candles', `${key.digest('hex').slice(0, 32)}.columns`);
}

/** The entry if it is there, whole, and its files are unchanged. A damaged one gives the reason instead. */
export async function readEntry(
  path: string,
  files: readonly string[],
): Promise<{ readonly entry?: CacheEntry; readonly damaged?: string }> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return {};
  try {
    const prefix = Buffer.alloc(PREFIX_BYTES);
    await handle.read(prefix, 0, PREFIX_BYTES, 0);
    const headerBytes = prefix.readUInt32LE(MAGIC.length);
    const magic = prefix.toString('latin1', 0, MAGIC.length);
    // Written by another version of Vela: not damaged, but of no use.
    if (magic !== MAGIC && magic.startsWith(FAMILY)) return {};
    if (magic !== MAGIC || headerBytes > HEADER_LIMIT) return { damaged: 'its head is not a cache header' };
    const text = Buffer.alloc(headerBytes);
    await handle.read(text, 0, headerBytes, PREFIX_BYTES);
    const header =
      prefix.readUInt32LE(MAGIC.length + 4) === crc32(text) ? parseHeader(text.toString('utf8')) : undefined;
    if (header === undefined) return { damaged: 'its header cannot be read' };
    if (!(await unchanged(header, files))) return {};
    const { rows } = header.facts;
    const start = PREFIX_BYTES + headerBytes;
    if ((await handle.stat()).size !== start + header.columns * rows * 8) return { damaged: 'it is cut off' };

    const columns = Array.from({ length: header.columns }, () => new Float64Array(rows));
    // All columns are read at once, on other threads, while those that have come are summed here.
    const reads = columns.map((column, index) =>
      handle.read(bytesOf(column), 0, rows * 8, start + index * rows * 8).then(
        () => undefined,
        (error: unknown) => reasonText(error),
      ),
    );
    let damaged: string | undefined;
    for (const [index, column] of columns.entries()) {
      const failed = await reads[index];
      if (damaged === undefined && failed === undefined && crc32(bytesOf(column)) === header.crcs[index]) continue;
      damaged ??= failed ?? 'a checksum differs';
    }
    if (damaged !== undefined) return { damaged };
    return { entry: { columns, facts: header.facts } };
  } catch (error) {
    return { damaged: reasonText(error) };
  } finally {
    await handle.close();
  }
}

/** Keeps columns for a next time. Gives a warning where that is not possible: the run does not depend on it. */
export async function writeEntry(
  path: string,
  sources: CacheHeader['sources'],
  columns: readonly Float64Array[],
  facts: CachedFacts,
): Promise<DataWarning | undefined> {
  const header: CacheHeader = {
    sources: sources.map(source => ({ ...source, path: resolve(source.path) })),
    columns: columns.length,
    crcs: columns.map(column => crc32(bytesOf(column))),
    facts,
  };
  const json = JSON.stringify(header);
  const unpadded = PREFIX_BYTES + Buffer.byteLength(json);
  const text = Buffer.from(json + ' '.repeat((8 - (unpadded % 8)) % 8));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(text.length, MAGIC.length);
  prefix.writeUInt32LE(crc32(text), MAGIC.length + 4);

  const aside = `${path}.${process.pid}.${process.hrtime.bigint()}.part`;
  try {
    makeFolder(dirname(path));
    const handle = await open(aside, 'wx');
    try {
      for (const part of [prefix, text, ...columns.map(bytesOf)]) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    return dataWarning('D1052', { path, reason: reasonText(error) });
  }
  try {
    removeOld(dirname(path), basename(path), ENTRY_NAME);
    return undefined;
  } catch (error) {
    return dataWarning('D1057', { folder: dirname(path), reason: reasonText(error) });
  }
}

function bytesOf(column: Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

function parseHeader(text: string): CacheHeader | undefined {
  try {
    const header = JSON.parse(text) as Partial<CacheHeader>;
    const whole =
      Array.isArray(header.sources) &&
      Array.isArray(header.crcs) &&
      header.crcs.length === header.columns &&
      Number.isInteger(header.facts?.rows) &&
      typeof header.facts?.hash === 'string';
    return whole ? (header as CacheHeader) : undefined;
  } catch {
    // Not JSON: the caller reports the entry as damaged.
    return undefined;
  }
}

async function unchanged(header: CacheHeader, files: readonly string[]): Promise<boolean> {
  if (header.sources.length !== files.length) return false;
  for (const [index, file] of files.entries()) {
    const kept = header.sources[index];
    const found = await stat(file).catch(() => undefined);
    if (kept === undefined || found === undefined || kept.path !== resolve(file) || kept.size !== found.size)
      return false;
    const sameTimes = kept.mtimeMs === found.mtimeMs && kept.ctimeMs === found.ctimeMs;
    if (!sameTimes && kept.sha256 !== (await hashFile(file))) return false;
  }
  return true;
}
