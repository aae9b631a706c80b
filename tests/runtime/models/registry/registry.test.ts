import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DISK, type Disk } from '../../../../runtime/models/registry/disk.ts';
import { canonicalText, hashOf } from '../../../../runtime/models/registry/hash.ts';
import { Registry } from '../../../../runtime/models/registry/registry.ts';
import { versionOf } from './made.ts';
import { temporaryFolder } from './support.ts';

describe('names from contents', () => {
  test('do not depend on the order of keys or on what is undefined', () => {
    expect(canonicalText({ b: 1, a: [1, { d: undefined, c: 'x' }] })).toBe('{"a":[1,{"c":"x"}],"b":1}');
  });

  test('see every bit but the sign of zero and the payload of NaN', () => {
    const named = (values: Float64Array) => hashOf([{ name: 'x', column: values }]);
    const other = new Float64Array(new BigUint64Array([0x7ff8_0000_0000_0001n]).buffer);
    expect(named(Float64Array.of(-0))).toBe(named(Float64Array.of(0)));
    expect(named(other)).toBe(named(Float64Array.of(Number.NaN)));
    expect(named(Float64Array.of(1))).not.toBe(named(Float64Array.of(1 + Number.EPSILON)));
  });

  test('keep neighbours apart', () => {
    const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
    const [c, d] = [Uint8Array.of(1), Uint8Array.of(2, 3)];
    const two = (first: Uint8Array, second: Uint8Array) =>
      hashOf([
        { name: 'x', column: first },
        { name: 'x', column: second },
      ]);
    expect(two(a, b)).not.toBe(two(c, d));
  });
});

describe('a version', () => {
  test('is found again as it was kept, by another process too', () => {
    const folder = temporaryFolder();
    const { version, graph } = versionOf(1);
    new Registry(folder).keep(version, graph);
    const found = new Registry(folder).find(version.id);
    expect(found?.version).toEqual(version);
    expect(Buffer.from(found?.graph ?? [])).toEqual(Buffer.from(graph));
    expect(new Registry(folder).find(versionOf(2).version.id)).toBeUndefined();
  });

  test('kept twice is kept once; with another digest it is an error that names the trainer', () => {
    const folder = temporaryFolder();
    const { version, graph } = versionOf(1);
    new Registry(folder).keep(version, graph);
    const place = join(folder, 'versions', version.id, 'version.json');
    const before = readFileSync(place, 'utf8');
    new Registry(folder).keep(version, graph);
    const other = versionOf(1, {}, 99);
    expect(() => new Registry(folder).keep(other.version, other.graph)).toThrowError(
      expect.objectContaining({ code: 'E1141', message: expect.stringContaining('trainer `xgboost`') }),
    );
    expect(readFileSync(place, 'utf8')).toBe(before);
    expect(readdirSync(join(folder, 'aside'))).toEqual([]);
  });

  test('is named by the beginning of its id', () => {
    const folder = temporaryFolder();
    const registry = new Registry(folder);
    const made = Array.from({ length: 40 }, (_, seed) => versionOf(seed));
    for (const { version, graph } of made) registry.keep(version, graph);
    expect(registry.list().length).toBe(40);
    for (const { version } of made) expect(registry.resolve(version.id.slice(0, 12))).toEqual(version);
    expect(() => registry.resolve('zz')).toThrowError(expect.objectContaining({ code: 'E1142' }));
    expect(() => registry.resolve('')).toThrowError(expect.objectContaining({ code: 'E1142' }));
    const firsts = made.map(({ version }) => version.id.slice(0, 1));
    const twice = firsts.find((first, i) => firsts.indexOf(first) !== i) ?? '';
    expect(() => registry.resolve(twice)).toThrowError(expect.objectContaining({ code: 'E1143' }));
  });

  test.each([
    ['a byte of the graph', 'model.onnx', (place: string) => appendFileSync(place, 'x'), 'not those that were written'],
    ['the graph', 'model.onnx', (place: string) => rmSync(place), '`model.onnx` is missing'],
    ['its document', 'version.json', (place: string) => writeFileSync(place, '{"format": 1, '), 'cannot be read'],
  ])('that has lost %s is refused', (_, file, damage, reason) => {
    const folder = temporaryFolder();
    const { version, graph } = versionOf(1);
    new Registry(folder).keep(version, graph);
    damage(join(folder, 'versions', version.id, file));
    expect(() => new Registry(folder).find(version.id)).toThrowError(
      expect.objectContaining({ code: 'E1145', message: expect.stringContaining(reason) }),
    );
  });

  test('of a later format is not read', () => {
    const folder = temporaryFolder();
    const { version, graph } = versionOf(1);
    new Registry(folder).keep({ ...version, format: 2 as 1 }, graph);
    expect(() => new Registry(folder).find(version.id)).toThrowError(expect.objectContaining({ code: 'E1147' }));
  });
});

