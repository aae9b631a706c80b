/** An edited portfolio on the journal of the one before it: what is held, what it remembers, what the new weights do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodePlan, openKernelRun, type Plan } from '../../../../compiler/index.ts';
import { runPortfolio } from '../../../../runtime/backtest.ts';
import { dataOf, metaOf } from '../../../../runtime/lane.ts';
import { grant } from '../../../../runtime/live/reconcile/grant.ts';
import { replayOf } from '../../../../runtime/live/replay.ts';
import { openSimulatedRun } from '../../../../runtime/live/simulated-run.ts';
import { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import { directSink } from '../../../../runtime/live/store/direct.ts';
import { venueDatabase } from '../../../../runtime/live/store/venue-database.ts';
import { type Adoption, takeOver } from '../../../../runtime/live/take-over.ts';
import { pendingWishes } from '../../../../runtime/live/wishes.ts';
import { number } from '../../../venue/amount.ts';
import { spotVenue, type TestVenue } from '../../../venue/start.ts';
import { until } from '../reconcile/support.ts';
import { compileText, FACTS } from '../support.ts';
import { busyPortfolio, busySet } from './busy.ts';
import { type Desk, openDesk } from './desk.ts';

let path = '';
let database: JournalDatabase;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'vela-edited-portfolio-'));
  database = new JournalDatabase(join(path, 'run.sqlite'), { forced: false });
});
afterEach(() => {
  database.close();
  rmSync(path, { recursive: true, force: true });
});

function edit(plan: Plan, how: Adoption = 'keep') {
  const known = database.binding();
  if (known === undefined) throw new Error('the journal is bound to nothing');
  return takeOver(database, { path }, known, {
    how,
    plan,
    planBytes: encodePlan(plan),
    params: {},
    strategy: plan.title,
  });
}

describe('an edited portfolio at a venue', () => {
  let local: TestVenue;
  let desks: Desk[] = [];
  beforeEach(async () => {
    desks = [];
    local = await spotVenue();
  });
  afterEach(async () => {
    for (const desk of desks) await desk.die();
    await local.close();
  });

  const STATES = 'state turns starts 0 then prev turns + (if drawdown > 0 then 1 else 0)';
  const textOf = ({ high = 0.6, states = STATES, risk = '', on = 'btc.close > 50000' } = {}) => `strategy "Two"
instrument btc = "BTC/USDT" on binance
instrument eth = "ETH/USDT" on binance
every 1h
${states}
let rose = ${on} and turns < 100
rebalance every 1h to btc = if rose then ${high} else 0.05, eth = if rose then 0.05 else ${high} { band: 2% }
execution { fee: 10bp  slippage: 0bp }
${risk}
`;
  const [UP, DOWN] = [50_100, 49_900];

  async function open(text: string): Promise<Desk> {
    const desk = await openDesk(local, text, { database });
    desks.push(desk);
    return desk;
  }

  async function close(desk: Desk): Promise<void> {
    await desk.run.idle();
    await desk.die();
    database.commit();
  }

  async function held(text = textOf()): Promise<Desk> {
    const desk = await open(text);
    await desk.bar(UP);
    await until(() => desk.positions().every(quantity => quantity > 0));
    await desk.quiet();
    return desk;
  }

  const coins = () => ['BTC', 'ETH'].map(coin => number(local.exchange.total(coin)));
  const weights = (desk: Desk) =>
    desk.positions().map((quantity, i) => (quantity * (i === 0 ? 50_000 : 2500)) / desk.trader.account.equity);

  it('goes on with what is held, and brings it to its own weights', async () => {
    const first = await held();
    const before = first.positions();
    await close(first);
    const placed = local.exchange.orders.length;
    const taken = edit(compileText(textOf({ high: 0.3 })));
    expect(taken).toMatchObject({
      positions: { 'BTC/USDT': before[0], 'ETH/USDT': before[1] },
      kept: ['turns'],
      anew: [],
    });
    const desk = await open(textOf({ high: 0.3 }));
    expect([desk.positions(), coins()]).toEqual([before, before]);
    expect(local.exchange.orders.length).toBe(placed);
    expect(desk.trader.account.balance).toBe(first.trader.account.balance);
    await desk.bar(UP);
    await until(() => (desk.positions()[0] ?? 1) < 0.07);
    await desk.quiet();
    expect(weights(desk)[0]).toBeCloseTo(0.3, 2);
    expect(coins()).toEqual(desk.positions());
    expect(desk.notices.filter(({ level }) => level === 'alert')).toEqual([]);
    // And again from the snapshot that it left.
    await close(desk);
    const next = await open(textOf({ high: 0.3 }));
    expect(next.positions()).toEqual(desk.positions());
    await next.bar(DOWN);
    await until(() => (next.positions()[1] ?? 0) > 1);
    await next.quiet();
    expect(coins()).toEqual(next.positions());
  });

  it('can have it closed first, and buys anew at its next rebalance', async () => {
    await close(await held());
    edit(compileText(textOf({ high: 0.3 })), 'flatten');
    const desk = await open(textOf({ high: 0.3 }));
    expect(pendingWishes({ path }).map(({ wish }) => wish.type)).toEqual(['flatten']);
    for (const { wish } of pendingWishes({ path })) await grant(desk.run, wish);
    await until(() => desk.positions().every(quantity => quantity === 0));
    await desk.quiet();
    expect(coins().every(quantity => quantity < 0.0001)).toBe(true);
    await desk.bar(UP);
    await until(() => desk.positions().every(quantity => quantity > 0));
    await desk.quiet();
    expect(weights(desk)[0]).toBeCloseTo(0.3, 2);
  });

  it('says which states begin anew', async () => {
    await close(await held());
    const states = STATES.replace('then 1 else 0', 'then 2 else 0');
    expect(edit(compileText(textOf({ states })))).toMatchObject({ kept: [], anew: ['turns'] });
  });

  it('takes in what filled of an order of which nobody heard before it took over', async () => {
    const first = await open(textOf());
    // It arrives, and the process dies before it hears of that.
    local.server.faults.add({ on: 'POST /api/v3/order', when: 'after', answer: 'silence', times: 2 });
    const deciding = first.bar(UP).catch(() => {});
    await until(() => local.exchange.trades.length > 0);
    await first.die();
    await deciding;
    database.commit();
    local.server.faults.clear();
    const bought = coins();
    edit(compileText(textOf({ high: 0.3 })));
    const desk = await open(textOf({ high: 0.3 }));
    await desk.run.reconciler.now();
    await until(() => JSON.stringify(desk.positions()) === JSON.stringify(bought));
    expect(desk.run.blocks).toEqual([]);
    await desk.bar(UP);
    await desk.quiet();
    await until(() => Math.abs((weights(desk)[0] ?? 0) - 0.3) < 0.02);
    expect(coins()).toEqual(desk.positions());
  });

  it('is halted where the one before it was, and measures from the same peak', async () => {
    const risk = (at: string) => `risk { cap drawdown at ${at} else halt }`;
    const first = await held(textOf({ risk: risk('1%') }));
    await first.bar(48_000);
    await first.quiet();
    const { peak } = first.trader.account;
    expect(peak).toBeGreaterThan(first.trader.account.equity * 1.01);
    await close(first);
    edit(compileText(textOf({ risk: risk('2%'), high: 0.7 })));
    const next = await open(textOf({ risk: risk('2%'), high: 0.7 }));
    expect(next.trader.account.peak).toBe(peak);
    const before = next.positions();
    await next.bar(DOWN);
    await next.quiet();
    // Nothing is bought while it is halted.
    next.positions().forEach((quantity, i) => {
      expect(quantity).toBeLessThanOrEqual(before[i] ?? 0);
    });
  });

  it('of other traded instruments, or of rules, is refused', async () => {
    await close(await held());
    const one = textOf().replace(', eth = if rose then 0.05 else 0.6', '');
    expect(() => edit(compileText(one))).toThrow('the journal trades BTC/USDT, ETH/USDT, the strategy BTC/USDT');
    const rules = textOf().replace(/rebalance.*/, 'when rose enter long on btc { size: 10% of equity }');
    expect(() => edit(compileText(rules))).toThrow('the journal is that of a portfolio, the strategy is one of rules');
  });
});

