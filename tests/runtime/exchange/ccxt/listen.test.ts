/** Our orders by the stream, and by REST what the stream did not say: each fill once, none lost. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Connection, type Pace, sleep } from '../../../../runtime/exchange/ccxt/connection.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import type { Venue, VenueEvent } from '../../../../runtime/live/ports.ts';
import { amount } from '../../../venue/amount.ts';
import { limitOrder, marketOrder, stopOrder } from '../../../venue/orders.ts';
import { type Recorder, recorder } from '../../../venue/recorder.ts';
import { spotVenue, type TestVenue } from '../../../venue/start.ts';

const SYMBOL = 'BTC/USDT';

let local: TestVenue;
let connection: Connection;
let venue: Venue;
let told: Recorder<VenueEvent>;
let stop: AbortController;
let listening: Promise<void>;

async function begin(pace: Partial<Pace> = {}): Promise<void> {
  local = await spotVenue();
  connection = await local.connect({ pace: { reconcileEveryMs: 100, readBudgetMs: 600, ...pace } });
  venue = ccxtVenue(connection);
  told = recorder();
  stop = new AbortController();
  listening = venue.listen([SYMBOL], told.sink, stop.signal);
  await told.until(({ type }) => type === 'reconnected');
}

async function end(): Promise<void> {
  stop.abort();
  await listening;
  await local.close();
}

beforeEach(() => begin());
afterEach(end);

function fills(): readonly string[] {
  return told.events.flatMap(event =>
    event.type === 'fill' ? [`${event.fill.clientId} ${event.fill.quantity} at ${event.fill.price}`] : [],
  );
}

function isFillOf(clientId: string): (event: VenueEvent) => boolean {
  return event => event.type === 'fill' && event.fill.clientId === clientId;
}

function reconnects(): number {
  return told.events.filter(({ type }) => type === 'reconnected').length;
}

describe('a fill is told once', () => {
  test('when the message comes twice', async () => {
    local.server.faults.addSocket('executionReport', { kind: 'twice', times: 9 });
    await venue.place(marketOrder('a', 'buy', 0.001));
    await told.until(isFillOf('a'));
    await sleep(150);
    expect(fills()).toEqual(['a 0.001 at 50000']);
  });

  test('when messages come the wrong way round', async () => {
    local.server.faults.addSocket('executionReport', { kind: 'swap', times: 1 });
    await venue.place(marketOrder('a', 'buy', 0.001));
    await told.until(isFillOf('a'));
    expect(fills()).toEqual(['a 0.001 at 50000']);
  });

  test('when the message is lost: REST has it', async () => {
    local.server.faults.addSocket('executionReport', { kind: 'lose', times: 2 });
    await venue.place(marketOrder('a', 'buy', 0.001));
    await told.until(event => event.type === 'fill');
    await sleep(150);
    expect(told.events.filter(({ type }) => type === 'fill')).toHaveLength(1);
  });

  test('when it happened while the socket was down: it is told before the run is asked to reconcile', async () => {
    await venue.place(limitOrder('a', 'buy', 0.001, 49_000));
    await told.until(event => event.type === 'accepted');
    local.server.dropSockets();
    local.exchange.move('BTCUSDT', amount('48999'));
    await told.until(() => reconnects() === 2);
    expect(fills()).toEqual(['a 0.001 at 49000']);
    const order = told.events.map(({ type }) => type);
    expect(order.indexOf('fill')).toBeLessThan(order.lastIndexOf('reconnected'));
  });

  test('when the socket is half open: pings find out', async () => {
    await end();
    await begin({ pingEveryMs: 200, reconcileEveryMs: 60_000 });
    await venue.place(limitOrder('a', 'buy', 0.001, 49_000));
    local.server.freezeSockets();
    local.exchange.move('BTCUSDT', amount('48999'));
    await told.until(() => reconnects() === 2);
    await told.until(isFillOf('a'));
    expect(fills()).toEqual(['a 0.001 at 49000']);
    const why = told.events.flatMap(event => (event.type === 'disconnected' ? [event.why] : []));
    expect(why.join()).toContain('ping-pong');
  });
});

describe('a stream that is open and says nothing', () => {
  test('is opened anew', async () => {
    const quick = await local.connect({ pace: { reconcileEveryMs: 200, muteAfterMs: 20 } });
    const heard = recorder<VenueEvent>();
    const over = new AbortController();
    const following = ccxtVenue(quick).listen([SYMBOL], heard.sink, over.signal);
    const times = () => heard.events.filter(({ type }) => type === 'reconnected').length;
    await heard.until(() => times() === 1);
    local.server.faults.addSocket('executionReport', { kind: 'lose', times: 10_000 });
    // One may be read before it is old enough, and the venue's time is known no better than its answer was quick.
    let placed = 0;
    for (; times() === 1 && placed < 90; await sleep(50)) await venue.place(marketOrder(`a${placed++}`, 'buy', 0.001));
    await heard.until(() => times() > 1);
    const why = heard.events.flatMap(event => (event.type === 'disconnected' ? [event.why] : []));
    expect(new Set(why)).toEqual(new Set(['the stream of our orders is open and did not tell of a trade']));
    const isTold = (count: number) => heard.events.filter(({ type }) => type === 'fill').length === count;
    await heard.until(() => isTold(placed));
    local.server.faults.clear();
    await venue.place(marketOrder('b', 'buy', 0.001));
    await heard.until(isFillOf('b'));
    expect(isTold(placed + 1)).toBe(true);
    over.abort();
    await following;
  });
});

describe('an order that is amended', () => {
  test('keeps its id, has its new price, and is not told to be gone', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01));
    const { venueId } = await venue.place(stopOrder('out', 'sell', 0.008, 49_000));
    const changed = await venue.amend(stopOrder('out', 'sell', 0.007, 49_500), venueId);
    expect(changed.venueId).not.toBe(venueId);
    expect(await venue.openOrders(SYMBOL)).toMatchObject([{ clientId: 'out', price: 49_500, quantity: 0.007 }]);
    local.exchange.move('BTCUSDT', amount('49400'));
    await told.until(isFillOf('out'));
    expect(fills()).toEqual(['in 0.01 at 50000', 'out 0.007 at 49500']);
    expect(told.events.filter(({ type }) => type === 'gone')).toEqual([]);
  });

  test('is told to be gone when its new price has been passed', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01));
    const { venueId } = await venue.place(stopOrder('out', 'sell', 0.008, 49_000));
    await expect(venue.amend(stopOrder('out', 'sell', 0.008, 50_100), venueId)).rejects.toMatchObject({
      kind: 'rejected',
      reason: 'price already through',
    });
    expect(await told.until(({ type }) => type === 'gone')).toMatchObject({ clientId: 'out' });
    await sleep(50);
    expect(told.events.filter(({ type }) => type === 'gone')).toHaveLength(1);
  });

  test('stays as it is when it cannot be cancelled', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01));
    const { venueId } = await venue.place(stopOrder('out', 'sell', 0.008, 49_000));
    local.server.faults.add({ on: 'DELETE /api/v3/order', when: 'before', answer: 'cut' });
    await expect(venue.amend(stopOrder('out', 'sell', 0.008, 49_500), venueId)).rejects.toMatchObject({
      kind: 'unknown',
    });
    expect(await venue.openOrders(SYMBOL)).toMatchObject([{ clientId: 'out', price: 49_000 }]);
  });
});

describe('what the stream tells', () => {
  test('a stop that triggers and fills in parts, each with its fee', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01));
    local.exchange.nextPieces.push([amount('0.5'), amount('0.5')]);
    await venue.place(stopOrder('out', 'sell', 0.008, 49_000));
    local.exchange.move('BTCUSDT', amount('48990'));
    local.exchange.move('BTCUSDT', amount('48980'));
    await told.until(() => fills().length === 3);
    expect(fills()).toEqual(['in 0.01 at 50000', 'out 0.004 at 49000', 'out 0.004 at 48980']);
  });

  test('a stop that triggers and never fills stays open', async () => {
    await venue.place(marketOrder('in', 'buy', 0.01));
    local.exchange.nextPieces.push([]);
    await venue.place(stopOrder('out', 'sell', 0.008, 49_000));
    local.exchange.move('BTCUSDT', amount('48000'));
    expect(await venue.openOrders(SYMBOL)).toMatchObject([{ clientId: 'out', status: 'open', filled: 0 }]);
  });

  test('orders of other programs in the same market, under their own ids', async () => {
    local.exchange.place({
      symbol: 'BTCUSDT',
      clientId: 'web_123',
      side: 'buy',
      type: 'market',
      quantity: amount('0.002'),
    });
    await told.until(isFillOf('web_123'));
    expect(fills()).toEqual(['web_123 0.002 at 50000']);
  });

  test('nothing of other markets', async () => {
    local.exchange.place({ symbol: 'ETHUSDT', clientId: 'eth', side: 'buy', type: 'market', quantity: amount('0.1') });
    await venue.place(marketOrder('a', 'buy', 0.001));
    await told.until(isFillOf('a'));
    expect(fills()).toEqual(['a 0.001 at 50000']);
  });

  test('a ban: the run is told until when it is blind', async () => {
    local.server.faults.add({
      on: 'GET /api/v3/account',
      when: 'before',
      answer: { status: 418, body: '{"code":-1003,"msg":"banned"}', headers: { 'retry-after': '3' } },
    });
    await venue.balances().catch(() => undefined);
    expect(await told.until(({ type }) => type === 'blind')).toMatchObject({ untilMs: expect.any(Number) });
  });
});

test('a key that the venue no longer takes ends it with a reason', async () => {
  const other = await spotVenue();
  const connected = await other.connect();
  connected.exchange.secret = 'not this one';
  const ended = ccxtVenue(connected).listen([SYMBOL], async () => {}, new AbortController().signal);
  await expect(ended).rejects.toMatchObject({ kind: 'rejected', reason: 'authentication' });
  await other.close();
});
