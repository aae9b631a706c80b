/** A portfolio that dies at any write of its journal or of its venue goes on as if nothing had happened. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKernelRun } from '../../../../compiler/index.ts';
import { runPortfolio } from '../../../../runtime/backtest.ts';
import { dataOf, metaOf } from '../../../../runtime/lane.ts';
import { replayOf } from '../../../../runtime/live/replay.ts';
import { openSimulatedRun } from '../../../../runtime/live/simulated-run.ts';
import { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import { directSink } from '../../../../runtime/live/store/direct.ts';
import { venueDatabase } from '../../../../runtime/live/store/venue-database.ts';
import { FACTS } from '../support.ts';
import { busyPortfolio, busySet } from './busy.ts';
import { comparablePortfolio } from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
const plan = busyPortfolio();
const set = busySet(plan);
const facts = Object.fromEntries(plan.instruments.map(({ symbol }) => [symbol, FACTS]));
const metas = plan.instruments.map(() => metaOf(FACTS));

class Crash extends Error {}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vela-portfolio-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One life of the run: to the end, or to its n-th write. */
async function live(dieAt: number, snapshotEvery = 1e9, strategy = plan) {
  let writes = 0;
  const onWrite = () => {
    writes += 1;
    if (writes >= dieAt) throw new Crash(`write ${writes}`);
  };
  const database = new JournalDatabase(join(folder, 'run.sqlite'), { forced: false });
  const memory = venueDatabase(join(folder, 'venue.sqlite'), { forced: false, onWrite });
  const replay = openSimulatedRun({
    ...replayOf({ set, gaps: plan.instruments.map(({ gaps }) => gaps) }),
    open: live => openKernelRun(strategy, {}, live.data(), metas, { blockTicks: 1 }),
    config: { facts },
    strategy: strategy.title,
    runId: 'test',
    memory,
    rows: directSink(database, onWrite),
    snapshotEvery,
  });
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
  const result = died ? undefined : comparablePortfolio(replay.result());
  database.abandon();
  memory.close();
  return { writes, died, result, orders };
}

describe('a portfolio that dies at each write in turn', () => {
  const unbroken = comparablePortfolio(runPortfolio(openKernelRun(plan, {}, dataOf(set), metas), set, { facts }));

  it('trades and meets its limits in this test', () => {
    expect(unbroken.fills.length).toBeGreaterThan(80);
    expect(unbroken.counts.halts).toBeGreaterThan(1);
    expect(new Set(unbroken.fills.map(({ reason }) => reason))).toEqual(
      new Set(['entry', 'add', 'reduce', 'signal', 'flatten']),
    );
    expect(unbroken.members.map(({ firstTick }) => firstTick)).toEqual([0, 61, 30, 0, 0]);
  });

  it('ends as if nothing had happened', { timeout: isDeep ? 3_600_000 : 120_000 }, async () => {
    const whole = await live(Number.POSITIVE_INFINITY);
    expect(whole.result).toEqual(unbroken);
    const step = isDeep ? 1 : Math.ceil(whole.writes / 7);
    for (let dieAt = 1; dieAt <= whole.writes; dieAt += step) {
      rmSync(folder, { recursive: true, force: true });
      folder = mkdtempSync(join(tmpdir(), 'vela-portfolio-'));
      const first = await live(dieAt);
      expect(first.died, `write ${dieAt}`).toBe(true);
      const second = await live(Number.POSITIVE_INFINITY);
      expect(second.result, `write ${dieAt}`).toEqual(unbroken);
      expect(second.orders.length, `write ${dieAt}: orders at the venue`).toBe(whole.orders.length);
    }
  });

  it('goes on from its last snapshot', { timeout: 120_000 }, async () => {
    let lives = 0;
    for (let dieAt = 90; ; dieAt += isDeep ? 7 : 140) {
      const { died, result } = await live(dieAt, 37);
      lives += 1;
      if (died) continue;
      expect(result).toEqual(unbroken);
      break;
    }
    expect(lives).toBeGreaterThan(3);
  });

  it('knows which limit of its weights halts it', { timeout: 120_000 }, async () => {
    const halting = busyPortfolio('cap position at 45% else halt until day');
    const whole = comparablePortfolio(runPortfolio(openKernelRun(halting, {}, dataOf(set), metas), set, { facts }));
    expect(whole.counts.halts).toBeGreaterThan(3);
    expect(whole.limited.position ?? 0, 'reached while it halts').toBeGreaterThan(whole.counts.halts);
    for (let dieAt = 90; ; dieAt += isDeep ? 7 : 140) {
      const { died, result } = await live(dieAt, 37, halting);
      if (died) continue;
      expect(result).toEqual(whole);
      break;
    }
  });

  it('dies again and again, each time a little later', { timeout: 120_000 }, async () => {
    let lives = 0;
    for (let dieAt = 7; ; dieAt += isDeep ? 1 : 23) {
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
