/** A venue to test against: its exchange, its server, a key, and the product's connection to it. */
import { type Connection, type ConnectionSettings, connect } from '../../runtime/exchange/ccxt/connection.ts';
import type { VenueProfile } from '../../runtime/exchange/ccxt/profile.ts';
import { BINANCE } from '../../runtime/exchange/ccxt/venues/binance.ts';
import { BINANCE_USDM } from '../../runtime/exchange/ccxt/venues/binanceusdm.ts';
import { COINBASE } from '../../runtime/exchange/ccxt/venues/coinbase.ts';
import { amount } from './amount.ts';
import type { BinanceKey, ToldTime } from './binance.ts';
import { binanceSpot } from './binance-spot.ts';
import { binanceUsdm, type UsdmControls } from './binance-usdm.ts';
import { type VenueClock, venueClock } from './clock.ts';
import { coinbase, coinbaseKey } from './coinbase.ts';
import { LocalExchange } from './exchange.ts';
import { perpetualMarket, spotMarket } from './market.ts';
import { startServer, type VenueServer } from './server.ts';

export const START_MS = Date.UTC(2024, 2, 1);
export const MINUTE_MS = 60_000;
/** Canaries: wherever one of them shows up, a key has leaked. */
export const KEY: BinanceKey = {
  key: 'CANARYKEYq8Zr2mVt7LxW4nKj9pYs3bHd6fGc1aEu',
  secret: 'CANARYSECRETw5Tg8yUj2kMn7bVc4xZa9sDf3gHq6pRe',
};

export interface TestVenue {
  readonly exchange: LocalExchange;
  readonly server: VenueServer;
  readonly told: ToldTime;
  readonly key: BinanceKey;
  connect(settings?: Partial<ConnectionSettings>): Promise<Connection>;
  close(): Promise<void>;
}

/**
 * Quick ones, so that tests of slow things are not slow. Not pings: a machine with other work stands still for a fifth of a
 * second now and then, and a stream whose two pings were not answered by then is taken for dead. Tests of that ask for it.
 */
export const QUICK = {
  requestTimeoutMs: 2000,
  readBudgetMs: 8000,
  pingEveryMs: 5000,
  reconnectFirstMs: 20,
  reconnectLongestMs: 200,
  reconcileEveryMs: 60_000,
  clockEveryMs: 60_000,
} as const;

export interface VenueSettings {
  readonly key?: BinanceKey;
  readonly frozen?: boolean;
  readonly periodMs?: number;
  /** What its clock begins with. */
  readonly startMs?: number;
  /** Instead of one that runs as this machine's, or stands still. */
  readonly clock?: VenueClock;
}

export async function spotVenue({
  key = KEY,
  frozen = false,
  periodMs = MINUTE_MS,
  startMs = START_MS,
  clock = venueClock(startMs, frozen),
}: VenueSettings = {}): Promise<TestVenue> {
  const exchange = new LocalExchange(clock, periodMs);
  exchange.list(spotMarket('BTCUSDT', 'BTC', 'USDT'), amount('50000'));
  exchange.list(
    spotMarket('ETHUSDT', 'ETH', 'USDT', { lot: amount('0.0001'), minQuantity: amount('0.0001') }),
    amount('2500'),
  );
  exchange.deposit('USDT', amount('10000'));
  const told = { aheadMs: 0 };
  const server = await startServer(binanceSpot(exchange, key, told), () => exchange.clock.now());
  return testVenue(exchange, server, told, BINANCE, key);
}

export interface UsdmVenue extends TestVenue {
  readonly controls: UsdmControls;
}

export async function usdmVenue({
  key = KEY,
  frozen = false,
  periodMs = MINUTE_MS,
  startMs = START_MS,
  clock = venueClock(startMs, frozen),
}: VenueSettings = {}): Promise<UsdmVenue> {
  const exchange = new LocalExchange(clock, periodMs);
  exchange.list(perpetualMarket('BTCUSDT', 'BTC', 'USDT'), amount('50000'));
  exchange.list(perpetualMarket('ETHUSDT', 'ETH', 'USDT', { tick: amount('0.01') }), amount('2500'));
  exchange.deposit('USDT', amount('10000'));
  const told = { aheadMs: 0 };
  const { protocol, controls } = binanceUsdm(exchange, key, told);
  const server = await startServer(protocol, () => exchange.clock.now());
  return { ...testVenue(exchange, server, told, BINANCE_USDM, key), controls };
}

export interface CoinbaseSettings extends Omit<VenueSettings, 'key'> {
  /** Of its key. */
  readonly canTransfer?: boolean;
}

export async function coinbaseVenue({
  canTransfer = false,
  frozen = false,
  periodMs = MINUTE_MS,
  startMs = START_MS,
  clock = venueClock(startMs, frozen),
}: CoinbaseSettings = {}): Promise<TestVenue> {
  const exchange = new LocalExchange(clock, periodMs);
  exchange.list(spotMarket('BTC-USD', 'BTC', 'USD', { feesInQuote: true, minNotional: amount('1') }), amount('50000'));
  exchange.deposit('USD', amount('10000'));
  const key = coinbaseKey(canTransfer);
  const server = await startServer(coinbase(exchange, key), () => exchange.clock.now());
  return testVenue(exchange, server, { aheadMs: 0 }, COINBASE, { key: key.name, secret: key.secret });
}

function testVenue(
  exchange: LocalExchange,
  server: VenueServer,
  told: ToldTime,
  profile: VenueProfile,
  key: BinanceKey,
): TestVenue {
  const connections: Connection[] = [];
  return {
    exchange,
    server,
    told,
    key,
    connect: async settings => {
      const connection = await connect({
        profile,
        keys: { apiKey: key.key, secret: key.secret, source: 'the test' },
        redirect: server.redirect,
        ...settings,
        pace: { ...QUICK, ...settings?.pace },
      });
      connections.push(connection);
      return connection;
    },
    close: async () => {
      for (const connection of connections) await connection.close();
      await server.close();
    },
  };
}
