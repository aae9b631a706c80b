/**
 * The venue's streams break, in whatever way: when the venue is there again, our orders and the market's prices are told of
 * again by themselves. Its clock stands still and nothing is traded, so that nothing but the streams themselves can say it.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { liveFeed } from '../../../../runtime/data/live/feed.ts';
import { type Connection, type Pace, sleep } from '../../../../runtime/exchange/ccxt/connection.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import type { FeedEvent, Venue, VenueEvent } from '../../../../runtime/live/ports.ts';
import { venueBar } from '../../../venue/market.ts';
import { limitOrder } from '../../../venue/orders.ts';
import { openBar } from '../../../venue/play.ts';
import { type Recorder, recorder } from '../../../venue/recorder.ts';
import { coinbaseVenue, MINUTE_MS, START_MS, spotVenue, type TestVenue, usdmVenue } from '../../../venue/start.ts';

interface Place {
  readonly name: string;
  readonly symbol: string;
  readonly marketId: string;
  readonly fills: string;
  open(): Promise<TestVenue>;
}

const PLACES: readonly Place[] = [
  {
    name: 'Binance spot',
    symbol: 'BTC/USDT',
    marketId: 'BTCUSDT',
    fills: 'GET /api/v3/myTrades',
    open: () => spotVenue({ frozen: true }),
  },
  {
    name: 'Binance USD-M',
    symbol: 'BTC/USDT:USDT',
    marketId: 'BTCUSDT',
    fills: 'GET /fapi/v1/userTrades',
    open: () => usdmVenue({ frozen: true }),
  },
  {
    name: 'Coinbase',
    symbol: 'BTC/USD',
    marketId: 'BTC-USD',
    fills: 'GET /api/v3/brokerage/orders/historical/fills',
    open: () => coinbaseVenue({ frozen: true }),
  },
];

/** A machine with other work answers a ping late; requests that are left without an answer are given up soon. */
const PACE: Partial<Pace> = { pingEveryMs: 5000, requestTimeoutMs: 600, readBudgetMs: 300 };
const BACK_MS = 20_000;
const UNAVAILABLE = { status: 503, body: 'Service Unavailable' } as const;

let local: TestVenue;
let connection: Connection;
let venue: Venue;
let stop: AbortController;
let streams: { readonly user: Recorder<VenueEvent>; readonly market: Recorder<FeedEvent> };
let running: Promise<unknown>;

async function begin({ open, symbol }: Place, pace: Partial<Pace> = {}): Promise<void> {
  local = await open();
  connection = await local.connect({ ticks: () => local.exchange.clock.now(), pace: { ...PACE, ...pace } });
  venue = ccxtVenue(connection);
  stop = new AbortController();
  streams = { user: recorder(), market: recorder() };
  const feed = liveFeed(connection, { checkEveryMs: 20, fundingEveryMs: MINUTE_MS });
  running = Promise.all([
    venue.listen([symbol], streams.user.sink, stop.signal),
    feed.follow({ symbols: [symbol], periodMs: MINUTE_MS, fromMs: START_MS }, streams.market.sink, stop.signal),
  ]);
  running.catch(() => undefined);
  await streams.user.until(({ type }) => type === 'reconnected');
  await until(() => local.server.subscriptions > 0);
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds() && i < BACK_MS / 10; i++) await sleep(10);
  expect(holds()).toBe(true);
}

afterEach(async () => {
  stop.abort();
  await running;
  await local.close();
});

type Told = readonly { readonly type: string }[];

function isUp(events: Told): boolean {
  return events.findLast(({ type }) => /connected$/.test(type))?.type === 'reconnected';
}

function isDown(events: Told): boolean {
  return events.findLast(({ type }) => /connected$/.test(type))?.type === 'disconnected';
}

function has(events: Told, wanted: string): boolean {
  return events.some(({ type }) => type === wanted);
}

const areDown = () => isDown(streams.user.events) && isDown(streams.market.events);

