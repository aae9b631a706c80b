/** What reconciliation does at a venue by itself. */
import { VenueError } from '../ports.ts';
import type { LiveRun } from '../run.ts';

/** Between two looks at what differs: what is under way is over by then. */
export const CONFIRM_MS = 2000;

/** A repair that fails is tried again the next time. */
export async function quietly(run: LiveRun, call: Promise<unknown>): Promise<void> {
  await succeeds(run, call);
}

/** Whether the venue did it. */
export async function succeeds(run: LiveRun, call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    run.notice('warning', 'repair failed', { why: error.message }, 'errors');
    return false;
  }
}
