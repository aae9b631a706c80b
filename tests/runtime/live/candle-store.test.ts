/** The candles that runs keep: whatever order they come in, one file that the loader reads; nothing twice, nothing lost. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { candleStore, periodName, type StoredMarket } from '../../../runtime/live/candle-store.ts';
import type { Feed, FeedEvent, LiveBar } from '../../../runtime/live/ports.ts';
import { storedFeed } from '../../../runtime/live/stored-feed.ts';

const MINUTE = 60_000;
const START = Date.UTC(2024, 0, 1);
const EVER = Number.POSITIVE_INFINITY;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vela-candles-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const market = (changes: Partial<StoredMarket> = {}): StoredMarket => ({
  folder,
  symbol: 'BTC/USDT',
  venue: 'binance',
  market: 'spot',
  periodMs: MINUTE,
  ...changes,
});
const told: string[] = [];
const open = (changes: Partial<StoredMarket> = {}) => candleStore(market(changes), what => told.push(what));

function bar(k: number, price = 100 + k / 7): LiveBar {
  return {
    openMs: START + k * MINUTE,
    open: price,
    high: price + 1,
    low: price - 1,
    close: price,
    volume: 1e-7 * (k + 1),
  };
}

describe('kept candles', () => {
  it('come back bit for bit, appended by two stores in turn', async () => {
    const [one, other] = [open(), open()];
    for (let k = 0; k < 20; k++) {
      one.append(bar(k));
      other.append(bar(k));
    }
    const bars = Array.from({ length: 20 }, (_, k) => bar(k));
    expect(await other.bars(0, EVER)).toEqual(bars);
    expect(await one.bars(bar(3).openMs, bar(7).openMs)).toEqual(bars.slice(3, 7));
    expect(one.path).toBe(join(folder, 'binance-spot-BTCUSDT-1m.csv'));
  });

  it('are one series whatever stretches are merged, in whatever order', async () => {
    const stretch = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }));
    await fc.assert(
      fc.asyncProperty(fc.array(stretch, { minLength: 1, maxLength: 6 }), async stretches => {
        rmSync(folder, { recursive: true, force: true });
        const store = open();
        const all = new Map<number, LiveBar>();
        for (const [from, length] of stretches) {
          const bars = Array.from({ length }, (_, i) => bar(from + i));
          for (const each of bars) all.set(each.openMs, each);
          await store.merge(bars);
        }
        expect(await open().bars(0, EVER)).toEqual([...all.values()].sort((a, b) => a.openMs - b.openMs));
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  it('lose the line that a crash cut off, and no other', async () => {
    const store = open();
    for (let k = 0; k < 5; k++) store.append(bar(k));
    appendFileSync(store.path, `${bar(5).openMs},10`);
    const again = open();
    again.append(bar(5));
    expect(await again.bars(0, EVER)).toEqual([0, 1, 2, 3, 4, 5].map(k => bar(k)));
  });

  it('are put aside when they cannot be read, and begin anew', async () => {
    const store = open();
    for (let k = 0; k < 5; k++) store.append(bar(k));
    writeFileSync(store.path, readFileSync(store.path, 'utf8').replace(',100,', ',what,'));
    expect(await open().bars(0, EVER)).toEqual([]);
    expect(told.at(-1)).toContain('what');
    expect(existsSync(`${store.path}.damaged-1`)).toBe(true);
    store.append(bar(9));
    expect(await open().bars(0, EVER)).toEqual([bar(9)]);
  });

  it('have marks and settlements beside them, and what was said later apart', async () => {
    const store = open({ symbol: 'BTC/USDT:USDT', venue: 'binanceusdm', market: 'linear' });
    const mark = { open: 1, high: 2, low: 0.5, close: 1.5 };
    store.append({ ...bar(0), mark });
    store.append(bar(1));
    store.append({ ...bar(2), mark });
    store.settlement({ timeMs: START, rate: -1e-7 });
    store.settlement({ timeMs: START, rate: -1e-7 });
    store.revise({ ...bar(1), close: 99 }, START + 5 * MINUTE);
    expect(await store.bars(0, EVER)).toEqual([{ ...bar(0), mark }, bar(1), { ...bar(2), mark }]);
    expect(readFileSync(join(folder, 'binance-usdm-BTCUSDT-funding.csv'), 'utf8')).toBe(
      `time,funding_rate\n${START},-1e-7\n`,
    );
    const revised = readFileSync(join(folder, 'binance-usdm-BTCUSDT-1m.revisions.jsonl'), 'utf8');
    expect(JSON.parse(revised)).toMatchObject({ time: bar(1).openMs, close: 99, received: START + 5 * MINUTE });
  });

  it('are named by the length of their bars', () => {
    expect([1000, MINUTE, 15 * MINUTE, 90 * MINUTE, 4 * 3_600_000, 86_400_000].map(periodName)).toEqual([
      '1s',
      '1m',
      '15m',
      '90m',
      '4h',
      '1d',
    ]);
  });
});

describe('a feed whose bars are kept', () => {
  function feedOf(bars: readonly LiveBar[], asked: number[][], events: readonly FeedEvent[] = []): Feed {
    return {
      history: async (_symbol, _periodMs, fromMs, toMs) => {
        asked.push([(fromMs - START) / MINUTE, (toMs - START) / MINUTE]);
        return bars.filter(({ openMs }) => openMs >= fromMs && openMs < toMs);
      },
      follow: async (_request, sink) => {
        for (const event of events) await sink(event);
      },
    };
  }
  const whole = Array.from({ length: 30 }, (_, k) => bar(k));

  it('asks the venue for one stretch, from the first hole to the last, and uses again what was used', async () => {
    const store = open();
    const used = { ...bar(3), close: 100.25 };
    await store.merge([bar(2), used, bar(4), bar(8), bar(9)]);
    const asked: number[][] = [];
    const cannotKeep = (why: string) => {
      throw new Error(why);
    };
    const feed = storedFeed({ feed: feedOf(whole, asked), storeOf: () => store, hasMarks: false, cannotKeep });
    const found = await feed.history('BTC/USDT', MINUTE, bar(2).openMs, bar(12).openMs);
    expect(asked).toEqual([[5, 12]]);
    expect(found).toEqual([bar(2), used, ...whole.slice(4, 12)]);
    expect(await feed.history('BTC/USDT', MINUTE, bar(2).openMs, bar(12).openMs)).toEqual(found);
    expect(asked.length).toBe(1);
  });

  it('goes on when nothing can be kept, and says so once', async () => {
    const store = open();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    const said: string[] = [];
    const heard: number[] = [];
    const events = whole
      .slice(0, 5)
      .map(each => ({ type: 'bar', symbol: 'BTC/USDT', bar: each, receivedMs: 0 }) as const);
    const feed = storedFeed({
      feed: feedOf([], [], events),
      storeOf: () => store,
      hasMarks: false,
      cannotKeep: why => said.push(why),
    });
    const request = { symbols: ['BTC/USDT'], periodMs: MINUTE, fromMs: START };
    await feed.follow(
      request,
      async event => void heard.push(event.type === 'bar' ? event.bar.openMs : 0),
      new AbortController().signal,
    );
    expect(heard.length).toBe(5);
    expect(said.length).toBe(1);
  });
});
