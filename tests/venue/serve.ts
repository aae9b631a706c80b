/**
 * A venue on this machine to try paper and live runs at, with prices that go up and down and money that is worth nothing:
 *
 *   npm run venue                         Binance spot, bars of a minute
 *   npm run venue -- binanceusdm 1s       Binance USD-M, bars of a second
 *   npm run venue -- coinbase
 *
 * It speaks the venue's own protocol, checks signatures, and ends with Ctrl-C.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Amount, amountOf } from './amount.ts';
import type { LocalExchange } from './exchange.ts';
import { coinbaseVenue, spotVenue, type TestVenue, usdmVenue, type VenueSettings } from './start.ts';

interface Kind {
  readonly open: (settings: VenueSettings) => Promise<TestVenue>;
  /** As the venue, and as a strategy, calls the market. */
  readonly id: string;
  readonly instrument: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  binance: { open: spotVenue, id: 'BTCUSDT', instrument: '"BTC/USDT" on binance' },
  binanceusdm: { open: usdmVenue, id: 'BTCUSDT', instrument: '"BTC/USDT:USDT" on binance' },
  // Of minutes only, as the venue's shortest.
  coinbase: { open: coinbaseVenue, id: 'BTC-USD', instrument: '"BTC/USD" on coinbase' },
};
const PERIODS: Readonly<Record<string, number>> = { '1s': 1000, '1m': 60_000 };
/** Bars that are there from the start, for strategies to warm up on. */
const PAST = 2000;
/** Prices of a bar, one after another. */
const STEPS = 12;

const [name = 'binance', every = '1m'] = process.argv.slice(2);
const kind = KINDS[name];
const periodMs = PERIODS[every];
if (kind === undefined || periodMs === undefined) {
  console.error(`usage: npm run venue -- [${Object.keys(KINDS).join('|')}] [${Object.keys(PERIODS).join('|')}]`);
  process.exit(2);
}
const venue = await kind.open({ periodMs, startMs: Date.now() });
const walk = walkFrom(50_000);
pastBars(venue.exchange, kind.id, walk);
console.log(introduction(venue));
await live(venue.exchange, kind.id, walk);

function introduction({ server, key }: TestVenue): string {
  return `${name} on ${server.redirect}, bars of ${every}: instrument ${kind?.instrument}

config/system.yaml:
  system:
    venues:
      ${name}: { account: ${name}-play, redirect: "${server.redirect}" }

keys, for --live:
  export VELA_${name.toUpperCase()}_PLAY_KEY='${key.key}'
  export VELA_${name.toUpperCase()}_PLAY_SECRET='${key.secret.trim().replaceAll('\n', '\\n')}'
`;
}

/** A walk with a slow wave in it, the same each time. */
function walkFrom(start: number): () => number {
  let price = start;
  let seed = 20_240_301;
  let at = 0;
  return () => {
    // A linear congruential generator: Numerical Recipes, 3rd edition, §7.1.
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    at += 1;
    const noise = seed / 2 ** 32 - 0.5;
    price *= 1 + noise * 0.0016 + 0.0004 * Math.sin(at / 90);
    return Math.round(price * 10) / 10;
  };
}

function pastBars(exchange: LocalExchange, symbol: string, next: () => number): void {
  const endMs = Math.floor(exchange.clock.now() / exchange.periodMs) * exchange.periodMs;
  for (let openMs = endMs - PAST * exchange.periodMs; openMs < endMs; openMs += exchange.periodMs) {
    const prices = Array.from({ length: STEPS }, next);
    const [open = 0, close = 0] = [prices[0], prices.at(-1)];
    const [high, low] = [Math.max(...prices), Math.min(...prices)];
    const bar = { open, high, low, close, volume: STEPS };
    const amounts = Object.fromEntries(Object.entries(bar).map(([field, value]) => [field, amountOf(value)]));
    exchange.closeBar(symbol, { openMs, ...(amounts as Record<keyof typeof bar, Amount>) });
  }
}

async function live(exchange: LocalExchange, symbol: string, next: () => number): Promise<never> {
  const { clock, periodMs } = exchange;
  const beginning = () => Math.floor(clock.now() / periodMs) * periodMs;
  // A timer may ring a millisecond early: no bar comes twice.
  for (let openMs = beginning(); ; openMs = Math.max(beginning(), openMs + periodMs)) {
    const open = amountOf(next());
    const volume = amountOf(1);
    exchange.openBar(symbol, { openMs, open, high: open, low: open, close: open, volume });
    for (let step = 1; step < STEPS; step++) {
      await sleep(Math.max(0, openMs + (step / STEPS) * periodMs - clock.now()));
      exchange.touch(symbol, amountOf(next()), volume);
    }
    await sleep(Math.max(0, openMs + periodMs - clock.now()));
    const { current } = exchange.listing(symbol);
    if (current === undefined) throw new Error('the bar is gone');
    exchange.closeBar(symbol, { ...current, volume: amountOf(STEPS) });
  }
}
