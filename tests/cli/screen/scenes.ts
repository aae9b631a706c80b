/** Runs to show: one of everything, and any that the types allow. */
import fc from 'fast-check';
import { onOneLine } from '../../../cli/live/screen/cells.ts';
import type { LogEntry } from '../../../cli/live/screen/log-lines.ts';
import type { Scene } from '../../../cli/live/screen/scene.ts';
import { NOTHING_COUNTED, type RunStatus } from '../../../runtime/live/status.ts';

export const NOW_MS = Date.UTC(2024, 2, 1, 14, 5, 9);

export const BUSY: RunStatus = {
  pid: 4711,
  strategy: 'Donchian breakout',
  mode: 'paper',
  venue: 'binance',
  account: 'main',
  state: 'running',
  degraded: [],
  startedMs: NOW_MS - 3 * 86_400_000,
  heartbeatMs: NOW_MS - 400,
  bars: 812,
  lastBarMs: NOW_MS - 3_909_000,
  currency: 'USDT',
  capital: 10_000,
  equity: 10_412.33,
  peakEquity: 10_500,
  dayStartEquity: 10_450,
  equityCurve: Array.from({ length: 240 }, (_, i) => 10_000 + i + 40 * Math.sin(i / 9)),
  fees: 12.3,
  funding: -1.2,
  trades: 34,
  fills: 70,
  slippage: { money: 3.1, bps: { count: 70, p50: 0.4, p99: 3 } },
  risk: {
    grossExposure: 0.93,
    netExposure: 0.21,
    own: {
      bars: 240,
      valueAtRisk95: 0.004,
      expectedShortfall95: 0.007,
      valueAtRisk99: 0.01,
      expectedShortfall99: 0.013,
    },
    held: null,
    correlations: [{ a: 'BTC/USDT', b: 'ETH/USDT', value: 0.91 }],
  },
  instruments: [
    {
      symbol: 'BTC/USDT',
      price: 64_120,
      lastBarMs: NOW_MS - 3_909_000,
      latenessMs: 380,
      isStale: false,
      position: 0.1213,
      entry: 64_000,
      unrealised: 14.56,
      stop: 62_000,
      targets: [66_000],
      foreign: 0,
    },
    {
      symbol: 'ETH/USDT',
      price: 3_400,
      lastBarMs: NOW_MS - 7_500_000,
      latenessMs: 900,
      isStale: true,
      position: -1.5,
      entry: 3_390,
      unrealised: -15,
      stop: 3_500,
      targets: [],
      foreign: 0,
    },
  ],
  orders: [
    {
      id: 9,
      symbol: 'BTC/USDT',
      role: 'stop',
      type: 'stop',
      side: 'sell',
      price: 62_000,
      quantity: 0.1213,
      status: 'working',
      clientId: 'vela-9f2c41',
    },
  ],
  signals: [
    {
      symbol: 'BTC/USDT',
      rule: 'breakout',
      // When its bar closed.
      timeMs: Math.floor((NOW_MS - 9e6) / 60_000) * 60_000,
      values: { price: 64_001.5, quantity: 0.1213, upper: 63_900 },
    },
  ],
  limits: [
    { name: 'exposure', value: 0.93, bound: 1, isHalted: false },
    { name: 'drawdown', value: 0.0083, bound: 0.3, isHalted: false },
    { name: 'daily loss', value: 0.05, bound: 0.05, isHalted: true },
  ],
  models: [
    {
      name: 'direction',
      version: '3f9a12',
      activeFromMs: NOW_MS - 86_400_000,
      latencyMs: { count: 812, p50: 2.1, p99: 8.8 },
      failures: 1,
      drift: 0.31,
      training: 'trains since 14:00',
    },
  ],
  counts: { ...NOTHING_COUNTED, placed: 70, lateBars: 2, reconnects: 1 },
  orderLatencyMs: { count: 70, p50: 2.4, p99: 11 },
  system: { rssBytes: 130e6, cpu: 0.04, eventLoopMs: { count: 100, p50: 0.1, p99: 3 }, freeDiskBytes: 9e9 },
};

export const LOG: readonly LogEntry[] = Array.from({ length: 40 }, (_, i) => ({
  timeMs: NOW_MS - 1000 * (40 - i),
  level: i % 8 === 7 ? 'warn' : 'info',
  text: `entry ${i} price=64 000`,
}));

export function scene(status: Partial<RunStatus> = {}, more: Partial<Scene> = {}): Scene {
  return {
    name: 'donchian-paper',
    status: { ...BUSY, ...status },
    isAlive: true,
    log: LOG,
    runs: 2,
    nowMs: NOW_MS,
    ...more,
  };
}

