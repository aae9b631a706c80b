/** The books of a run on Binance spot: what the ledger holds is what the account holds, whatever happened beside it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import type { SessionView } from '../../../../runtime/live/companion.ts';
import { runFolder } from '../../../../runtime/live/folder.ts';
import type { Venue } from '../../../../runtime/live/ports.ts';
import { reconciliation } from '../../../../runtime/live/reconcile/companion.ts';
import { grant } from '../../../../runtime/live/reconcile/grant.ts';
import { pendingWishes, takeAnswer, writeWish } from '../../../../runtime/live/wishes.ts';
import { amount, number, times } from '../../../venue/amount.ts';
import type { OrderRequest } from '../../../venue/exchange.ts';
import { spotMarket } from '../../../venue/market.ts';
import { spotVenue, type TestVenue } from '../../../venue/start.ts';
import { BUY, type Desk, memoryRows, NOTHING, openAt, openDesk, SELL, strategy, until } from './support.ts';

let local: TestVenue;
let desks: Desk[] = [];
beforeEach(async () => {
  local = await spotVenue();
  // More than the run has: what others spend is theirs.
  local.exchange.deposit('USDT', amount('20000'));
  desks = [];
});
afterEach(async () => {
  for (const desk of desks) await desk.die();
  await local.close();
});

async function open(settings: Parameters<typeof openDesk>[1] = {}): Promise<Desk> {
  const desk = await openDesk(local, settings);
  desks.push(desk);
  return desk;
}

const coins = () => number(local.exchange.total('BTC'));
const working = () => local.exchange.openOrders('BTCUSDT');

/** Bought, and its stop works. */
async function bought(settings: Parameters<typeof openDesk>[1] = {}): Promise<Desk> {
  const desk = await open(settings);
  await desk.bar(BUY);
  await until(() => desk.position > 0 && working().some(({ type }) => type === 'stop'));
  return desk;
}

const order = (changes: Partial<OrderRequest>): OrderRequest => ({
  symbol: 'BTCUSDT',
  clientId: 'by-hand',
  side: 'buy',
  type: 'market',
  quantity: amount('0.05'),
  ...changes,
});

const equity = (desk: Desk) => desk.run.parts.trader.account.equity;
const blocks = (desk: Desk) => desk.run.guard.degraded.map(({ code }) => code);

describe('a purchase', () => {
  it('holds what the fee in coins left of it', async () => {
    const desk = await bought();
    expect(desk.position).toBe(0.0999);
    expect(coins()).toBe(0.0999);
    expect(desk.run.parts.trader.totals.fees).toBeCloseTo(5, 9);
    expect(working().map(({ quantity }) => number(quantity))).toEqual([0.0999]);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
  });

  it('leaves dust that rules take for nothing and the next position takes in', async () => {
    const text = strategy('BTC/USDT').replace('0.1 base', '0.12345 base');
    const desk = await bought({ text });
    expect(desk.position).toBe(0.12332655);
    expect(number(working()[0]?.quantity ?? 0n)).toBe(0.12332);
    await desk.bar(SELL);
    await until(() => desk.position === 0);
    const { dust } = desk.run.parts.trader.position(0);
    expect(dust).toBeCloseTo(0.00000655, 12);
    expect(coins()).toBe(dust);
    expect(desk.run.parts.trader.tradeCount).toBe(1);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
    await desk.bar(BUY);
    await until(() => desk.position > 0);
    expect(desk.position).toBe(0.1233331);
    expect(coins()).toBe(0.1233331);
  });

  it('counts a fee in a third coin at the price that the venue states', async () => {
    local.exchange.list(spotMarket('BNBUSDT', 'BNB', 'USDT'), amount('600'));
    local.exchange.deposit('BNB', amount('1'));
    local.exchange.feeCoin = 'BNB';
    const rows = memoryRows();
    const desk = await bought({ rows });
    expect(desk.position).toBe(0.1);
    const { trader } = desk.run.parts;
    expect(trader.totals.fees).toBe(0);
    await desk.run.reconciler.now();
    expect(trader.totals.fees).toBeCloseTo(5, 4);
    expect(rows.rows.at(-1)?.body).toContain('"from":{"currency":"BNB","quantity":0.00833333,"price":600}');
    // Once, whatever happens.
    await desk.run.reconciler.now();
    await desk.die();
    const next = await open({ rows });
    expect(next.run.parts.trader.totals.fees).toBeCloseTo(5, 4);
    expect(desk.told()).toEqual([]);
  });

  it('is protected from its first part on', async () => {
    local.exchange.nextPieces.push([amount('0.3'), amount('0.3'), amount('1')]);
    const text = strategy('BTC/USDT', 'at: limit 49900\n  expire: 9 bars\n  stop: 45000');
    const desk = await open({ text });
    await desk.bar(BUY);
    await until(() => working().length === 1);
    const stopped = () =>
      working()
        .filter(({ type }) => type === 'stop')
        .map(({ quantity }) => number(quantity));
    for (const held of [0.02997, 0.05994, 0.0999]) {
      local.exchange.move('BTCUSDT', amount('49890'));
      await until(() => desk.position === held);
      expect(coins()).toBe(held);
      await until(() => stopped().join() === String(held));
    }
    expect(desk.run.parts.trader.orders.map(({ order }) => order.role)).toEqual(['stop']);
    // The three are one entry.
    expect(desk.run.parts.trader.account.entries).toBe(1);
  });

  it('of which the rest expired is protected as far as it came', async () => {
    local.exchange.nextPieces.push([amount('0.4')]);
    const desk = await bought();
    expect(desk.position).toBe(0.03996);
    expect(coins()).toBe(0.03996);
    await until(() => desk.run.parts.trader.orders.length === 1);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
  });
});

