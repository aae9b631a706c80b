/** The books of a run on USD-M perpetuals: one position, in which the run's and others' quantities are added up. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { grant } from '../../../../runtime/live/reconcile/grant.ts';
import { amount, number } from '../../../venue/amount.ts';
import { type UsdmVenue, usdmVenue } from '../../../venue/start.ts';
import { BUY, type Desk, memoryRows, openDesk, PERPETUAL_FACTS, SELL, until } from './support.ts';

let local: UsdmVenue;
let desks: Desk[] = [];
beforeEach(async () => {
  local = await usdmVenue();
  desks = [];
});
afterEach(async () => {
  for (const desk of desks) await desk.die();
  await local.close();
});

const BOTH_SIDES = `strategy "Both sides"
instrument "BTC/USDT:USDT" on binanceusdm
every 1h
when close > 50100 enter long  { size: 0.1 base  stop: entry * 0.9 }
when close < 49900 enter short { size: 0.1 base  stop: entry * 1.1 }
execution { fee: 5bp  slippage: 0bp  funding: ignored }
`;

async function open(settings: Parameters<typeof openDesk>[1] = {}): Promise<Desk> {
  const desk = await openDesk(local, {
    symbol: 'BTC/USDT:USDT',
    facts: PERPETUAL_FACTS,
    text: BOTH_SIDES,
    ...settings,
  });
  desks.push(desk);
  return desk;
}

const held = () => number(local.exchange.position('BTCUSDT').quantity);
const stops = () =>
  local.exchange
    .openOrders('BTCUSDT')
    .filter(({ type }) => type === 'stop')
    .map(({ quantity }) => number(quantity));
const blocks = (desk: Desk) => desk.run.guard.degraded.map(({ code }) => code);

async function bought(settings: Parameters<typeof openDesk>[1] = {}): Promise<Desk> {
  const desk = await open(settings);
  await desk.bar(BUY);
  await until(() => desk.position === 0.1 && stops().join() === '0.1');
  return desk;
}

describe('a reversal', () => {
  it('closes and opens with one order', async () => {
    const desk = await bought();
    await desk.bar(SELL);
    await until(() => desk.position === -0.1 && stops().join() === '0.1');
    expect(held()).toBe(-0.1);
    expect(local.exchange.trades.map(({ quantity }) => number(quantity))).toEqual([0.1, 0.2]);
    expect(desk.run.parts.trader.tradeCount).toBe(1);
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual([]);
    await desk.bar(BUY);
    await until(() => desk.position === 0.1);
    expect(held()).toBe(0.1);
  });

  it('in parts is one all the same', async () => {
    const desk = await bought();
    local.exchange.nextPieces.push([amount('0.2'), amount('0.5'), amount('1')]);
    await desk.bar(SELL);
    const roles = () => desk.run.parts.trader.orders.map(({ order }) => order.role);
    // The stop of what was held leaves; each part that fills has its own at once.
    await until(() => desk.position === -0.1 && stops().join() === '0.1' && roles().join() === 'stop');
    expect(held()).toBe(-0.1);
    expect(desk.run.parts.trader.tradeCount).toBe(1);
    expect(desk.run.parts.trader.account.entries).toBe(1);
  });
});

describe('what was not told', () => {
  it('is found out at the next start: a stop that triggered', async () => {
    const rows = memoryRows();
    const desk = await bought({ rows });
    await desk.die();
    local.exchange.move('BTCUSDT', amount('44000'));
    expect(held()).toBe(0);
    // A stream that begins beside it reads what it has missed too.
    const next = await open({ rows, deaf: true });
    expect(next.told()).toEqual(['missed fill']);
    expect(next.position).toBe(0);
  });

  it('is found out: funding of the time in which no run was going on, once', async () => {
    const rows = memoryRows();
    const desk = await bought({ rows });
    await desk.die();
    local.exchange.settleFunding('BTCUSDT', amount('0.0001'));
    const next = await open({ rows });
    expect(next.run.parts.trader.totals.funding).toBeCloseTo(-0.5, 9);
    await next.run.reconciler.now();
    await next.die();
    const last = await open({ rows });
    await last.run.reconciler.now();
    expect(last.run.parts.trader.totals.funding).toBeCloseTo(-0.5, 9);
  });
});

describe('what others do', () => {
  const byHand = (side: 'buy' | 'sell', quantity: string) =>
    local.exchange.place({
      symbol: 'BTCUSDT',
      clientId: `hand${quantity}`,
      side,
      type: 'market',
      quantity: amount(quantity),
    });

  it('is not the run’s: a position from before', async () => {
    byHand('buy', '0.3');
    const desk = await open();
    expect(desk.told()).toEqual(['foreign position']);
    expect(blocks(desk)).toEqual(['foreign']);
    await desk.bar(SELL);
    expect(held()).toBe(0.3);
    await grant(desk.run, { type: 'release', symbol: 'BTC/USDT:USDT' });
    await desk.bar(BUY);
    await until(() => desk.position === 0.1 && stops().join() === '0.1');
    expect(held()).toBeCloseTo(0.4, 9);
    await desk.run.reconciler.now();
    expect([desk.told(), blocks(desk)]).toEqual([[], []]);
  });

  it('closes what was the run’s: less is left of it, and its stop is for that', async () => {
    const desk = await bought();
    byHand('sell', '0.06');
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['foreign position']);
    await until(() => stops().join() === '0.04');
    expect(desk.position).toBe(0.04);
    expect(blocks(desk)).toEqual(['foreign']);
    await grant(desk.run, { type: 'adopt', symbol: 'BTC/USDT:USDT' });
    expect(blocks(desk)).toEqual([]);
  });

  it('turns the position: nothing of it is the run’s', async () => {
    const desk = await bought();
    byHand('sell', '0.25');
    await desk.run.reconciler.now();
    expect(desk.position).toBe(0);
    await until(() => stops().length === 0);
    expect(held()).toBeCloseTo(-0.15, 9);
    // Adopted, it has no stop of the run's.
    const { text } = await grant(desk.run, { type: 'adopt', symbol: 'BTC/USDT:USDT' });
    expect(text).toBe(
      'BTC/USDT:USDT: the run holds -0.15 from now on, 0 before; it has no stop: the rules decide when it is left; entries are made again',
    );
    await desk.bar(BUY);
    await until(() => desk.position === 0.1);
    expect(held()).toBeCloseTo(0.1, 9);
  });

  it('pays no funding of the run', async () => {
    const desk = await bought();
    byHand('buy', '0.3');
    await desk.run.reconciler.now();
    local.exchange.settleFunding('BTCUSDT', amount('0.0001'));
    await desk.run.reconciler.now();
    // A quarter of the position is the run's.
    expect(desk.run.parts.trader.totals.funding).toBeCloseTo(-0.5, 9);
  });
});
