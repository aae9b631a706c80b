/** Coinbase through the real client, against the local venue: tokens, bars built of trades, look-ups among the latest. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { liveFeed } from '../../../../runtime/data/live/feed.ts';
import { type Connection, sleep } from '../../../../runtime/exchange/ccxt/connection.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import type { FeedEvent, Venue, VenueEvent } from '../../../../runtime/live/ports.ts';
import { amount } from '../../../venue/amount.ts';
import { turns } from '../../../venue/loop.ts';
import { limitOrder, marketOrder, stopOrder } from '../../../venue/orders.ts';
import { openBar, playBar, waveBars } from '../../../venue/play.ts';
import { type Recorder, recorder } from '../../../venue/recorder.ts';
import { coinbaseVenue, MINUTE_MS, START_MS, type TestVenue } from '../../../venue/start.ts';

const SYMBOL = 'BTC/USD';
const AT = { symbol: SYMBOL };

let local: TestVenue;
let connection: Connection;
let venue: Venue;
let told: Recorder<VenueEvent>;
let stop: AbortController;
let listening: Promise<void>;

beforeEach(async () => {
  local = await coinbaseVenue();
  connection = await local.connect({ pace: { reconcileEveryMs: 100 } });
  venue = ccxtVenue(connection);
  told = recorder();
  stop = new AbortController();
  listening = venue.listen([SYMBOL], told.sink, stop.signal);
  await told.until(({ type }) => type === 'reconnected');
});

afterEach(async () => {
  stop.abort();
  await listening;
  await local.close();
});

function fills(): readonly string[] {
  return told.events.flatMap(event =>
    event.type === 'fill' ? [`${event.fill.clientId} ${event.fill.quantity} at ${event.fill.price}`] : [],
  );
}

test('facts, clock and balances', async () => {
  expect(await venue.market(SYMBOL)).toEqual({
    symbol: SYMBOL,
    facts: { tick: '0.01', lot: '0.00001', minNotional: '1', maintenance: 0, source: 'the metadata of coinbase' },
    isTrading: true,
  });
  expect(Math.abs(venue.now() - local.exchange.clock.now())).toBeLessThan(100);
  expect(await venue.balances()).toContainEqual({ currency: 'USD', total: 10_000, free: 10_000 });
});

test('orders of each kind: a market order is for a quantity, a stop triggers and takes', async () => {
  await venue.place(marketOrder('in', 'buy', 0.01, AT));
  expect(await venue.lookup(SYMBOL, 'in')).toMatchObject({ clientId: 'in', status: 'filled', filled: 0.01 });
  await venue.place(stopOrder('out', 'sell', 0.01, 49_000, AT));
  await venue.place(limitOrder('more', 'buy', 0.01, 40_000, AT));
  expect(
    (await venue.openOrders(SYMBOL)).map(({ clientId, type, price }) => `${clientId} ${type} ${price}`).sort(),
  ).toEqual(['more limit 40000', 'out stop 49000']);
  await venue.cancel(SYMBOL, 'more', undefined);
  local.exchange.move('BTC-USD', amount('48990'));
  await told.until(() => fills().length === 2);
  expect(fills()).toEqual(['in 0.01 at 50000', 'out 0.01 at 49000']);
  expect(await venue.fills(SYMBOL, START_MS)).toMatchObject([
    { clientId: 'in', fee: 0.5, feeCurrency: 'USD', maker: false },
    { clientId: 'out', feeCurrency: 'USD' },
  ]);
  expect(await venue.positions([SYMBOL])).toMatchObject([{ quantity: 0 }]);
});

test.each([
  ['more than there is', marketOrder('r1', 'buy', 5, AT), 'insufficient funds'],
  ['a stop that the price has passed', stopOrder('r2', 'sell', 0.0001, 60_000, AT), 'price already through'],
  ['less than the venue takes', limitOrder('r3', 'buy', 0.00001, 40_000, AT), 'invalid order'],
] as const)('a definite no: %s', async (_, order, reason) => {
  local.exchange.deposit('BTC', amount('0.001'));
  await expect(venue.place(order)).rejects.toMatchObject({ kind: 'rejected', reason });
  expect(await venue.lookup(SYMBOL, order.clientId)).toBeUndefined();
});

test('no such order', async () => {
  await expect(venue.cancel(SYMBOL, 'none', undefined)).rejects.toMatchObject({ reason: 'no such order' });
  await expect(venue.cancel(SYMBOL, 'none', '99999')).rejects.toMatchObject({ reason: 'no such order' });
});

test('500 is unknown, whatever its body says', async () => {
  const body = JSON.stringify({ error: 'internal_server_error', message: 'oh' });
  local.server.faults.add({ on: 'POST /api/v3/brokerage/orders', when: 'after', answer: { status: 500, body } });
  await expect(venue.place(marketOrder('x', 'buy', 0.01, AT))).rejects.toMatchObject({ kind: 'unknown' });
  expect(await venue.lookup(SYMBOL, 'x')).toMatchObject({ status: 'filled' });
});

test('a key that can transfer is refused', async () => {
  const other = await coinbaseVenue({ canTransfer: true });
  await expect(other.connect()).rejects.toThrow(/can withdraw/);
  await other.close();
});

test('what happened while the socket was down is told', async () => {
  await venue.place(limitOrder('l1', 'buy', 0.01, 49_000, AT));
  local.server.dropSockets();
  local.exchange.move('BTC-USD', amount('48990'));
  await told.until(event => event.type === 'fill');
  expect(fills()).toEqual(['l1 0.01 at 49000']);
});

test('bars are built of trades; the first, seen in part, is fetched', async () => {
  const watched = await coinbaseVenue({ frozen: true });
  const bars = waveBars(START_MS, MINUTE_MS, 6, 50_000);
  const [first, ...later] = bars;
  if (first === undefined) throw new Error('no bars');
  openBar(watched.exchange, 'BTC-USD', first);
  const connected = await watched.connect({ ticks: () => watched.exchange.clock.now() });
  const feed = liveFeed(connected, { checkEveryMs: 10, confirmAfterMs: 20 });
  const heard = recorder<FeedEvent>();
  const end = new AbortController();
  const following = feed.follow({ symbols: [SYMBOL], periodMs: MINUTE_MS, fromMs: START_MS }, heard.sink, end.signal);
  for (let i = 0; i < 500 && watched.server.subscriptions === 0; i++) await sleep(10);
  playBar(watched.exchange, 'BTC-USD', first);
  for (const bar of later.slice(0, 4)) {
    playBar(watched.exchange, 'BTC-USD', bar);
    await sleep(30);
    // It is heard before the next one moves the clock.
    await turns(20);
  }
  await heard.until(event => event.type === 'bar' && event.bar.openMs === START_MS + 3 * MINUTE_MS);
  const heardBars = heard.events.flatMap(event => (event.type === 'bar' ? [event.bar] : []));
  expect(heardBars.map(({ openMs }) => (openMs - START_MS) / MINUTE_MS).slice(0, 4)).toEqual([0, 1, 2, 3]);
  expect(heardBars[2]).toMatchObject({ open: 50_091, high: 50_101, low: 50_004, close: 50_014, volume: 6 });
  expect(feed.counts.revised).toBe(0);
  end.abort();
  await following;
  await watched.close();
});
