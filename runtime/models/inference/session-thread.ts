/** The other end of `session-threads.ts`: one session in a thread of its own, which answers one message after the other. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openSession, requireLibrary, type SessionRequest } from './session.ts';

export type AskMessage = RunMessage | { readonly kind: 'close' };
export interface RunMessage {
  readonly kind: 'run';
  readonly id: number;
  readonly rows: Float32Array;
  readonly width: number;
}
export type ThreadMessage =
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'done'; readonly id: number; readonly values: Float64Array; readonly columns: number }
  | { readonly kind: 'broken'; readonly id: number; readonly reason: string };

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function serve(port: MessagePort, request: SessionRequest): Promise<void> {
  const send = (message: ThreadMessage, transfer: readonly ArrayBuffer[] = []): void => {
    port.postMessage(message, transfer);
  };
  try {
    const session = await openSession(requireLibrary(request.library), request);
    let running = 0;
    let isClosing = false;
    const run = async ({ id, rows, width }: RunMessage): Promise<void> => {
      running++;
      try {
        const { values, columns } = await session.run(rows, width);
        send({ kind: 'done', id, values, columns }, [values.buffer as ArrayBuffer]);
      } catch (error) {
        send({ kind: 'broken', id, reason: textOf(error) });
      }
      running--;
    };
    const closeWhenIdle = async (): Promise<void> => {
      if (!isClosing || running > 0) return;
      await session.close();
      port.close();
    };
    port.on('message', async (message: AskMessage) => {
      if (message.kind === 'run') await run(message);
      else isClosing = true;
      await closeWhenIdle();
    });
    send({ kind: 'open' });
  } catch (error) {
    send({ kind: 'failed', reason: textOf(error) });
  }
}

if (parentPort === null) throw new Error('this file runs in a thread');
void serve(parentPort, workerData);
