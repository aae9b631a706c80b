/** Perpetuals at Binance USD-M through the real client, against the local venue. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { liveFeed } from '../../../../runtime/data/live/feed.ts';
import { type Connection, sleep } from '../../../../runtime/exchange/ccxt/connection.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import type { FeedEvent, Venue, VenueEvent } from '../../../../runtime/live/ports.ts';
import { amount } from '../../../venue/amount.ts';
import { limitOrder, marketOrder, stopOrder } from '../../../venue/orders.ts';
import { playBar, waveBars } from '../../../venue/play.ts';
import { type Recorder, recorder } from '../../../venue/recorder.ts';
import { KEY, MINUTE_MS, START_MS, type UsdmVenue, usdmVenue } from '../../../venue/start.ts';

const SYMBOL = 'BTC/USDT:USDT';
const AT = { symbol: SYMBOL };
const REDUCING = { symbol: SYMBOL, reduceOnly: true };

let local: UsdmVenue;
let connection: Connection;
let venue: Venue;
let told: Recorder<VenueEvent>;
let stop: AbortController;
let listening: Promise<void>;

beforeEach(async () => {
  local = await usdmVenue();
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

function story(): readonly string[] {
  return told.events.flatMap(event => {
    if (event.type === 'fill') return [`fill ${event.fill.clientId} ${event.fill.quantity} at ${event.fill.price}`];
    if (event.type === 'income') return [`income ${event.kind} ${event.amount} ${event.currency}`];
    return 'clientId' in event ? [`${event.type} ${event.clientId}`] : [];
  });
}

function isFillOf(clientId: string): (event: VenueEvent) => boolean {
  return event => event.type === 'fill' && event.fill.clientId === clientId;
}

test('facts come from the venue, with the maintenance margin of the lowest tier', async () => {
  expect(await venue.market(SYMBOL)).toEqual({
    symbol: SYMBOL,
    facts: { tick: '0.1', lot: '0.001', minNotional: '5', maintenance: 0.004, source: 'the metadata of binanceusdm' },
    isTrading: true,
  });
});

test('that a market ends is known as soon as the venue has announced it', async () => {
  const endsMs = START_MS + 86_400_000;
  local.exchange.listing('BTCUSDT').endsMs = endsMs;
  expect(await venue.market(SYMBOL)).toMatchObject({ isTrading: true, endsMs });
});

test('a position is opened, told, turned, and closed reduce-only', async () => {
  await venue.place(marketOrder('in', 'buy', 0.01, AT));
  expect(await venue.positions([SYMBOL])).toEqual([{ symbol: SYMBOL, quantity: 0.01, entry: 50_000 }]);
  await venue.place(marketOrder('turn', 'sell', 0.03, AT));
  expect(await venue.positions([SYMBOL])).toEqual([{ symbol: SYMBOL, quantity: -0.02, entry: 50_000 }]);
  await venue.place(marketOrder('out', 'buy', 0.5, REDUCING));
  expect(await venue.positions([SYMBOL])).toEqual([{ symbol: SYMBOL, quantity: 0, entry: Number.NaN }]);
  await expect(venue.place(marketOrder('more', 'sell', 0.01, REDUCING))).rejects.toMatchObject({ kind: 'rejected' });
  await told.until(isFillOf('out'));
  expect(story()).toEqual([
    'accepted in',
    'fill in 0.01 at 50000',
    'accepted turn',
    'fill turn 0.03 at 50000',
    'accepted out',
    'fill out 0.02 at 50000',
    // Reduce-only: what was more than the position is taken from the book.
    'gone out',
  ]);
});

describe('stops are conditional orders, apart from the others', () => {
  test('placed, found by our id, listed, cancelled', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01, AT));
    await venue.place(stopOrder('s1', 'sell', 0.01, 49_000, AT));
    await venue.place(limitOrder('l1', 'buy', 0.01, 40_000, AT));
    expect(await venue.lookup(SYMBOL, 's1')).toMatchObject({
      clientId: 's1',
      type: 'stop',
      price: 49_000,
      status: 'open',
    });
    expect((await venue.openOrders(SYMBOL)).map(({ clientId, type }) => `${clientId} ${type}`).sort()).toEqual([
      'l1 limit',
      's1 stop',
    ]);
    // By another process that never placed it.
    const other = ccxtVenue(await local.connect());
    await other.cancel(SYMBOL, 's1', undefined);
    await other.cancel(SYMBOL, 'l1', undefined);
    expect(await venue.openOrders(SYMBOL)).toEqual([]);
    await expect(venue.cancel(SYMBOL, 's1', undefined)).rejects.toMatchObject({ reason: 'no such order' });
    await told.until(event => event.type === 'gone' && event.clientId === 'l1');
    expect(story().filter(line => line.startsWith('gone'))).toEqual(['gone s1', 'gone l1']);
  });

  test('what one becomes when it triggers is told under the id of the stop', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01, AT));
    local.exchange.nextPieces.push([amount('0.5'), amount('0.5')]);
    await venue.place(stopOrder('s1', 'sell', 0.01, 49_000, AT));
    local.exchange.move('BTCUSDT', amount('48990'));
    local.exchange.move('BTCUSDT', amount('48980'));
    await told.until(() => story().length === 5);
    expect(story()).toEqual([
      'accepted in',
      'fill in 0.01 at 50000',
      'accepted s1',
      'fill s1 0.005 at 49000',
      'fill s1 0.005 at 48980',
    ]);
    expect(await venue.lookup(SYMBOL, 's1')).toMatchObject({ status: 'filled', filled: 0.01 });
    expect((await venue.fills(SYMBOL, START_MS)).map(({ clientId }) => clientId)).toEqual(['in', 's1', 's1']);
  });

  test('amended it keeps its id', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01, AT));
    const { venueId } = await venue.place(stopOrder('s1', 'sell', 0.01, 49_000, AT));
    await venue.amend(stopOrder('s1', 'sell', 0.01, 49_500, AT), venueId);
    expect(await venue.openOrders(SYMBOL)).toMatchObject([{ clientId: 's1', price: 49_500 }]);
    expect(await venue.lookup(SYMBOL, 's1')).toMatchObject({ clientId: 's1', status: 'open', price: 49_500 });
    local.exchange.move('BTCUSDT', amount('49400'));
    await told.until(isFillOf('s1'));
    expect(story().filter(line => !line.startsWith('accepted'))).toEqual([
      'fill in 0.01 at 50000',
      'fill s1 0.01 at 49500',
    ]);
  });

  test('also when the message that says whose it is is lost or late', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01, AT));
    await venue.place(stopOrder('s1', 'sell', 0.01, 49_000, AT));
    await told.until(event => event.type === 'accepted' && event.clientId === 's1');
    local.server.faults.addSocket('ALGO_UPDATE', { kind: 'lose', times: 9 });
    local.exchange.move('BTCUSDT', amount('48990'));
    await told.until(isFillOf('s1'));
    await sleep(150);
    expect(story().filter(line => line.startsWith('fill'))).toEqual(['fill in 0.01 at 50000', 'fill s1 0.01 at 49000']);
  });

  test('one that has triggered and does not fill is still the order that was sent, and can be cancelled', async () => {
    await venue.place(marketOrder('b1', 'buy', 0.01, AT));
    await venue.place(stopOrder('s1', 'sell', 0.01, 49_000, AT));
    const sent = local.exchange.orders.find(({ clientId }) => clientId === 's1');
    if (sent !== undefined) sent.pieces = [];
    local.exchange.move('BTCUSDT', amount('48000'));
    // Also of one that an earlier process has sent.
    const later = ccxtVenue(await local.connect());
    for (const each of [venue, later]) {
      expect(await each.openOrders(SYMBOL)).toMatchObject([
        { clientId: 's1', type: 'stop', price: 49_000, quantity: 0.01, status: 'open' },
      ]);
    }
    await later.cancel(SYMBOL, 's1', undefined);
    expect(local.exchange.openOrders()).toEqual([]);
    await expect(later.cancel(SYMBOL, 's1', undefined)).rejects.toMatchObject({ reason: 'no such order' });
  });

  test('after a restart a trade of a stop that triggered meanwhile is ours', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01, AT));
    await venue.place(stopOrder('s1', 'sell', 0.01, 49_000, AT));
    local.exchange.move('BTCUSDT', amount('48000'));
    const restarted = ccxtVenue(await local.connect());
    expect((await restarted.fills(SYMBOL, START_MS)).map(({ clientId }) => clientId)).toEqual(['in', 's1']);
  });

  test('amended and triggered it is found, and can be cancelled, under its id', async () => {
    await venue.place(marketOrder('b1', 'buy', 0.01, AT));
    const { venueId } = await venue.place(stopOrder('s1', 'sell', 0.01, 49_000, AT));
    await venue.amend(stopOrder('s1', 'sell', 0.01, 49_500, AT), venueId);
    const sent = local.exchange.orders.findLast(({ clientId }) => clientId === 's1');
    if (sent !== undefined) sent.pieces = [];
    local.exchange.move('BTCUSDT', amount('48000'));
    const later = ccxtVenue(await local.connect());
    expect(await later.lookup(SYMBOL, 's1')).toMatchObject({ clientId: 's1', status: 'open', filled: 0 });
    await later.cancel(SYMBOL, 's1', undefined);
    expect(local.exchange.openOrders()).toEqual([]);
    expect(await later.lookup(SYMBOL, 's1')).toMatchObject({ clientId: 's1', status: 'cancelled' });
  });

  test('one that has rested for weeks is ours when it triggers while nobody listens', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01, AT));
    await venue.place(stopOrder('s1', 'sell', 0.01, 49_000, AT));
    stop.abort();
    await listening;
    local.exchange.clock.moveTo(local.exchange.clock.now() + 30 * 86_400_000);
    local.exchange.move('BTCUSDT', amount('48000'));
    const restarted = ccxtVenue(await local.connect());
    const found = await restarted.fills(SYMBOL, local.exchange.clock.now() - 60_000);
    expect(found.map(({ clientId }) => clientId)).toEqual(['s1']);
  });

  test('one whose price has been passed is refused as that', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01, AT));
    await expect(venue.place(stopOrder('s1', 'sell', 0.01, 60_000, AT))).rejects.toMatchObject({
      kind: 'rejected',
      reason: 'price already through',
    });
  });

  test('without an answer it is unknown, and found by our id', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01, AT));
    local.server.faults.add({ on: 'POST /fapi/v1/algoOrder', when: 'after', answer: 'cut' });
    await expect(venue.place(stopOrder('s1', 'sell', 0.01, 49_000, AT))).rejects.toMatchObject({ kind: 'unknown' });
    expect(await venue.lookup(SYMBOL, 's1')).toMatchObject({ status: 'open' });
    local.server.faults.add({ on: 'POST /fapi/v1/algoOrder', when: 'before', answer: 'cut' });
    await expect(venue.place(stopOrder('s2', 'sell', 0.01, 49_000, AT))).rejects.toMatchObject({ kind: 'unknown' });
    expect(await venue.lookup(SYMBOL, 's2')).toBeUndefined();
  });
});

test('funding is told once, from the income history', async () => {
  await venue.place(marketOrder('in', 'buy', 0.01, AT));
  local.exchange.settleFunding('BTCUSDT', amount('0.0001'));
  await told.until(({ type }) => type === 'income');
  await sleep(250);
  expect(story().filter(line => line.startsWith('income'))).toEqual(['income funding -0.05 USDT']);
});

test('a listen key that runs out is replaced, and what happened meanwhile is told', async () => {
  await venue.place(limitOrder('l1', 'buy', 0.01, 49_000, AT));
  local.controls.expireListenKeys();
  local.exchange.move('BTCUSDT', amount('48990'));
  await told.until(isFillOf('l1'));
  await told.until(() => told.events.filter(({ type }) => type === 'reconnected').length >= 2);
  expect(story().filter(line => line.startsWith('fill'))).toEqual(['fill l1 0.01 at 49000']);
});

test('nothing is entered that one order at market could not close', async () => {
  local.exchange.deposit('USDT', amount('100000000'));
  const most = { kind: 'rejected', reason: 'invalid order', message: expect.stringContaining('no more than 120') };
  await expect(venue.place(limitOrder('l1', 'buy', 120.001, 40_000, AT))).rejects.toMatchObject(most);
  expect(local.exchange.orders).toEqual([]);
  await venue.place(limitOrder('l2', 'buy', 120, 40_000, AT));
});

test('hedge mode is refused', async () => {
  const other = await usdmVenue({ key: KEY });
  other.controls.hedged = true;
  await expect(other.connect()).rejects.toThrow(/hedge mode/);
  await other.close();
});

test('bars come with their mark prices, and settlements with their rate', async () => {
  const marked = await usdmVenue({ frozen: true });
  marked.controls.markAbove = amount('7');
  const bars = waveBars(START_MS, MINUTE_MS, 4, 50_000);
  const connected = await marked.connect({ ticks: () => marked.exchange.clock.now() });
  const feed = liveFeed(connected, { checkEveryMs: 10, fundingEveryMs: 30 });
  const heard = recorder<FeedEvent>();
  const end = new AbortController();
  const following = feed.follow({ symbols: [SYMBOL], periodMs: MINUTE_MS, fromMs: START_MS }, heard.sink, end.signal);
  for (let i = 0; i < 500 && marked.server.subscriptions === 0; i++) await sleep(10);
  for (const bar of bars.slice(0, 2)) playBar(marked.exchange, 'BTCUSDT', bar);
  await heard.until(event => event.type === 'bar' && event.bar.openMs === START_MS + MINUTE_MS);
  expect(heard.events.find(({ type }) => type === 'bar')).toMatchObject({
    bar: { open: 50_000, close: 50_084, mark: { open: 50_007, close: 50_091 } },
  });
  marked.exchange.settleFunding('BTCUSDT', amount('0.0001'));
  expect(await heard.until(({ type }) => type === 'funding')).toMatchObject({ rate: 0.0001, symbol: SYMBOL });
  const history = await feed.history(SYMBOL, MINUTE_MS, START_MS, START_MS + MINUTE_MS);
  expect(history).toMatchObject([{ open: 50_000, mark: { open: 50_007 } }]);
  end.abort();
  await following;
  await marked.close();
});
