/** Runs as processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly log: string;
}

export function start(folder: string, words: readonly string[]): ChildProcess {
  const env = { ...process.env, VELA_CACHE: '' };
  return spawn(process.execPath, [MAIN, ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

export function end(child: ChildProcess): Promise<Ended> {
  let [out, log] = ['', ''];
  child.stdout?.on('data', chunk => (out += String(chunk)));
  child.stderr?.on('data', chunk => (log += String(chunk)));
  return new Promise(resolve => child.on('close', code => resolve({ code, out, log })));
}

export function vela(folder: string, ...words: string[]): Promise<Ended> {
  return end(start(folder, words));
}

export function statusOf(folder: string, run = 'busy-replay'): { readonly bars: number } | undefined {
  const file = join(folder, '.vela/runs', run, 'status.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

export async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 50) {
    if (waited > 60_000) throw new Error('it did not come about');
    await sleep(50);
  }
}
