/** A report's input of any size, from a seeded walk: what the HTML tests are written against. */
import type { Trade } from '../../../runtime/engine/result.ts';
import type { ReportInput } from '../../../runtime/report/report.ts';
import { measure } from '../../../runtime/report/statistics.ts';
import { aRun, aTrade, HOUR_MS, hourly } from './support.ts';

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface SampleSize {
  readonly bars: number;
  readonly tradeEvery?: number;
  readonly plots?: number;
}

export function sampleReport(
  { bars, tradeEvery = 60, plots = 2 }: SampleSize,
  changes: Partial<ReportInput> = {},
): ReportInput {
  const random = seeded(5);
  const startMs = Date.parse('2021-03-14T00:00:00Z');
  const column = () => new Float64Array(bars);
  const candles = { open: column(), high: column(), low: column(), close: column() };
  const equity = column();
  let price = 30_000;
  let worth = 10_000;
  for (let i = 0; i < bars; i++) {
    candles.open[i] = price;
    const move = (random() + random() + random() - 1.498) * 0.006;
    const close = price * (1 + move);
    candles.high[i] = Math.max(price, close) * (1 + random() * 0.003);
    candles.low[i] = Math.min(price, close) * (1 - random() * 0.003);
    candles.close[i] = close;
    if (i % tradeEvery > tradeEvery / 2) worth *= 1 + move * 0.8;
    equity[i] = worth;
    price = close;
  }
  const openTimes = Float64Array.from({ length: bars }, (_, i) => startMs + i * HOUR_MS);
  const closeTimes = openTimes.map(time => time + HOUR_MS);
  const trades = Array.from({ length: Math.floor(bars / tradeEvery) }, (_, i): Trade => {
    const entryTick = Math.floor(i * tradeEvery + tradeEvery / 2);
    const exitTick = Math.min(bars - 1, (i + 1) * tradeEvery);
    const entryPrice = candles.open[entryTick] ?? 0;
    const exitPrice = candles.open[exitTick] ?? 0;
    const profitRatio = (exitPrice / entryPrice - 1) * 0.98;
    return aTrade({
      entryTick,
      exitTick,
      entryTimeMs: openTimes[entryTick] ?? 0,
      exitTimeMs: openTimes[exitTick] ?? 0,
      entryPrice,
      exitPrice,
      quantity: 0.3,
      profit: profitRatio * entryPrice * 0.3,
      profitRatio,
      bars: exitTick - entryTick,
      reason: i % 3 === 0 ? 'stop' : 'signal',
    });
  });
  const result = aRun({
    equity,
    trades,
    ticksInMarket: bars / 2,
    totals: { fees: 120, slippage: 40, funding: -3, turnover: 150_000 },
  });
  const span = {
    period: hourly,
    startMs,
    openTimes,
    closeTimes,
    firstOpen: candles.open[0] ?? 0,
    closes: candles.close,
    candles,
  };
  return {
    title: 'SMA cross',
    symbol: 'BTC/USDT',
    venue: 'binance',
    period: hourly,
    source: { name: 'sma_cross.vela', text: '# A comment\nstrategy "SMA cross"\n\nevery 1h\n' },
    hashes: { plan: 'a'.repeat(64), data: 'b'.repeat(64), journal: 'c'.repeat(64) },
    version: '0.0.0',
    result,
    statistics: measure(result, span),
    span,
    plots: Array.from({ length: plots }, (_, k) => ({
      name: `plot${k}`,
      pane: k < 2 ? 'price' : `pane${k}`,
      values: candles.close.map((close, i) => (i < 50 ? Number.NaN : close * (1 + 0.01 * (k + 1)))),
    })),
    params: [{ name: 'fast', value: '20 bars', changed: false }],
    assumptions: [
      { topic: 'costs', label: 'Fees', value: '10 bp of each fill', caution: false },
      { topic: 'fills', label: 'Fill', value: 'at the next open', caution: false },
      { topic: 'data', label: 'Held bars', value: '12 bars, longest hole 3 h', caution: true },
    ],
    warnings: [],
    simulated: false,
    ...changes,
  };
}
