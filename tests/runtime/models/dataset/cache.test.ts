import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readRows, writeRows } from '../../../../runtime/models/dataset/cache.ts';
import { ROW_CAUSES, type Rows } from '../../../../runtime/models/dataset/rows.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});
function cacheOf(maxBytes = 1e6, ttlMs = 1e6) {
  const folder = mkdtempSync(join(tmpdir(), 'vela-rows-'));
  folders.push(folder);
  return { folder, maxBytes, ttlMs };
}
const key = (n: number) => String(n).padStart(64, '0');

function rowsOf(count: number): Rows {
  const f64 = (seed: number) =>
    Float64Array.from({ length: count }, (_, i) => (i % 5 === seed ? Number.NaN : i / seed));
  const i32 = (seed: number) => Int32Array.from({ length: count }, (_, i) => i * seed - 3);
  const dropped = Object.fromEntries(ROW_CAUSES.map((cause, i) => [cause, i])) as Rows['dropped'];
  return {
    columns: [f64(1), f64(2), f64(3)],
    label: f64(4),
    weights: [f64(5)],
    tick: i32(1),
    lane: i32(2),
    end: i32(3),
    ends: [i32(4), i32(5)],
    dropped,
  };
}

test('rows come back as they were', () => {
  const cache = cacheOf();
  for (const count of [0, 1, 7, 1000]) {
    expect(writeRows(cache, key(count), rowsOf(count))).toBeUndefined();
    expect(readRows(cache, key(count))).toEqual(rowsOf(count));
  }
  expect(readRows(cache, key(2))).toBeUndefined();
  expect(readRows({ maxBytes: 1, ttlMs: 1 }, key(1))).toBeUndefined();
});

test('a damaged or shortened entry is none', () => {
  const cache = cacheOf();
  writeRows(cache, key(1), rowsOf(50));
  const path = join(cache.folder, `${key(1)}.rows`);
  const bytes = readFileSync(path);
  for (const at of [2, 9, 13, 40, bytes.length - 1]) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    expect(readRows(cache, key(1))).toBeUndefined();
  }
  for (const length of [0, 5, 20, bytes.length - 4]) {
    writeFileSync(path, bytes.subarray(0, length));
    expect(readRows(cache, key(1))).toBeUndefined();
  }
  writeFileSync(path, bytes);
  expect(readRows(cache, key(1))).toEqual(rowsOf(50));
});

test('the size is kept to: what was not asked for the longest goes first', () => {
  const size = (() => {
    const cache = cacheOf();
    writeRows(cache, key(0), rowsOf(100));
    return statSync(join(cache.folder, `${key(0)}.rows`)).size;
  })();
  const cache = cacheOf(3.5 * size);
  const age = (n: number, seconds: number) => {
    const time = new Date(Date.now() - seconds * 1000);
    utimesSync(join(cache.folder, `${key(n)}.rows`), time, time);
  };
  for (const n of [1, 2, 3]) {
    writeRows(cache, key(n), rowsOf(100));
    age(n, 100 - n);
  }
  // Asking for the oldest makes it the youngest.
  expect(readRows(cache, key(1))).toBeDefined();
  writeRows(cache, key(4), rowsOf(100));
  expect(readdirSync(cache.folder).sort()).toEqual([1, 3, 4].map(n => `${key(n)}.rows`));
  writeRows(cache, key(5), rowsOf(10_000));
  expect(readRows(cache, key(5))).toBeUndefined();
});

test('an entry older than it may be is not read, and goes with the next write', () => {
  const cache = cacheOf(1e6, 60_000);
  writeRows(cache, key(1), rowsOf(5));
  const old = new Date(Date.now() - 61_000);
  utimesSync(join(cache.folder, `${key(1)}.rows`), old, old);
  expect(readRows(cache, key(1))).toBeUndefined();
  writeRows(cache, key(2), rowsOf(5));
  expect(readdirSync(cache.folder)).toEqual([`${key(2)}.rows`]);
});

test('a place that cannot be written is a warning', () => {
  const { folder } = cacheOf();
  writeFileSync(join(folder, 'file'), '');
  const warning = writeRows({ folder: join(folder, 'file', 'x'), maxBytes: 1e6, ttlMs: 1e6 }, key(1), rowsOf(5));
  expect(warning).toMatchObject({ code: 'E1111', environment: true });
});
