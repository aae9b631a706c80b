/** A session in a thread of its own, seen from outside: `run` keeps this thread free, and several run side by side. */
import { SCRIPTS } from '../scripts.ts';
import { startThread } from '../start.ts';
import type { RowSession, SessionRequest, SessionResult } from './session.ts';
import type { RunMessage, ThreadMessage } from './session-thread.ts';

interface Waiting {
  readonly resolve: (result: SessionResult) => void;
  readonly reject: (error: Error) => void;
}

export function openThreadSession(request: SessionRequest): Promise<RowSession> {
  return new Promise((resolve, reject) => {
    const waiting = new Map<number, Waiting>();
    let asked = 0;
    const worker = startThread(SCRIPTS.session, { workerData: request });
    const end = (error: Error): void => {
      reject(error);
      for (const { reject: rejectRun } of waiting.values()) rejectRun(error);
      waiting.clear();
    };
    worker.on('error', end);
    worker.on('exit', () => end(new Error('the thread of the session has ended')));
    worker.on('message', (message: ThreadMessage) => {
      switch (message.kind) {
        case 'open':
          // An open session alone keeps no program alive.
          worker.unref();
          resolve({
            run: (rows, width) =>
              new Promise((done, rejectRun) => {
                const id = asked++;
                worker.ref();
                waiting.set(id, { resolve: done, reject: rejectRun });
                const run: RunMessage = { id, rows, width };
                worker.postMessage(run, [rows.buffer as ArrayBuffer]);
              }),
            close: async () => {
              await worker.terminate();
            },
          });
          break;
        case 'failed':
          end(new Error(message.reason));
          void worker.terminate();
          break;
        case 'done':
        case 'broken': {
          const { id } = message;
          const waiter = waiting.get(id);
          waiting.delete(id);
          if (waiting.size === 0) worker.unref();
          if (message.kind === 'done') waiter?.resolve(message);
          else waiter?.reject(new Error(message.reason));
          break;
        }
      }
    });
  });
}
