/** Coinbase's streams: what they lose, what they say twice or under another name, and when the venue ends them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { liveFeed } from '../../../../runtime/data/live/feed.ts';
import { sleep } from '../../../../runtime/exchange/ccxt/connection.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import type { FeedEvent, LiveBar, VenueEvent } from '../../../../runtime/live/ports.ts';
import { amount } from '../../../venue/amount.ts';
import { turns } from '../../../venue/loop.ts';
import { spotMarket } from '../../../venue/market.ts';
import { limitOrder } from '../../../venue/orders.ts';
import { playBar, waveBars } from '../../../venue/play.ts';
import { recorder } from '../../../venue/recorder.ts';
import { coinbaseVenue, MINUTE_MS, START_MS, type TestVenue } from '../../../venue/start.ts';

const FILLS = 'GET /api/v3/brokerage/orders/historical/fills';
const CANCELS = 'POST /api/v3/brokerage/orders/batch_cancel';

let local: TestVenue;
const ends: (() => Promise<void>)[] = [];

beforeEach(async () => {
  local = await coinbaseVenue({ frozen: true });
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await local.close();
});

const connected = () => local.connect({ ticks: () => local.exchange.clock.now() });

/** A feed that is subscribed. */
async function followed(symbol: string) {
  const feed = liveFeed(await connected(), { checkEveryMs: 10, confirmAfterMs: 20 });
  const heard = recorder<FeedEvent>();
  const stop = new AbortController();
  const following = feed.follow({ symbols: [symbol], periodMs: MINUTE_MS, fromMs: START_MS }, heard.sink, stop.signal);
  ends.push(async () => {
    stop.abort();
    await following;
  });
  for (let i = 0; i < 500 && local.server.subscriptions === 0; i++) await sleep(10);
  return { feed, heard };
}

async function listened() {
  const connection = await connected();
  const venue = ccxtVenue(connection);
  const told = recorder<VenueEvent>();
  const stop = new AbortController();
  const listening = venue.listen(['BTC/USD'], told.sink, stop.signal);
  ends.push(async () => {
    stop.abort();
    await listening;
  });
  await told.until(({ type }) => type === 'reconnected');
  return { venue, told };
}

async function barsOf(heard: ReturnType<typeof recorder<FeedEvent>>, count: number): Promise<readonly LiveBar[]> {
  const isLast = (event: FeedEvent) => event.type === 'bar' && event.bar.openMs === START_MS + (count - 1) * MINUTE_MS;
  await heard.until(isLast);
  return heard.events.flatMap(event => (event.type === 'bar' ? [event.bar] : [])).slice(0, count);
}

const BARS = waveBars(START_MS, MINUTE_MS, 6, 50_000);
/** As a feed tells them. */
const TOLD = BARS.map(({ openMs, open, high, low, close, volume }) => {
  const [o, h, l, c, v] = [open, high, low, close, volume].map(value => Number(value) / 1e8);
  return { openMs, open: o, high: h, low: l, close: c, volume: v };
});

async function play(id: string, from: number, to: number): Promise<void> {
  for (const bar of BARS.slice(from, to)) {
    playBar(local.exchange, id, bar);
    await sleep(30);
    // It is heard before the next one moves the clock.
    await turns(20);
  }
}

describe('bars of trades', () => {
  test('a message of trades that is lost makes no bar wrong', async () => {
    const { feed, heard } = await followed('BTC/USD');
    await play('BTC-USD', 0, 2);
    local.server.faults.addSocket('market_trades', { kind: 'lose', times: 2 });
    await play('BTC-USD', 2, 6);
    expect(await barsOf(heard, 5)).toEqual(TOLD.slice(0, 5));
    expect(feed.counts.revised).toBe(0);
  });

  test('a message of trades that comes twice counts once', async () => {
    const { feed, heard } = await followed('BTC/USD');
    await play('BTC-USD', 0, 2);
    local.server.faults.addSocket('market_trades', { kind: 'twice', times: 3 });
    await play('BTC-USD', 2, 6);
    expect(await barsOf(heard, 5)).toEqual(TOLD.slice(0, 5));
    expect(feed.counts.revised).toBe(0);
  });

  test('of a market in USDC are told under the name of the one in USD', async () => {
    local.exchange.list(spotMarket('BTC-USDC', 'BTC', 'USDC', { feesInQuote: true }), amount('50000'));
    const { feed, heard } = await followed('BTC/USDC');
    await play('BTC-USDC', 0, 6);
    expect(await barsOf(heard, 5)).toEqual(TOLD.slice(0, 5));
    expect(feed.counts.reconnects).toBe(0);
    // The first bar, which was under way; the others are the stream's.
    expect(feed.counts.repairs).toBeLessThanOrEqual(3);
    expect(heard.events.some(({ type }) => type === 'price')).toBe(true);
  });
});

describe('orders', () => {
  test('a stream on which nothing happens for minutes stays open', async () => {
    const { told } = await listened();
    for (let i = 0; i < 3; i++) {
      local.exchange.clock.moveTo(local.exchange.clock.now() + 100_000);
      await sleep(1100);
    }
    expect(told.events.map(({ type }) => type)).not.toContain('disconnected');
  });

  test('a stream that is opened anew just when its token ends gets another', async () => {
    const { told } = await listened();
    local.exchange.clock.moveTo(START_MS + 120_500);
    local.server.dropSockets();
    await told.until(() => told.events.filter(({ type }) => type === 'reconnected').length === 2);
    expect(told.events.filter(({ type }) => type === 'disconnected').length).toBe(1);
    expect(JSON.stringify(told.events)).not.toMatch(/authentication/);
  });

  test('an order that fills in many parts is looked up a few times', async () => {
    const { venue, told } = await listened();
    const share = amount('0.02');
    local.exchange.nextPieces.push(Array.from({ length: 50 }, () => share));
    await venue.place(limitOrder('l1', 'buy', 0.05, 49_000, { symbol: 'BTC/USD' }));
    local.server.requests.length = 0;
    for (let i = 0; i < 50; i++) local.exchange.move('BTC-USD', amount('48990'));
    await told.until(() => told.events.filter(({ type }) => type === 'fill').length === 50);
    await sleep(50);
    expect(local.server.requests.filter(({ name }) => name === FILLS).length).toBeLessThanOrEqual(5);
  });

  test.each([
    ['UNKNOWN_CANCEL_ORDER', { reason: 'no such order' }],
    ['COMMANDER_REJECTED_CANCEL_ORDER', { kind: 'rejected', reason: 'other' }],
    ['NOT_ALLOWED_TO_CANCEL', { kind: 'rejected', reason: 'other' }],
  ])('a cancel that is refused as %s', async (failure_reason, what) => {
    const venue = ccxtVenue(await connected());
    const { venueId } = await venue.place(limitOrder('l1', 'buy', 0.01, 49_000, { symbol: 'BTC/USD' }));
    const body = JSON.stringify({ results: [{ success: false, failure_reason, order_id: venueId }] });
    local.server.faults.add({ on: CANCELS, when: 'before', answer: { status: 200, body } });
    await expect(venue.cancel('BTC/USD', 'l1', venueId)).rejects.toMatchObject(what);
  });
});

test('sixty reads at once are spread over the seconds that the venue counts', async () => {
  const connection = await connected();
  const venue = ccxtVenue(connection);
  local.server.requests.length = 0;
  await Promise.all(Array.from({ length: 60 }, () => venue.openOrders('BTC/USD')));
  // None was refused, so none was asked again.
  expect(local.server.requests.length).toBe(60);
});
