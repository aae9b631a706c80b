/**
 * A run in a process of its own, started by the screen that shows it: in a session of its own, without this terminal, so that
 * neither a closed terminal nor a failure of the screen reaches it. What it says beside its log goes into a file.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunChild {
  readonly pid: number | undefined;
  readonly ended: Promise<Ended>;
  /** What it said so far. */
  readonly said: () => string;
  /** Asks it to end in order. */
  readonly end: () => void;
  readonly isAskedToEnd: () => boolean;
  /** Removes the file of what it said. */
  readonly tidy: () => void;
}

/** The same words as this process was started with, without a screen. `state`: its folder; `colour`: of what it says. */
export function startChild(state: string, colour: boolean): RunChild {
  const file = `${state}.out`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const out = openSync(file, 'w', 0o600);
  const [program = '', command = '', ...words] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, program, command, '--plain', '--quiet', ...words], {
    detached: true,
    stdio: ['ignore', out, out],
    env: { ...process.env, ...(colour ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) },
    windowsHide: true,
  });
  closeSync(out);
  // This process may end before it, whatever the reason.
  child.unref();
  let isAskedToEnd = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  return {
    pid: child.pid,
    ended,
    said: () => readFileSync(file, 'utf8'),
    end: () => {
      isAskedToEnd = true;
      child.kill('SIGTERM');
    },
    isAskedToEnd: () => isAskedToEnd,
    tidy: () => rmSync(file, { force: true }),
  };
}
