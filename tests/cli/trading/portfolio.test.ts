/** A portfolio of two instruments at the local venue: on paper as the backtest on the kept candles, live as the venue's books. */
import { afterEach, describe, expect, it } from 'vitest';
import { text } from '../../venue/amount.ts';
import { venueBar } from '../../venue/market.ts';
import { finishBar, openBar, playBar } from '../../venue/play.ts';
import { START_MS, type TestVenue, usdmVenue } from '../../venue/start.ts';
import { HOUR_MS, type Process, type Project, project, start } from './support.ts';

const STRATEGY = `strategy "Pair"

universe pair = "BTC/USDT:USDT", "ETH/USDT:USDT" on binance
every 1h

let strength = close / sma(close, 5) - 1
let weight   = if strength > 0 then 0.3 else 0

rebalance every 4h to weight across pair { band: 2% }

execution { fee: 5bp  slippage: 1bp  funding: ignored }
`;
const MARKETS = { BTCUSDT: 50_000, ETHUSDT: 2500 } as const;

let local: TestVenue | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

const barOf = (market: keyof typeof MARKETS, k: number) => {
  const base = MARKETS[market];
  const phase = market === 'BTCUSDT' ? 0 : 2;
  const level = (n: number) => Math.round(base * 10 * (1 + 0.01 * Math.sin((n + phase) / 3))) / 10;
  const [open, close] = [level(k - 1), level(k)];
  return venueBar([START_MS + k * HOUR_MS, open, Math.max(open, close), Math.min(open, close), close, 8]);
};
const names = Object.keys(MARKETS) as (keyof typeof MARKETS)[];

function past({ local: { exchange } }: Project, to: number): void {
  for (let k = 0; k < to; k++) for (const market of names) playBar(exchange, market, barOf(market, k));
}

async function follow(run: Process, { local: { exchange } }: Project, from: number, to: number): Promise<void> {
  await run.connected();
  for (let k = from; k < to; k++) {
    for (const market of names) openBar(exchange, market, barOf(market, k));
    for (const market of names) finishBar(exchange, market, barOf(market, k));
    await run.consumed(k + 1);
    if (k === from) await run.connected();
    await run.settled();
  }
}

describe('a portfolio', () => {
  it.each(['paper', 'live'] as const)('of two perpetuals runs %s', { timeout: 60_000 }, async mode => {
    local = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
    const { exchange } = local;
    const at = project(local, 'binanceusdm', STRATEGY);
    past(at, 12);
    const first = start(at, mode);
    await first.consumed(11);
    await follow(first, at, 12, 24);
    await first.end();
    const second = start(at, mode);
    await second.consumed(23);
    await follow(second, at, 24, 40);
    const { opened } = await second.end();
    expect(opened.result().fills.length).toBeGreaterThan(4);
    if (mode === 'paper') return expect(exchange.trades).toEqual([]);
    expect(opened.result().fills.length).toBe(exchange.trades.length);
    names.forEach((market, instrument) => {
      const held = Number(text(exchange.position(market).quantity));
      expect(opened.trader.position(instrument).quantity).toBeCloseTo(held, 9);
    });
  });
});
