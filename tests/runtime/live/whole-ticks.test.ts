/** Bars of several instruments as whole ticks, however they come. */
import { describe, expect, it } from 'vitest';
import type { Feed, FeedEvent, LiveBar, Sink } from '../../../runtime/live/ports.ts';
import { usualLateness, wholeTicks } from '../../../runtime/live/whole-ticks.ts';

const MINUTE_MS = 60_000;
const SYMBOLS = ['A', 'B', 'C'];
const REQUEST = { symbols: SYMBOLS, periodMs: MINUTE_MS, fromMs: 0 };

const barAt = (tick: number): LiveBar => ({ openMs: tick * MINUTE_MS, open: 1, high: 1, low: 1, close: 1, volume: 1 });
const bar = (symbol: string, tick: number): FeedEvent => {
  return { type: 'bar', symbol, bar: barAt(tick), receivedMs: (tick + 1) * MINUTE_MS + 5 };
};

/** A feed that tells what it is given, and a clock that is set by hand. */
function gathered() {
  const told: string[] = [];
  let tell: Sink<FeedEvent> = async () => {};
  const source: Feed = {
    history: async () => [],
    follow: (_, sink, signal) => {
      tell = sink;
      return new Promise(resolve => signal.addEventListener('abort', () => resolve()));
    },
  };
  const clock = { nowMs: 0 };
  const end = new AbortController();
  const sink: Sink<FeedEvent> = async event => {
    const openMs = event.type === 'bar' ? event.bar.openMs : event.type === 'missing' ? event.openMs : Number.NaN;
    const symbol = 'symbol' in event ? event.symbol : '';
    told.push(
      `${event.type} ${symbol} ${event.type === 'revised' ? event.bar.openMs / MINUTE_MS : openMs / MINUTE_MS}`,
    );
  };
  const lateness = { ms: 5000, now: () => clock.nowMs };
  const following = wholeTicks(source, lateness).follow(REQUEST, sink, end.signal);
  return {
    told,
    clock,
    tell: (event: FeedEvent) => tell(event),
    looked: () => new Promise(resolve => setTimeout(resolve, 250)),
    end: async () => {
      end.abort();
      await following;
    },
  };
}

describe('bars of several instruments', () => {
  it('are told a tick at a time in the order of the instruments, whoever comes first', async () => {
    const { tell, told, end } = gathered();
    for (const event of [bar('C', 0), bar('A', 0), bar('A', 1), bar('B', 0), bar('C', 1), bar('B', 1)])
      await tell(event);
    await end();
    expect(told).toEqual(['bar A 0', 'bar B 0', 'bar C 0', 'bar A 1', 'bar B 1', 'bar C 1']);
  });

  it('that are not there when their lateness has passed are missing, and revisions when they come', async () => {
    const { tell, told, clock, looked, end } = gathered();
    await tell(bar('A', 0));
    await tell(bar('C', 0));
    clock.nowMs = MINUTE_MS + 4999;
    await looked();
    expect(told).toEqual([]);
    clock.nowMs = MINUTE_MS + 5000;
    await looked();
    expect(told).toEqual(['bar A 0', 'missing B 0', 'bar C 0']);
    await tell(bar('B', 0));
    for (const symbol of SYMBOLS) await tell(bar(symbol, 1));
    await end();
    expect(told.slice(3)).toEqual(['revised B 0', 'bar A 1', 'bar B 1', 'bar C 1']);
  });

  it('are told although what follows from the tick before is not over', async () => {
    const told: string[] = [];
    let tell: Sink<FeedEvent> = async () => {};
    const source: Feed = {
      history: async () => [],
      follow: async (_, sink) => {
        tell = sink;
      },
    };
    const sink: Sink<FeedEvent> = event => {
      if (event.type === 'bar') told.push(`${event.symbol} ${event.bar.openMs / MINUTE_MS}`);
      return new Promise(() => {});
    };
    await wholeTicks(source).follow(REQUEST, sink, new AbortController().signal);
    for (const tick of [0, 1]) for (const symbol of SYMBOLS) void tell(bar(symbol, tick));
    expect(told).toEqual(['A 0', 'B 0', 'C 0', 'A 1', 'B 1', 'C 1']);
  });

  it('wait while none of them has come: then it is the feed that is silent', async () => {
    const { tell, told, clock, looked, end } = gathered();
    clock.nowMs = 10 * MINUTE_MS;
    await looked();
    expect(told).toEqual([]);
    await tell({ type: 'missing', symbol: 'B', openMs: 0, receivedMs: clock.nowMs });
    await looked();
    expect(told).toEqual([]);
    await tell(bar('A', 0));
    clock.nowMs += 5000;
    await looked();
    await end();
    expect(told).toEqual(['bar A 0', 'missing B 0', 'missing C 0']);
  });

  it('do not wait for one that is silent although the one that was told has none of its own', async () => {
    const { tell, told, clock, looked, end } = gathered();
    clock.nowMs = 2 * MINUTE_MS;
    // Nobody traded it for a minute; the others are not heard of any more.
    await tell({ type: 'missing', symbol: 'A', openMs: 0, receivedMs: clock.nowMs });
    await tell(bar('A', 1));
    clock.nowMs += 5000;
    await looked();
    await end();
    expect(told).toEqual(['missing A 0', 'missing B 0', 'missing C 0', 'bar A 1', 'missing B 1', 'missing C 1']);
  });

  it('that a feed tells one instrument after another, after a gap, are none of them missing', async () => {
    const { tell, told, clock, looked, end } = gathered();
    clock.nowMs = 60 * MINUTE_MS;
    for (const tick of [0, 1, 2]) await tell(bar('A', tick));
    clock.nowMs += 3000;
    await looked();
    for (const symbol of ['C', 'B']) for (const tick of [0, 1, 2]) await tell(bar(symbol, tick));
    await end();
    expect(told.filter(words => !words.startsWith('bar'))).toEqual([]);
    expect(told).toHaveLength(9);
  });

  it('lets what is not a bar through at once, and an error out', async () => {
    const { tell, told, end } = gathered();
    await tell(bar('A', 0));
    await tell({ type: 'disconnected', why: 'test' });
    expect(told).toEqual(['disconnected  NaN']);
    await end();
    const failing: Feed = { history: async () => [], follow: async () => Promise.reject(new Error('closed for good')) };
    const following = wholeTicks(failing, { ms: 1, now: () => 0 }).follow(
      REQUEST,
      async () => {},
      new AbortController().signal,
    );
    await expect(following).rejects.toThrow('closed for good');
  });

  it('have less time than a tick has that can still be decided on', () => {
    for (const periodMs of [MINUTE_MS, 60 * MINUTE_MS, 1440 * MINUTE_MS]) {
      const latest = Math.min(periodMs / 5, MINUTE_MS);
      expect(usualLateness(periodMs, () => 0).ms).toBeLessThan(latest / 1.5);
    }
  });
});
