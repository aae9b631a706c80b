/** Orders at Binance spot through the real client, against the local venue. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import type { Venue, VenueEvent } from '../../../../runtime/live/ports.ts';
import { amount } from '../../../venue/amount.ts';
import { spotMarket } from '../../../venue/market.ts';
import { limitOrder, marketOrder, stopOrder } from '../../../venue/orders.ts';
import { recorder } from '../../../venue/recorder.ts';
import { START_MS, spotVenue, type TestVenue } from '../../../venue/start.ts';

const SYMBOL = 'BTC/USDT';

describe('binance spot', () => {
  let local: TestVenue;
  let venue: Venue;
  beforeAll(async () => {
    local = await spotVenue();
    venue = ccxtVenue(await local.connect());
  });
  afterAll(() => local.close());

  test('facts come from the venue, as decimal text', async () => {
    expect(await venue.market(SYMBOL)).toEqual({
      symbol: SYMBOL,
      facts: { tick: '0.01', lot: '0.00001', minNotional: '5', maintenance: 0, source: 'the metadata of binance' },
      isTrading: true,
    });
    local.exchange.listing('BTCUSDT').trading = false;
    expect((await venue.market(SYMBOL)).isTrading).toBe(false);
    local.exchange.listing('BTCUSDT').trading = true;
    await expect(venue.market('DOGE/XYZ')).rejects.toMatchObject({ kind: 'rejected', reason: 'not trading' });
  });

  test('the clock is the venue’s', () => {
    expect(Math.abs(venue.now() - local.exchange.clock.now())).toBeLessThan(100);
  });

  test('an order is taken, found by our id, and its fill has the fee in the base coin', async () => {
    const { venueId } = await venue.place(marketOrder('m1', 'buy', 0.01));
    expect(await venue.lookup(SYMBOL, 'm1')).toMatchObject({ venueId, clientId: 'm1', status: 'filled', filled: 0.01 });
    expect(await venue.fills(SYMBOL, START_MS)).toMatchObject([
      { venueId, side: 'buy', price: 50000, quantity: 0.01, fee: 0.00001, feeCurrency: 'BTC', maker: false },
    ]);
    expect(await venue.positions([SYMBOL])).toEqual([{ symbol: SYMBOL, quantity: 0.00999, entry: Number.NaN }]);
    expect(await venue.lookup(SYMBOL, 'never-sent')).toBeUndefined();
  });

  test('stops and limits rest, are listed, and are cancelled by our id', async () => {
    await venue.place(stopOrder('s1', 'sell', 0.005, 49000));
    await venue.place(limitOrder('l1', 'buy', 0.001, 45000));
    expect(await venue.openOrders(SYMBOL)).toMatchObject([
      { clientId: 's1', type: 'stop', price: 49000, quantity: 0.005, side: 'sell', status: 'open' },
      { clientId: 'l1', type: 'limit', price: 45000, quantity: 0.001, side: 'buy', status: 'open' },
    ]);
    await venue.cancel(SYMBOL, 's1', undefined);
    await venue.cancel(SYMBOL, 'l1', undefined);
    expect(await venue.openOrders(SYMBOL)).toEqual([]);
    expect(await venue.lookup(SYMBOL, 's1')).toMatchObject({ status: 'cancelled' });
  });

  test.each([
    ['more than there is', marketOrder('r1', 'buy', 5), 'insufficient funds'],
    ['a stop that the price has passed', stopOrder('r2', 'sell', 0.001, 60000), 'price already through'],
    ['less than the venue takes', marketOrder('r3', 'buy', 0.00002), 'invalid order'],
    ['a quantity between two steps', marketOrder('r4', 'buy', 0.000123), 'invalid order'],
    ['a price between two steps', limitOrder('r5', 'buy', 0.001, 45000.001), 'invalid order'],
  ] as const)('a definite no: %s', async (_, order, reason) => {
    await expect(venue.place(order)).rejects.toMatchObject({ kind: 'rejected', reason });
    expect(await venue.lookup(SYMBOL, order.clientId)).toBeUndefined();
  });

  test('a definite no: no market of that kind now, no order to cancel, too many stops', async () => {
    local.exchange.listing('BTCUSDT').trading = false;
    await expect(venue.place(marketOrder('c1', 'buy', 0.001))).rejects.toMatchObject({ kind: 'rejected' });
    local.exchange.listing('BTCUSDT').trading = true;
    await expect(venue.cancel(SYMBOL, 'none', undefined)).rejects.toMatchObject({ reason: 'no such order' });
    for (let i = 0; i < 5; i++) await venue.place(stopOrder(`many${i}`, 'sell', 0.001, 40000 - i));
    await expect(venue.place(stopOrder('many5', 'sell', 0.001, 39000))).rejects.toMatchObject({
      kind: 'rejected',
      reason: 'too many orders',
    });
    for (let i = 0; i < 5; i++) await venue.cancel(SYMBOL, `many${i}`, undefined);
  });

  test('an id of an open order is refused, one of a closed order is taken: as venues do', async () => {
    await venue.place(limitOrder('twice', 'buy', 0.001, 45000));
    // The order that it names exists: this says nothing of it being refused.
    await expect(venue.place(limitOrder('twice', 'buy', 0.001, 45000))).rejects.toMatchObject({ kind: 'unknown' });
    await venue.cancel(SYMBOL, 'twice', undefined);
    await venue.place(limitOrder('twice', 'buy', 0.001, 44000));
    expect(await venue.lookup(SYMBOL, 'twice')).toMatchObject({ status: 'open', price: 44000 });
    await venue.cancel(SYMBOL, 'twice', undefined);
  });

  test('the stream tells of orders, of each part of a fill, and of what is cancelled', async () => {
    const told = recorder<VenueEvent>();
    const stop = new AbortController();
    const listening = venue.listen([SYMBOL], told.sink, stop.signal);
    await told.until(({ type }) => type === 'reconnected');
    local.exchange.nextPieces.push([amount('0.4'), amount('0.6')]);
    await venue.place(limitOrder('parts', 'buy', 0.01, 49900));
    local.exchange.move('BTCUSDT', amount('49899'));
    local.exchange.move('BTCUSDT', amount('49890'));
    await venue.place(limitOrder('gone', 'buy', 0.01, 40000));
    await venue.cancel(SYMBOL, 'gone', undefined);
    await told.until(({ type }) => type === 'gone');
    stop.abort();
    await listening;
    const about = told.events.flatMap((event): readonly (readonly unknown[])[] => {
      if (event.type === 'fill')
        return event.fill.clientId === 'parts' ? [[event.fill.quantity, event.fill.price, event.fill.maker]] : [];
      return 'clientId' in event ? [[event.type, event.clientId]] : [];
    });
    expect(about).toEqual([
      ['accepted', 'parts'],
      [0.004, 49900, true],
      [0.006, 49900, true],
      ['accepted', 'gone'],
      ['gone', 'gone'],
    ]);
  });
});

test.each([
  ['0.00000001', '1', '0.00000002', '0.00000123', '1234567'],
  ['0.0000001', '0.1', '0.0000003', '0.0000123', '43210.7'],
])(
  'prices and quantities go out as they were decided, without an exponent: steps of %s',
  async (tick, lot, down, at, quantity) => {
    const local = await spotVenue();
    try {
      const steps = {
        tick: amount(tick),
        lot: amount(lot),
        minQuantity: amount(lot),
        minNotional: amount('0.00000001'),
      };
      local.exchange.list(
        spotMarket('PEPEUSDT', 'PEPE', 'USDT', { ...steps, mostAtMarket: amount('9000000') }),
        amount(at),
      );
      const venue = ccxtVenue(await local.connect());
      await venue.place(limitOrder('l1', 'buy', Number(quantity), Number(down), { symbol: 'PEPE/USDT' }));
      expect(local.server.requests.find(({ name }) => name === 'POST /api/v3/order')?.params).toMatchObject({
        price: down,
        quantity,
      });
      expect(await venue.lookup('PEPE/USDT', 'l1')).toMatchObject({ price: Number(down), quantity: Number(quantity) });
    } finally {
      await local.close();
    }
  },
);
