/**
 * The state folder of a run: its journal, its lock, the file that stops it, the file that says how it is. One folder, one
 * run; everything that another process needs to know of a run is here.
 */
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../data/cache-folder.ts';
import { writeUnforced, writeWhole } from '../report/write.ts';
import { LiveError } from './errors.ts';
import type { RunStatus } from './status.ts';
import { sqlite } from './store/database.ts';

export interface RunFolder {
  readonly path: string;
  readonly journal: string;
  readonly venue: string;
  readonly log: string;
  readonly reserve: string;
}

export function runFolder(path: string): RunFolder {
  return {
    path,
    journal: join(path, 'run.sqlite'),
    venue: join(path, 'venue.sqlite'),
    log: join(path, 'run.log'),
    reserve: join(path, 'reserve'),
  };
}

/** Only its owner may look into it. `anew`: an older run is put aside; gives where. */
export function prepareFolder(folder: RunFolder, anew: boolean): string | undefined {
  const { path, journal } = folder;
  const aside = anew && existsSync(journal) ? setAside(folder) : undefined;
  makeFolder(path);
  return aside;
}

function setAside(folder: RunFolder): string {
  const { path } = folder;
  lock(folder).release();
  let number = 1;
  while (existsSync(`${path}.old-${number}`)) number += 1;
  const aside = `${path}.old-${number}`;
  renameSync(path, aside);
  return aside;
}

/** Puts an older run back in the place of one that has not begun. */
export function putBack({ path }: RunFolder, aside: string): void {
  rmSync(path, { recursive: true, force: true });
  renameSync(aside, path);
}

// ---------------------------------------------------------------- the lock

export interface Lock {
  release(): void;
}

/**
 * A lock of the operating system, which ends with the process however it ends. Throws `claimed` when another process has
 * it.
 */
export function lock({ path }: RunFolder): Lock {
  const held = tryLock(join(path, 'lock'), PROBED_MS);
  if (held !== undefined) return held;
  const pid = readStatus({ path })?.pid;
  throw new LiveError(
    'claimed',
    `another process is running ${path}${pid === undefined ? '' : ` (process ${pid})`}`,
    'look at that one with `vela top`, end it first (Ctrl-C, or `kill` with the number of its process), or give this run a folder of its own with `--state`',
  );
}

/** Whether a process has the lock now. */
export function isRunning({ path }: Pick<RunFolder, 'path'>): boolean {
  const file = join(path, 'lock');
  if (!existsSync(file)) return false;
  const held = tryLock(file);
  held?.release();
  return held === undefined;
}

/** Who asks whether a run is there (a screen, a health check) holds its lock for a moment: no reason to refuse a start. */
const PROBED_MS = 250;

/** Undefined: another process has it, and for that long. */
export function tryLock(file: string, patienceMs = 0): Lock | undefined {
  const db = new (sqlite().DatabaseSync)(file, { timeout: patienceMs });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof Error && /locked|busy/.test(error.message)) return undefined;
    throw error;
  }
  return { release: () => db.close() };
}

// ---------------------------------------------------------------- stopping

/** While the file is there the run makes no entry; only a person takes it away (`vela stop --reset`). */
export interface StopOrder {
  readonly by: string;
  readonly atMs: number;
  readonly flatten: boolean;
}

const STOP_FILE = 'stop';

export function writeStop({ path }: Pick<RunFolder, 'path'>, order: StopOrder): void {
  writeWhole(join(path, STOP_FILE), `${JSON.stringify(order)}\n`);
}

/** Any file of the name stops the run, whatever is in it: somebody may have made it with `touch`. */
export function readStop({ path }: Pick<RunFolder, 'path'>): StopOrder | undefined {
  const text = readOptional(join(path, STOP_FILE));
  if (text === undefined) return undefined;
  const found = parsed<Partial<StopOrder>>(text);
  return { by: found?.by ?? 'file', atMs: found?.atMs ?? Number.NaN, flatten: found?.flatten === true };
}

export function resetStop({ path }: Pick<RunFolder, 'path'>): boolean {
  const file = join(path, STOP_FILE);
  const was = existsSync(file);
  rmSync(file, { force: true });
  return was;
}

// ---------------------------------------------------------------- how it is

const STATUS_FILE = 'status.json';

export function writeStatus({ path }: Pick<RunFolder, 'path'>, status: RunStatus): void {
  // Of a machine that went down it says nothing true anyway.
  writeUnforced(join(path, STATUS_FILE), `${JSON.stringify(status, null, 2)}\n`);
}

export function readStatus({ path }: Pick<RunFolder, 'path'>): RunStatus | undefined {
  const text = readOptional(join(path, STATUS_FILE));
  return text === undefined ? undefined : parsed<RunStatus>(text);
}

function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return undefined;
  }
}
