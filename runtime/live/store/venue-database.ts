/** A simulated venue's memory as a file of its own, beside the journal of the run that trades there. */
import { decode, encode } from '../codec.ts';
import type { VenueOrderState } from '../ports.ts';
import type { Part, ToldEvent, VenueMemory } from '../simulated/memory.ts';
import { sqlite } from './database.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS told (number INTEGER PRIMARY KEY, tick INTEGER NOT NULL, part TEXT NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS told_tick ON told (tick, part);
  CREATE TABLE IF NOT EXISTS orders (client_id TEXT PRIMARY KEY, body TEXT NOT NULL);
`;

/** `onWrite` is called around each change: a test stops the process there. */
export function venueDatabase(
  path: string,
  { forced = true, onWrite = () => {} }: { readonly forced?: boolean; readonly onWrite?: () => void } = {},
): VenueMemory {
  const db = new (sqlite().DatabaseSync)(path);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${forced ? 'FULL' : 'OFF'};`);
  db.exec(SCHEMA);
  const setState = db.prepare('INSERT OR REPLACE INTO state (id, body) VALUES (1, ?)');
  const tell = db.prepare('INSERT INTO told (number, tick, part, body) VALUES (?, ?, ?, ?)');
  const setOrder = db.prepare('INSERT OR REPLACE INTO orders (client_id, body) VALUES (?, ?)');
  const ofTick = db.prepare('SELECT body FROM told WHERE tick = ? AND part = ? ORDER BY number');
  const orderBy = db.prepare('SELECT body FROM orders WHERE client_id = ?');
  const events = (rows: readonly Record<string, unknown>[]): readonly ToldEvent[] =>
    rows.map(({ body }) => decode<ToldEvent>(String(body)));
  return {
    state: () => {
      const row = db.prepare('SELECT body FROM state').get();
      return typeof row?.body === 'string' ? row.body : undefined;
    },
    save: ({ state, told, order }) => {
      onWrite();
      db.exec('BEGIN IMMEDIATE');
      setState.run(state);
      if (told !== undefined) {
        tell.run(told.number, told.tick, told.part, encode(told));
      }
      if (order?.clientId !== undefined) setOrder.run(order.clientId, encode(order));
      db.exec('COMMIT');
      onWrite();
    },
    eventsOf: (tick: number, part: Part) => events(ofTick.all(tick, part)),
    order: clientId => {
      const row = orderBy.get(clientId);
      return row === undefined ? undefined : decode<VenueOrderState>(String(row.body));
    },
    clientIds: () =>
      db
        .prepare('SELECT client_id FROM orders ORDER BY rowid')
        .all()
        .map(row => String(row.client_id)),
    close: () => db.close(),
  };
}