/** The last word of both is that they are there again, and what happens is told by the streams. */
async function areBack({ symbol, marketId }: Place): Promise<void> {
  await until(() => isUp(streams.user.events) && isUp(streams.market.events));
  local.exchange.clock.moveTo(START_MS + MINUTE_MS);
  await venue.place(limitOrder('after', 'buy', 0.01, 49_000, { symbol }));
  await streams.user.until(event => event.type === 'accepted' && event.clientId === 'after', BACK_MS);
  const before = streams.market.events.length;
  openBar(local.exchange, marketId, venueBar([START_MS + MINUTE_MS, 50_010, 50_020, 49_990, 50_000, 8]));
  await until(() => streams.market.events.slice(before).some(({ type }) => type === 'price'));
}

describe.each(PLACES)('$name: both streams come back', { timeout: 60_000 }, place => {
  test('when they are dropped over and over', async () => {
    await begin(place);
    for (let i = 0; i < 60; i++) {
      local.server.dropSockets();
      await sleep(20);
    }
    await areBack(place);
  });

  test('when the minute has no weight left for what is ordinary', async () => {
    await begin(place);
    const { weightPerMinute, reserve } = connection.profile.limits;
    connection.limiter.reported(weightPerMinute * 0.9 * (1 - reserve));
    local.server.dropSockets();
    await until(() => streams.user.events.some(({ type }) => type === 'disconnected'));
    await areBack(place);
  });

  test.each(['shut', 'silent'] as const)('when their handshakes find the door %s', async door => {
    await begin(place);
    local.server.door = door;
    local.server.dropSockets();
    await until(areDown);
    // Some tries at the least.
    await sleep(700);
    local.server.door = 'open';
    await areBack(place);
  });

  test('when they are opened and nothing is answered but pings', async () => {
    await begin(place);
    local.server.door = 'mute';
    local.server.dropSockets();
    await until(() => local.server.sockets > 0);
    local.server.door = 'open';
    await until(() => isUp(streams.market.events));
    if (place.name !== 'Binance USD-M') return areBack(place);
    // Its user stream has no subscription to answer: that one is silent is found out by the next look.
    expect(isUp(streams.user.events)).toBe(true);
  });

  test('when they are half open: pings find out', async () => {
    await begin(place, { pingEveryMs: 200 });
    local.server.freezeSockets();
    await until(() => [streams.user, streams.market].every(({ events }) => has(events, 'disconnected')));
    await areBack(place);
  });

  test('when REST says 503 after they are open again: the open stream is kept', async () => {
    await begin(place);
    local.server.faults.add({ on: place.fills, when: 'before', answer: UNAVAILABLE, times: 6 });
    const asked = () => local.server.requests.filter(({ name }) => name === place.fills).length;
    const before = asked();
    local.server.dropSockets();
    await until(() => asked() > before + 6);
    await areBack(place);
  });

  test('when the venue is under maintenance for a while', async () => {
    await begin(place);
    local.server.maintenance = true;
    local.server.dropSockets();
    await until(() => isDown(streams.user.events));
    // Longer than a read is tried.
    await sleep(600);
    local.server.maintenance = false;
    await areBack(place);
  });
});

describe('Binance USD-M: the key of the user stream', { timeout: 60_000 }, () => {
  const [, place] = PLACES as readonly [Place, Place, Place];

  test.each([UNAVAILABLE, 'cut', 'silence'] as const)('is not given: %j', async answer => {
    await begin(place);
    local.server.faults.add({ on: 'POST /fapi/v1/listenKey', when: 'before', answer, times: 2 });
    local.server.dropSockets();
    await until(() => isDown(streams.user.events));
    await areBack(place);
    const asked = local.server.requests.filter(({ name }) => name === 'POST /fapi/v1/listenKey');
    expect(asked.length).toBeGreaterThan(3);
  });
});

describe('a connection that is closed', () => {
  const [, usdm] = PLACES;

  // A socket of ours waits half a minute for the other side.
  test('does not wait for a venue that does not close its side', { timeout: 15_000 }, async () => {
    if (usdm === undefined) throw new Error('there is no such place');
    await begin(usdm);
    local.server.freezeSockets();
    await connection.close();
  });

  test('opens no stream any more: nobody would close it', async () => {
    local = await usdmVenue({ frozen: true });
    connection = await local.connect();
    stop = new AbortController();
    await connection.close();
    running = ccxtVenue(connection).listen(['BTC/USDT:USDT'], async () => {}, stop.signal);
    await sleep(300);
    expect(local.server.sockets).toBe(0);
  });
});
