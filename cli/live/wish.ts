/** What people ask of a run through its folder: written, and waited for where the run is going on. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type RunFolder, readStatus } from '../../runtime/live/folder.ts';
import { takeAnswer, type Wish, writeWish } from '../../runtime/live/wishes.ts';
import { CommandError } from '../errors.ts';

export interface WishOutcome {
  readonly folder: string;
  /** `waits`: no run is going on; it is seen to at the next start. */
  readonly outcome: 'done' | 'refused' | 'waits';
  readonly text: string;
}

/** A venue that is slow may take so long to say what it has. */
const LONGEST_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Resolves with the run's answer. Throws `refused` when the run did not do it. */
export async function wishOf(folder: RunFolder, wish: Wish): Promise<WishOutcome> {
  const id = randomUUID();
  writeWish(folder, { id, by: 'command', atMs: Date.now(), wish });
  const waits = {
    folder: folder.path,
    outcome: 'waits',
    text: 'no run is going on: it is seen to at its next start',
  } as const;
  for (let waitedMs = 0; waitedMs < LONGEST_MS; waitedMs += LOOK_EVERY_MS) {
    const answer = takeAnswer(folder, id);
    if (answer?.outcome === 'done') return { folder: folder.path, outcome: 'done', text: answer.text };
    if (answer?.outcome === 'refused') throw new CommandError('refused', answer.text, { help: 'nothing was changed' });
    if (!isRunning(folder)) return waits;
    await sleep(LOOK_EVERY_MS);
  }
  return {
    ...waits,
    text: 'the run has not answered yet: it is seen to as soon as it does; `vela health` says how it is',
  };
}

/**
 * The client id of an order that is named by it, by its beginning, or by its number in the terminal; what fits none is taken
 * as it is, for the run may know it.
 */
export function clientIdOf(folder: RunFolder, named: string): string {
  const orders = readStatus(folder)?.orders ?? [];
  const found = orders.filter(({ id, clientId }) => clientId === named || String(id) === named);
  const similar = found.length > 0 ? found : orders.filter(({ clientId }) => clientId.startsWith(named));
  const [only, ...others] = similar;
  if (others.length > 0) {
    const ids = similar.map(({ clientId }) => clientId).join(', ');
    throw new CommandError('bad-value', `${named} may be any of ${ids}`, { help: 'name it in full' });
  }
  return only?.clientId ?? named;
}
