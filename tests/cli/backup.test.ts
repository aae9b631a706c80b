/** `vela backup` and `vela restore` as processes: a run that goes on from a copy is the run that it was. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeBackup } from '../../runtime/live/backup.ts';
import { runFolder } from '../../runtime/live/folder.ts';
import { JournalDatabase } from '../../runtime/live/store/database.ts';
import { busyText } from '../runtime/live/busy.ts';
import { temporaryFolder, writeCandles } from './support.ts';
import { end, start, statusOf, until, vela } from './support-run.ts';

/** Far more than are played while a copy of the run is taken, however slowly. */
const BARS = 700;
/** An entry, and the stop and the two targets of the one before it. */
const MOST_OF_A_BAR = 4;
const RUN = ['run', 'busy.vela', '--replay', 'candles.csv', '--json'];

async function halfway(): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'busy.vela'), busyText());
  writeCandles(join(folder, 'candles.csv'), BARS);
  const child = start(folder, [...RUN, '--speed', '72000']);
  const ended = end(child);
  await until(() => (statusOf(folder)?.bars ?? 0) > 60);
  // While it goes on.
  const taken = await vela(folder, 'backup', '--to', 'copy');
  expect(taken).toMatchObject({ code: 0, log: '' });
  expect(taken.out).toMatch(/rows of .*busy-replay are in copy/);
  child.kill('SIGKILL');
  await ended;
  return folder;
}

describe('a backup', () => {
  it('put back, goes on to the same end under order numbers of its own', { timeout: 120_000 }, async () => {
    const folder = await halfway();
    const whole = JSON.parse((await vela(folder, ...RUN)).out);
    expect(await vela(folder, 'restore', 'copy', '--state', 'again')).toMatchObject({ code: 0 });
    const again = JSON.parse((await vela(folder, ...RUN, '--state', 'again')).out);
    expect(again.journalHash).toBe(whole.journalHash);
    expect(again.span).toEqual(whole.span);
    const [first, second] = [placedBy(join(folder, '.vela/runs/busy-replay')), placedBy(join(folder, 'again'))];
    const copied = placedBy(join(folder, 'copy'));
    const [after, anew] = [first.slice(copied.length), second.slice(copied.length)];
    expect(anew.length).toBeGreaterThan(10);
    const orders = (placed: readonly Placed[]) => [...new Set(placed.map(({ order }) => order))];
    expect(orders(second)).toEqual(orders(first));
    // What was wanted when the copy was made may have left already, and keeps its number; or not, and is sent once more.
    const left = anew.filter(({ clientId }) => after.some(other => other.clientId === clientId));
    const more = anew.filter(({ order }) => copied.some(other => other.order === order));
    for (const few of [left, more]) expect(few.length).toBeLessThanOrEqual(MOST_OF_A_BAR);
    // A second life replays over the place where the numbers jump.
    const third = JSON.parse((await vela(folder, ...RUN, '--state', 'again')).out);
    expect(third.journalHash).toBe(whole.journalHash);
  });

  it('is the run at one moment, though bars pass while its files are copied', { timeout: 120_000 }, async () => {
    const folder = await halfway();
    const run = runFolder(join(folder, '.vela/runs/busy-replay'));
    const before = statusOf(folder)?.bars ?? 0;
    const child = start(folder, [...RUN, '--speed', '72000']);
    const ended = end(child);
    await until(() => (statusOf(folder)?.bars ?? 0) > before + 20);
    let copies = 0;
    takeBackup(run, join(folder, 'moment'), () => {
      copies += 1;
      if (copies > 1) return;
      // The venue is copied, the journal not yet: it goes on for a few bars, and ends.
      const from = lastSeqOf(run.journal);
      while (lastSeqOf(run.journal) < from + 6) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      child.kill('SIGKILL');
    });
    expect(copies).toBeGreaterThan(1);
    await ended;
    const whole = JSON.parse((await vela(folder, ...RUN)).out);
    await vela(folder, 'restore', 'moment', '--state', 'again');
    const again = JSON.parse((await vela(folder, ...RUN, '--state', 'again')).out);
    expect(again.journalHash).toBe(whole.journalHash);
  });

  it('is for its owner alone, never overwrites, and is put back only whole', { timeout: 120_000 }, async () => {
    const folder = await halfway();
    expect(statSync(join(folder, 'copy')).mode & 0o077).toBe(0);
    expect((await vela(folder, 'backup', '--to', 'copy')).log).toContain('error[backup-exists]');
    const occupied = await vela(folder, 'restore', 'copy', '--state', '.vela/runs/busy-replay');
    expect(occupied.log).toContain('error[run-exists]');
    const aside = await vela(folder, 'restore', 'copy', '--state', '.vela/runs/busy-replay', '--new', '--json');
    expect(existsSync(join(folder, JSON.parse(aside.out).aside, 'run.sqlite'))).toBe(true);
    const bytes = readFileSync(join(folder, 'copy/run.sqlite'));
    bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1;
    writeFileSync(join(folder, 'copy/run.sqlite'), bytes);
    const changed = await vela(folder, 'restore', 'copy', '--state', 'elsewhere');
    expect(changed.log).toContain('error[damaged-backup]');
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
    expect((await vela(folder, 'restore', 'nothing', '--state', 'elsewhere')).log).toContain('error[damaged-backup]');
    expect(readdirSync(folder)).not.toContain('elsewhere');
  });
});

function lastSeqOf(journal: string): number {
  const database = new JournalDatabase(journal, { readOnly: true });
  const seq = database.lastSeq();
  database.abandon();
  return seq;
}

interface Placed {
  readonly clientId: string;
  /** The number that the engine knows it by. */
  readonly order: number;
}

function placedBy(folder: string): Placed[] {
  const database = new JournalDatabase(join(folder, 'run.sqlite'), { readOnly: true });
  const placed = [...database.rows()].flatMap(({ kind, body }) => {
    const row = kind === 'intent' ? JSON.parse(body) : undefined;
    return row?.command.type === 'place' ? [{ clientId: row.clientId, order: row.command.order.id }] : [];
  });
  database.abandon();
  return placed;
}
