/** A portfolio of two instruments at the local venue: on paper as the backtest on the kept candles, live as the venue's books. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { dryText } from '../../../cli/live/dry.ts';
import { plainPaint } from '../../../cli/terminal.ts';
import { text } from '../../venue/amount.ts';
import { venueBar } from '../../venue/market.ts';
import { finishBar, openBar, playBar } from '../../venue/play.ts';
import { START_MS, type TestVenue, usdmVenue } from '../../venue/start.ts';
import { dry, HOUR_MS, type Process, type Project, project, refusal, start } from './support.ts';

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

/** Of an order of the run, by its own id. */
const isLookup = ({ name, params }: TestVenue['server']['requests'][number]) =>
  name.endsWith('GET /fapi/v1/order') && 'origClientOrderId' in params;

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
    const asked = () => at.local.server.requests.filter(isLookup).length;
    const before = asked();
    const second = start(at, mode);
    await second.consumed(23);
    // What never had a stop needs none back: nobody asks what became of all that it ever ordered.
    expect(asked()).toBe(before);
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

  it('says once, in words, that nothing protects it while it is away', { timeout: 60_000 }, async () => {
    local = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
    const at = project(local, 'binanceusdm', STRATEGY);
    past(at, 12);
    const words = 'a portfolio has no stops: while the run is down nothing at the venue protects what it holds';
    const found = await dry(at, 'live');
    expect(found.unprotected).toContain(words);
    expect(dryText(found, plainPaint)).toContain(`Unprotected           ${words}`);
    expect(await dry(at, 'paper')).not.toHaveProperty('unprotected');
    const run = start(at, 'live');
    await run.consumed(11);
    await follow(run, at, 12, 14);
    await run.end();
    expect(run.said().split(words)).toHaveLength(2);
  });

  it('that was edited goes on where a person says so', { timeout: 60_000 }, async () => {
    local = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
    const { exchange } = local;
    const at = project(local, 'binanceusdm', STRATEGY);
    past(at, 12);
    const first = start(at, 'live', { capital: '5000' });
    await first.consumed(11);
    await follow(first, at, 12, 24);
    const { opened: before } = await first.end();
    const held = names.map(market => Number(text(exchange.position(market).quantity)));
    expect(held.some(quantity => quantity > 0)).toBe(true);
    const placed = exchange.orders.length;
    writeFileSync(join(at.folder, 's.vela'), STRATEGY.replace('then 0.3', 'then 0.2'));
    const refused = await refusal(start(at, 'live', { capital: '5000' }).over);
    expect(refused.code).toBe('other-plan');
    expect(refused.text).toContain('--adopt keep');
    const second = start(at, 'live', { capital: '5000', texts: { adopt: 'keep' } });
    await second.consumed(23);
    expect(exchange.orders.length).toBe(placed);
    expect(second.said()).toContain('edited strategy takes the journal over');
    names.forEach((market, instrument) => {
      expect(second.view().opened.trader.position(instrument).quantity).toBeCloseTo(held[instrument] ?? 0, 9);
      expect(second.said()).toContain(`${market.slice(0, 3)}/USDT:USDT`);
    });
    await follow(second, at, 24, 40);
    const { opened } = await second.end();
    expect(opened.binding.runId).toBe(before.binding.runId);
    expect(opened.trader.tradeCount).toBeGreaterThan(before.trader.tradeCount);
    names.forEach((market, instrument) => {
      const quantity = Number(text(exchange.position(market).quantity));
      expect(opened.trader.position(instrument).quantity).toBeCloseTo(quantity, 9);
      const price = Number(text(exchange.listing(market).price));
      expect((quantity * price) / opened.trader.account.equity).toBeLessThan(0.25);
    });
  });
});
