/** A file is written whole or not at all. */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FileSystem, WriteError, writeWhole } from '../../../runtime/report/write.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vela-write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const disk: FileSystem = { openSync, writeSync, fsyncSync, closeSync, renameSync, rmSync };

function failing(code: string): never {
  throw Object.assign(new Error(`${code}: made to fail`), { code });
}

function caught(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A disk that takes `room` bytes, a few at a time. */
function smallDisk(room: number): FileSystem {
  let left = room;
  return {
    ...disk,
    writeSync: (descriptor, bytes, offset) => {
      if (left === 0) return failing('ENOSPC');
      const count = Math.min(left, 7, bytes.length - offset);
      left -= count;
      return writeSync(descriptor, bytes.subarray(offset, offset + count));
    },
  };
}

test('writes in as many pieces as the disk takes', () => {
  const path = join(folder, 'report.html');
  writeWhole(path, 'a report of some length', smallDisk(1000));
  expect(readFileSync(path, 'utf8')).toBe('a report of some length');
  expect(readdirSync(folder)).toEqual(['report.html']);
});

test('a full disk leaves nothing of the new file, and the old one as it was', () => {
  const path = join(folder, 'report.html');
  writeFileSync(path, 'old');
  const error = caught(() => writeWhole(path, 'a report of some length', smallDisk(10)));
  expect(error).toBeInstanceOf(WriteError);
  expect(String(error)).toContain(`cannot write ${path}: the disk is full`);
  expect(readdirSync(folder)).toEqual(['report.html']);
  expect(readFileSync(path, 'utf8')).toBe('old');
});

test.each(['openSync', 'fsyncSync', 'closeSync', 'renameSync'] as const)('nothing stays behind when %s fails', step => {
  const path = join(folder, 'report.html');
  const files = { ...disk, [step]: () => failing('EIO') };
  expect(caught(() => writeWhole(path, 'text', files))).toBeInstanceOf(WriteError);
  expect(readdirSync(folder)).toEqual([]);
});

test('a link stays a link; a device is written to, not replaced', () => {
  writeFileSync(join(folder, 'target.html'), 'old');
  symlinkSync('target.html', join(folder, 'link.html'));
  writeWhole(join(folder, 'link.html'), 'new');
  expect(readFileSync(join(folder, 'target.html'), 'utf8')).toBe('new');
  expect(lstatSync(join(folder, 'link.html')).isSymbolicLink()).toBe(true);
  writeWhole('/dev/null', 'new');
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('a file where a folder should be is named', () => {
  writeFileSync(join(folder, 'file'), '');
  const path = join(folder, 'file', 'report.html');
  expect(String(caught(() => writeWhole(path, 'text')))).toContain(
    `cannot write ${path}: a part of its path is a file`,
  );
});

test('a file keeps its permissions', () => {
  const path = join(folder, 'mine.vela');
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
  writeWhole(path, 'new');
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['new', 0o640]);
});

test('a folder in its place is named', () => {
  expect(String(caught(() => writeWhole(folder, 'text')))).toContain(`cannot write ${folder}: it is a folder`);
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that does not exist is named in plain words', () => {
  const path = join(folder, 'missing', 'report.html');
  expect(String(caught(() => writeWhole(path, 'text')))).toContain('its folder does not exist');
});

test('a mistake of ours is not taken for one of the disk', () => {
  const files = {
    ...disk,
    writeSync: () => {
      throw new RangeError('ours');
    },
  };
  expect(caught(() => writeWhole(join(folder, 'x'), 'text', files))).toBeInstanceOf(RangeError);
});
