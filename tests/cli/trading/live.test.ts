/** `vela run --live` at the local venues, through the real client: what the run believes is what the venue has. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readStop, resetStop, writeStop } from '../../../runtime/live/folder.ts';
import { amount, text } from '../../venue/amount.ts';
import { type VenueBar, venueBar } from '../../venue/market.ts';
import { finishBar, openBar, playBar } from '../../venue/play.ts';
import { coinbaseVenue, START_MS, spotVenue, type TestVenue, usdmVenue } from '../../venue/start.ts';
import { HOUR_MS, KEYS, type Process, type Project, project, start } from './support.ts';

interface Market {
  readonly venue: string;
  readonly open: () => Promise<TestVenue>;
  /** As the strategy, and as the venue, writes it. */
  readonly instrument: string;
  readonly id: string;
  readonly every: string;
  readonly fee: string;
  readonly execution: string;
  /** A bar is known to be over only when the next one has begun. */
  readonly lag: 0 | 1;
  /** What it holds of the base coin, or of the contract. */
  readonly held: (local: TestVenue) => number;
}

const frozen = { frozen: true, periodMs: HOUR_MS };
const balanceOf = (currency: string) => (local: TestVenue) => Number(text(local.exchange.total(currency)));

const MARKETS: Readonly<Record<string, Market>> = {
  'a perpetual of Binance': {
    venue: 'binanceusdm',
    open: () => usdmVenue(frozen),
    instrument: '"BTC/USDT:USDT" on binance',
    id: 'BTCUSDT',
    every: '1h',
    fee: '5bp',
    execution: 'funding: ignored  leverage: 2',
    lag: 0,
    held: ({ exchange }) => Number(text(exchange.position('BTCUSDT').quantity)),
  },
  'spot at Binance, with fees in the coin that is bought': {
    venue: 'binance',
    open: () => spotVenue(frozen),
    instrument: '"BTC/USDT" on binance',
    id: 'BTCUSDT',
    every: '1h',
    fee: '10bp',
    execution: '',
    lag: 0,
    held: balanceOf('BTC'),
  },
  'spot at Coinbase': {
    venue: 'coinbase',
    open: () => coinbaseVenue({ frozen: true }),
    instrument: '"BTC/USD" on coinbase',
    id: 'BTC-USD',
    every: '1m',
    fee: '10bp',
    execution: '',
    lag: 1,
    held: balanceOf('BTC'),
  },
};

const strategy = ({ instrument, every, fee, execution }: Market) => `strategy "Steps"

instrument ${instrument}
every ${every}

let mean = sma(close, 5)

when close crosses above mean enter long { size: 40% of equity  stop: entry - 900 }
when close crosses below mean exit

execution { fee: ${fee}  slippage: 1bp  ${execution} }
`;

let local: TestVenue | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

const level = (n: number) => 50_000 + Math.round(400 * Math.sin(n / 2.5));

function barOf({ local: { exchange } }: Project, k: number): VenueBar {
  const [open, close] = [level(k - 1), level(k)];
  const prices = [open, Math.max(open, close) + 20, Math.min(open, close) - 20, close] as const;
  return venueBar([START_MS + k * exchange.periodMs, ...prices, 8]);
}

function step(at: Project, { id }: Market, k: number): void {
  playBar(at.local.exchange, id, barOf(at, k));
}

/** Bar by bar, each time until the run has taken it in and nothing is under way; gives the bar behind the last one. */
async function follow(run: Process, at: Project, market: Market, from: number, goesOn: (k: number) => boolean) {
  await run.connected();
  let k = from;
  for (; goesOn(k); k++) {
    const bar = barOf(at, k);
    openBar(at.local.exchange, market.id, bar);
    // The bar before it is over now, if it was not before; what it leads to happens at this open.
    await run.consumed(k);
    await run.settled();
    finishBar(at.local.exchange, market.id, bar);
    if (market.lag === 0) await run.consumed(k + 1);
    if (k === from) await run.connected();
    await run.settled();
  }
  return k;
}

/** Of what is rounded off by the venue's steps. */
const DIGITS = 7;

