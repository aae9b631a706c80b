/** The journal written in the thread of the run: for tests, and for tools that write little. */
import type { JournalDatabase } from './database.ts';
import type { RowSink } from './rows.ts';

/** `onWrite` is called after each row and around each commit: a test stops the process there. */
export function directSink(database: JournalDatabase, onWrite: () => void = () => {}): RowSink {
  return {
    append: row => {
      database.append(row);
      onWrite();
    },
    snapshot: row => {
      database.snapshot(row);
      onWrite();
    },
    durable: async () => {
      onWrite();
      database.commit();
      onWrite();
    },
    close: async () => database.close(),
  };
}
