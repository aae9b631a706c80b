/** What a network does to orders: they arrive and nobody says so, they do not arrive, they are refused. */
import { describe, expect, it } from 'vitest';
import { LiveError } from '../../../runtime/live/errors.ts';
import { type Venue, VenueError, type VenueOrder } from '../../../runtime/live/ports.ts';
import { fleetingMemory } from '../../../runtime/live/simulated/memory.ts';
import { NO_ROWS } from '../../../runtime/live/simulated-run.ts';
import type { RowSink } from '../../../runtime/live/store/rows.ts';
import { randomOf } from '../../support/scenario.ts';
import { busyPlan, busySeries } from './busy.ts';
import { backtestOf, comparable, replayOf } from './support.ts';

const plan = busyPlan();
const series = busySeries(plan);
const SEEDS = process.env.VELA_DEEP === '1' ? 200 : 12;

type Fault = 'timeout before' | 'timeout after' | 'not sent' | 'rejected' | 'cancel times out' | 'lookup fails';

/** Does to each call what the chance of a seed says; `seen` counts what it did. */
function faulty(venue: Venue, seed: number, share: number, kinds: readonly Fault[], placed: string[]) {
  const random = randomOf(seed);
  const seen = new Map<Fault, number>();
  const strikes = (kind: Fault): boolean => {
    if (!kinds.includes(kind) || !random.chance(share)) return false;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return true;
  };
  const through: Venue = {
    name: venue.name,
    abilities: venue.abilities,
    now: () => venue.now(),
    market: symbol => venue.market(symbol),
    place: async (order: VenueOrder) => {
      placed.push(order.clientId);
      if (strikes('not sent')) throw new VenueError('not sent', 'the limiter is full');
      if (strikes('timeout before')) throw new VenueError('unknown', 'request timed out');
      if (strikes('rejected')) throw new VenueError('rejected', 'insufficient balance', 'insufficient funds');
      const answer = await venue.place(order);
      if (strikes('timeout after')) throw new VenueError('unknown', 'request timed out');
      return answer;
    },
    amend: (order, id) => venue.amend(order, id),
    cancel: async (symbol, clientId, id) => {
      if (strikes('cancel times out')) throw new VenueError('unknown', 'request timed out');
      await venue.cancel(symbol, clientId, id);
    },
    lookup: async (symbol, clientId) => {
      if (strikes('lookup fails')) throw new VenueError('unknown', 'request timed out');
      return venue.lookup(symbol, clientId);
    },
    openOrders: symbol => venue.openOrders(symbol),
    fills: (symbol, since) => venue.fills(symbol, since),
    positions: symbols => venue.positions(symbols),
    balances: () => venue.balances(),
    listen: (symbols, sink, signal) => venue.listen(symbols, sink, signal),
    close: () => venue.close(),
  };
  return { through, seen };
}

async function runWith(seed: number, share: number, kinds: readonly Fault[]) {
  const placed: string[] = [];
  const memory = fleetingMemory();
  let seen = new Map<Fault, number>();
  const doubled: string[] = [];
  const replay = replayOf(plan, series, {
    memory,
    sleep: () => new Promise(resolve => setImmediate(resolve)),
    through: venue => {
      const faults = faulty(venue, seed, share, kinds, placed);
      seen = faults.seen;
      return faults.through;
    },
    notice: ({ what, facts }) => {
      if (what === 'order rejected' && String(facts?.why).includes('works already')) doubled.push(String(facts?.order));
    },
  });
  await replay.follow(new AbortController().signal);
  await replay.run.idle();
  return { replay, placed, doubled, seen, arrived: memory.clientIds() };
}

const ALL: readonly Fault[] = [
  'timeout before',
  'timeout after',
  'not sent',
  'rejected',
  'cancel times out',
  'lookup fails',
];

describe('a run whose journal cannot be written', () => {
  it('sends nothing that is not journaled, and ends', async () => {
    const memory = fleetingMemory();
    let writes = 0;
    const rows: RowSink = {
      ...NO_ROWS,
      durable: async () => {
        writes += 1;
        if (writes > 10) throw new LiveError('journal-write', 'the disk is full', 'make room');
      },
    };
    const placed: string[] = [];
    const replay = replayOf(plan, series, {
      memory,
      rows,
      through: venue => faulty(venue, 1, 0, [], placed).through,
    });
    await expect(replay.follow(new AbortController().signal)).rejects.toThrow('the disk is full');
    expect(placed.length).toBeGreaterThan(0);
    expect(memory.clientIds().length).toBe(placed.length);
    expect(replay.trader.live.length).toBeLessThan(series.clocks[0]?.length ?? 0);
  });
});

describe('a run over a bad network', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('doubles and loses nothing (%i)', async seed => {
    const { replay, placed, doubled, seen, arrived } = await runWith(seed, 0.08, ALL);
    expect(seen.size).toBeGreaterThan(0);
    const held = replay.trader.position(0).quantity;
    expect(held).toBeGreaterThanOrEqual(0);
    expect(replay.result().trades.filter(({ side }) => side === 'short')).toEqual([]);
    expect(doubled).toEqual([]);
    expect(new Set(placed).size).toBe(placed.length);
    expect(new Set(arrived).size).toBe(arrived.length);
    const [position] = await replay.venue.positions(['BTC/USDT']);
    expect(position?.quantity).toBe(held);
    const open = await replay.venue.openOrders('BTC/USDT');
    const wanted = replay.trader.orders.map(({ order }) => replay.run.clientIds.get(order.id));
    expect(new Set(open.map(({ clientId }) => clientId))).toEqual(new Set(wanted));
    const { orders } = replay.trader;
    if (held !== 0) expect(orders.some(({ order }) => order.role === 'stop' || order.role === 'exit')).toBe(true);
  });

  it('is the backtest where every order arrives before the next bar', async () => {
    const { replay, seen } = await runWith(3, 0.3, ['not sent', 'cancel times out']);
    expect(seen.size).toBe(2);
    expect(comparable(replay.result())).toEqual(comparable(backtestOf(plan, series)));
  });
});