// ---------------------------------------------------------------- the same run with and without

const isDeep = process.env.VELA_DEEP === '1';

describe('a portfolio that is edited into one that decides the same', () => {
  const [plan, other] = [
    busyPortfolio(),
    busyPortfolio(
      'cap position at 60%  cap daily_loss at 1.5% else halt until day  cap drawdown at 4% else flatten  cap gross at 500%',
    ),
  ];
  const set = busySet(plan);
  const facts = Object.fromEntries(plan.instruments.map(({ symbol }) => [symbol, FACTS]));
  const metas = plan.instruments.map(() => metaOf(FACTS));

  class Crash extends Error {}

  /** One life, to the end or to its n-th write. */
  async function live(strategy: Plan, dieAt: number) {
    let writes = 0;
    const onWrite = () => {
      writes += 1;
      if (writes >= dieAt) throw new Crash();
    };
    const memory = venueDatabase(join(path, 'venue.sqlite'), { forced: false, onWrite });
    const known = database.binding();
    const run = openSimulatedRun({
      ...replayOf({ set, gaps: plan.instruments.map(({ gaps }) => gaps) }),
      open: grid => openKernelRun(strategy, {}, grid.data(), metas, { blockTicks: 1 }),
      config: { facts, fromTick: known?.fromTick ?? 0 },
      strategy: strategy.title,
      runId: 'test',
      memory,
      rows: directSink(database, onWrite),
      snapshotEvery: 61,
    });
    if (known === undefined) database.bind(run.binding, encodePlan(strategy));
    try {
      await run.recover(database.rows(), database.snapshots()[0]);
      await run.follow(new AbortController().signal);
      database.commit();
      return run;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      database.commit();
      return undefined;
    } finally {
      memory.close();
    }
  }

  const cases = Array.from({ length: isDeep ? 150 : 8 }, (_, i) => (isDeep ? 40 + 17 * i : 150 + 203 * i));
  let calm = 0;
  afterAll(() => {
    expect(calm).toBeGreaterThan(cases.length / 8);
  });

  it.each(cases)('holds what it would hold (write %i)', { timeout: 60_000 }, async dieAt => {
    expect(plan.planHash).not.toBe(other.planHash);
    const whole = runPortfolio(openKernelRun(plan, {}, dataOf(set), metas), set, { facts });
    const first = await live(plan, dieAt);
    expect(first, 'it died').toBeUndefined();
    const taken = edit(other);
    expect(taken?.anew).toEqual([]);
    const run = await live(other, Number.POSITIVE_INFINITY);
    const { fromTick = 0 } = taken?.binding ?? {};
    const result = run?.result();
    const equity = whole.equity.slice(fromTick);
    // What was on order to be bought when it took over is bought at a later rebalance.
    const isCalm = !whole.fills.some(({ tick }) => tick === fromTick);
    if (isCalm) calm += 1;
    if (isCalm) expect([...(result?.equity ?? [])]).toEqual([...equity]);
    expect(result?.equity.length).toBe(equity.length);
    const positions = await run?.venue.positions(plan.instruments.map(({ symbol }) => symbol));
    expect(positions?.map(({ quantity }) => quantity)).toEqual(
      plan.instruments.map((_, i) => run?.trader.position(i).quantity),
    );
    expect(run?.trader.account.peak).toBeGreaterThan(0);
  });
});