describe('an account that holds more than the run’s money', () => {
  it('pays for nothing that the run has no cash for', async () => {
    local.exchange.deposit('USDT', amount('20000'));
    const text = `strategy "Twice"
instrument "BTC/USDT" on binance
every 1h
when close > 50100 enter long { size: 70% of equity }
when close > 50300 add { size: 70% of equity }
execution { fee: 10bp  slippage: 0bp }
`;
    const desk = await open({ text });
    await desk.bar(BUY);
    await until(() => desk.position > 0);
    await desk.bar(50_400);
    await until(() => desk.position > 0.14);
    await desk.run.idle();
    // 10 000 and what the position has gained since.
    expect(desk.position * 50_000).toBeLessThanOrEqual(10_000);
    expect(desk.position * 50_000).toBeGreaterThan(9_900);
  });
});

describe('what was not told', () => {
  it('is found out: a fill', async () => {
    const rows = memoryRows();
    const text = strategy('BTC/USDT', 'at: limit 49900\n  expire: 9 bars\n  stop: 45000');
    const desk = await open({ text, rows, deaf: true });
    await desk.bar(BUY);
    local.exchange.move('BTCUSDT', amount('49890'));
    expect(desk.position).toBe(0);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['missed fill']);
    expect(desk.position).toBe(0.0999);
    await until(() => working().length === 1);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
    expect(coins()).toBe(0.0999);
  });

  it('is found out at the next start: fills of entry and stop', async () => {
    const rows = memoryRows();
    const desk = await bought({ rows });
    await desk.die();
    local.exchange.move('BTCUSDT', amount('44000'));
    expect(coins()).toBeCloseTo(0, 12);
    // A stream that begins beside it reads what it has missed too.
    const next = await open({ rows, deaf: true });
    expect(next.told()).toEqual(['missed fill']);
    expect(next.position).toBe(0);
    expect(working()).toEqual([]);
  });

  it('is found out: the end of an order', async () => {
    const text = strategy('BTC/USDT', 'at: limit 49000\n  expire: 9 bars');
    const desk = await open({ text, deaf: true });
    await desk.bar(BUY);
    const [resting] = working();
    if (resting === undefined) throw new Error('nothing rests');
    local.exchange.cancel(resting);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['missed end']);
    expect(desk.run.parts.trader.orders).toEqual([]);
  });

  it('is found out: an order that vanished', async () => {
    const text = strategy('BTC/USDT', 'at: limit 49000\n  expire: 9 bars');
    const desk = await open({ text });
    await desk.bar(BUY);
    await until(() => working().length === 1);
    local.exchange.orders.length = 0;
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['vanished order']);
    expect(desk.run.parts.trader.orders).toEqual([]);
  });

  it('is found out: a cancel that was lost', async () => {
    const text = strategy('BTC/USDT', 'at: limit 49000\n  expire: 9 bars');
    const rows = memoryRows();
    const desk = await open({ text, rows });
    await desk.bar(BUY);
    await until(() => working().length === 1);
    const { clientId } = working()[0] ?? { clientId: '' };
    await desk.run.take({ type: 'event', event: { type: 'orderCancelled', order: 1, tick: 1, why: 'expired' } });
    expect(desk.run.orderOf(clientId)).toBe(1);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['lost cancel']);
    expect(working()).toEqual([]);
  });

  it('is nothing: a stop that is being moved, seen between its cancel and its placement', async () => {
    const venue = ccxtVenue(await local.connect());
    let isMoving = false;
    let goOn = () => {};
    const gate = new Promise<void>(resolve => {
      goOn = resolve;
    });
    const amend: Venue['amend'] = async order => {
      await venue.cancel(order.symbol, order.clientId, undefined);
      isMoving = true;
      await gate;
      return venue.place(order);
    };
    const text = strategy('BTC/USDT', 'stop: entry * 0.9\n  trail: 5%');
    const desk = await openAt({ ...venue, amend }, { text, deaf: true });
    desks.push(desk);
    await desk.bar(BUY);
    await desk.run.reconciler.now();
    expect(working().map(({ type }) => type)).toEqual(['stop']);
    desk.told();
    local.exchange.move('BTCUSDT', amount('51000'));
    const moved = desk.bar(51_000);
    await until(() => isMoving);
    await desk.run.reconciler.now();
    goOn();
    await moved;
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
    expect(working().map(({ trigger }) => trigger)).toEqual([amount('48450')]);
    expect(desk.run.parts.trader.orders.map(({ order }) => order.role)).toEqual(['stop']);
  });

  it('does not count twice, however often and in whatever order it is told', async () => {
    local.server.faults.addSocket('executionReport', { kind: 'twice', times: 100 });
    local.exchange.nextPieces.push([amount('0.3'), amount('0.3'), amount('1')]);
    const text = strategy('BTC/USDT', 'at: limit 49900\n  expire: 9 bars\n  stop: 45000');
    const desk = await open({ text });
    await desk.bar(BUY);
    await until(() => working().length === 1);
    local.server.faults.addSocket('executionReport', { kind: 'swap', times: 1 });
    for (let i = 0; i < 3; i++) local.exchange.move('BTCUSDT', amount('49890'));
    await until(() => desk.position === 0.0999);
    await desk.run.reconciler.now();
    expect(desk.position).toBe(coins());
    await desk.bar(SELL);
    await until(() => desk.position === 0);
    expect(desk.told()).toEqual([]);
    expect(coins()).toBeCloseTo(0, 12);
  });
});