describe('vela run --live', () => {
  it.each(Object.entries(MARKETS))(
    'trades %s, protects it there, and goes on after a restart',
    { timeout: 60_000 },
    async (_, market) => {
      const venue = await market.open();
      local = venue;
      const { exchange } = venue;
      const at = project(venue, market.venue, strategy(market));
      let protectedTimes = 0;
      const stops = () => exchange.openOrders(market.id).filter(({ trigger }) => trigger !== undefined);
      const agree = (run: Process) => () => {
        const { quantity, dust = 0 } = run.view().opened.trader.position(0);
        expect(quantity + dust).toBeCloseTo(market.held(venue), DIGITS);
        expect(exchange.openOrders(market.id).length).toBe(quantity === 0 ? 0 : 1);
        if (quantity === 0) return;
        protectedTimes += 1;
        expect(stops().map(stop => Number(text(stop.quantity)))).toEqual([expect.closeTo(quantity, 4)]);
      };
      for (let k = 0; k < 12; k++) step(at, market, k);
      const first = start(at, 'live', { environment: keysFor(venue) });
      await first.consumed(11);
      const isHeld = () => first.view().opened.trader.position(0).quantity > 0;
      const away = await follow(first, at, market, 12, k => {
        if (k > 12) agree(first)();
        return k < 20 || !isHeld();
      });
      const { status } = await first.end();
      expect(status).toMatchObject({ mode: 'live', venue: market.venue, account: 'rehearsal', capital: 10_000 });
      // Its process is gone; the position is held, and protected where it is.
      expect(stops().length).toBe(1);
      for (let k = away; k < away + 3; k++) step(at, market, k);
      const second = start(at, 'live', { environment: keysFor(venue) });
      await second.consumed(away + 2);
      await follow(second, at, market, away + 3, k => {
        if (k > away + 3) agree(second)();
        return k < 48;
      });
      const { opened, status: last } = await second.end();
      expect(protectedTimes).toBeGreaterThan(8);
      const fills = opened.result().fills;
      expect(fills.length).toBe(exchange.trades.length);
      expect(fills.length).toBeGreaterThanOrEqual(5);
      const money = opened.trader.currency;
      const worth = market.venue === 'binanceusdm' ? unrealised(venue) : market.held(venue) * level(47 - market.lag);
      // Dust of fees in the coin stands in the books at what it cost.
      expect(last.equity).toBeCloseTo(Number(text(exchange.total(money))) + worth, market.venue === 'binance' ? 1 : 4);
    },
  );

  it.each(Object.entries(MARKETS))(
    'finds that %s was stopped out while it was away',
    { timeout: 60_000 },
    async (_, market) => {
      const venue = await market.open();
      local = venue;
      const { exchange } = venue;
      const at = project(venue, market.venue, strategy(market));
      for (let k = 0; k < 12; k++) step(at, market, k);
      const first = start(at, 'live', { environment: keysFor(venue) });
      await first.consumed(11);
      const isHeld = () => first.view().opened.trader.position(0).quantity > 0;
      const away = await follow(first, at, market, 12, () => !isHeld());
      await first.end();
      const stop = exchange.openOrders(market.id).find(({ trigger }) => trigger !== undefined);
      const price = Number(text(stop?.trigger ?? 0n));
      const openMs = (k: number) => START_MS + k * exchange.periodMs;
      playBar(exchange, market.id, venueBar([openMs(away), price + 400, price + 400, price - 50, price + 100, 8]));
      playBar(exchange, market.id, venueBar([openMs(away + 1), price + 100, price + 150, price + 90, price + 100, 8]));
      const second = start(at, 'live', { environment: keysFor(venue) });
      await second.consumed(away + 1);
      await second.settled();
      const { quantity, dust = 0 } = second.view().opened.trader.position(0);
      expect(quantity).toBe(0);
      expect(dust).toBeCloseTo(market.held(venue), DIGITS);
      expect(exchange.openOrders(market.id)).toEqual([]);
      expect(second.said()).toContain('missed fill');
      const { opened } = await second.end();
      expect(opened.result().fills.map(({ reason }) => reason)).toEqual(['entry', 'stop']);
    },
  );

  it('closes what it holds when a person stops it so, and stays stopped over a restart', {
    timeout: 60_000,
  }, async () => {
    const market = MARKETS['a perpetual of Binance'];
    if (market === undefined) throw new Error('there is no such market');
    const venue = await market.open();
    local = venue;
    const { exchange } = venue;
    const at = project(venue, market.venue, strategy(market));
    for (let k = 0; k < 12; k++) step(at, market, k);
    const first = start(at, 'live');
    await first.consumed(11);
    const isHeld = () => market.held(venue) > 0;
    const held = await follow(first, at, market, 12, () => !isHeld());
    const folder = { path: join(at.folder, '.vela/runs/s-live') };
    writeStop(folder, { by: 'test', atMs: 0, flatten: true });
    await first.until(({ state }) => state === 'stopped' && !isHeld());
    await first.settled();
    expect(exchange.openOrders(market.id)).toEqual([]);
    const trades = exchange.trades.length;
    const later = await follow(first, at, market, held, k => k < held + 20);
    await first.end();
    const second = start(at, 'live');
    await second.consumed(later - 1);
    const last = await follow(second, at, market, later, k => k < later + 16);
    expect(exchange.trades.length).toBe(trades);
    resetStop(folder);
    await second.until(({ state }) => state === 'running');
    await follow(second, at, market, last, k => k < last + 20 && !isHeld());
    expect(isHeld()).toBe(true);
    await second.end();
  });

  it('closes what an entry fills after a person has stopped it so', { timeout: 60_000 }, async () => {
    const market = MARKETS['a perpetual of Binance'];
    if (market === undefined) throw new Error('there is no such market');
    const venue = await market.open();
    local = venue;
    const { exchange } = venue;
    const rests = `strategy "Rests"
instrument ${market.instrument}
every 1h
when close > 0 enter long { at: limit 40000  expire: 90 bars  size: 0.01 base  stop: 30000 }
execution { fee: 5bp  slippage: 1bp  ${market.execution} }
`;
    const at = project(venue, market.venue, rests);
    for (let k = 0; k < 12; k++) step(at, market, k);
    const run = start(at, 'live');
    await run.consumed(11);
    await follow(run, at, market, 12, () => exchange.openOrders(market.id).length === 0);
    // The venue takes no cancel of it.
    const answer = { status: 400, body: '{"code":-2011,"msg":"Unknown order sent."}' };
    venue.server.faults.add({ on: 'DELETE /fapi/v1/order', when: 'before', answer, times: 1000 });
    const folder = { path: join(at.folder, '.vela/runs/s-live') };
    writeStop(folder, { by: 'test', atMs: 0, flatten: true });
    await run.until(({ state }) => state === 'stopped');
    expect(exchange.openOrders(market.id)).toHaveLength(1);
    exchange.move(market.id, amount('39990'));
    expect(market.held(venue)).toBe(0.01);
    await run.until(({ opened }) => opened.trader.tradeCount === 1 && market.held(venue) === 0);
    await run.settled();
    expect(exchange.openOrders(market.id)).toEqual([]);
    expect(run.notices.filter(({ what }) => what === 'stopped')).toHaveLength(2);
    await run.end();
  });

  it('stops by a signal although that cannot be written down', { timeout: 60_000 }, async () => {
    const market = MARKETS['a perpetual of Binance'];
    if (market === undefined) throw new Error('there is no such market');
    const venue = await market.open();
    local = venue;
    const at = project(venue, market.venue, strategy(market));
    for (let k = 0; k < 12; k++) step(at, market, k);
    const run = start(at, 'live');
    await run.consumed(11);
    const folder = join(at.folder, '.vela/runs/s-live');
    const inTheWay = join(folder, `stop.${process.pid}.part`);
    mkdirSync(inTheWay);
    run.kill();
    await run.until(({ state }) => state === 'stopped');
    expect(readStop({ path: folder })).toBeUndefined();
    rmdirSync(inTheWay);
    await run.until(() => readStop({ path: folder })?.by === 'signal');
    await run.end();
  });
});

function unrealised({ exchange }: TestVenue): number {
  const { quantity, entry } = exchange.position('BTCUSDT');
  return Number(text(quantity)) * (level(47) - Number(text(entry)));
}

function keysFor({ key }: TestVenue): Readonly<Record<string, string>> {
  return { ...KEYS, VELA_REHEARSAL_KEY: key.key, VELA_REHEARSAL_SECRET: key.secret };
}
