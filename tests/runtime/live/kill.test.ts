/**
 * A run that dies at any write of its journal or of its venue, and goes on: no order doubled, none lost, and the journal of
 * the whole is that of a run that nothing happened to.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JournalDatabase } from '../../../runtime/live/store/database.ts';
import { directSink } from '../../../runtime/live/store/direct.ts';
import { venueDatabase } from '../../../runtime/live/store/venue-database.ts';
import { busyPlan, busySeries } from './busy.ts';
import { backtestOf, comparable, replayOf } from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
const plan = busyPlan();
const series = busySeries(plan);

class Crash extends Error {}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vela-kill-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One life of the run: to the end, or to its n-th write. Gives what it left, and how many writes it made. */
async function live(dieAt: number, snapshotEvery = 1e9) {
  let writes = 0;
  const onWrite = () => {
    writes += 1;
    if (writes >= dieAt) throw new Crash(`write ${writes}`);
  };
  const database = new JournalDatabase(join(folder, 'run.sqlite'), { forced: false });
  const memory = venueDatabase(join(folder, 'venue.sqlite'), { forced: false, onWrite });
  const replay = replayOf(plan, series, { memory, rows: directSink(database, onWrite), snapshotEvery });
  let died = false;
  try {
    await replay.recover(database.rows(), database.snapshots()[0]);
    await replay.follow(new AbortController().signal);
    database.commit();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    died = true;
  }
  const orders = memory.clientIds();
  const result = died ? undefined : comparable(replay.result());
  database.abandon();
  memory.close();
  return { writes, died, result, orders };
}

describe('a run that dies at each write in turn', () => {
  const unbroken = comparable(backtestOf(plan, series));

  it('trades and meets its limits in this test', () => {
    expect(unbroken.fills.length).toBeGreaterThan(40);
    expect(unbroken.counts.halts).toBeGreaterThan(3);
    expect(unbroken.counts.refusals.halted).toBeGreaterThan(0);
  });

  it('ends as if nothing had happened', { timeout: isDeep ? 1_800_000 : 120_000 }, async () => {
    const whole = await live(Number.POSITIVE_INFINITY);
    expect(whole.result).toEqual(unbroken);
    expect(whole.writes).toBeGreaterThan(300);
    const step = isDeep ? 1 : Math.ceil(whole.writes / 25);
    for (let dieAt = 1; dieAt <= whole.writes; dieAt += step) {
      rmSync(folder, { recursive: true, force: true });
      folder = mkdtempSync(join(tmpdir(), 'vela-kill-'));
      const first = await live(dieAt);
      expect(first.died, `write ${dieAt}`).toBe(true);
      const second = await live(Number.POSITIVE_INFINITY);
      expect(second.result, `write ${dieAt}`).toEqual(unbroken);
      expect(second.orders.length, `write ${dieAt}: orders at the venue`).toBe(whole.orders.length);
    }
  });

  it('goes on from its last snapshot', { timeout: 120_000 }, async () => {
    let lives = 0;
    for (let dieAt = 60; ; dieAt += isDeep ? 5 : 40) {
      const { died, result } = await live(dieAt, 23);
      lives += 1;
      if (died) continue;
      expect(result).toEqual(unbroken);
      break;
    }
    expect(lives).toBeGreaterThan(3);
  });

  it('dies again and again, each time a little later', { timeout: 120_000 }, async () => {
    let lives = 0;
    for (let dieAt = 7; ; dieAt += isDeep ? 1 : 3) {
      const { died, result, orders } = await live(dieAt);
      lives += 1;
      if (died) continue;
      expect(result).toEqual(unbroken);
      expect(new Set(orders).size).toBe(orders.length);
      break;
    }
    expect(lives).toBeGreaterThan(3);
  });
});
