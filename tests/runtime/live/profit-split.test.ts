/** The difference between a run and its backtest, split by cause: each change of a journal is found as what it is. */
import { describe, expect, it } from 'vitest';
import { openKernelRun } from '../../../compiler/index.ts';
import { type JournalRecord, readJournal } from '../../../runtime/journal/reader.ts';
import { dataOf, metaOf } from '../../../runtime/lane.ts';
import { divergenceOf } from '../../../runtime/live/divergence.ts';
import { VenueError } from '../../../runtime/live/ports.ts';
import { type ProfitSplit, profitOf, profitSplit, type SplitMarket } from '../../../runtime/live/profit-split.ts';
import { fleetingMemory } from '../../../runtime/live/simulated/memory.ts';
import { randomOf } from '../../support/scenario.ts';
import { busyPlan, busySeries } from './busy.ts';
import { memoryRows } from './reconcile/support.ts';
import { backtestOf, replayOf } from './support.ts';

const plan = busyPlan();
const series = busySeries(plan);
const backtest = backtestOf(plan, series);
const records = readJournal(backtest.journal).records;
const bars = series.clocks[0];
const market: SplitMarket = {
  openAt: (_, tick) => bars?.open[tick] ?? Number.NaN,
  lastPrice: () => bars?.close.at(-1) ?? Number.NaN,
  wasLate: () => false,
};
const NOTHING = { data: 0, signal: 0, fill: 0, fee: 0, latency: 0, halt: 0, other: 0 };
/** A split of these parts alone, but for rounding. */
function only(parts: Partial<ProfitSplit>) {
  const all: ProfitSplit = { ...NOTHING, ...parts };
  return Object.fromEntries(Object.entries(all).map(([cause, value]) => [cause, expect.closeTo(value, 6)]));
}

function changed(change: (record: JournalRecord, fill: number) => JournalRecord | readonly JournalRecord[]) {
  let fills = 0;
  return records.flatMap(record => change(record, record.kind === 'fill' ? fills++ : -1));
}

function total(split: ReturnType<typeof profitSplit>): number {
  return Object.values(split).reduce((sum, value) => sum + value, 0);
}

/** Orders and fills of one trade: the k-th that begins flat. */
function ofTrade(k: number): ReadonlySet<JournalRecord> {
  const found = new Set<JournalRecord>();
  let [trade, held] = [-1, 0];
  for (const record of records) {
    if (record.kind !== 'fill') continue;
    if (held === 0) trade += 1;
    held += record.side === 'buy' ? record.quantity : -record.quantity;
    if (Math.abs(held) < 1e-9) held = 0;
    if (trade === k) found.add(record);
  }
  return found;
}

describe('the profit of a journal', () => {
  it('is what the backtest says', () => {
    expect(profitOf(records, market)).toBeCloseTo((backtest.equity.at(-1) ?? 0) - 10_000, 6);
  });

  it('differs by nothing from its own', () => {
    expect(profitSplit(records, records, market)).toEqual(NOTHING);
  });
});

