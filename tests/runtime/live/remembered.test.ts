/**
 * A run lets go of orders that are over and of what was told of them. It decides the same as one that keeps everything, holds
 * the same after a restart at any row, and stays of one size however many orders it makes.
 */
import { deserialize, serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../compiler/index.ts';
import { replayRows } from '../../../runtime/live/recovery.ts';
import { Remembered } from '../../../runtime/live/remembered.ts';
import type { RunSnapshot } from '../../../runtime/live/run-snapshot.ts';
import { fleetingMemory } from '../../../runtime/live/simulated/memory.ts';
import type { SimulatedRun, SimulatedRunParts } from '../../../runtime/live/simulated-run.ts';
import type { Row } from '../../../runtime/live/store/rows.ts';
import { busyPlan, busySeries } from './busy.ts';
import { memoryRows, type Rows } from './reconcile/support.ts';
import { backtestOf, comparable, compileText, replayOf } from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
const NEVER = Number.MAX_SAFE_INTEGER;
const plan = busyPlan();
const series = busySeries(plan);

/** In and out at every bar, with protection: an entry, a stop, a target and an exit every second bar. */
const RESTLESS = `strategy "Restless"
instrument "BTC/USDT" on binance
every 1m
when position == 0 enter long { size: 20% of equity  stop: entry * 0.99  target: entry * 1.02 }
when bars_held > 0 exit long
execution { fee: 1bp  slippage: 0bp }
`;

const restless = compileText(RESTLESS);

class Crash extends Error {}

interface Played {
  readonly run: SimulatedRun;
  readonly rows: Rows;
}

async function played(of: Plan, bars: typeof series, more: Partial<SimulatedRunParts> = {}): Promise<Played> {
  const rows = memoryRows();
  const run = replayOf(of, bars, { rows: rows.sink, ...more });
  await run.recover([]);
  await run.follow(new AbortController().signal);
  return { run, rows };
}

/** Entries of each map that a snapshot has of ids and of what was told. */
function sizesOf({ clientIds, venueIds, orderOf, seen }: RunSnapshot) {
  return { clientIds: clientIds.size, venueIds: venueIds.size, orderOf: orderOf.size, seen: seen.size };
}

/** As it would lie on the disk. */
function kept(run: SimulatedRun): RunSnapshot {
  return deserialize(serialize(run.run.snapshot()));
}

describe('what is remembered', () => {
  const present = { tick: 100, knows: (order: number) => order === 7, readFromMs: () => 5000 };

  it('is every id of an order that is known, and none of one that is not', () => {
    const remembered = new Remembered();
    for (const [order, clientId] of [
      [7, 'lost'],
      [7, 'sent anew'],
      [8, 'over'],
    ] as const) {
      remembered.sent(order, clientId);
      remembered.numbered(clientId, `number of ${clientId}`);
    }
    remembered.numbered('a stranger’s', '1');
    remembered.forget(present);
    expect(remembered.orderOf('lost')).toBe(7);
    expect([...remembered.clientIds]).toEqual([[7, 'sent anew']]);
    expect([...remembered.venueIds]).toEqual([
      ['lost', 'number of lost'],
      ['sent anew', 'number of sent anew'],
    ]);
  });

  it.each([
    ['of an order that is known', { tick: 1, order: 7, atMs: 1 }, true],
    ['of one that is over', { tick: 1, order: 8 }, false],
    ['of one that is over, a fill that may be read again', { tick: 1, order: 8, atMs: 5000, instrument: 0 }, true],
    ['of one that is over, a fill of long ago', { tick: 1, order: 8, atMs: 4999, instrument: 0 }, false],
    ['of the tick that a simulated venue tells again', { tick: 99 }, true],
    ['of a tick before that', { tick: 98 }, false],
  ])('is what was told %s: %o, %s', (_, told, isKept) => {
    const remembered = new Remembered();
    remembered.tell('key', told);
    remembered.forget(present);
    expect(remembered.hasTold('key')).toBe(isKept);
  });
});

describe('a run that lets go of what is over', () => {
  it('decides what one that keeps everything decides', async () => {
    const bars = busySeries(restless, 1500);
    const all = await played(restless, bars, { forgetAfter: NEVER });
    const some = await played(restless, bars, { forgetAfter: 1 });
    const orders = ({ run }: Played) => sizesOf(kept(run)).orderOf;
    expect(some.rows.rows).toEqual(all.rows.rows);
    expect(comparable(some.run.result())).toEqual(comparable(backtestOf(restless, bars)));
    expect(orders(all)).toBeGreaterThan(1000);
    expect(orders(some)).toBeLessThan(1000);
  });

  it('stays of one size, whatever number of orders it makes', { timeout: 60_000 }, async () => {
    const orders = isDeep ? 200_000 : 20_000;
    const rows = memoryRows();
    let placed = 0;
    const sizes: number[] = [];
    const sink = {
      ...rows.sink,
      append: () => {},
      snapshot: ({ body }: { readonly body: Uint8Array }) => {
        const { clientIds, venueIds, orderOf, seen } = sizesOf(deserialize(body));
        sizes.push(clientIds + venueIds + orderOf + seen);
      },
    };
    await played(restless, busySeries(restless, Math.ceil(orders / 1.9)), {
      rows: sink,
      snapshotEvery: 2000,
      notice: ({ counts }) => {
        if (counts === 'placed') placed += 1;
      },
    });
    expect(placed).toBeGreaterThan(orders);
    expect(sizes.length).toBeGreaterThan(20);
    expect(Math.max(...sizes)).toBeLessThan(8000);
    const half = Math.floor(sizes.length / 2);
    expect(Math.max(...sizes.slice(half))).toBeLessThan(1.5 * Math.max(...sizes.slice(0, half)));
  });

  it('holds the same after a restart at any row, from a snapshot or from the first row on', async () => {
    const rows = memoryRows();
    const states: Uint8Array[] = [];
    const more = { forgetAfter: 3, snapshotEvery: 23 };
    const run = replayOf(plan, series, { ...more, rows: rows.sink });
    await run.recover([]);
    // What stands after each input and the intents that it led to.
    const take = run.run.take.bind(run.run);
    run.run.take = (input, isUrgent) => {
      const sent = take(input, isUrgent);
      states[rows.rows.length] = serialize(run.run.snapshot());
      return sent;
    };
    await run.follow(new AbortController().signal);
    const marks = Object.keys(states).map(Number);
    expect(marks.length).toBeGreaterThan(400);
    for (const [index, mark] of marks.entries()) {
      if (!isDeep && index % 29 !== 0) continue;
      for (const snapshot of [undefined, rows.snapshots.findLast(({ seq }) => seq <= mark)]) {
        const again = replayOf(plan, series, more);
        replayRows(again.run, rows.rows.slice(0, mark), snapshot);
        const from = `row ${mark} from ${snapshot?.seq ?? 0}`;
        expect(kept(again), from).toEqual(deserialize(states[mark] as Uint8Array));
      }
    }
  });

  it('counts once what its venue tells again after a death', async () => {
    const bars = busySeries(restless, 700);
    const unbroken = comparable(backtestOf(restless, bars));
    for (const dieAt of [3100, 4001, 4702, 5303]) {
      const [rows, memory] = [memoryRows(), fleetingMemory()];
      const append = (row: Row) => {
        if (rows.rows.length === dieAt) throw new Crash();
        rows.rows.push(row);
      };
      const more = { memory, forgetAfter: 1, snapshotEvery: 500 };
      const first = replayOf(restless, bars, { ...more, rows: { ...rows.sink, append } });
      await first.recover([]);
      await expect(first.follow(new AbortController().signal)).rejects.toThrow(Crash);
      const second = replayOf(restless, bars, { ...more, rows: rows.sink });
      await second.recover([...rows.rows], rows.snapshots.at(-1));
      await second.follow(new AbortController().signal);
      expect(comparable(second.result()), `row ${dieAt}`).toEqual(unbroken);
      expect(sizesOf(kept(second)).orderOf).toBeLessThan(1000);
    }
  });

  it('reads the snapshots of the version before, and forgets none of what it cannot date', async () => {
    const rows = memoryRows();
    const bars = busySeries(restless, 1500);
    const whole = await played(restless, bars, { rows: rows.sink, forgetAfter: NEVER, snapshotEvery: 400 });
    const [snapshot] = rows.snapshots;
    if (snapshot === undefined) throw new Error('there is no snapshot');
    const { seen, room: _, ...rest } = deserialize(snapshot.body) as RunSnapshot;
    const body = serialize({ ...rest, format: 2, seen: new Set(seen.keys()) });
    const again = replayOf(restless, bars, { forgetAfter: 1 });
    replayRows(again.run, rows.rows, { seq: snapshot.seq, body });
    expect(again.result().journalHash).toBe(whole.run.result().journalHash);
    for (const key of seen.keys()) expect(again.run.hasSeen(key)).toBe(true);
    expect(sizesOf(kept(again)).clientIds).toBeLessThan(1000);
  });
});
