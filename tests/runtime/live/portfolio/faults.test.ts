/** What a network does to the orders of a portfolio: none is doubled, none is lost, and what is held is what the venue has. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKernelRun } from '../../../../compiler/index.ts';
import { metaOf } from '../../../../runtime/lane.ts';
import { type Venue, VenueError, type VenueOrder } from '../../../../runtime/live/ports.ts';
import { replayOf } from '../../../../runtime/live/replay.ts';
import { fleetingMemory } from '../../../../runtime/live/simulated/memory.ts';
import { NO_ROWS, openSimulatedRun } from '../../../../runtime/live/simulated-run.ts';
import { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import { directSink } from '../../../../runtime/live/store/direct.ts';
import { venueDatabase } from '../../../../runtime/live/store/venue-database.ts';
import { randomOf } from '../../../support/scenario.ts';
import { FACTS } from '../support.ts';
import { busyPortfolio, busySet } from './busy.ts';

const plan = busyPortfolio();
const set = busySet(plan);
const facts = Object.fromEntries(plan.instruments.map(({ symbol }) => [symbol, FACTS]));
const metas = plan.instruments.map(() => metaOf(FACTS));
const SEEDS = process.env.VELA_DEEP === '1' ? 200 : 8;

/** Each placement and cancel may fail: before it arrived, after it, or by a definite no. */
function faulty(venue: Venue, seed: number, placed: string[]): Venue {
  const random = randomOf(seed);
  const strikes = () => random.chance(0.08);
  const timeout = () => new VenueError('unknown', 'request timed out');
  return {
    name: venue.name,
    abilities: venue.abilities,
    now: () => venue.now(),
    market: symbol => venue.market(symbol),
    place: async (order: VenueOrder) => {
      placed.push(order.clientId);
      if (strikes()) throw new VenueError('not sent', 'the limiter is full');
      if (strikes()) throw timeout();
      if (strikes()) throw new VenueError('rejected', 'insufficient balance', 'insufficient funds');
      const answer = await venue.place(order);
      if (strikes()) throw timeout();
      return answer;
    },
    amend: (order, id) => venue.amend(order, id),
    cancel: async (symbol, clientId, id) => {
      if (strikes()) throw timeout();
      await venue.cancel(symbol, clientId, id);
    },
    lookup: async (symbol, clientId) => {
      if (strikes()) throw timeout();
      return venue.lookup(symbol, clientId);
    },
    openOrders: symbol => venue.openOrders(symbol),
    fills: (symbol, since) => venue.fills(symbol, since),
    positions: symbols => venue.positions(symbols),
    balances: () => venue.balances(),
    listen: (symbols, sink, signal) => venue.listen(symbols, sink, signal),
    close: () => venue.close(),
  };
}

class Crash extends Error {}

describe('a portfolio over a bad network that dies besides', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vela-portfolio-faults-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Array.from({ length: SEEDS / 4 }, (_, seed) => seed))('doubles and loses nothing (%i)', async seed => {
    const random = randomOf(1000 + seed);
    const placed: string[] = [];
    let lives = 0;
    for (let isOver = false; !isOver; lives++) {
      const dieAt = lives > 12 ? Number.POSITIVE_INFINITY : random.int(40, 400);
      let writes = 0;
      const onWrite = () => {
        writes += 1;
        if (writes >= dieAt) throw new Crash();
      };
      const database = new JournalDatabase(join(folder, 'run.sqlite'), { forced: false });
      const memory = venueDatabase(join(folder, 'venue.sqlite'), { forced: false, onWrite });
      let failure: unknown;
      const end = new AbortController();
      const run = openSimulatedRun({
        ...replayOf({ set, gaps: plan.instruments.map(({ gaps }) => gaps), speed: 1e15 }),
        open: live => openKernelRun(plan, {}, live.data(), metas, { blockTicks: 1 }),
        config: { facts },
        strategy: plan.title,
        runId: 'test',
        memory,
        rows: directSink(database, onWrite),
        snapshotEvery: 61,
        sleep: () => new Promise(resolve => setImmediate(resolve)),
        through: venue => faulty(venue, seed * 100 + lives, placed),
        failed: error => {
          failure ??= error;
          end.abort();
        },
      });
      try {
        await run.recover(database.rows(), database.snapshots()[0]);
        await run.follow(end.signal);
        await run.run.idle();
        if (failure !== undefined) throw failure;
        isOver = true;
        database.commit();
        const symbols = plan.instruments.map(({ symbol }) => symbol);
        const positions = await run.venue.positions(symbols);
        expect(positions.map(({ quantity }) => quantity)).toEqual(
          symbols.map((_, i) => run.trader.position(i).quantity),
        );
        expect(positions.every(({ quantity }) => quantity >= 0)).toBe(true);
        expect(new Set(placed).size).toBe(placed.length);
        const ids = memory.clientIds();
        expect(new Set(ids).size).toBe(ids.length);
      } catch (error) {
        // A start that cannot reach its venue ends, and is tried again.
        if (!(error instanceof Crash || error instanceof VenueError)) throw error;
      } finally {
        end.abort();
        database.abandon();
        memory.close();
      }
    }
    expect(lives).toBeGreaterThan(3);
  });
});

describe('a portfolio over a bad network', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('doubles and loses nothing (%i)', async seed => {
    const placed: string[] = [];
    const memory = fleetingMemory();
    const doubled: string[] = [];
    const run = openSimulatedRun({
      // So fast that no bar waits, but each lets look-ups have their turn.
      ...replayOf({ set, gaps: plan.instruments.map(({ gaps }) => gaps), speed: 1e15 }),
      open: live =>
        openKernelRun(
          plan,
          {},
          live.data(),
          plan.instruments.map(() => metaOf(FACTS)),
          { blockTicks: 1 },
        ),
      config: { facts: Object.fromEntries(plan.instruments.map(({ symbol }) => [symbol, FACTS])) },
      strategy: plan.title,
      runId: 'test',
      memory,
      rows: NO_ROWS,
      sleep: () => new Promise(resolve => setImmediate(resolve)),
      through: venue => faulty(venue, seed, placed),
      notice: ({ what, facts }) => {
        if (what === 'order rejected' && String(facts?.why).includes('works already'))
          doubled.push(String(facts?.order));
      },
    });
    await run.follow(new AbortController().signal);
    await run.run.idle();
    const symbols = plan.instruments.map(({ symbol }) => symbol);
    const positions = await run.venue.positions(symbols);
    expect(positions.map(({ quantity }) => quantity)).toEqual(symbols.map((_, i) => run.trader.position(i).quantity));
    expect(positions.every(({ quantity }) => quantity >= 0)).toBe(true);
    expect(run.result().fills.length).toBeGreaterThan(40);
    expect(doubled).toEqual([]);
    expect(new Set(placed).size).toBe(placed.length);
    const arrived = memory.clientIds();
    expect(new Set(arrived).size).toBe(arrived.length);
    const open = (await Promise.all(symbols.map(symbol => run.venue.openOrders(symbol)))).flat();
    const wanted = run.trader.orders.map(({ order }) => run.run.clientIds.get(order.id));
    expect(new Set(open.map(({ clientId }) => clientId))).toEqual(new Set(wanted));
  });
});
