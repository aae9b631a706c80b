/** Versions written by real processes: at once, killed at any moment, on a disk that is full. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Registry } from '../../../../runtime/models/registry/registry.ts';
import { versionOf } from './made.ts';
import { temporaryFolder } from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
const WRITER = join(import.meta.dirname, 'writer.ts');

function writer(...given: readonly (string | number)[]): ChildProcess {
  return spawn(process.execPath, [WRITER, ...given.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What it said, and how it ended. */
function ended(child: ChildProcess): Promise<{ readonly said: string; readonly signal: string | null }> {
  let said = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  return new Promise(resolve => child.on('close', (_, signal) => resolve({ said, signal })));
}

/** Every file with its bytes, but for what lies aside. */
function bytesIn(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  return new Map(names.sort().map(name => [name.slice(folder.length), readFileSync(name, 'base64')]));
}

test('two at once keep one version, and the loser says nothing', async () => {
  const folder = temporaryFolder();
  const both = await Promise.all([ended(writer(folder, 0, 30, 4096)), ended(writer(folder, 0, 30, 4096))]);
  expect(both.map(({ said }) => said)).toEqual(['ready\ndone\n', 'ready\ndone\n']);
  expect(new Registry(folder).list().length).toBe(30);
  expect(readdirSync(join(folder, 'aside'))).toEqual([]);
});

test('two at once that disagree: one is told', async () => {
  const folder = temporaryFolder();
  const both = await Promise.all([ended(writer(folder, 7, 1, 64, 1)), ended(writer(folder, 7, 1, 64, 2))]);
  expect(both.map(({ said }) => said).sort()).toEqual(['ready\nE1141\n', 'ready\ndone\n'].sort());
  expect(new Registry(folder).list().length).toBe(1);
});

test('killed at any moment, no version is half there, and a second run gives the bytes of an unbroken one', async () => {
  const [whole, broken] = [temporaryFolder(), temporaryFolder()];
  const count = 40;
  await ended(writer(whole, 0, count, 20_000));
  let killed = 0;
  for (let round = 0; round < (isDeep ? 50 : 8); round++) {
    const child = writer(broken, 0, count, 20_000);
    const end = ended(child);
    await new Promise<void>(resolve => child.stdout?.once('data', () => resolve()));
    await new Promise(resolve => setTimeout(resolve, (round * 13) % 60));
    child.kill('SIGKILL');
    if ((await end).signal === 'SIGKILL') killed++;
    // Reading verifies every digest.
    for (const version of new Registry(broken).list()) expect(version.format).toBe(1);
  }
  expect(killed).toBeGreaterThan(0);
  await ended(writer(broken, 0, count, 20_000));
  expect(bytesIn(broken)).toEqual(bytesIn(whole));
});

describe('a small disk', () => {
  test('that fills up leaves whole versions alone', async context => {
    const folder = temporaryFolder();
    const mount = join(folder, 'small');
    mkdirSync(mount);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount]);
    // Only who may mount can have one.
    if (mounted.status !== 0) return context.skip();
    try {
      const { said } = await ended(writer(mount, 0, 100, 20_000));
      expect(said).toBe('ready\nE1146\n');
      const kept = new Registry(mount).list();
      expect(kept.length).toBeGreaterThan(2);
      expect(existsSync(join(mount, 'versions', versionOf(99).version.id))).toBe(false);
      expect(readdirSync(join(mount, 'aside'))).toEqual([]);
    } finally {
      spawnSync('umount', [mount]);
    }
  });
});
