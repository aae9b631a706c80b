/** The journal written by a thread of its own (worker.ts). */
import { Worker } from 'node:worker_threads';
import { LiveError } from '../errors.ts';
import { LIVE_SCRIPTS } from '../scripts.ts';
import type { Row, RowSink } from './rows.ts';
import type { FromWorker, ToWorker, WorkerData } from './worker.ts';

const FULL = 'make room on the disk, or mend it, and start the run again: it recovers by itself';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface ThreadOptions extends Omit<WorkerData, 'path'> {
  /** Hears when the disk is full and the reserve is used, and when there is room again. */
  readonly onRoom?: (isShort: boolean) => void;
}

export function threadSink(path: string, { onRoom, ...options }: ThreadOptions = {}): RowSink {
  let started: Worker | undefined;
  const waiting = new Map<number, Waiting>();
  let rows: Row[] = [];
  let tickets = 0;
  let failure: LiveError | undefined;
  let closed: (() => void) | undefined;
  let scheduled = false;

  const post = (message: ToWorker) => {
    started ??= start();
    started.postMessage(message);
  };
  const hand = () => {
    scheduled = false;
    if (rows.length === 0) return;
    post({ type: 'rows', rows });
    rows = [];
  };
  const fail = (message: string) => {
    failure = new LiveError('journal-write', `the journal cannot be written: ${message}`, FULL);
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
    closed?.();
  };
  /** When the first row is handed over: until then whoever reads the journal has it alone. */
  const start = (): Worker => {
    const script = LIVE_SCRIPTS.journal;
    const workerData: WorkerData = { path, ...options };
    const worker =
      'file' in script ? new Worker(script.file, { workerData }) : new Worker(script.text, { workerData, eval: true });
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'failed') fail(message.message);
      else if (message.type === 'closed') closed?.();
      else if (message.type === 'room') onRoom?.(message.isShort);
      else {
        waiting.get(message.ticket)?.resolve();
        waiting.delete(message.ticket);
      }
    });
    worker.on('error', error => fail(error.message));
    worker.unref();
    return worker;
  };

  return {
    append: row => {
      rows.push(row);
      if (scheduled) return;
      scheduled = true;
      setImmediate(hand);
    },
    snapshot: row => {
      hand();
      post({ type: 'snapshot', row });
    },
    durable: () => {
      if (failure !== undefined) return Promise.reject(failure);
      hand();
      tickets += 1;
      const ticket = tickets;
      return new Promise<void>((resolve, reject) => {
        waiting.set(ticket, { resolve, reject });
        post({ type: 'durable', ticket });
        started?.ref();
      }).then(() => {
        if (waiting.size === 0) started?.unref();
      });
    },
    close: async () => {
      hand();
      if (started === undefined) return;
      const done = new Promise<void>(resolve => {
        closed = resolve;
      });
      started.ref();
      post({ type: 'close' });
      if (failure === undefined) await done;
      await started.terminate();
    },
  };
}
