/**
 * The thread of the journal: commits wait for the disk here, while market data go on in the main thread. Rows are committed
 * together: when somebody waits for them, when there are many, or after a moment. It also listens for the heartbeat of the
 * run's loop (guard/heartbeat.ts).
 */
import { parentPort, workerData } from 'node:worker_threads';
import { writeStop } from '../folder.ts';
import { type Heartbeat, listen, MOST_MISSED } from '../guard/heartbeat.ts';
import { isFull, type Reserve, reserveAt } from '../guard/reserve.ts';
import { JournalDatabase } from './database.ts';
import type { Row, SnapshotRow } from './rows.ts';

export type ToWorker =
  | { readonly type: 'rows'; readonly rows: readonly Row[] }
  | { readonly type: 'snapshot'; readonly row: SnapshotRow }
  | { readonly type: 'durable'; readonly ticket: number }
  | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'durable'; readonly ticket: number }
  /** The disk is full, and the journal goes on in the reserve; or there is room again. */
  | { readonly type: 'room'; readonly isShort: boolean }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'closed' };

export interface WorkerData {
  readonly path: string;
  /** File of the reserve, and its size; absent: the run does without. */
  readonly reserve?: { readonly path: string; readonly bytes: number };
  /** Of the loop to be watched, and the folder whose run is stopped when it stands still. */
  readonly watch?: { readonly heartbeat: Heartbeat; readonly folder: string; readonly mostMissed?: number };
}

const COMMIT_AFTER_MS = 200;
const REFILL_EVERY_MS = 5000;

/** Writes rows, and writes them once more in the room of the reserve when there is no other. */
class Writer {
  readonly #database: JournalDatabase;
  readonly #reserve: Reserve | undefined;
  readonly #tellRoom: (isShort: boolean) => void;
  /** Since the last commit. */
  #rows: Row[] = [];

  constructor(database: JournalDatabase, reserve: Reserve | undefined, tellRoom: (isShort: boolean) => void) {
    this.#database = database;
    this.#reserve = reserve;
    this.#tellRoom = tellRoom;
    if (reserve?.isKept === false) tellRoom(true);
  }

  rows(rows: readonly Row[]): void {
    this.#rows.push(...rows);
    this.#orInReserve(() => {
      for (const row of rows) this.#database.append(row);
    });
  }

  /** It saves time at the next start and nothing else, so the reserve is not for it. */
  snapshot(row: SnapshotRow): void {
    if (this.#reserve?.isKept === false) return;
    this.#orInReserve(() => this.#database.snapshot(row));
  }

  commit(): void {
    this.#orInReserve(() => this.#database.commit());
    this.#rows = [];
  }

  /** There may be room again. */
  refill(): void {
    if (this.#reserve?.isKept === false && this.#reserve.refill()) this.#tellRoom(false);
  }

  #orInReserve(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isFull(error) || this.#reserve?.spend() !== true) throw error;
      this.#tellRoom(true);
      this.#database.rollback();
      for (const row of this.#rows) this.#database.append(row);
      this.#database.commit();
    }
  }
}

function serve({ path, reserve, watch }: WorkerData): void {
  const tell = (message: FromWorker) => parentPort?.postMessage(message);
  const database = new JournalDatabase(path);
  const room = reserve === undefined ? undefined : reserveAt(reserve.path, reserve.bytes);
  const writer = new Writer(database, room, isShort => tell({ type: 'room', isShort }));
  let timer: NodeJS.Timeout | undefined;
  let failed = false;
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
    return attempt(() => writer.commit());
  };
  setInterval(() => attempt(() => writer.refill()), REFILL_EVERY_MS).unref();
  if (watch !== undefined) {
    const lost = () => {
      try {
        writeStop({ path: watch.folder }, { by: 'lost heartbeat', atMs: Date.now(), flatten: false });
      } finally {
        process.kill(process.pid, 'SIGKILL');
      }
    };
    listen(watch.heartbeat, lost, { mostMissed: watch.mostMissed ?? MOST_MISSED });
  }
  parentPort?.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'rows':
        attempt(() => writer.rows(message.rows));
        timer ??= setTimeout(commit, COMMIT_AFTER_MS);
        break;
      case 'snapshot':
        attempt(() => writer.snapshot(message.row));
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

serve(workerData as WorkerData);
