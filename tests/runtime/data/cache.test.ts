import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultCacheDir } from '../../../runtime/data/cache.ts';
import { importBars } from '../../../runtime/data/import.ts';
import { selectFiles } from '../../../runtime/data/select.ts';
import { csv, folder, rows } from './support.ts';

/** Enough rows to be worth an entry. */
const LINES = rows(8000);

async function load(file: string, cacheDir: string) {
  const { series, warnings } = await importBars(selectFiles([file], 'bars', 'BTC/USDT').files, 'bars', cacheDir);
  return { series, warnings: warnings.map(warning => warning.code) };
}

function setUp() {
  const files = folder();
  const cache = join(files.path, 'cache');
  const entries = () => (existsSync(join(cache, 'candles')) ? readdirSync(join(cache, 'candles')) : []);
  const entry = () => join(cache, 'candles', entries()[0] ?? '');
  return { file: files.write('bars.csv', csv(LINES)), cache, entries, entry };
}

test('a second load reads the entry and gives the same series', async () => {
  const { file, cache, entries, entry } = setUp();
  const first = await load(file, cache);
  expect(entries()).toHaveLength(1);
  const written = statSync(entry()).mtimeMs;
  const second = await load(file, cache);
  expect(second).toEqual(first);
  expect(statSync(entry()).mtimeMs).toBe(written);
});

test('the entry is really what the second load reads', async () => {
  const { file, cache } = setUp();
  await load(file, cache);
  const { size, atime, mtime } = statSync(file);
  // Other bytes under the same size: only a changed time tells, and then the hash of the file.
  const other = csv(LINES).replace(',100,', ',100,').replace(',101,', ',100,');
  expect(other.length).toBe(size);
  const before = await load(file, cache);
  writeFileSync(file, other);
  utimesSync(file, atime, mtime);
  const after = await load(file, cache);
  expect(after.series.hash).not.toBe(before.series.hash);
});

test('a file that was only touched needs no new parse', async () => {
  const { file, cache, entry } = setUp();
  await load(file, cache);
  const written = statSync(entry()).mtimeMs;
  utimesSync(file, new Date(), new Date());
  await load(file, cache);
  expect(statSync(entry()).mtimeMs).toBe(written);
});

describe('a damaged entry', () => {
  const damages: readonly (readonly [string, (path: string) => void])[] = [
    ['cut off', path => truncateSync(path, statSync(path).size - 100)],
    ['cut in its header', path => truncateSync(path, 30)],
    ['empty', path => truncateSync(path, 0)],
    ['flipped in a column', path => flip(path, statSync(path).size - 777)],
    ['flipped in its header', path => flip(path, 14)],
    ['of another program', path => writeFileSync(path, 'hello, this is not a cache file at all')],
  ];
  test.each(damages)('%s is noticed and made again', async (_, damage) => {
    const { file, cache, entry } = setUp();
    const first = await load(file, cache);
    const sound = readFileSync(entry());
    damage(entry());
    const second = await load(file, cache);
    expect(second.series).toEqual(first.series);
    expect(second.warnings).toEqual(['D1054']);
    expect(readFileSync(entry()).equals(sound)).toBe(true);
  });
});

test('an entry of another version is made again without a word', async () => {
  const { file, cache, entry } = setUp();
  const first = await load(file, cache);
  const sound = readFileSync(entry());
  writeFileSync(entry(), Buffer.concat([Buffer.from('VELACOL1'), sound.subarray(8)]));
  const second = await load(file, cache);
  expect(second).toEqual({ series: first.series, warnings: [] });
  expect(readFileSync(entry()).equals(sound)).toBe(true);
});

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
}

test('a folder that cannot be written is a warning, and nothing is left behind', async () => {
  const files = folder();
  const file = files.write('bars.csv', csv(LINES));
  // A file where the folder should be: no user, not even root, can make the folder.
  const blocked = files.write('cache', 'in the way');
  const { series, warnings } = await load(file, blocked);
  expect(series.length).toBe(LINES.length);
  expect(warnings).toEqual(['D1052']);
});

test.skipIf(!existsSync('/dev/full') || process.getuid?.() === 0)(
  'a folder without permission is a warning',
  async () => {
    const files = folder();
    const file = files.write('bars.csv', csv(LINES));
    files.write('cache/candles/keep', '');
    chmodSync(join(files.path, 'cache/candles'), 0o500);
    expect((await load(file, join(files.path, 'cache'))).warnings).toEqual(['D1052']);
  },
);

test('small files are not worth an entry', async () => {
  const files = folder();
  await load(files.write('bars.csv', csv(rows(10))), join(files.path, 'cache'));
  expect(existsSync(join(files.path, 'cache'))).toBe(false);
});

test('the folder comes from VELA_CACHE, which may be empty for none', async () => {
  expect(await defaultCacheDir({ VELA_CACHE: '/some/where' })).toBe('/some/where');
  expect(await defaultCacheDir({ VELA_CACHE: '' })).toBeUndefined();
});
