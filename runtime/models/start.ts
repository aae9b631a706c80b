/** Starts a script beside this thread. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Script } from './scripts.ts';

export function startThread(script: Script, options: WorkerOptions): Worker {
  return 'file' in script ? new Worker(script.file, options) : new Worker(script.text, { ...options, eval: true });
}

/** A Node process with a message channel that carries typed arrays; its output is kept from the terminal. */
export function startProcess(script: Script): ChildProcess {
  const what = 'file' in script ? [fileURLToPath(script.file)] : ['--eval', script.text];
  return spawn(process.execPath, ['--no-warnings', ...what], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
}