describe('what others do', () => {
  it('is none of the run’s: coins that were there before', async () => {
    local.exchange.deposit('BTC', amount('1.5'));
    const desk = await bought();
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
    expect(desk.position).toBe(0.0999);
    await desk.bar(SELL);
    await until(() => desk.position === 0);
    expect(coins()).toBe(1.5);
  });

  it('is none of the run’s: a deposit, a withdrawal of what is not its own', async () => {
    const desk = await bought();
    await desk.run.reconciler.now();
    const before = equity(desk);
    local.exchange.deposit('BTC', amount('0.7'));
    local.exchange.deposit('USDT', amount('5000'));
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['deposit']);
    local.exchange.deposit('BTC', -amount('0.4'));
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['withdrawal']);
    expect([equity(desk), desk.position, blocks(desk)]).toEqual([before, 0.0999, []]);
  });

  it('is none of the run’s: a deposit after many trades of its own', async () => {
    const desk = await open();
    for (let i = 0; i < 14; i++) {
      await desk.bar(BUY);
      await until(() => desk.position > 0 && working().length === 1);
      await desk.bar(SELL);
      await until(() => desk.position === 0);
    }
    local.exchange.deposit('BTC', amount('0.7'));
    await desk.run.reconciler.now();
    expect(desk.run.blocks).toEqual([]);
    expect(desk.run.books.foreign(0).quantity).toBe(0.7);
  });

  it('halts entries: a purchase by hand, until the person releases it', async () => {
    const rows = memoryRows();
    const desk = await open({ rows });
    await desk.run.reconciler.now();
    local.exchange.place(order({}));
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['foreign position']);
    expect(blocks(desk)).toEqual(['foreign']);
    await desk.bar(BUY);
    expect(desk.run.parts.trader.orders).toEqual([]);
    // Said once.
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
    await desk.die();

    const next = await open({ rows });
    expect(blocks(next)).toEqual(['foreign']);
    await next.bar(BUY);
    expect(next.run.parts.trader.orders).toEqual([]);
    const answer = await grant(next.run, { type: 'release', symbol: 'BTC/USDT' });
    expect(answer).toEqual({
      outcome: 'done',
      text: 'BTC/USDT: 0.04995 at the venue are not the run’s, which is known now; entries are made again'.replace(
        '’',
        "'",
      ),
    });
    expect(blocks(next)).toEqual([]);
    await next.bar(BUY);
    await until(() => next.position > 0);
    await next.run.reconciler.now();
    expect(next.position).toBe(0.0999);
    expect(coins()).toBe(0.14985);
  });

  it('halts entries: a purchase by hand just after the books agreed, by a clock that is ahead of the venue', async () => {
    const venue = ccxtVenue(await local.connect());
    const ahead: Venue = { ...venue, now: () => venue.now() + 400 };
    const desk = await openAt(ahead);
    desks.push(desk);
    await desk.run.reconciler.now();
    local.exchange.place(order({}));
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['foreign position']);
    // What it was is not counted a second time.
    local.exchange.deposit('BTC', amount('0.3'));
    await desk.run.reconciler.now();
    expect(blocks(desk)).toEqual(['foreign']);
  });

  it('halts entries: a purchase by hand, until the person lets the run adopt it', async () => {
    const desk = await bought();
    local.exchange.place(order({}));
    await desk.run.reconciler.now();
    expect(blocks(desk)).toEqual(['foreign']);
    const { outcome } = await grant(desk.run, { type: 'adopt', symbol: 'BTC/USDT' });
    expect(outcome).toBe('done');
    expect(desk.position).toBe(0.14985);
    expect(blocks(desk)).toEqual([]);
    await until(() => number(working()[0]?.quantity ?? 0n) === 0.14985);
    await desk.bar(SELL);
    await until(() => desk.position === 0);
    expect(coins()).toBeCloseTo(0, 12);
  });

  it('is the end of the run’s own coins: a sale by hand', async () => {
    const desk = await bought();
    const [stop] = working();
    if (stop !== undefined) local.exchange.cancel(stop);
    local.exchange.place(order({ side: 'sell', quantity: amount('0.06') }));
    for (let i = 0; i < 100 && !blocks(desk).includes('foreign'); i++) await desk.run.reconciler.now();
    expect(desk.told()).toContain('foreign position');
    // Its stop was refused, since the coins were gone: what is left of them goes at market.
    await until(() => desk.position === 0);
    await until(() => desk.run.parts.trader.orders.length === 0);
    expect(coins()).toBeCloseTo(0, 12);
    expect(desk.run.parts.trader.tradeCount).toBe(1);
    expect(blocks(desk)).toContain('foreign');
    const { outcome } = await grant(desk.run, { type: 'adopt', symbol: 'BTC/USDT' });
    expect([outcome, blocks(desk)]).toEqual(['done', []]);
  });

  it('is not touched: an order by hand', async () => {
    const desk = await open();
    local.exchange.place(order({ type: 'limit', price: amount('40000') }));
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['foreign order']);
    expect(blocks(desk)).toEqual(['foreign']);
    expect(working()).toHaveLength(1);
    await grant(desk.run, { type: 'release', symbol: 'BTC/USDT' });
    await desk.run.reconciler.now();
    expect([desk.told(), blocks(desk)]).toEqual([[], []]);
  });

  it('is said of both: an order of another run', async () => {
    const desk = await bought({ runId: 'one' });
    const other = await open({ runId: 'two' });
    expect(other.told()).toEqual(['order of another run']);
    expect(blocks(other)).toEqual(['claimed twice']);
    await other.bar(BUY);
    expect(other.run.parts.trader.orders).toEqual([]);
    expect(desk.position).toBe(0.0999);
  });

  it('shows: an order that arrived a second time under the same id', async () => {
    const desk = await bought();
    const first = local.exchange.orders[0];
    if (first === undefined) throw new Error('there is no order');
    local.exchange.place(order({ clientId: first.clientId, quantity: times(first.quantity, amount('1')) }));
    await until(() => desk.position === 0.1998);
    await until(() => number(working().find(({ type }) => type === 'stop')?.quantity ?? 0n) === 0.1998);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
    expect(coins()).toBe(0.1998);
  });
});

