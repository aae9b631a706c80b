/** A full disk: the journal goes on in the room that was kept for it, and says so. On a small disk of its own, if it may be had. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Reserve, reserveAt } from '../../../../runtime/live/guard/reserve.ts';
import { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import { threadSink } from '../../../../runtime/live/store/thread.ts';
import { until } from './support.ts';

const MIB = 1024 * 1024;

let folder = '';
let isMounted = false;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vela-disk-'));
  isMounted = mount();
});
afterEach(() => {
  if (isMounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
});

/** Only root may; elsewhere these tests have nothing to say. */
function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Writes until nothing more goes. */
function fill(): void {
  const piece = Buffer.alloc(16 * 1024, 7);
  mkdirSync(join(folder, 'junk'));
  for (let i = 0; ; i++) {
    try {
      writeFileSync(join(folder, 'junk', String(i)), piece);
    } catch {
      return;
    }
  }
}

function makeRoom(): void {
  rmSync(join(folder, 'junk'), { recursive: true });
}

function free(): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

const row = (seq: number) =>
  ({ seq, kind: 'input', body: JSON.stringify({ type: 'placed', text: 'x'.repeat(2000) }) }) as const;

describe('the reserve', () => {
  it('holds room, gives it up once, and takes it anew when there is enough', ({ skip }) => {
    if (!isMounted) skip();
    const reserve: Reserve = reserveAt(join(folder, 'reserve'), 2 * MIB);
    expect(reserve.isKept).toBe(true);
    expect(free()).toBeLessThan(6.1 * MIB);
    fill();
    expect(reserve.refill()).toBe(true);
    expect(reserve.spend()).toBe(true);
    expect(free()).toBeGreaterThan(1.9 * MIB);
    expect(reserve.spend()).toBe(false);
    expect(reserve.refill()).toBe(false);
    makeRoom();
    expect(reserve.refill()).toBe(true);
    expect(readFileSync(join(folder, 'reserve')).length).toBe(2 * MIB);
  });

  it('is spent from the start where there is no room for it', ({ skip }) => {
    if (!isMounted) skip();
    expect(reserveAt(join(folder, 'reserve'), 20 * MIB).isKept).toBe(false);
    expect(free()).toBeGreaterThan(7 * MIB);
  });
});

describe('the journal on a full disk', () => {
  it('loses no row, says that it lives on its reserve, and says when there is room again', { timeout: 30_000 }, async ({
    skip,
  }) => {
    if (!isMounted) skip();
    const path = join(folder, 'run.sqlite');
    const told: boolean[] = [];
    const sink = threadSink(path, {
      reserve: { path: join(folder, 'reserve'), bytes: 2 * MIB },
      onRoom: isShort => told.push(isShort),
    });
    sink.append(row(1));
    await sink.durable();
    fill();
    expect(free()).toBe(0);
    for (let seq = 2; seq <= 200; seq++) {
      sink.append(row(seq));
      await sink.durable();
    }
    expect(told).toEqual([true]);
    makeRoom();
    await until(() => told.length === 2, 10_000);
    expect(told).toEqual([true, false]);
    sink.append(row(201));
    await sink.durable();
    await sink.close();
    const database = new JournalDatabase(path, { readOnly: true });
    expect([...database.rows()].map(({ seq }) => seq)).toEqual(Array.from({ length: 201 }, (_, i) => i + 1));
    expect([...database.rowsBack()].map(({ seq }) => seq)).toEqual(Array.from({ length: 201 }, (_, i) => 201 - i));
    database.abandon();
  });

  it('fails when the reserve is used up too, and nothing stands behind a hole', { timeout: 30_000 }, async ({
    skip,
  }) => {
    if (!isMounted) skip();
    const path = join(folder, 'run.sqlite');
    const sink = threadSink(path, { reserve: { path: join(folder, 'reserve'), bytes: MIB } });
    sink.append(row(1));
    await sink.durable();
    fill();
    let written = 1;
    await expect(
      (async () => {
        for (let seq = 2; seq < 5000; seq++) {
          sink.append(row(seq));
          await sink.durable();
          written = seq;
        }
      })(),
    ).rejects.toMatchObject({ code: 'journal-write' });
    expect(written).toBeGreaterThan(50);
    await sink.close();
    makeRoom();
    const database = new JournalDatabase(path, { readOnly: true });
    expect(database.lastSeq()).toBe(written);
    database.abandon();
  });
});
