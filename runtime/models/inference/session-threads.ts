/**
 * A session in a thread of its own, seen from outside: `run` keeps this thread free, and several run side by side. The thread
 * ends by itself when it is asked to; ended from outside in the middle of a run, it would take the whole process with it.
 */
import { SCRIPTS } from '../scripts.ts';
import { startThread } from '../start.ts';
import type { RowSession, SessionRequest, SessionResult } from './session.ts';
import type { AskMessage, ThreadMessage } from './session-thread.ts';

interface Waiting {
  readonly resolve: (result: SessionResult) => void;
  readonly reject: (error: Error) => void;
}

export function openThreadSession(request: SessionRequest): Promise<RowSession> {
  return new Promise((resolve, reject) => {
    const worker = startThread(SCRIPTS.session, { workerData: request });
    const waiting = new Map<number, Waiting>();
    let asked = 0;
    let over: Error | undefined;
    const exited = new Promise<void>(done => {
      worker.once('exit', () => done());
    });
    const end = (error: Error): void => {
      over ??= error;
      reject(error);
      for (const { reject: rejectRun } of waiting.values()) rejectRun(error);
      waiting.clear();
    };
    const ask = (message: AskMessage, transfer: readonly ArrayBuffer[] = []): void => {
      worker.ref();
      worker.postMessage(message, transfer);
    };
    const session: RowSession = {
      run: (rows, width) =>
        new Promise((done, rejectRun) => {
          if (over !== undefined) return rejectRun(over);
          const id = asked++;
          waiting.set(id, { resolve: done, reject: rejectRun });
          ask({ kind: 'run', id, rows, width }, [rows.buffer as ArrayBuffer]);
        }),
      close: async () => {
        if (over === undefined) ask({ kind: 'close' });
        over ??= new Error('the session is closed');
        await exited;
      },
    };
    worker.on('error', end);
    worker.on('exit', () => end(new Error('the thread of the session has ended')));
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'open') {
        // An open session alone keeps no program alive.
        worker.unref();
        resolve(session);
      } else if (message.kind === 'failed') end(new Error(message.reason));
      else {
        const waiter = waiting.get(message.id);
        waiting.delete(message.id);
        if (waiting.size === 0 && over === undefined) worker.unref();
        if (message.kind === 'done') waiter?.resolve(message);
        else waiter?.reject(new Error(message.reason));
      }
    });
  });
}
