/** `vela run --live` as a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunStatus } from '../../../runtime/live/status.ts';
import { KEYS, type Project } from './support.ts';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const LOOK_MS = 20;
const MOST_LOOKS = 2000;

export interface Child {
  /** Exit code; null: a signal has killed it. */
  readonly ended: Promise<number | null>;
  /** Everything that it wrote. */
  said(): string;
  kill(signal: NodeJS.Signals): void;
  /** As it says itself. */
  status(): RunStatus;
  until(holds: (status: RunStatus) => boolean): Promise<void>;
}

export function spawnRun({ folder }: Project): Child {
  const child = spawn(process.execPath, [MAIN, 'run', 's.vela', '--live', '--plain'], {
    cwd: folder,
    env: { ...process.env, ...KEYS, VELA_CACHE: '', XDG_STATE_HOME: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const hear = (chunk: Buffer) => {
    said += String(chunk);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const path = join(folder, '.vela/runs/s-live/status.json');
  const status = (): RunStatus => JSON.parse(readFileSync(path, 'utf8'));
  return {
    ended: new Promise(resolve => child.on('close', resolve)),
    said: () => said,
    kill: signal => void child.kill(signal),
    status,
    until: async holds => {
      for (let looks = 0; looks < MOST_LOOKS; looks++) {
        if (existsSync(path) && status().pid === child.pid && holds(status())) return;
        await sleep(LOOK_MS);
      }
      throw new Error(`it did not come about: ${said}`);
    },
  };
}
