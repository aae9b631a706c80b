/**
 * The journal's file: SQLite in WAL mode, every commit forced to the disk. Needs a Node that brings SQLite with it, so the
 * module is loaded when a run begins and not before.
 */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { decode, encode } from '../codec.ts';
import { LiveError } from '../errors.ts';
import type { Row, RowKind, RunBinding, SnapshotRow } from './rows.ts';

type Sqlite = typeof import('node:sqlite');

let loaded: Sqlite | undefined;

export function sqlite(): Sqlite {
  loaded ??= loadSqlite();
  return loaded;
}

function loadSqlite(): Sqlite {
  const { emitWarning } = process;
  // Node calls its SQLite experimental each time it is loaded; that is nothing for a trader's terminal.
  process.emitWarning = () => {};
  const found = process.getBuiltinModule('node:sqlite');
  process.emitWarning = emitWarning;
  if (found !== undefined) return found;
  throw new LiveError(
    'old-node',
    `this Node (${process.versions.node}) has no SQLite, in which runs keep their journal`,
    'run Vela with Node 22.13 or newer; Node 24 is what it is tested with',
  );
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS binding (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS plan (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, records BLOB);
  CREATE TABLE IF NOT EXISTS snapshots (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
`;

/** Older snapshots are of no use once there are newer ones; two are kept, in case the last one cannot be read. */
const KEPT_SNAPSHOTS = 2;

/** The run opens its journal twice, to read what was and to write what comes; for a moment both may want it. */
const BUSY_MS = 10_000;

export interface JournalOptions {
  readonly readOnly?: boolean;
  /** Commits wait for the disk: always, but where a test only lets processes die and no power fails. */
  readonly forced?: boolean;
  /** Called now and then while rows are read, which may take minutes. */
  readonly onRows?: () => void;
}

export class JournalDatabase {
  readonly #db: DatabaseSync;
  readonly #insert: ReturnType<DatabaseSync['prepare']>;
  readonly #insertSnapshot: ReturnType<DatabaseSync['prepare']>;
  readonly #dropSnapshots: ReturnType<DatabaseSync['prepare']>;
  readonly #onRows: JournalOptions['onRows'];
  #isOpen = false;

  constructor(path: string, { readOnly = false, forced = true, onRows }: JournalOptions = {}) {
    this.#onRows = onRows;
    this.#db = new (sqlite().DatabaseSync)(path, { readOnly, timeout: BUSY_MS });
    if (!readOnly) {
      this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${forced ? 'FULL' : 'OFF'};`);
      this.#db.exec(SCHEMA);
    }
    this.#insert = this.#db.prepare('INSERT INTO journal (seq, kind, body, records) VALUES (?, ?, ?, ?)');
    this.#insertSnapshot = this.#db.prepare('INSERT OR REPLACE INTO snapshots (seq, body) VALUES (?, ?)');
    this.#dropSnapshots = this.#db.prepare(
      'DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?)',
    );
  }

  /** Inside a transaction that `commit` ends. */
  append({ seq, kind, body, records }: Row): void {
    this.#begin();
    this.#insert.run(seq, kind, body, records ?? null);
  }

  snapshot({ seq, body }: SnapshotRow): void {
    this.#begin();
    this.#insertSnapshot.run(seq, body);
    this.#dropSnapshots.run(KEPT_SNAPSHOTS);
  }

  commit(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#db.exec('COMMIT');
  }

  /** What was appended since the last commit is gone, as if it never had been. SQLite may have undone it by itself. */
  rollback(): void {
    this.#isOpen = false;
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
  }

  #begin(): void {
    if (this.#isOpen) return;
    this.#db.exec('BEGIN IMMEDIATE');
    this.#isOpen = true;
  }

  /** Of a copy, what came after a row. */
  cutAfter(seq: number): void {
    this.#begin();
    this.#db.prepare('DELETE FROM journal WHERE seq > ?').run(seq);
    this.#db.prepare('DELETE FROM snapshots WHERE seq > ?').run(seq);
  }

  binding(): RunBinding | undefined {
    const row = this.#db.prepare('SELECT body FROM binding').get();
    return typeof row?.body === 'string' ? decode<RunBinding>(row.body) : undefined;
  }

  plan(): Uint8Array | undefined {
    const row = this.#db.prepare('SELECT body FROM plan').get();
    return row?.body instanceof Uint8Array ? row.body : undefined;
  }

  bind(binding: RunBinding, plan: Uint8Array): void {
    this.#db.exec('BEGIN IMMEDIATE');
    this.#db.prepare('INSERT INTO binding (id, body) VALUES (1, ?)').run(encode(binding));
    this.#db.prepare('INSERT INTO plan (id, body) VALUES (1, ?)').run(plan);
    this.#db.exec('COMMIT');
  }

  /** From the row on the journal is another plan's, which goes on from the snapshot; those before it are of no use to it. */
  rebind(binding: RunBinding, plan: Uint8Array, row: Row, snapshot: SnapshotRow): void {
    this.#begin();
    this.#db.prepare('UPDATE binding SET body = ?').run(encode(binding));
    this.#db.prepare('UPDATE plan SET body = ?').run(plan);
    this.#db.exec('DELETE FROM snapshots');
    this.append(row);
    this.snapshot(snapshot);
    this.commit();
  }

  /** From the row on other models answer; rows and snapshots before it stay what they are. */
  rebindModels(binding: RunBinding, row: Row): void {
    this.#begin();
    this.#db.prepare('UPDATE binding SET body = ?').run(encode(binding));
    this.append(row);
    this.commit();
  }

  /** Rows from the last one back. */
  *rowsBack(): Generator<Row> {
    for (let before = this.lastSeq() + 1; before > 1; before -= ROWS_AT_ONCE) {
      yield* [...this.rows(Math.max(0, before - 1 - ROWS_AT_ONCE), before)].reverse();
    }
  }

  /** Rows after a place and before another, in order; unless stated those that are there now. */
  *rows(after = 0, before = this.lastSeq() + 1): Generator<Row> {
    // Some at a time: one by one takes three times as long, and all at once would have to fit into memory.
    const statement = this.#db.prepare(
      'SELECT seq, kind, body, records FROM journal WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?',
    );
    for (let last = after, isDone = false; !isDone; ) {
      const found = statement.all(last, before, ROWS_AT_ONCE);
      for (const { seq, kind, body, records } of found) {
        if (typeof seq !== 'number' || typeof kind !== 'string' || typeof body !== 'string') {
          throw new LiveError('damaged-journal', `row ${String(seq)} of the journal cannot be read`, DAMAGED);
        }
        last = seq;
        yield { seq, kind: kind as RowKind, body, ...(records instanceof Uint8Array && { records }) };
      }
      isDone = found.length < ROWS_AT_ONCE;
      if (!isDone) this.#onRows?.();
    }
  }

  /** Newest first. */
  snapshots(): readonly SnapshotRow[] {
    return this.#db
      .prepare('SELECT seq, body FROM snapshots ORDER BY seq DESC')
      .all()
      .flatMap(({ seq, body }) => (typeof seq === 'number' && body instanceof Uint8Array ? [{ seq, body }] : []));
  }

  lastSeq(): number {
    const row = this.#db.prepare('SELECT max(seq) AS seq FROM journal').get();
    return typeof row?.seq === 'number' ? row.seq : 0;
  }

  /** Closes the file as a crash would: what was not committed is lost. */
  abandon(): void {
    this.#isOpen = false;
    this.#db.close();
  }

  close(): void {
    this.commit();
    this.#db.close();
  }
}

/** Of a journal so many rows are read at a time, in a fraction of a second. */
const ROWS_AT_ONCE = 1000;

export const DAMAGED = 'put back the last backup of the state folder, or begin a new run in another folder';

/** Whether the journal is bound to a run. */
export function hasBegun({ journal }: { readonly journal: string }): boolean {
  if (!existsSync(journal)) return false;
  const database = new JournalDatabase(journal, { readOnly: true });
  try {
    return database.binding() !== undefined;
  } finally {
    database.abandon();
  }
}
