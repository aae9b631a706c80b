/** A portfolio at the local venue, through the real client: what its books hold is what the account holds. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Venue, VenueError } from '../../../../runtime/live/ports.ts';
import type { Notice } from '../../../../runtime/live/run.ts';
import { amount, number } from '../../../venue/amount.ts';
import { spotVenue, type TestVenue, usdmVenue } from '../../../venue/start.ts';
import { withCalls } from '../guard/support.ts';
import { type Rows, until } from '../reconcile/support.ts';
import { type Desk, openDesk } from './desk.ts';

/** The one that rose has most of the money, the other the rest. */
const SPOT = `strategy "Two"
instrument btc = "BTC/USDT" on binance
instrument eth = "ETH/USDT" on binance
every 1h
let rose = btc.close > 50000
rebalance every 1h to btc = if rose then 0.9 else 0.05, eth = if rose then 0.05 else 0.9 { band: 2% }
execution { fee: 10bp  slippage: 0bp }
`;

const PERPETUAL = `strategy "Long and short"
instrument btc = "BTC/USDT:USDT" on binance
instrument eth = "ETH/USDT:USDT" on binance
every 1h
let rose = btc.close > 50000
rebalance every 1h to btc = if rose then 0.4 else -0.4, eth = if rose then -0.4 else 0.4 { band: 2% }
execution { fee: 5bp  slippage: 0bp  funding: ignored  leverage: 2 }
`;

const [UP, DOWN] = [50_100, 49_900];

let local: TestVenue;
let deaths: (() => Promise<void>)[] = [];
beforeEach(() => {
  deaths = [];
});
afterEach(async () => {
  for (const die of deaths) await die();
  await local.close();
});

async function open(text: string, rows?: Rows): Promise<Desk> {
  const desk = await openDesk(local, text, rows === undefined ? {} : { rows });
  deaths.push(desk.die);
  return desk;
}

const sides = () => local.exchange.trades.map(({ order }) => `${order.side} ${order.symbol}`);
const alerts = (notices: readonly Notice[]) => notices.filter(({ level }) => level === 'alert' || level === 'warning');

describe('a portfolio whose orders do not leave for a while', () => {
  it('tries each as often as if it were the only one', async () => {
    local = await usdmVenue();
    const failed = new Map<string, number>();
    const through = (venue: Venue) =>
      withCalls(venue, {
        place: async order => {
          const times = failed.get(order.symbol) ?? 0;
          failed.set(order.symbol, times + 1);
          if (times < 5) throw new VenueError('not sent', 'no connection to the venue');
          return venue.place(order);
        },
      });
    const desk = await openDesk(local, PERPETUAL, { through });
    deaths.push(desk.die);
    await desk.bar(UP);
    await until(() => desk.positions().every(quantity => quantity !== 0));
    expect([...failed.values()]).toEqual([6, 6]);
  });
});

describe('a portfolio that does not know of an order', () => {
  it('leaves room for it under its limits, and none when it is known', async () => {
    local = await usdmVenue();
    const text = `strategy "One of two"
instrument btc = "BTC/USDT:USDT" on binance
instrument eth = "ETH/USDT:USDT" on binance
every 1h
let rose = btc.close > 50000
rebalance every 1h to btc = if rose then 0.8 else 0, eth = if rose then 0 else 0.8 { band: 2% }
risk { cap gross at 100% }
execution { fee: 5bp  slippage: 0bp  funding: ignored  leverage: 2 }
`;
    let isDumb = true;
    const through = (venue: Venue) =>
      withCalls(venue, {
        place: async order => {
          const placed = await venue.place(order);
          if (isDumb) throw new VenueError('unknown', 'no answer');
          return placed;
        },
        lookup: async (symbol, clientId) => {
          if (isDumb) throw new VenueError('not sent', 'no answer');
          return venue.lookup(symbol, clientId);
        },
      });
    const desk = await openDesk(local, text, { through });
    deaths.push(desk.die);
    const held = (id: string, price: number) => number(local.exchange.position(id).quantity) * price;
    const gross = () => held('BTCUSDT', 50_000) + held('ETHUSDT', 2500);
    local.server.faults.addSocket('ORDER_TRADE_UPDATE', { kind: 'lose', times: 10_000 });
    await desk.bar(UP);
    await until(() => desk.trader.orders.some(({ status }) => status === 'unknown'));
    expect(gross()).toBeGreaterThan(7900);
    await desk.bar(DOWN);
    await until(() => held('ETHUSDT', 2500) > 0);
    expect(gross()).toBeLessThan(10_050);
    isDumb = false;
    local.server.faults.clear();
    await until(() => desk.trader.orders.every(({ status }) => status !== 'unknown'), 20_000);
    await desk.run.reconciler.now();
    await desk.bar(DOWN);
    await until(() => held('BTCUSDT', 1) === 0 && gross() > 7900);
    expect(gross()).toBeLessThan(10_050);
  });
});

