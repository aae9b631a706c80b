/** The server's side of the thread that runs strategies while they are written. It is started when there is a first job. */
import { Worker } from 'node:worker_threads';
import type { TradeBars, Unavailable } from '../../lsp/server/protocol.ts';
import type { RunJob, Runner, RunTold, Training } from '../../lsp/server/runs.ts';

export type ToThread =
  | { readonly of: 'run'; readonly job: RunJob }
  | { readonly of: 'forget'; readonly uri: string }
  | { readonly of: 'report'; readonly id: number; readonly job: RunJob }
  | { readonly of: 'trade'; readonly id: number; readonly job: RunJob; readonly trade: number }
  | { readonly of: 'train'; readonly id: number; readonly job: RunJob };

export type FromThread =
  | { readonly of: 'told'; readonly told: RunTold }
  | { readonly of: 'training'; readonly how: string }
  | { readonly of: 'answer'; readonly id: number; readonly answer: unknown };

/** `program`: this program's own file, which is started once more in a thread (`vela lsp --runner`). */
export function startRunner(program: string, tell: (told: RunTold) => void): Runner {
  let worker: Worker | undefined;
  let ended = false;
  let next = 1;
  const open = new Map<number, (answer: unknown) => void>();
  const jobs = new Map<string, RunJob>();
  const trainings = new Set<Training>();

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
    const started = startThread(program);
    started.on('message', (message: FromThread) => {
      if (message.of === 'told') tell(message.told);
      else if (message.of === 'answer') {
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
    train: (job, hear) => {
      const training = train(program, job, hear);
      trainings.add(training);
      void training.done.then(() => trainings.delete(training));
      return training;
    },
    end: () => {
      ended = true;
      for (const training of trainings) training.stop();
      void worker?.terminate();
    },
  };
}

function startThread(program: string): Worker {
  // What it writes to standard output would be taken for the protocol.
  const started = new Worker(program, { argv: ['lsp', '--runner'], stdout: true });
  started.stdout.resume();
  return started;
}

/** In a thread of its own, which ends with it: runs go on beside it, and it can be stopped wherever it is. */
function train(program: string, job: RunJob, hear: (how: string) => void): Training {
  const worker = startThread(program);
  let resolve: (answer: Awaited<Training['done']>) => void = () => undefined;
  const done: Training['done'] = new Promise(settle => {
    resolve = settle;
  });
  const end = (answer: Awaited<Training['done']>) => {
    resolve(answer);
    void worker.terminate();
  };
  worker.on('message', (message: FromThread) => {
    if (message.of === 'training') hear(message.how);
    else if (message.of === 'answer') end(message.answer as Awaited<Training['done']>);
  });
  worker.on('error', error => end({ unavailable: error.message }));
  worker.on('exit', () => end({ unavailable: 'The thread that trains has ended.' }));
  worker.postMessage({ of: 'train', id: 0, job } satisfies ToThread);
  return { done, stop: () => end({ unavailable: 'Stopped; what was trained by then is kept.' }) };
}
