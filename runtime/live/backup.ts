/**
 * A copy of a run's journal that another machine or another day can go on with. Taken while the run goes on; put back, the
 * run may be older than its own orders at the venue, so the numbers of its orders jump ahead of any that were used since.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../data/cache-folder.ts';
import { WriteError, writeWhole } from '../report/write.ts';
import { encode } from './codec.ts';
import { LiveError } from './errors.ts';
import { lock, prepareFolder, type RunFolder } from './folder.ts';
import { isFull } from './guard/reserve.ts';
import { JournalDatabase, sqlite } from './store/database.ts';
import type { Input } from './store/rows.ts';

export interface Backup {
  readonly path: string;
  readonly strategy: string;
  readonly mode: string;
  readonly rows: number;
  readonly takenMs: number;
}

interface Manifest extends Omit<Backup, 'path'> {
  readonly format: 1;
  /** SHA-256 of each file, hex. */
  readonly files: Readonly<Record<string, string>>;
}

const MANIFEST = 'backup.json';
const JOURNAL = 'run.sqlite';
const VENUE = 'venue.sqlite';
/** More orders than a run sends between two backups. */
const SKIPPED_NUMBERS = 1_000_000;
/** A run at full speed may never leave the time for a copy. */
const LONGEST_TRY_MS = 10_000;

/**
 * Copies what a run has written, as of one moment; the run may be going on. Gives what was copied. `onCopied` is called after
 * each file: a test lets the run go on there.
 */
export function takeBackup(folder: RunFolder, to: string, onCopied: () => void = () => {}): Backup {
  if (existsSync(to)) {
    throw new LiveError('backup-exists', `${to} exists already`, 'name a folder that does not exist yet');
  }
  makeFolder(to);
  try {
    if (existsSync(folder.venue)) copyBoth(folder, to, onCopied);
    else copyDatabase(folder.journal, join(to, JOURNAL));
    const about = aboutJournal(join(to, JOURNAL));
    const names = [JOURNAL, VENUE].filter(name => existsSync(join(to, name)));
    const manifest: Manifest = {
      format: 1,
      ...about,
      takenMs: Date.now(),
      files: Object.fromEntries(names.map(name => [name, hashOf(join(to, name))])),
    };
    writeWhole(join(to, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    return { path: to, ...about, takenMs: manifest.takenMs };
  } catch (error) {
    rmSync(to, { recursive: true, force: true });
    // SQLite says in words of its own that there is no room.
    throw isFull(error) ? new WriteError(to, noRoom(error)) : error;
  }
}

/** Puts a backup into a state folder. `anew`: a run that is there is set aside; otherwise it is refused. */
export function restoreBackup(from: string, folder: RunFolder, anew: boolean): Backup & { readonly aside?: string } {
  const manifest = readManifest(from);
  for (const [name, hash] of Object.entries(manifest.files)) {
    const path = join(from, name);
    if (!existsSync(path) || hashOf(path) !== hash) throw damaged(from, `${name} is not what was backed up`);
  }
  if (existsSync(folder.journal) && !anew) {
    throw new LiveError(
      'run-exists',
      `${folder.path} holds a run already`,
      'name another folder with `--state`, or give `--new` to set that one aside',
    );
  }
  const aside = prepareFolder(folder, anew);
  const claim = lock(folder);
  try {
    // The journal comes last: without it there is no run that could begin from half of a backup.
    if (VENUE in manifest.files) copyFileSync(join(from, VENUE), folder.venue);
    const whole = `${folder.journal}.part`;
    copyFileSync(join(from, JOURNAL), whole);
    skipNumbers(whole);
    renameSync(whole, folder.journal);
  } finally {
    claim.release();
  }
  const { strategy, mode, rows, takenMs } = manifest;
  return { path: from, strategy, mode, rows, takenMs, ...(aside !== undefined && { aside }) };
}

function skipNumbers(journal: string): void {
  const database = new JournalDatabase(journal);
  const input: Input = { type: 'skipped', intents: SKIPPED_NUMBERS };
  database.append({ seq: database.lastSeq() + 1, kind: 'input', body: encode(input) });
  database.close();
}

function noRoom(cause: unknown): NodeJS.ErrnoException {
  return Object.assign(new Error('no room', { cause }), { code: 'ENOSPC' });
}

/**
 * A journal and its simulated venue as they stood at one moment, as a crash would have left them. Orders that the venue has
 * and the journal does not know would be sent once more, under the new numbers, by the run that is put back.
 */
function copyBoth({ journal, venue }: RunFolder, to: string, onCopied: () => void): void {
  const live = new JournalDatabase(journal, { readOnly: true });
  const startedMs = performance.now();
  let rows: number;
  try {
    do {
      if (performance.now() - startedMs > LONGEST_TRY_MS) throw tooBusy();
      rmSync(join(to, VENUE), { force: true });
      rows = live.lastSeq();
      copyDatabase(venue, join(to, VENUE));
      onCopied();
    } while (rows !== live.lastSeq());
  } finally {
    live.abandon();
  }
  copyDatabase(journal, join(to, JOURNAL));
  const copy = new JournalDatabase(join(to, JOURNAL));
  copy.cutAfter(rows);
  copy.close();
}

function tooBusy(): LiveError {
  return new LiveError(
    'busy-run',
    'the run writes faster than it can be copied',
    'stop it, back it up and start it again: it goes on where it was; or let it go on with a lower `--speed`',
  );
}

function copyDatabase(from: string, to: string): void {
  const db = new (sqlite().DatabaseSync)(from, { readOnly: true, timeout: 5000 });
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
}

function aboutJournal(path: string): Pick<Backup, 'strategy' | 'mode' | 'rows'> {
  const database = new JournalDatabase(path, { readOnly: true });
  try {
    const binding = database.binding();
    if (binding === undefined) throw damaged(path, 'the run has not begun');
    return { strategy: binding.strategy, mode: binding.mode, rows: database.lastSeq() };
  } finally {
    database.abandon();
  }
}

function readManifest(from: string): Manifest {
  const path = join(from, MANIFEST);
  if (!existsSync(path)) throw damaged(from, `${MANIFEST} is missing`);
  try {
    const found: Partial<Manifest> = JSON.parse(readFileSync(path, 'utf8'));
    if (found.format === 1 && found.files !== undefined && JOURNAL in found.files) return found as Manifest;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw damaged(from, `${MANIFEST} cannot be read`);
}

function damaged(path: string, what: string): LiveError {
  return new LiveError(
    'damaged-backup',
    `${path} is no backup that can be put back: ${what}`,
    'name a folder that `vela backup` made; take another backup if this one was changed',
  );
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
