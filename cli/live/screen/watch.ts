/** Looks into the state folder of a run, and says what there is to show. It only reads: the run knows nothing of it. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isRunning, type RunFolder, readStop } from '../../../runtime/live/folder.ts';
import type { RunStatus } from '../../../runtime/live/status.ts';
import { LogTail } from './log-tail.ts';
import { statusFrom } from './read-status.ts';
import type { Scene } from './scene.ts';

/** A run that spoke within this time is there; whether the lock is held is asked only of one that did not. */
const FRESH_MS = 2500;
/** So often at most is the lock tried: trying it is not quite nothing. */
const LOCK_EVERY_MS = 1000;

export class Watch {
  readonly folder: RunFolder;
  readonly #name: string;
  readonly #blot: (text: string) => string;
  readonly #log: LogTail;
  #status: RunStatus | undefined;
  #heldAtMs = Number.NEGATIVE_INFINITY;
  #isHeld = false;

  /** `blot` takes out what must not be seen, before anything is cut or wrapped: half a key is still a key. */
  constructor(folder: RunFolder, name: string, blot: (text: string) => string) {
    this.folder = folder;
    this.#blot = blot;
    this.#name = blot(name);
    this.#log = new LogTail(folder.log, blot);
  }

  look(runs: number): Scene {
    // A status is written whole or not at all; what cannot be read is of no version that we know, and the last one stays.
    this.#status = statusOf(this.folder, this.#blot) ?? this.#status;
    const nowMs = Date.now();
    const stop = readStop(this.folder);
    return {
      name: this.#name,
      isAlive: this.#isAlive(nowMs),
      log: this.#log.read(),
      runs,
      nowMs,
      ...(this.#status !== undefined && { status: this.#status }),
      ...(stop !== undefined && { stop: { ...stop, by: this.#blot(stop.by) } }),
    };
  }

  #isAlive(nowMs: number): boolean {
    const status = this.#status;
    const isOver = status?.state === 'ended' || status?.state === 'failed';
    if (status !== undefined && !isOver && nowMs - status.heartbeatMs < FRESH_MS) return true;
    if (nowMs - this.#heldAtMs >= LOCK_EVERY_MS) {
      this.#heldAtMs = nowMs;
      this.#isHeld = isRunning(this.folder);
    }
    return this.#isHeld;
  }
}

/** As a person names it: without the folder that all runs are in. */
export function nameOfRun(path: string, runsFolder: string): string {
  return dirname(path) === runsFolder ? basename(path) : path;
}

export function statusOf({ path }: Pick<RunFolder, 'path'>, blot: (text: string) => string): RunStatus | undefined {
  try {
    return statusFrom(blot(readFileSync(join(path, 'status.json'), 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
