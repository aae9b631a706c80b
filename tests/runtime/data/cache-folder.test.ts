/** The cache's folders: private, never waited for, and rid of what is old without a touch on anything else. */
import { chmodSync, existsSync, lutimesSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isPrivate, makeFolder, removeOld } from '../../../runtime/data/cache-folder.ts';
import { DAY, folder } from './support.ts';

const ENTRY = /^[0-9a-f]{4}\.plan(\.\d+\.part)?$/;
const NOW = 1_800_000_000_000;

function aged(path: string, days: number): void {
  const seconds = (NOW - days * DAY) / 1000;
  utimesSync(path, seconds, seconds);
}

describe('what is old', () => {
  test('goes by name and age: entries, leftovers, folders; nothing of other names, and not what was just written', () => {
    const files = folder();
    const names = { '0001.plan': 40, '0002.plan': 29, '0003.plan.77.part': 31, 'notes.plan': 900, '0004.plan': 900 };
    for (const [name, days] of Object.entries(names)) aged(files.write(name, 'x'), days);
    files.write('0005.plan/inner/file', 'x');
    aged(join(files.path, '0005.plan'), 31);
    removeOld(files.path, '0004.plan', ENTRY, NOW);
    expect(readdirSync(files.path).sort()).toEqual(['0002.plan', '0004.plan', 'notes.plan']);
  });

  test('a link goes, not what it leads to', () => {
    const files = folder();
    files.write('kept/file', 'x');
    symlinkSync(join(files.path, 'kept'), join(files.path, '0001.plan'));
    lutimesSync(join(files.path, '0001.plan'), 0, 0);
    removeOld(files.path, '0002.plan', ENTRY, NOW);
    expect(readdirSync(files.path, { recursive: true }).sort()).toEqual(['kept', 'kept/file']);
  });

  test('of many, a bounded number is looked at, beginning with the names after the new one, then from the front', () => {
    const files = folder();
    for (let i = 0; i < 200; i++) aged(files.write(`${(0x1000 + i).toString(16)}.plan`, ''), 31);
    removeOld(files.path, '10be.plan', ENTRY, NOW);
    const left = readdirSync(files.path).sort();
    expect(left.length).toBe(200 - 64);
    expect([left[0], left.at(-1)]).toEqual(['1037.plan', '10be.plan']);
  });

  test('what the system refuses is thrown', () => {
    expect(() => removeOld(join(folder().path, 'none'), 'x', ENTRY, NOW)).toThrow(/ENOENT/);
  });
});

describe('a folder', () => {
  test('is made for the user alone, with those above it, and may be there already', () => {
    const path = join(folder().path, 'a/b/c');
    makeFolder(path);
    makeFolder(path);
    expect(isPrivate(path)).toBe(true);
    if (process.platform !== 'win32') expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  test.skipIf(!existsSync('/proc/self'))('that the system never makes is refused at once', () => {
    expect(() => makeFolder('/proc/vela/cache')).toThrow(/ENOENT/);
  });

  test('below a file is refused', () => {
    const file = folder().write('file', '');
    expect(() => makeFolder(join(file, 'a/b'))).toThrow(/ENOTDIR|ENOENT/);
  });

  test.skipIf(process.platform === 'win32')('that others may write is not private, nor one that is not there', () => {
    const path = join(folder().path, 'open');
    mkdirSync(path);
    chmodSync(path, 0o777);
    expect([isPrivate(path), isPrivate(join(path, 'none')), isPrivate(join(path, 'n'.repeat(300)))]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