describe('the difference', () => {
  it('of fees is fees', () => {
    const dearer = changed(record => (record.kind === 'fill' ? { ...record, fee: record.fee + 1 } : record));
    const fills = records.filter(({ kind }) => kind === 'fill').length;
    expect(profitSplit(dearer, records, market)).toEqual(only({ fee: -fills }));
  });

  it('of prices is how orders filled', () => {
    const worse = changed(record =>
      record.kind === 'fill' ? { ...record, price: record.price * (record.side === 'buy' ? 1.001 : 0.999) } : record,
    );
    const split = profitSplit(worse, records, market);
    expect(split.fill).toBeLessThan(0);
    expect(split).toEqual(only({ fill: profitOf(worse, market) - profitOf(records, market) }));
  });

  it('of orders that came a bar late is latency, as far as the market moved', () => {
    const late = changed(record => {
      if (record.kind !== 'fill' || record.moment !== 'open') return record;
      const moved = market.openAt(0, record.tick + 1) - market.openAt(0, record.tick);
      return Number.isNaN(moved) ? record : { ...record, tick: record.tick + 1, price: record.price + moved };
    });
    const split = profitSplit(late, records, market);
    expect(split).toEqual(only({ latency: profitOf(late, market) - profitOf(records, market) }));
    expect(split.latency).not.toBeCloseTo(0, 3);
  });

  it('of a trade that was decided and never filled is how orders filled; undecided, it is the signal, or why it was halted', () => {
    const trade = ofTrade(3);
    const [entry] = trade;
    const decided = records.find(
      record => record.kind === 'intent' && entry?.kind === 'fill' && record.order === entry.order,
    );
    const tick = decided?.tick ?? 0;
    const difference = -profitOf([...trade], market);
    const unfilled = records.filter(record => !trade.has(record));
    const split = profitSplit(unfilled, records, market);
    // What left it has no decision to enter of its own; it goes with the trade.
    expect(split).toEqual(only({ fill: difference }));
    const undecided = unfilled.filter(record => record !== decided);
    expect(profitSplit(undecided, records, market)).toEqual(only({ signal: difference }));
    const wasLate = (at: number) => at === tick;
    expect(profitSplit(undecided, records, { ...market, wasLate })).toEqual(only({ latency: difference }));
    const halted: JournalRecord[] = [
      ...undecided.filter(record => record.tick < tick),
      { kind: 'halt', tick, cause: 'halted', flattens: false },
      { kind: 'resume', tick: tick + 1 },
      ...undecided.filter(record => record.tick >= tick),
    ];
    expect(profitSplit(halted, records, market)).toEqual(only({ halt: difference }));
    expect(profitSplit(records, undecided, market)).toEqual(only({ signal: -difference }));
  });

  it('of other bars is the data', () => {
    expect(profitSplit(records, records, market, 100).data).toBeCloseTo(profitOf(records, market) - 100, 6);
  });

  it('always adds up', () => {
    for (let seed = 0; seed < 100; seed++) {
      const random = randomOf(seed);
      const other = changed(record => {
        if (random.chance(0.1)) return [];
        if (record.kind !== 'fill' || random.chance(0.5)) return record;
        const part = record.quantity * (0.2 + 0.8 * random.next());
        return { ...record, tick: record.tick + (random.chance(0.3) ? 1 : 0), quantity: part, fee: record.fee * 1.5 };
      });
      const split = profitSplit(other, records, market);
      expect(total(split)).toBeCloseTo(profitOf(other, market) - profitOf(records, market), 5);
      expect(split.other).toBeCloseTo(0, 5);
    }
  });
});

it('vela diff says what orders that the venue refused have cost', async () => {
  const rows = memoryRows();
  let number = 0;
  const replay = replayOf(plan, series, {
    memory: fleetingMemory(),
    rows: rows.sink,
    sleep: () => new Promise(resolve => setImmediate(resolve)),
    through: venue =>
      new Proxy(venue, {
        get: (target, key) => {
          if (key !== 'place') {
            const value = Reflect.get(target, key);
            return typeof value === 'function' ? value.bind(target) : value;
          }
          return async (order: Parameters<typeof venue.place>[0]) => {
            number += 1;
            if (number % 10 === 5) throw new VenueError('rejected', 'insufficient balance', 'insufficient funds');
            return target.place(order);
          };
        },
      }),
  });
  await replay.follow(new AbortController().signal);
  await replay.run.idle();
  const { first, profit } = divergenceOf({
    binding: replay.binding,
    rows: rows.rows,
    clocks: plan.clocks,
    instruments: plan.instruments,
    open: (set, factsOf) =>
      openKernelRun(
        plan,
        {},
        dataOf(set),
        plan.instruments.map(({ symbol }) => metaOf(factsOf(symbol))),
      ),
  });
  expect(first?.cause).toMatch(/refus|reject/);
  expect(profit?.run).toBeCloseTo((replay.result().equity.at(-1) ?? 0) - 10_000, 4);
  const { run = 0, backtest: its = 0, split } = profit ?? {};
  expect(Object.values(split ?? {}).reduce((sum, value) => sum + value, 0)).toBeCloseTo(run - its, 6);
  expect(Math.abs(split?.fill ?? 0)).toBeGreaterThan(1);
});