describe('use', () => {
  test('one version of a model is promoted, and it cannot be removed then', () => {
    const registry = new Registry(temporaryFolder());
    const [first, second] = [versionOf(1), versionOf(2)];
    for (const { version, graph } of [first, second]) registry.keep(version, graph);
    expect(registry.promoted('gbm')).toBeUndefined();
    registry.promote(first.version);
    registry.promote(second.version);
    expect(registry.promoted('gbm')).toBe(second.version.id);
    expect(() => registry.remove(second.version.id)).toThrowError(
      expect.objectContaining({ code: 'E1144', message: expect.stringContaining('promoted') }),
    );
    registry.remove(first.version.id);
    registry.demote('gbm');
    registry.remove(second.version.id);
    expect(registry.list()).toEqual([]);
    expect(readdirSync(join(registry.folder, 'aside'))).toEqual([]);
  });

  test('what another version was made with cannot be removed', () => {
    const registry = new Registry(temporaryFolder());
    const first = versionOf(1);
    const second = versionOf(2, { model: 'meta', upstream: [first.version.id] });
    for (const { version, graph } of [first, second]) registry.keep(version, graph);
    expect(() => registry.remove(first.version.id)).toThrowError(
      expect.objectContaining({ code: 'E1144', message: expect.stringContaining('`meta`') }),
    );
    registry.remove(second.version.id);
    registry.remove(first.version.id);
  });
});

describe('a disk that refuses', () => {
  /** Fails at the n-th call of those that can meet a full disk. */
  function failing(at: number): { readonly disk: Disk; readonly calls: () => number } {
    let calls = 0;
    const tried =
      <Arguments extends readonly unknown[], Result>(call: (...given: Arguments) => Result) =>
      (...given: Arguments): Result => {
        if (++calls === at) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        return call(...given);
      };
    const { openSync, writeSync, fsyncSync, renameSync, closeSync } = DISK;
    const disk = {
      openSync: tried(openSync),
      // Some bytes get through before the disk is full.
      writeSync: tried((descriptor: number, bytes: Uint8Array, offset: number) =>
        writeSync(descriptor, bytes.subarray(0, offset + 16), offset),
      ),
      fsyncSync: tried(fsyncSync),
      renameSync: tried(renameSync),
      closeSync,
    };
    return { disk, calls: () => calls };
  }

  test('at any call leaves no part of a version, and the next try is whole', () => {
    const { version, graph } = versionOf(1);
    const counted = failing(0);
    new Registry(temporaryFolder(), counted.disk).keep(version, graph);
    expect(counted.calls()).toBeGreaterThan(20);
    for (let at = 1; at <= counted.calls(); at++) {
      const folder = temporaryFolder();
      const place = join(folder, 'versions', version.id);
      expect(() => new Registry(folder, failing(at).disk).keep(version, graph)).toThrowError(
        expect.objectContaining({ code: 'E1146', environment: true }),
      );
      // The last flush comes after the rename: the version is whole then.
      expect(existsSync(place)).toBe(existsSync(join(place, 'version.json')) && existsSync(join(place, 'model.onnx')));
      expect(readdirSync(join(folder, 'aside'))).toEqual([]);
      new Registry(folder).keep(version, graph);
      expect(new Registry(folder).find(version.id)?.version).toEqual(version);
    }
  });

  test('for good is told with what to do', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'a'));
    writeFileSync(join(folder, 'a', 'versions'), 'a file where a folder must stand');
    const { version, graph } = versionOf(1);
    expect(() => new Registry(join(folder, 'a')).keep(version, graph)).toThrowError(
      expect.objectContaining({ code: 'E1146', help: expect.stringContaining('run the command again') }),
    );
  });
});
