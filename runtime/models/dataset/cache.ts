/**
 * Data sets on disk, by what they were made from, so that a training that was made before costs a read. Held to a size and
 * an age (`system.cache_settings`): what nobody has asked for the longest goes first. A damaged entry is made again.
 *
 * Layout: magic, header length and checksum (u32), JSON header padded with spaces to 8 bytes, then the columns.
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { makeFolder } from '../../data/cache-folder.ts';
import { type ModelWarning, modelWarning } from '../errors.ts';
import type { Rows } from './rows.ts';

export interface DataSetCache {
  /** Folder of the entries; absent: nothing is kept. */
  readonly folder?: string;
  readonly maxBytes: number;
  readonly ttlMs: number;
}

/** The digit is raised whenever the meaning of what is kept changes. */
const MAGIC = 'VELAROW1';
const PREFIX_BYTES = 16;
const ENTRY_NAME = /^[0-9a-f]{64}\.rows(\.\d+\.part)?$/;

interface Header {
  readonly rows: number;
  readonly columns: number;
  readonly ends: number;
  readonly weights: number;
  readonly dropped: Rows['dropped'];
  readonly crc: number;
}

/** The rows of this key, where they are kept, whole, and not older than they may be. Reading makes an entry young again. */
export function readRows({ folder, ttlMs }: DataSetCache, key: string): Rows | undefined {
  if (folder === undefined) return undefined;
  const path = join(folder, `${key}.rows`);
  try {
    if (Date.now() - statSync(path).mtimeMs > ttlMs) return undefined;
    const rows = decode(readFileSync(path));
    if (rows !== undefined) touch(path);
    return rows;
  } catch (error) {
    // Not there, or gone meanwhile: whatever it is, making the rows again mends it.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

/** Keeps rows for a next time; a warning where that is not possible. */
export function writeRows(cache: DataSetCache, key: string, rows: Rows): ModelWarning | undefined {
  const { folder } = cache;
  if (folder === undefined) return undefined;
  const bytes = encode(rows);
  if (bytes.length > cache.maxBytes) return undefined;
  const path = join(folder, `${key}.rows`);
  const aside = `${path}.${process.pid}.part`;
  try {
    makeFolder(folder);
    makeRoom(cache, folder, bytes.length);
    try {
      writeFileSync(aside, bytes);
      renameSync(aside, path);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return modelWarning('E1111', { path: folder, reason: error.message });
  }
}

/** Removes what is too old, then the oldest until the new entry fits. */
function makeRoom({ maxBytes, ttlMs }: DataSetCache, folder: string, needed: number): void {
  const entries = readdirSync(folder)
    .filter(name => ENTRY_NAME.test(name))
    .flatMap(name => {
      const path = join(folder, name);
      const found = statSync(path, { throwIfNoEntry: false });
      return found === undefined ? [] : [{ path, bytes: found.size, usedMs: found.mtimeMs }];
    })
    .sort((a, b) => a.usedMs - b.usedMs);
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes, usedMs } of entries) {
    if (Date.now() - usedMs <= ttlMs && total + needed <= maxBytes) continue;
    rmSync(path, { force: true });
    total -= bytes;
  }
}

// ---------------------------------------------------------------- bytes

function encode(rows: Rows): Uint8Array {
  const { tick, lane, end, ends, columns, label, weights } = rows;
  const parts = [label, ...columns, ...weights, tick, lane, end, ...ends].map(bytesOf);
  const body = Buffer.concat(parts);
  const header: Header = {
    rows: label.length,
    columns: columns.length,
    ends: ends.length,
    weights: weights.length,
    dropped: rows.dropped,
    crc: crc32(body),
  };
  const json = JSON.stringify(header);
  const text = Buffer.from(json + ' '.repeat((8 - ((PREFIX_BYTES + json.length) % 8)) % 8));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(text.length, MAGIC.length);
  prefix.writeUInt32LE(crc32(text), MAGIC.length + 4);
  return Buffer.concat([prefix, text, body]);
}

function decode(bytes: Buffer): Rows | undefined {
  if (bytes.length < PREFIX_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const headerEnd = PREFIX_BYTES + bytes.readUInt32LE(MAGIC.length);
  const text = bytes.subarray(PREFIX_BYTES, headerEnd);
  if (crc32(text) !== bytes.readUInt32LE(MAGIC.length + 4)) return undefined;
  const header = JSON.parse(text.toString('utf8')) as Header;
  const body = bytes.subarray(headerEnd);
  const { rows, columns, ends, weights, dropped } = header;
  const doubles = 1 + columns + weights;
  if (body.length !== rows * (doubles * 8 + (3 + ends) * 4) || crc32(body) !== header.crc) return undefined;
  // A copy, whose start lies where numbers may.
  const { buffer } = new Uint8Array(body);
  const f64 = (i: number) => new Float64Array(buffer, i * rows * 8, rows);
  const i32 = (i: number) => new Int32Array(buffer, doubles * rows * 8 + i * rows * 4, rows);
  return {
    label: f64(0),
    columns: Array.from({ length: columns }, (_, i) => f64(1 + i)),
    weights: Array.from({ length: weights }, (_, i) => f64(1 + columns + i)),
    tick: i32(0),
    lane: i32(1),
    end: i32(2),
    ends: Array.from({ length: ends }, (_, i) => i32(3 + i)),
    dropped,
  };
}

function bytesOf(column: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
