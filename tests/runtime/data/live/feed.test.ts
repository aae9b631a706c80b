/** Bars of the local venue through the real client: in order, each once, whatever happens on the way. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FeedSettings, fundingEveryMs, type LiveFeed, liveFeed } from '../../../../runtime/data/live/feed.ts';
import { type Connection, sleep } from '../../../../runtime/exchange/ccxt/connection.ts';
import type { FeedEvent } from '../../../../runtime/live/ports.ts';
import { type VenueBar, venueBar } from '../../../venue/market.ts';
import { finishBar, openBar, playBar, waveBars } from '../../../venue/play.ts';
import { type Recorder, recorder } from '../../../venue/recorder.ts';
import { MINUTE_MS, START_MS, spotVenue, type TestVenue } from '../../../venue/start.ts';

const SYMBOL = 'BTC/USDT';
const BARS = waveBars(START_MS, MINUTE_MS, 40, 50_000);
const QUICK: FeedSettings = { checkEveryMs: 10, confirmAfterMs: 30 };

let local: TestVenue;
let connection: Connection;
let stop: AbortController;
let following: Promise<void>;

beforeEach(async () => {
  local = await spotVenue({ frozen: true });
  connection = await local.connect({ ticks: () => local.exchange.clock.now() });
  stop = new AbortController();
  following = Promise.resolve();
});

afterEach(async () => {
  stop.abort();
  await following;
  await local.close();
});

function bar(index: number): VenueBar {
  const found = BARS[index];
  if (found === undefined) throw new Error(`no bar ${index}`);
  return found;
}

function play(...indices: readonly number[]): void {
  for (const index of indices) playBar(local.exchange, 'BTCUSDT', bar(index));
}

async function follow(
  settings: FeedSettings = {},
  symbols = [SYMBOL],
): Promise<{ told: Recorder<FeedEvent>; feed: LiveFeed }> {
  const feed = liveFeed(connection, { ...QUICK, ...settings });
  const told = recorder<FeedEvent>();
  const fromMs = local.exchange.clock.now();
  following = feed.follow({ symbols, periodMs: MINUTE_MS, fromMs }, told.sink, stop.signal);
  await until(() => local.server.subscriptions > 0);
  return { told, feed };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isSo(); i++) await sleep(10);
  expect(isSo()).toBe(true);
}

function isBar(index: number): (event: FeedEvent) => boolean {
  return event => event.type === 'bar' && event.bar.openMs === START_MS + index * MINUTE_MS;
}

/** `bar 3`, `missing 4`, `revised 5`; of the rest the kind alone. Prices between the bars are a story of their own. */
function story({ events }: Recorder<FeedEvent>): readonly string[] {
  const indexOf = (openMs: number) => (openMs - START_MS) / MINUTE_MS;
  return events
    .filter(({ type }) => type !== 'price')
    .map(event => {
      if ('bar' in event) return `${event.type} ${indexOf(event.bar.openMs)}`;
      return event.type === 'missing' ? `missing ${indexOf(event.openMs)}` : event.type;
    });
}

function bars(told: Recorder<FeedEvent>): readonly string[] {
  return story(told).filter(line => /^(bar|missing|revised)/.test(line));
}