describe('money', () => {
  it('that was taken out of the account is told once, and not counted', async () => {
    const desk = await bought();
    const before = equity(desk);
    local.exchange.deposit('USDT', amount('-24000'));
    await desk.run.reconciler.now();
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['withdrawal']);
    expect([equity(desk), blocks(desk)]).toEqual([before, []]);
  });
});

describe('an order of which nobody knows what became', () => {
  /** Sent while the venue answers nothing. */
  async function unknown(): Promise<Desk> {
    const desk = await open({ readBudgetMs: 200 });
    local.server.maintenance = true;
    await desk.bar(BUY);
    await until(() => desk.run.parts.trader.orders[0]?.status === 'unknown');
    return desk;
  }
  const idOf = (desk: Desk) => desk.run.clientIds.get(1) ?? '';

  it('is what a person says: it never arrived', async () => {
    const desk = await unknown();
    const { outcome } = await grant(desk.run, { type: 'resolve', clientId: idOf(desk), as: 'never' });
    expect([outcome, desk.run.parts.trader.orders]).toEqual(['done', []]);
    local.server.maintenance = false;
    await desk.bar(BUY);
    await until(() => desk.position > 0);
    expect(coins()).toBe(desk.position);
  });

  it('is what a person says: it filled', async () => {
    const desk = await unknown();
    const clientId = idOf(desk);
    const { outcome, text } = await grant(desk.run, { type: 'resolve', clientId, as: 'filled', price: 50_123 });
    expect([outcome, text]).toEqual([
      'done',
      `order ${clientId} has filled: buy 0.1 BTC/USDT at 50123, its fee not counted`,
    ]);
    expect(desk.position).toBe(0.1);
    // The venue says otherwise: nothing of it is there.
    local.server.maintenance = false;
    for (let i = 0; i < 100 && desk.position !== 0; i++) await desk.run.reconciler.now();
    expect([desk.position, blocks(desk).includes('foreign') || desk.told().includes('withdrawal')]).toEqual([0, true]);
  });

  it('is what the venue says, where it says something', async () => {
    const desk = await unknown();
    const refused = await grant(desk.run, { type: 'resolve', clientId: 'vela-other', as: 'never' });
    expect(refused).toEqual({ outcome: 'refused', text: 'the run has sent no order vela-other' });
    local.server.maintenance = false;
    local.exchange.place(order({ clientId: idOf(desk), quantity: amount('0.1') }));
    const { outcome, text } = await grant(desk.run, { type: 'resolve', clientId: idOf(desk), as: 'never' });
    expect([outcome, text]).toEqual(['refused', `binance knows order ${idOf(desk)} (filled): the run goes by that`]);
    await until(() => desk.position === 0.0999);
  });

  it('is said after a while, with what to do', async () => {
    const desk = await unknown();
    const folder = runFolder(mkdtempSync(join(tmpdir(), 'vela-books-')));
    const books = reconciliation({ everyMs: 60_000, wishesMs: 10, watchMs: 10, unknownMs: 40 });
    const opened = { run: desk.run } as unknown as SessionView['opened'];
    const fail = (error: unknown) => {
      throw error;
    };
    await books.start?.({ folder, opened, state: 'running', why: undefined, startedMs: 0, fail });
    try {
      await until(() => blocks(desk).includes('unknown order'));
      expect(desk.run.guard.degraded.find(({ code }) => code === 'unknown order')?.text).toContain(
        `\`vela resolve ${idOf(desk)} filled|never\``,
      );
      writeWish(folder, { id: 'w', by: 'test', atMs: 1, wish: { type: 'resolve', clientId: idOf(desk), as: 'never' } });
      await until(() => !blocks(desk).includes('unknown order'));
      expect(takeAnswer(folder, 'w')?.outcome).toBe('done');
      expect(pendingWishes(folder)).toEqual([]);
    } finally {
      local.server.maintenance = false;
      await books.stop?.();
      rmSync(folder.path, { recursive: true, force: true });
    }
  });
});

describe('nothing', () => {
  it('happens at a bar that decides nothing', async () => {
    const desk = await open();
    await desk.bar(NOTHING);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
  });
});
