/** What a person's answer does to a run: through its folder alone, so that a screen can be anywhere its folder is. */
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type RunFolder, resetStop, writeStop } from '../../../runtime/live/folder.ts';
import type { Scene } from './scene.ts';
import type { Effect } from './view.ts';

/** A wish that takes time: what is waited for, and since when. */
export interface Waiting {
  readonly for: 'stopped' | 'ended';
  readonly flatten: boolean;
  readonly sinceMs: number;
}

export interface Acted {
  readonly notice: string;
  readonly waiting?: Waiting;
}

/** Closing at market takes a bar in a rehearsal, and an answer of the venue elsewhere. */
const PATIENCE_MS = 60_000;

export type FolderEffect = Extract<Effect, { readonly type: 'stop' | 'go on' | 'end' | 'kill' }>;

export function act(effect: FolderEffect, folder: RunFolder, scene: Scene): Acted {
  const when = scene.isAlive ? '' : ' (it holds from its next start on)';
  switch (effect.type) {
    case 'stop':
      askToStop(folder, effect.flatten);
      return { notice: stopWords(effect.flatten, scene.isAlive, when) };
    case 'go on':
      resetStop(folder);
      return { notice: `it goes on${when}` };
    case 'end':
      return askToEnd(folder, scene);
    case 'kill':
      askToStop(folder, effect.flatten);
      if (!scene.isAlive) return { notice: `stopped${when}` };
      return {
        notice: effect.flatten ? 'stopping, then closing, then ending …' : 'stopping, then ending …',
        waiting: { for: 'stopped', flatten: effect.flatten, sinceMs: scene.nowMs },
      };
  }
}

function stopWords(flatten: boolean, isAlive: boolean, when: string): string {
  if (!flatten) return `stopped: no entries, protection stays${when}`;
  return isAlive
    ? 'stopped, positions are being closed'
    : 'no process runs it: positions stay open until its next start';
}

/** What has become of it: undefined while there is nothing new. */
export function carriedOn(waiting: Waiting, folder: RunFolder, scene: Scene): Acted | 'over' | undefined {
  if (!scene.isAlive) return 'over';
  if (waiting.for === 'stopped') {
    const { status } = scene;
    const isFlat = status?.instruments.every(({ position }) => position === 0) ?? true;
    if (status?.state === 'stopped' && (isFlat || !waiting.flatten)) return askToEnd(folder, scene);
  }
  if (scene.nowMs - waiting.sinceMs < PATIENCE_MS) return undefined;
  return {
    notice:
      waiting.for === 'ended'
        ? 'it was asked to end and has not yet'
        : waiting.flatten
          ? 'not flat yet, so it was not ended: it stays stopped; k asks again'
          : 'it has not stopped yet, so it was not ended; k asks again',
  };
}

function askToStop(folder: RunFolder, flatten: boolean): void {
  writeStop(folder, { by: 'terminal', atMs: Date.now(), flatten });
}

function askToEnd(folder: RunFolder, { status, isAlive, nowMs }: Scene): Acted {
  if (!isAlive || status === undefined) return { notice: 'its process has ended already' };
  if (!isItsProcess(status.pid, folder))
    return { notice: `its process (${status.pid}) is not one of this machine that may be asked: end it where it runs` };
  process.kill(status.pid, 'SIGTERM');
  return { notice: 'asked to end …', waiting: { for: 'ended', flatten: false, sinceMs: nowMs } };
}

/**
 * The number of a process means nothing in another container, where it may be anybody's. Linux says which files a process
 * has open: the one that is meant holds the lock of the folder.
 */
function isItsProcess(pid: number, { path }: RunFolder): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  if (process.platform !== 'linux') return true;
  const lock = join(realpathSync(path), 'lock');
  try {
    return readdirSync(`/proc/${pid}/fd`).some(number => linkOf(`/proc/${pid}/fd/${number}`) === lock);
  } catch (error) {
    // Gone meanwhile, or somebody else's.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    // Closed between the listing and the look.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
