/** `vela stop`, and how commands find the run that is meant. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LiveError } from '../../runtime/live/errors.ts';
import { isRunning, type RunFolder, readStop, resetStop, runFolder, writeStop } from '../../runtime/live/folder.ts';
import { CommandError } from '../errors.ts';
import { RUNS_FOLDER } from './request.ts';

/** A state folder by its path or its name under `.vela/runs`; the only one there is, when none is named. */
export function namedRun(named: string | undefined): RunFolder {
  if (named !== undefined) {
    const path = [named, join(RUNS_FOLDER, named)].find(candidate => existsSync(runFolder(candidate).journal));
    if (path !== undefined) return runFolder(path);
    throw new CommandError('no-run', `there is no run in ${named}`, { help: knownRuns() });
  }
  const [only, ...others] = runNames();
  if (only !== undefined && others.length === 0) return runFolder(join(RUNS_FOLDER, only));
  const message = only === undefined ? 'there is no run here' : 'there are several runs here';
  throw new CommandError('no-run', message, { help: knownRuns() });
}

/** Names of the runs under `.vela/runs`. */
export function runNames(): readonly string[] {
  if (!existsSync(RUNS_FOLDER)) return [];
  return readdirSync(RUNS_FOLDER)
    .filter(name => !/\.old-\d+$/.test(name) && existsSync(runFolder(join(RUNS_FOLDER, name)).journal))
    .sort();
}

function knownRuns(): string {
  const names = runNames();
  return names.length === 0
    ? `runs keep their journals in ${RUNS_FOLDER}, or where \`--state\` said`
    : `name one of ${names.join(', ')}`;
}

export interface StopOutcome {
  readonly folder: string;
  readonly stopped: boolean;
  readonly flatten: boolean;
  /** Whether a process is there to hear of it now; else it holds from its next start on. Absent: a Node without SQLite cannot say. */
  readonly running?: boolean;
}

export function stopRun(folder: RunFolder, asked: { readonly flatten: boolean; readonly reset: boolean }): StopOutcome {
  if (asked.reset) resetStop(folder);
  else writeStop(folder, { by: 'command', atMs: Date.now(), flatten: asked.flatten });
  const order = readStop(folder);
  const running = runningNow(folder);
  return {
    folder: folder.path,
    stopped: order !== undefined,
    flatten: order?.flatten === true,
    ...(running !== undefined && { running }),
  };
}

/** What stops a run is a file: that works with any Node. */
function runningNow(folder: RunFolder): boolean | undefined {
  try {
    return isRunning(folder);
  } catch (error) {
    if (!(error instanceof LiveError) || error.code !== 'old-node') throw error;
    return undefined;
  }
}
