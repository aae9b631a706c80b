/**
 * Code that is started beside this thread: in a thread of its own, or in a process whose death does no harm. In the
 * repository it is a file; in the published program this module is replaced by one that holds the text (tools/embed.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Worker, type WorkerOptions } from 'node:worker_threads';

export type Script = { readonly file: URL } | { readonly text: string };

export const SCRIPTS = {
  session: { file: new URL('./inference/session-thread.ts', import.meta.url) },
  trial: { file: new URL('./inference/trial-child.ts', import.meta.url) },
} as const satisfies Readonly<Record<string, Script>>;

export function startThread(script: Script, options: WorkerOptions): Worker {
  return 'file' in script ? new Worker(script.file, options) : new Worker(script.text, { ...options, eval: true });
}

/** A Node process with a message channel that carries typed arrays; its output is kept from the terminal. */
export function startProcess(script: Script): ChildProcess {
  const what = 'file' in script ? [script.file.pathname] : ['--eval', script.text];
  return spawn(process.execPath, ['--no-warnings', ...what], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
}
