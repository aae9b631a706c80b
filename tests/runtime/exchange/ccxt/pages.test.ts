/** Lists of an account that are longer than a page, against the local venue, which gives no more at once than the real one. */
import { describe, expect, test } from 'vitest';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import type { Venue } from '../../../../runtime/live/ports.ts';
import { amount } from '../../../venue/amount.ts';
import type { Income } from '../../../venue/exchange.ts';
import { limitOrder, marketOrder, stopOrder } from '../../../venue/orders.ts';
import { coinbaseVenue, START_MS, spotVenue, type TestVenue, usdmVenue } from '../../../venue/start.ts';

const DAY_MS = 86_400_000;

async function atVenue<T extends TestVenue>(
  open: (settings: { startMs: number; frozen: true }) => Promise<T>,
  use: (local: T, venue: Venue) => Promise<void>,
): Promise<void> {
  const local = await open({ startMs: START_MS, frozen: true });
  try {
    await use(local, ccxtVenue(await local.connect({ ticks: () => local.exchange.clock.now() })));
  } finally {
    await local.close();
  }
}

/** An order of ours with one trade, told again as `count` trades, at these times. */
async function manyTrades(
  { exchange }: TestVenue,
  venue: Venue,
  symbol: string,
  count: number,
  at: (i: number) => number,
): Promise<readonly string[]> {
  await venue.place(marketOrder('o1', 'buy', 0.001, { symbol }));
  const [first] = exchange.trades;
  if (first === undefined) throw new Error('no trade');
  exchange.trades.length = 0;
  for (let i = 0; i < count; i++) exchange.trades.push({ ...first, id: first.id + i, timeMs: at(i) });
  return exchange.trades.map(({ id }) => String(id));
}

describe('fills', () => {
  const PLACES = [
    ['Binance spot', spotVenue, 'BTC/USDT'],
    ['Binance USD-M', usdmVenue, 'BTC/USDT:USDT'],
    ['Coinbase', coinbaseVenue, 'BTC/USD'],
  ] as const;

  test.each(PLACES)('%s: more than a page of one millisecond, and later ones behind it', async (_, open, symbol) => {
    await atVenue<TestVenue>(open, async (local, venue) => {
      const at = (i: number) => START_MS + (i < 10 ? 0 : i < 2510 ? 5 : 6 + i);
      const ids = await manyTrades(local, venue, symbol, 2530, at);
      local.exchange.clock.moveTo(START_MS + DAY_MS);
      expect((await venue.fills(symbol, START_MS)).map(({ tradeId }) => tradeId)).toEqual(ids);
    });
  });

  test.each(PLACES)('%s: weeks ago and today', async (_, open, symbol) => {
    await atVenue<TestVenue>(open, async (local, venue) => {
      const ids = await manyTrades(local, venue, symbol, 4, i => START_MS + i * 9 * DAY_MS);
      local.exchange.clock.moveTo(START_MS + 30 * DAY_MS);
      expect((await venue.fills(symbol, START_MS)).map(({ tradeId }) => tradeId)).toEqual(ids);
      // What came before is not told.
      expect((await venue.fills(symbol, START_MS + 1)).map(({ tradeId }) => tradeId)).toEqual(ids.slice(1));
    });
  });
});

describe('income of perpetuals', () => {
  function entry(id: number, kind: Income['kind'], timeMs: number): Income {
    return { id, symbol: 'BTCUSDT', kind, amount: amount('-0.01'), currency: 'USDT', timeMs };
  }

  test('pages of fees alone do not hide the funding behind them', async () => {
    await atVenue(usdmVenue, async ({ exchange }, venue) => {
      for (let i = 0; i < 2500; i++) exchange.income.push(entry(i, 'COMMISSION', START_MS + i));
      exchange.income.push(entry(1, 'FUNDING_FEE', START_MS + 3000));
      exchange.clock.moveTo(START_MS + DAY_MS);
      const told = await venue.income?.(['BTC/USDT:USDT'], START_MS);
      expect(told?.map(({ id, kind }) => `${kind} ${id}`)).toEqual(['funding FUNDING_FEE 1']);
    });
  });

  test('also when they are of one millisecond, and weeks ago', async () => {
    await atVenue(usdmVenue, async ({ exchange }, venue) => {
      for (let i = 0; i < 2500; i++) exchange.income.push(entry(i, 'COMMISSION', START_MS + 5));
      exchange.income.push(entry(1, 'FUNDING_FEE', START_MS + 5));
      exchange.income.push(entry(2, 'FUNDING_FEE', START_MS + 12 * DAY_MS));
      exchange.clock.moveTo(START_MS + 20 * DAY_MS);
      const told = await venue.income?.(['BTC/USDT:USDT'], START_MS);
      expect(told?.map(({ id }) => id)).toEqual(['FUNDING_FEE 1', 'FUNDING_FEE 2']);
    });
  });
});

test('Coinbase: one account for each of 600 currencies', async () => {
  await atVenue(coinbaseVenue, async ({ exchange }, venue) => {
    for (let i = 0; i < 600; i++) exchange.deposit(`C${i}`, amount('0'));
    exchange.deposit('BTC', amount('0.5'));
    expect(await venue.positions(['BTC/USD'])).toMatchObject([{ quantity: 0.5 }]);
    expect(await venue.balances()).toContainEqual({ currency: 'USD', total: 10_000, free: 10_000 });
  });
});

test('Coinbase: a stop that rested for weeks and a thousand orders ago is found', async () => {
  await atVenue(coinbaseVenue, async ({ exchange }, venue) => {
    await venue.place(marketOrder('in', 'buy', 0.01, { symbol: 'BTC/USD' }));
    await venue.place(stopOrder('s1', 'sell', 0.01, 49_000, { symbol: 'BTC/USD' }));
    exchange.clock.moveTo(START_MS + 30 * DAY_MS);
    await venue.place(limitOrder('l1', 'buy', 0.001, 40_000, { symbol: 'BTC/USD' }));
    const last = exchange.orders.at(-1);
    if (last === undefined) throw new Error('no order');
    for (let i = 0; i < 1000; i++)
      exchange.orders.push({ ...last, id: 10_000 + i, clientId: `x${i}`, status: 'cancelled' });
    exchange.move('BTC-USD', amount('48990'));
    expect(await venue.lookup('BTC/USD', 's1')).toMatchObject({ status: 'filled', filled: 0.01 });
    expect(await venue.lookup('BTC/USD', 'never')).toBeUndefined();
  });
});
