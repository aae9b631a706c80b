/**
 * The bytes of a data file, plain or gzip, in large chunks. Whether it is compressed is seen from the content, so that a
 * wrong name is noticed. Decompression runs on another thread while the caller works on the chunk before.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { dataError } from './errors.ts';

const READ_BYTES = 1 << 18;
const INFLATED_BYTES = 1 << 19;

/** What the file was when it was read: enough to tell later whether it is still the same. */
export interface SourceStamp {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** SHA-256 of the bytes on disk, hex. */
  readonly sha256: string;
}

/** Hands each chunk of the content to `take`; the memory of a chunk is the callee's only during the call. */
export async function readContent(path: string, take: (chunk: Uint8Array) => void): Promise<SourceStamp> {
  const handle = await opened(path);
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw dataError('D1023', { path, reason: 'it is a folder' }, { file: path });
    const head = new Uint8Array(2);
    await handle.read(head, 0, 2, 0);
    const isGzip = head[0] === 0x1f && head[1] === 0x8b;
    if (!isGzip && /\.gz$/i.test(path) && stat.size > 0)
      throw dataError('D1012', { reason: 'not gzip' }, { file: path });
    const hash = createHash('sha256');
    const source = Readable.from(hashedChunks(handle, hash), { objectMode: false, highWaterMark: READ_BYTES });
    if (isGzip) await inflate(path, source, take);
    else for await (const chunk of source) take(chunk);
    return { size: stat.size, mtimeMs: stat.mtimeMs, ctimeMs: stat.ctimeMs, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

/** SHA-256 of a file's bytes, hex. */
export async function hashFile(path: string): Promise<string> {
  const handle = await opened(path);
  try {
    const hash = createHash('sha256');
    for await (const _ of hashedChunks(handle, hash));
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw fileError(path, error);
  }
}

function fileError(path: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return dataError('D1001', { path }, { file: path });
  return dataError('D1023', { path, reason: reasonText(error) }, { file: path });
}

/** The operating system's reason in a few words: `no space left on device`. */
export function reasonText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? String(message) : message.replace(/^[A-Z0-9_]+: /, '').replace(/, .*$/s, '');
}

async function* hashedChunks(handle: FileHandle, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(READ_BYTES), 0, READ_BYTES, null);
    if (bytesRead === 0) return;
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    yield chunk;
  }
}

async function inflate(path: string, source: Readable, take: (chunk: Uint8Array) => void): Promise<void> {
  const gunzip = createGunzip({ chunkSize: INFLATED_BYTES });
  source.on('error', error => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip) take(chunk);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'Z_BUF_ERROR') throw dataError('D1011', {}, { file: path });
    if (code?.startsWith('Z_')) throw dataError('D1012', { reason: 'damaged' }, { file: path });
    throw error;
  }
}