describe('a feed', () => {
  test('gives history, without the bar under way', async () => {
    play(0, 1, 2);
    openBar(local.exchange, 'BTCUSDT', bar(3));
    const { open, high, low, close, volume } = { open: 50000, high: 50094, low: 49990, close: 50084, volume: 4 };
    const history = await liveFeed(connection).history(SYMBOL, MINUTE_MS, START_MS, START_MS + 10 * MINUTE_MS);
    expect(history.map(({ openMs }) => (openMs - START_MS) / MINUTE_MS)).toEqual([0, 1, 2]);
    expect(history[0]).toEqual({ openMs: START_MS, open, high, low, close, volume });
  });

  test('gives history over many pages, each bar once', async () => {
    const many = waveBars(START_MS, MINUTE_MS, 2500, 50_000);
    for (const each of many) local.exchange.closeBar('BTCUSDT', each);
    local.exchange.clock.moveTo(START_MS + 2500 * MINUTE_MS);
    const history = await liveFeed(connection).history(SYMBOL, MINUTE_MS, START_MS, START_MS + 2400 * MINUTE_MS);
    expect(history.length).toBe(2400);
    expect(history.every(({ openMs }, i) => openMs === START_MS + i * MINUTE_MS)).toBe(true);
  });

  test('tells each bar when the venue says that it is closed', async () => {
    // The clock leaps from bar to bar: no deadline is meant to pass meanwhile.
    const { told, feed } = await follow({ patienceMs: 1e9, latenessMs: 1e9 });
    play(0, 1, 2);
    await told.until(isBar(2));
    expect(story(told)).toEqual(['bar 0', 'bar 1', 'bar 2']);
    // No look by REST was needed.
    expect(feed.counts.repairs).toBe(0);
  });

  test('tells the next bar although what follows from the one before is not over', async () => {
    const feed = liveFeed(connection, { ...QUICK, patienceMs: 1e9, latenessMs: 1e9 });
    const told = recorder<FeedEvent>();
    const sink = async (event: FeedEvent) => {
      await told.sink(event);
      if (event.type === 'bar') await new Promise(() => {});
    };
    following = feed.follow({ symbols: [SYMBOL], periodMs: MINUTE_MS, fromMs: START_MS }, sink, stop.signal);
    await until(() => local.server.subscriptions > 0);
    play(0, 1, 2);
    await told.until(isBar(2));
    expect(story(told)).toEqual(['bar 0', 'bar 1', 'bar 2']);
  });

  test('prices inside a bar are told before its end', async () => {
    const { told } = await follow({ patienceMs: 1e9, latenessMs: 1e9 });
    play(0);
    await told.until(isBar(0));
    const types = told.events.map(({ type }) => type);
    expect(types.slice(0, types.indexOf('bar'))).toContain('price');
    for (const event of told.events)
      if (event.type === 'price') expect(Math.abs(event.price - 50_000)).toBeLessThan(200);
  });

  test('an open bar is never told, however late it is; the first bar after it ends it', async () => {
    const { told } = await follow();
    openBar(local.exchange, 'BTCUSDT', bar(0));
    finishBar(local.exchange, 'BTCUSDT', bar(0), { silently: true });
    await told.until(({ type }) => type === 'stale', 100).catch(() => undefined);
    expect(bars(told)).toEqual([]);
    openBar(local.exchange, 'BTCUSDT', bar(1));
    await told.until(isBar(0));
    expect(bars(told)).toEqual(['bar 0']);
  });

  test('a bar without a word by its deadline is stale, once, and is told when it comes', async () => {
    const { told } = await follow();
    play(0);
    await told.until(isBar(0));
    local.exchange.clock.moveTo(START_MS + 2.5 * MINUTE_MS);
    await told.until(({ type }) => type === 'stale');
    await sleep(50);
    expect(story(told)).toEqual(['bar 0', 'stale']);
    openBar(local.exchange, 'BTCUSDT', bar(1));
    finishBar(local.exchange, 'BTCUSDT', bar(1));
    await told.until(isBar(1));
    expect(story(told)).toEqual(['bar 0', 'stale', 'bar 1']);
  });

  test('messages that come twice or the wrong way round change nothing', async () => {
    const { told, feed } = await follow();
    local.server.faults.addSocket('kline closed', { kind: 'twice', times: 2 });
    play(0, 1);
    local.server.faults.addSocket('kline closed', { kind: 'swap', times: 1 });
    play(2, 3, 4);
    await told.until(isBar(4));
    expect(bars(told)).toEqual(['bar 0', 'bar 1', 'bar 2', 'bar 3', 'bar 4']);
    expect(feed.counts.duplicates).toBe(2);
  });

  test('a closing message that is lost is made up for by REST', async () => {
    const { told, feed } = await follow();
    play(0);
    local.server.faults.addSocket('kline closed', { kind: 'lose', times: 1 });
    play(1, 2);
    await told.until(isBar(2));
    expect(bars(told)).toEqual(['bar 0', 'bar 1', 'bar 2']);
    expect(feed.counts.repairs).toBeGreaterThan(0);
  });

  test('a stream that is answered after REST has told what was missed is not taken for silent', async () => {
    play(0, 1, 2);
    // The answer waits for the message after it.
    local.server.faults.addSocket('answer', { kind: 'swap', times: 1 });
    const feed = liveFeed(connection, { ...QUICK });
    const told = recorder<FeedEvent>();
    following = feed.follow({ symbols: [SYMBOL], periodMs: MINUTE_MS, fromMs: START_MS }, told.sink, stop.signal);
    openBar(local.exchange, 'BTCUSDT', bar(3));
    await told.until(isBar(2));
    await until(() => local.server.subscriptions > 0);
    await sleep(50);
    finishBar(local.exchange, 'BTCUSDT', bar(3));
    await told.until(isBar(3));
    expect(bars(told)).toEqual(['bar 0', 'bar 1', 'bar 2', 'bar 3']);
    expect(story(told)).not.toContain('disconnected');
    expect(feed.counts.reconnects).toBe(0);
  });

  test('after a dropped socket the gap is filled before the next bar is told', async () => {
    const { told } = await follow();
    play(0);
    await told.until(isBar(0));
    local.server.dropSockets();
    play(1, 2, 3);
    await until(() => local.server.subscriptions > 0);
    play(4);
    await told.until(isBar(4));
    expect(bars(told)).toEqual(['bar 0', 'bar 1', 'bar 2', 'bar 3', 'bar 4']);
    await until(() => story(told).includes('reconnected'));
    expect(story(told).filter(line => /connected/.test(line))).toEqual(['disconnected', 'reconnected']);
  });

  test('a half-open socket: bars come by REST, and the silence ends the connection', async () => {
    const { told } = await follow();
    play(0);
    await told.until(isBar(0));
    local.server.freezeSockets();
    for (const index of [1, 2, 3]) {
      play(index);
      openBar(local.exchange, 'BTCUSDT', bar(index + 1));
      local.exchange.clock.moveTo(local.exchange.clock.now() + 20_000);
      await told.until(isBar(index));
      finishBar(local.exchange, 'BTCUSDT', bar(index + 1));
      local.exchange.listing('BTCUSDT').bars.pop();
    }
    await told.until(({ type }) => type === 'disconnected');
    expect(bars(told)).toEqual(['bar 0', 'bar 1', 'bar 2', 'bar 3']);
  });

  test('a bar that the venue does not have is said to be missing, after asking twice', async () => {
    const { told } = await follow();
    play(0);
    play(2);
    await told.until(isBar(2));
    expect(bars(told)).toEqual(['bar 0', 'missing 1', 'bar 2']);
    const asked = local.server.requests.filter(({ name }) => name === 'GET /api/v3/klines').length;
    expect(asked).toBeGreaterThanOrEqual(2);
  });

  test('a bar that has other values later is told as revised', async () => {
    const { told } = await follow();
    play(0, 1);
    const revised = venueBar([START_MS + MINUTE_MS, 50_084, 50_200, 49_000, 50_091, 9]);
    local.exchange.closeBar('BTCUSDT', revised);
    local.exchange.listing('BTCUSDT').bars.pop();
    play(2);
    await told.until(isBar(2));
    expect(bars(told)).toEqual(['bar 0', 'bar 1', 'revised 1', 'bar 2']);
  });

  test('a bar that cannot be is not told; REST is asked for a better one', async () => {
    const { told, feed } = await follow();
    play(0);
    openBar(local.exchange, 'BTCUSDT', bar(1));
    // Told by the stream with a high below its close, and listed rightly.
    const { exchange } = local;
    exchange.closeBar('BTCUSDT', venueBar([START_MS + MINUTE_MS, 50_084, 50_000, 49_000, 50_091, 9]));
    exchange.listing('BTCUSDT').bars.pop();
    exchange.listing('BTCUSDT').bars.push(bar(1));
    play(2);
    await told.until(isBar(2));
    expect(bars(told)).toEqual(['bar 0', 'bar 1', 'bar 2']);
    expect(feed.counts.unsound).toBe(1);
  });

  test('several instruments each have their own order', async () => {
    const { told } = await follow({}, [SYMBOL, 'ETH/USDT']);
    for (const index of [0, 1, 2]) {
      openBar(local.exchange, 'BTCUSDT', bar(index));
      openBar(local.exchange, 'ETHUSDT', bar(index));
      finishBar(local.exchange, 'ETHUSDT', bar(index));
      finishBar(local.exchange, 'BTCUSDT', bar(index));
    }
    await until(() => bars(told).length === 6);
    for (const symbol of [SYMBOL, 'ETH/USDT']) {
      const own = told.events.filter(event => 'symbol' in event && event.symbol === symbol && event.type === 'bar');
      expect(own.map(event => ('bar' in event ? (event.bar.openMs - START_MS) / MINUTE_MS : -1))).toEqual([0, 1, 2]);
    }
  });

  test('maintenance: nothing is told meanwhile, and all of it afterwards', async () => {
    const { told } = await follow();
    play(0);
    await told.until(isBar(0));
    local.server.maintenance = true;
    const asked = () => local.server.requests.filter(({ name }) => name === 'GET /api/v3/klines').length;
    const before = asked();
    local.server.dropSockets();
    play(1, 2);
    // Its streams are open again, and REST has been asked more than once.
    await until(() => local.server.subscriptions > 0 && asked() > before + 1);
    expect(bars(told)).toEqual(['bar 0']);
    local.server.maintenance = false;
    play(3);
    openBar(local.exchange, 'BTCUSDT', bar(4));
    await told.until(isBar(3));
    expect(bars(told)).toEqual(['bar 0', 'bar 1', 'bar 2', 'bar 3']);
  });

  test('the clock is told each time it is measured', async () => {
    const { told } = await follow();
    await connection.measureClock();
    expect(await told.until(({ type }) => type === 'clock')).toMatchObject({ uncertaintyMs: expect.any(Number) });
  });
});

test('bars of weeks, which begin on a Monday, and of three days are none that a run follows', async () => {
  for (const days of [3, 7])
    await expect(liveFeed(connection).history(SYMBOL, days * 86_400_000, START_MS, START_MS)).rejects.toThrow(
      'that a run can follow',
    );
});

test('however many perpetuals there are, settlements are asked for less often than 500 times in five minutes', () => {
  for (const instruments of [1, 8, 50, 200])
    for (const periodMs of [1000, 60_000, 3_600_000]) {
      const asked = (instruments * 300_000) / fundingEveryMs(periodMs, instruments);
      expect(asked).toBeLessThan(500);
    }
  expect(fundingEveryMs(60_000, 1)).toBe(15_000);
  expect(fundingEveryMs(3_600_000, 50)).toBe(60_000);
});
