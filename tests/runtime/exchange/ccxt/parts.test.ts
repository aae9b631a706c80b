/** The parts of the client that need no venue: redirection, request weight, venue time, decimal text. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { venueTime } from '../../../../runtime/exchange/ccxt/clock.ts';
import { connect } from '../../../../runtime/exchange/ccxt/connection.ts';
import { NotSent } from '../../../../runtime/exchange/ccxt/errors.ts';
import { decimalText } from '../../../../runtime/exchange/ccxt/facts.ts';
import { limiter } from '../../../../runtime/exchange/ccxt/limiter.ts';
import { parseRedirect, redirected, redirectedUrls } from '../../../../runtime/exchange/ccxt/redirect.ts';
import { spansOf } from '../../../../runtime/exchange/ccxt/spans.ts';
import { BINANCE } from '../../../../runtime/exchange/ccxt/venues/binance.ts';

describe('redirection', () => {
  test.each(['127.0.0.1:8123', '127.0.0.2:1', 'localhost:65535', '[::1]:80'])('takes %s', address => {
    expect(parseRedirect(address)).toBe(address);
  });

  test.each([
    '192.168.0.1:80',
    '10.0.0.1:80',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:70000',
    'example.com:80',
    '127.0.0.1.example.com:80',
    'localhost.example.com:80',
    'user@127.0.0.1:80',
    '127.0.0.1:80/path',
    '0.0.0.0:80',
  ])('refuses %s', async address => {
    expect(() => parseRedirect(address)).toThrow(/this machine only/);
    await expect(connect({ profile: BINANCE, redirect: address })).rejects.toThrow(/this machine only/);
  });

  test('keeps host, port and path behind the address', () => {
    const at = '127.0.0.1:8123';
    expect(redirected('https://api.binance.com/api/v3/time?a=1', at)).toBe(
      'http://127.0.0.1:8123/api.binance.com/api/v3/time?a=1',
    );
    expect(redirected('wss://stream.binance.com:9443/ws', at)).toBe('ws://127.0.0.1:8123/stream.binance.com:9443/ws');
    expect(() => redirected('http://api.binance.com/', at)).toThrow();
    expect(redirectedUrls({ a: { b: 'wss://h/p' }, c: 1, d: 'text' }, at)).toEqual({
      a: { b: `ws://${at}/h/p` },
      c: 1,
      d: 'text',
    });
  });
});

describe('request weight', () => {
  const settings = { weightPerMinute: 100, reserve: 0.2, pauseMs: 60_000, longestWaitMs: 10_000 };

  function at(startMs: number) {
    let now = startMs;
    let sleptMs = 0;
    const limits = limiter(
      settings,
      () => now,
      async ms => {
        sleptMs += ms;
        now += ms;
      },
    );
    const advance = (ms: number) => {
      now += ms;
    };
    return { limits, slept: () => sleptMs, advance };
  }

  test('a ban lasts as long as it does, though the venue turns out to live in another hour', async () => {
    const { limits, advance } = at(7_200_000);
    limits.refused(5000, true);
    // The clock of this machine, by which the ban was told, was two hours ahead.
    advance(-7_200_000);
    limits.clockMoved(-7_200_000);
    expect(limits.blindUntilMs).toBe(5000);
    await expect(limits.take(1, 'protection')).rejects.toThrow(NotSent);
    advance(5000);
    expect(limits.blindUntilMs).toBe(0);
    await limits.take(1, 'ordinary');
  });

  test('what is ordinary stops before the reserve, protection after it, and a new minute is a new account', async () => {
    const { limits, advance } = at(0);
    for (let i = 0; i < 72; i++) await limits.take(1, 'ordinary');
    await expect(limits.take(1, 'ordinary')).rejects.toThrow(NotSent);
    for (let i = 0; i < 18; i++) await limits.take(1, 'protection');
    await expect(limits.take(1, 'protection')).rejects.toThrow(NotSent);
    advance(60_000);
    await limits.take(72, 'ordinary');
  });

  test('what is ordinary waits for the next minute when that is near', async () => {
    const { limits, slept } = at(55_000);
    await limits.take(72, 'ordinary');
    await limits.take(10, 'ordinary');
    expect(slept()).toBe(5000);
  });

  test('what others have used counts', async () => {
    const { limits } = at(0);
    limits.reported(80);
    await expect(limits.take(1, 'ordinary')).rejects.toThrow(/used up/);
    await limits.take(10, 'protection');
  });

  test('what was used of a minute that is over does not count for the next', async () => {
    const { limits, advance } = at(59_950);
    advance(100);
    // Sent before it ended, or when the venue's clock may still have been in it.
    limits.reported(95, 59_950);
    limits.reported(95, 60_050);
    await limits.take(1, 'protection');
    advance(1500);
    limits.reported(95, 61_500);
    await expect(limits.take(1, 'protection')).rejects.toThrow(/used up/);
  });

  test('a pause holds back what is ordinary; a ban everything', async () => {
    const { limits, slept, advance } = at(0);
    limits.refused(2000, false);
    await limits.take(1, 'protection');
    await limits.take(1, 'ordinary');
    expect(slept()).toBe(2000);
    limits.refused(30_000, true);
    expect(limits.blindUntilMs).toBe(32_000);
    await expect(limits.take(1, 'protection')).rejects.toThrow(/shut this address out/);
    advance(31_000);
    expect(limits.blindUntilMs).toBe(0);
    await limits.take(1, 'protection');
  });
});

describe('calls that are counted by the second', () => {
  const ORDERS = { calls: { place: 1 }, most: 10, perMs: 10_000 };

  function at(...clocks: readonly (() => number)[]) {
    const waits: number[] = [];
    let passes = () => {};
    const take = spansOf([ORDERS], clocks, 0, async ms => {
      waits.push(ms);
      passes();
    });
    const onWait = (does: () => void) => {
      passes = does;
    };
    return { take, waits, onWait };
  }

  test('what is ordinary leaves a part for protection, which waits for the next span', async () => {
    let now = 0;
    const { take, waits, onWait } = at(() => now);
    for (let i = 0; i < 8; i++) await take('place', 'ordinary');
    await expect(take('place', 'ordinary')).rejects.toThrow(NotSent);
    for (let i = 0; i < 2; i++) await take('place', 'protection');
    await take('cancel', 'ordinary');
    waits.length = 0;
    onWait(() => {
      now += 1000;
    });
    await take('place', 'protection');
    expect([waits.length, now]).toEqual([10, 10_000]);
  });

  test('a clock that stands still keeps nobody waiting', async () => {
    let real = 0;
    const { take, waits } = at(
      () => 0,
      () => real,
    );
    for (let i = 0; i < 10; i++) await take('place', 'protection');
    real = 10_000;
    await take('place', 'protection');
    expect(waits).toEqual([]);
  });
});

test('venue time is as far off as half of the round trip, whatever the machine’s clock says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.array(fc.tuple(fc.nat(400), fc.nat(400)), { minLength: 3, maxLength: 3 }),
      async (machineAheadMs, delays) => {
        let ticks = 0;
        let asked = 0;
        const theirs = () => 1_700_000_000_000 + ticks;
        const time = venueTime(
          async () => {
            const [there = 0, back = 0] = delays[asked++] ?? [];
            ticks += there;
            const answer = theirs();
            ticks += back;
            return answer;
          },
          () => ticks,
          () => theirs() + machineAheadMs,
        );
        const { uncertaintyMs, offsetMs } = await time.measure();
        expect(Math.abs(time.now() - theirs())).toBeLessThanOrEqual(uncertaintyMs);
        expect(Math.abs(offsetMs + machineAheadMs)).toBeLessThanOrEqual(uncertaintyMs + 1);
        expect(uncertaintyMs).toBe(Math.min(...delays.slice(0, asked).map(([a, b]) => (a + b) / 2)));
      },
    ),
  );
});

test('steps as decimal text: no exponent, no zeros behind', () => {
  expect([1e-8, 0.01, 0.5, 1, 10, 100].map(decimalText)).toEqual(['0.00000001', '0.01', '0.5', '1', '10', '100']);
});
