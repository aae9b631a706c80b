/**
 * After a crash or a stop: the journal is replayed until the run stands where it stood. What became of the rest meanwhile,
 * the venue is asked (reconcile/reconciler.ts).
 */
import type { Command } from '../engine/events.ts';
import { decode, encode } from './codec.ts';
import { LiveError } from './errors.ts';
import type { Foreign } from './reconcile/books.ts';
import type { LiveRun } from './run.ts';
import { type RunSnapshot, readSnapshot } from './run-snapshot.ts';
import type { Input, IntentRow, Row, SnapshotRow } from './store/rows.ts';

const DIVERGES =
  'the run goes on only with the version of Vela and the files that wrote it: put those back, or begin a new run in another folder';

/**
 * Moves a fresh run by the rows of its journal; of those up to the snapshot only the bars are read. What was decided last and never journaled as sent is journaled now: it did
 * not leave, which the reconciliation that follows finds out like everything else.
 */
export function replayRows(run: LiveRun, rows: Iterable<Row>, snapshot?: SnapshotRow): void {
  let expected: Command[] = [];
  let lastSeq = 0;
  const before: Uint8Array[] = [];
  let skipped: Input | undefined;
  // What was decided before a backup was taken keeps its numbers: it may have left under them.
  const skip = () => {
    if (skipped === undefined || expected.length > 0) return;
    run.apply(skipped);
    skipped = undefined;
  };
  for (const { seq, kind, body, records } of rows) {
    if (seq !== lastSeq + 1) throw diverges(seq, `row ${lastSeq + 1} is missing`);
    lastSeq = seq;
    if (snapshot !== undefined && seq <= snapshot.seq) {
      if (kind === 'input') run.pass(decode<Input>(body));
      if (records !== undefined) before.push(records);
      if (seq === snapshot.seq) run.restore(snapshot.body, Buffer.concat(before));
      continue;
    }
    if (kind === 'intent') {
      const command = expected.shift();
      const journaled = decode<IntentRow>(body);
      if (command === undefined) throw diverges(seq, 'a command that nothing asked for');
      if (encode(run.intend(command)) !== encode(journaled)) throw diverges(seq, 'another command than it was');
      skip();
      continue;
    }
    const input = decode<Input>(body);
    if (input.type === 'skipped') {
      skipped = input;
      skip();
      continue;
    }
    if (expected.length > 0) throw diverges(seq, 'a command that was not sent');
    expected = [...run.apply(input)];
    if (!sameBytes(run.newRecords(), records)) throw diverges(seq, 'other records than it had');
  }
  run.replayed(lastSeq, snapshot?.seq ?? 0);
  run.intendAll(expected);
  expected = [];
  skip();
}

function diverges(seq: number, what: string): LiveError {
  return new LiveError('journal-diverges', `row ${seq} of the journal, replayed, gives ${what}`, DIVERGES);
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  const other = b ?? new Uint8Array(0);
  return a.length === other.length && a.every((byte, i) => byte === other[i]);
}

/** The newest snapshot that this version can read, whose rows are all there, and that a plan of this state layout wrote. */
export function usableSnapshot(
  snapshots: readonly SnapshotRow[],
  rows: number,
  layoutHash: string,
): SnapshotRow | undefined {
  return snapshots.find(({ seq, body }) => readable(body)?.layoutHash === layoutHash && seq <= rows);
}

/** By number of the instrument, what the newest snapshot that can be read says is there and is not the run's. */
export function foreignOf(snapshots: readonly SnapshotRow[]): ReadonlyMap<number, Foreign> {
  for (const { body } of snapshots) {
    const snapshot = readable(body);
    if (snapshot !== undefined) return snapshot.books.foreign;
  }
  return new Map();
}

/** Undefined for one of another version. */
function readable(body: Uint8Array): RunSnapshot | undefined {
  try {
    return readSnapshot(body);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}