// ---------------------------------------------------------------- anything

/** Figures as a run that is well has them, and as no run should. */
const figure = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-12, 1e300, -1e300, 123_456_789_012.3),
);
const maybe = fc.option(figure, { nil: null });
/** Wide letters, emoji, joined ones, what combines, what a terminal obeys. */
const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom(
    '比特币/USDT',
    '🚀🌕',
    '👩‍👩‍👧‍👦/é',
    '\u001b[2J',
    'a\u0301b\u0300',
    '\u202eevil',
    'x'.repeat(200),
    'two\nlines\tand',
    '',
  ),
);
const quantiles = fc.record({ count: fc.nat(), p50: maybe, p99: maybe });
const tail = fc.option(
  fc.record({
    bars: fc.nat(),
    valueAtRisk95: figure,
    expectedShortfall95: figure,
    valueAtRisk99: figure,
    expectedShortfall99: figure,
  }),
  { nil: null },
);
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 12 });
const why = fc.option(word, { nil: undefined });

/** Leaves out what is undefined, as the types want it. */
function structured<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(structured) as T;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (one === undefined ? [] : [[name, structured(one)]])),
  ) as T;
}

const status: fc.Arbitrary<RunStatus> = fc
  .record({
    pid: fc.nat(),
    strategy: word,
    mode: fc.constantFrom('replay', 'paper', 'live'),
    venue: word,
    account: word,
    state: fc.constantFrom('starting', 'running', 'stopped', 'ended', 'failed'),
    why,
    degraded: some(
      fc.record({ code: fc.constantFrom('blind', 'stale', 'unprotected'), sinceMs: figure, symbol: why, text: word }),
    ),
    startedMs: figure,
    heartbeatMs: fc.oneof(figure, fc.constant(NOW_MS)),
    bars: figure,
    lastBarMs: maybe,
    currency: word,
    capital: figure,
    equity: figure,
    peakEquity: figure,
    dayStartEquity: figure,
    equityCurve: fc.array(figure, { maxLength: 300 }),
    fees: figure,
    funding: figure,
    trades: figure,
    fills: figure,
    slippage: fc.record({ money: figure, bps: quantiles }),
    risk: fc.record({
      grossExposure: figure,
      netExposure: figure,
      own: tail,
      held: tail,
      correlations: some(fc.record({ a: word, b: word, value: figure })),
    }),
    instruments: some(
      fc.record({
        symbol: word,
        price: maybe,
        lastBarMs: maybe,
        latenessMs: maybe,
        isStale: fc.boolean(),
        position: figure,
        entry: maybe,
        unrealised: figure,
        stop: maybe,
        targets: some(figure),
        foreign: figure,
        halted: why,
      }),
    ),
    orders: some(
      fc.record({
        id: fc.nat(),
        symbol: word,
        role: word,
        type: word,
        side: fc.constantFrom('buy', 'sell'),
        price: maybe,
        quantity: figure,
        status: word,
        clientId: word,
      }),
    ),
    signals: some(fc.record({ symbol: word, rule: word, timeMs: figure, values: fc.dictionary(word, figure) })),
    limits: some(fc.record({ name: word, value: figure, bound: figure, isHalted: fc.boolean() })),
    models: some(
      fc.record({
        name: word,
        version: word,
        activeFromMs: maybe,
        latencyMs: quantiles,
        failures: fc.nat(),
        drift: maybe,
        training: why,
      }),
    ),
    counts: fc.constant({ ...NOTHING_COUNTED, unknown: 3, errors: 1e21, reconnects: 4 }),
    orderLatencyMs: quantiles,
    system: fc.record({ rssBytes: figure, cpu: figure, eventLoopMs: quantiles, freeDiskBytes: maybe }),
  })
  .map(found => structured(found) as RunStatus);

const entry: fc.Arbitrary<LogEntry> = fc.record({
  timeMs: figure,
  level: fc.constantFrom('debug', 'info', 'warn', 'error'),
  // As the reader of the log gives it.
  text: word.map(onOneLine),
});

export const anyScene: fc.Arbitrary<Scene> = fc
  .record({
    name: word,
    status: fc.option(status, { nil: undefined }),
    stop: fc.option(fc.record({ by: word, atMs: figure, flatten: fc.boolean() }), { nil: undefined }),
    isAlive: fc.boolean(),
    log: fc.array(entry, { maxLength: 60 }),
    runs: fc.nat({ max: 5 }),
    nowMs: fc.constant(NOW_MS),
  })
  .map(found => structured(found) as Scene);