describe('a portfolio on spot', () => {
  beforeEach(async () => {
    local = await spotVenue();
  });
  const coins = () => ['BTC', 'ETH'].map(coin => number(local.exchange.total(coin)));

  it('sells before it buys, since the cash of the one is what the other is paid with', async () => {
    const desk = await open(SPOT);
    await desk.bar(UP);
    await until(() => desk.positions().every(quantity => quantity > 0));
    await desk.quiet();
    expect(coins()).toEqual(desk.positions());
    local.exchange.trades.length = 0;
    await desk.bar(DOWN);
    await until(() => (desk.positions()[1] ?? 0) > 3);
    await desk.quiet();
    expect(sides()).toEqual(['sell BTCUSDT', 'buy ETHUSDT']);
    expect(coins()).toEqual(desk.positions());
    expect(alerts(desk.notices)).toEqual([]);
    await desk.run.reconciler.now();
    expect(alerts(desk.notices)).toEqual([]);
  });

  it('buys when the last part of a sale has filled', async () => {
    const desk = await open(SPOT);
    await desk.bar(UP);
    await until(() => desk.positions().every(quantity => quantity > 0));
    await desk.quiet();
    local.exchange.trades.length = 0;
    local.exchange.nextPieces.push([amount('0.3'), amount('0.3'), amount('1')]);
    await desk.bar(DOWN);
    await until(() => (desk.positions()[1] ?? 0) > 3);
    await desk.quiet();
    expect(sides()).toEqual(['sell BTCUSDT', 'sell BTCUSDT', 'sell BTCUSDT', 'buy ETHUSDT']);
    expect(coins()).toEqual(desk.positions());
  });

  it('asks again for a sale of all that was refused', { timeout: 20_000 }, async () => {
    const desk = await open(SPOT);
    await desk.bar(UP);
    await until(() => desk.positions().every(quantity => quantity > 0));
    await desk.quiet();
    const body = JSON.stringify({ code: -2010, msg: 'Account has insufficient balance for requested action.' });
    local.server.faults.add({ on: 'POST /api/v3/order', when: 'before', answer: { status: 400, body } });
    await desk.run.stop(true);
    await until(() => desk.positions().every(quantity => quantity === 0), 15_000);
    expect(desk.notices.filter(({ what }) => what === 'order rejected').length).toBe(1);
    expect(coins().every(quantity => quantity < 0.0001)).toBe(true);
  });

  it('pays for nothing with the money of others when a sale comes to nothing', async () => {
    local.exchange.deposit('USDT', amount('10000'));
    const desk = await open(SPOT);
    await desk.bar(UP);
    await until(() => desk.positions().every(quantity => quantity > 0));
    await desk.quiet();
    const body = JSON.stringify({ code: -2010, msg: 'Account has insufficient balance for requested action.' });
    local.server.faults.add({
      on: 'POST /api/v3/order',
      of: ({ side }) => side === 'SELL',
      when: 'before',
      answer: { status: 400, body },
      times: 1000,
    });
    await desk.bar(DOWN);
    await until(() => desk.notices.some(({ what }) => what === 'order rejected'));
    await desk.quiet();
    const [btc = 0, eth = 0] = desk.positions();
    expect(btc * 50_000 + eth * 2500).toBeLessThanOrEqual(10_000);
  });

  it('goes on after a death: nothing is bought or sold twice', async () => {
    const first = await open(SPOT);
    await first.bar(UP);
    await until(() => first.positions().every(quantity => quantity > 0));
    await first.quiet();
    await first.die();
    const trades = local.exchange.trades.length;
    const second = await open(SPOT, first.rows);
    expect(second.positions()).toEqual(coins());
    expect(local.exchange.trades.length).toBe(trades);
    await second.bar(DOWN);
    await until(() => (second.positions()[1] ?? 0) > 3);
    await second.quiet();
    expect(coins()).toEqual(second.positions());
    expect(alerts(second.notices)).toEqual([]);
  });
});

describe('a portfolio of perpetuals', () => {
  beforeEach(async () => {
    local = await usdmVenue();
  });
  const held = () => ['BTCUSDT', 'ETHUSDT'].map(symbol => number(local.exchange.positions.get(symbol)?.quantity ?? 0n));

  it('turns round by an order that only reduces and one that opens', async () => {
    const desk = await open(PERPETUAL);
    await desk.bar(UP);
    await until(() => desk.positions().every(quantity => quantity !== 0));
    await desk.quiet();
    expect(held()).toEqual(desk.positions());
    const [btc = 0, eth = 0] = desk.positions();
    expect([Math.sign(btc), Math.sign(eth)]).toEqual([1, -1]);
    local.exchange.trades.length = 0;
    await desk.bar(DOWN);
    await until(() => (desk.positions()[0] ?? 0) < 0 && (desk.positions()[1] ?? 0) > 0);
    await desk.quiet();
    expect(held()).toEqual(desk.positions());
    expect(
      local.exchange.trades.map(({ order }) => `${order.side} ${order.symbol} ${order.reduceOnly === true}`),
    ).toEqual(['sell BTCUSDT true', 'buy ETHUSDT true', 'sell BTCUSDT false', 'buy ETHUSDT false']);
    expect(alerts(desk.notices)).toEqual([]);
  });
});
