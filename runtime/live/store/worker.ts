/**
 * The thread of the journal: commits wait for the disk here, while market data go on in the main thread. Rows are committed
 * together: when somebody waits for them, when there are many, or after a moment.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { JournalDatabase } from './database.ts';
import type { Row, SnapshotRow } from './rows.ts';

export type ToWorker =
  | { readonly type: 'rows'; readonly rows: readonly Row[] }
  | { readonly type: 'snapshot'; readonly row: SnapshotRow }
  | { readonly type: 'durable'; readonly ticket: number }
  | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'durable'; readonly ticket: number }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'closed' };

export interface WorkerData {
  readonly path: string;
}

const COMMIT_AFTER_MS = 200;

function serve(path: string): void {
  const database = new JournalDatabase(path);
  let timer: NodeJS.Timeout | undefined;
  let failed = false;
  const tell = (message: FromWorker) => parentPort?.postMessage(message);
  /** After a failure nothing more is written: what follows would stand behind a hole. */
  const attempt = (work: () => void): boolean => {
    if (failed) return false;
    try {
      work();
      return true;
    } catch (error) {
      failed = true;
      tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
      return false;
    }
  };
  const commit = () => {
    clearTimeout(timer);
    timer = undefined;
    return attempt(() => database.commit());
  };
  parentPort?.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'rows':
        attempt(() => {
          for (const row of message.rows) database.append(row);
        });
        timer ??= setTimeout(commit, COMMIT_AFTER_MS);
        break;
      case 'snapshot':
        attempt(() => database.snapshot(message.row));
        timer ??= setTimeout(commit, COMMIT_AFTER_MS);
        break;
      case 'durable':
        if (commit()) tell({ type: 'durable', ticket: message.ticket });
        break;
      case 'close':
        commit();
        database.abandon();
        tell({ type: 'closed' });
        parentPort?.close();
        break;
    }
  });
}

const { path }: WorkerData = workerData;
serve(path);
