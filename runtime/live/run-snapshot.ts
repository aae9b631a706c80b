/** All that a run is besides bars and records, as it is written down so that the rows before need not be replayed. */
import { deserialize } from 'node:v8';
import type { StepTexts } from '../engine/events.ts';
import type { BooksSnapshot } from './reconcile/books.ts';
import type { RememberedSnapshot } from './remembered.ts';
import type { Block } from './run.ts';

export const SNAPSHOT_FORMAT = 3;
/** Those that can be read: what the one before remembers, it remembers by keys alone. */
const READABLE: ReadonlySet<unknown> = new Set([2, SNAPSHOT_FORMAT]);

export interface RunSnapshot extends RememberedSnapshot {
  readonly format: number;
  /** Of the plan whose kernel's state it holds: another version of Vela may lay it out otherwise. */
  readonly layoutHash: string;
  readonly trader: object;
  readonly lastFundingMs: ReadonlyMap<number, number>;
  readonly lastBarMs: number;
  readonly intents: number;
  readonly stopped: boolean;
  readonly books: BooksSnapshot;
  readonly blocks: ReadonlyMap<string, Block>;
  readonly steps: ReadonlyMap<number, StepTexts>;
}

/** Throws a RangeError for bytes that this version did not write; the rows themselves are then replayed. */
export function readSnapshot(body: Uint8Array): RunSnapshot {
  let found: unknown;
  try {
    found = deserialize(body);
  } catch (error) {
    throw new RangeError('a snapshot that cannot be read', { cause: error });
  }
  const isOurs = typeof found === 'object' && found !== null && 'format' in found && READABLE.has(found.format);
  if (!isOurs) throw new RangeError('a snapshot of another version');
  return found as RunSnapshot;
}
