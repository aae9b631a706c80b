/** The server's side of the thread that runs strategies while they are written. It is started when there is a first job. */
import { Worker } from 'node:worker_threads';
import type { TradeBars, Unavailable } from '../../lsp/server/protocol.ts';
import type { RunJob, Runner, RunTold } from '../../lsp/server/runs.ts';

export type ToThread =
  | { readonly of: 'run'; readonly job: RunJob }
  | { readonly of: 'forget'; readonly uri: string }
  | { readonly of: 'report'; readonly id: number; readonly job: RunJob }
  | { readonly of: 'trade'; readonly id: number; readonly job: RunJob; readonly trade: number };

export type FromThread =
  | { readonly of: 'told'; readonly told: RunTold }
  | { readonly of: 'answer'; readonly id: number; readonly answer: unknown };

/** `program`: this program's own file, which is started once more in a thread (`vela lsp --runner`). */
export function startRunner(program: string, tell: (told: RunTold) => void): Runner {
  let worker: Worker | undefined;
  let ended = false;
  let next = 1;
  const open = new Map<number, (answer: unknown) => void>();
  const jobs = new Map<string, RunJob>();

  const gone = (why: string) => {
    worker = undefined;
    for (const answer of open.values()) answer({ unavailable: why } satisfies Unavailable);
    open.clear();
    if (ended) return;
    for (const { uri, version } of jobs.values())
      tell({ of: 'status', uri, version, status: { state: 'failed', why } });
    jobs.clear();
  };
  const thread = (): Worker => {
    if (worker !== undefined) return worker;
    // What it writes to standard output would be taken for the protocol.
    const started = new Worker(program, { argv: ['lsp', '--runner'], stdout: true });
    started.stdout.resume();
    started.on('message', (message: FromThread) => {
      if (message.of === 'told') tell(message.told);
      else {
        open.get(message.id)?.(message.answer);
        open.delete(message.id);
      }
    });
    started.on('error', error => gone(error.message));
    started.on('exit', () => {
      if (worker === started) gone('The thread that runs strategies has ended.');
    });
    started.unref();
    worker = started;
    return started;
  };
  const send = (message: ToThread) => thread().postMessage(message);
  const ask = (make: (id: number) => ToThread): Promise<unknown> => {
    const id = next++;
    return new Promise(resolve => {
      open.set(id, resolve);
      send(make(id));
    });
  };
  return {
    run: job => {
      jobs.set(job.uri, job);
      send({ of: 'run', job });
    },
    forget: uri => {
      jobs.delete(uri);
      if (worker !== undefined) send({ of: 'forget', uri });
    },
    report: job => ask(id => ({ of: 'report', id, job })) as Promise<{ readonly html: string } | Unavailable>,
    trade: (job, trade) => ask(id => ({ of: 'trade', id, job, trade })) as Promise<TradeBars | Unavailable>,
    end: () => {
      ended = true;
      void worker?.terminate();
    },
  };
}
