/** Rows of a journal are read some at a time, in order, whatever is written meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JournalDatabase } from '../../../runtime/live/store/database.ts';
import type { Row } from '../../../runtime/live/store/rows.ts';

const ROWS = 2500;

let folder = '';
let database: JournalDatabase;

function rowOf(seq: number): Row {
  const isInput = seq % 3 !== 0;
  return {
    seq,
    kind: isInput ? 'input' : 'intent',
    body: `{"row":${seq}}`,
    ...(isInput && { records: Uint8Array.of(seq % 256) }),
  };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vela-database-'));
  database = new JournalDatabase(join(folder, 'run.sqlite'), { forced: false });
  for (let seq = 1; seq <= ROWS; seq++) database.append(rowOf(seq));
  database.commit();
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

describe('the rows of a journal', () => {
  it('are what was written', () => {
    expect([...database.rows()]).toEqual(numbers(1, ROWS).map(rowOf));
  });

  it.each([
    [0, 1, []],
    [0, 1001, numbers(1, 1000)],
    [999, 2002, numbers(1000, 2001)],
    [2400, 9999, numbers(2401, ROWS)],
    [ROWS, 9999, []],
  ])('after %i and before %i are those between', (after, before, seqs) => {
    expect([...database.rows(after, before)].map(({ seq }) => seq)).toEqual(seqs);
  });

  it('from the last one back are the same the other way round', () => {
    expect([...database.rowsBack()].map(({ seq }) => seq)).toEqual(numbers(1, ROWS).toReversed());
  });

  it('are those that were there when it was asked for them', () => {
    let read = 0;
    for (const { seq } of database.rows()) {
      read = seq;
      if (seq % 500 !== 0) continue;
      database.append(rowOf(database.lastSeq() + 1));
      database.commit();
    }
    expect(read).toBe(ROWS);
  });
});
