/** The example strategies of `strategies/`, written out by hand for the naive trader, each with the data it runs on. */
import { sharedPath } from '../support/shared.ts';
import {
  type Candles,
  DAY,
  HOUR,
  lastComplete,
  type Marks,
  readCandles,
  readFunding,
  readMarks,
  slower,
} from './candles.ts';
import {
  atr,
  count,
  crossesAbove,
  crossesBelow,
  ema,
  highest,
  macd,
  rsi,
  sma,
  stdev,
  supertrendRising,
} from './indicators.ts';
import type { Entry, Idea } from './trader.ts';

export interface Example {
  /** File name in `strategies/` without its ending. */
  readonly name: string;
  readonly market: string;
  /** Paths for `--data`, `--mark`, `--funding`. */
  readonly data: readonly string[];
  readonly mark?: string;
  readonly funding?: string;
  /** Replaces the strategy's own. */
  readonly leverage?: number;
  readonly candles: () => Candles;
  readonly idea: (candles: Candles) => Idea;
}

const at = (values: readonly number[], index: number): number => values[index] ?? Number.NaN;
const returns = (x: readonly number[]): number[] => x.map((value, i) => value / at(x, i - 1) - 1);

const spotHour = (symbol: string): string => sharedPath(`data/spot-1h/binance-spot-${symbol}-1h.csv.gz`);
const perp = (name: string): string => sharedPath(`data/perp/binance-usdm-${name}.csv.gz`);
/** The two years with the most outages; all 2.1 million minutes with VELA_DEEP. */
const YEARS = process.env.VELA_DEEP ? [2019, 2020, 2021, 2022] : [2019, 2020];
const MINUTE_FILES = YEARS.map(year => sharedPath(`data/spot-1m/binance-spot-BTCUSDT-1m-${year}.csv.gz`));

/** Hourly spot candles, as bars of `step`. */
function spot(symbol: string, step = HOUR) {
  const data = [spotHour(symbol)];
  return { market: symbol, data, candles: () => readCandles(data, step, HOUR) };
}

/** Hourly candles, marks and funding; `from` and `to` are the first and last instant at which all three exist. */
function perpetual(symbol: string, from: number, to: number) {
  const data = [perp(`${symbol}-1h-trade`)];
  return {
    market: `${symbol} perpetual`,
    data,
    mark: perp(`${symbol}-1h-mark`),
    funding: perp(`${symbol}-funding`),
    candles: () => readCandles(data, HOUR, HOUR, from, to),
  };
}

/** The marks begin last and end first. */
const ETH_PERPETUAL = perpetual('ETHUSDT', Date.UTC(2019, 11, 23, 11), Date.UTC(2026, 4, 17, 7));
/** Funding begins last and speaks until eight hours after its last settlement. */
const BTC_PERPETUAL = perpetual('BTCUSDT', Date.UTC(2025, 2, 6, 16), Date.UTC(2025, 5, 3, 8));
const NEAR_PERPETUAL = perpetual('NEARUSDT', Date.UTC(2025, 4, 1), Date.UTC(2026, 4, 18, 12));
const DOGE_PERPETUAL = perpetual('DOGEUSDT', Date.UTC(2025, 4, 1), Date.UTC(2026, 4, 19, 6));

const TENTH_PERCENT = { maker: 0.001, taker: 0.001, leverage: 1, slippageIsRatio: true };

function when(condition: boolean, entry: () => Entry): readonly Entry[] {
  return condition ? [entry()] : [];
}

export function marksOf(example: Example, candles: Candles): Marks | undefined {
  return example.mark === undefined ? undefined : readMarks(example.mark, candles);
}
export function fundingOf(example: Example, candles: Candles): number[][] | undefined {
  return example.funding === undefined ? undefined : readFunding(example.funding, candles);
}

function smaCross({ close }: Candles): Idea {
  const quick = sma(close, 20);
  const trend = sma(close, 100);
  return {
    ...TENTH_PERCENT,
    slippage: () => 0.0002,
    entries: i =>
      when(crossesAbove(quick, trend, i), () => ({
        side: 'long',
        type: 'market',
        size: { share: 0.95 },
        protection: {},
      })),
    exits: i => (crossesBelow(quick, trend, i) ? ['any'] : []),
  };
}

function dipBuyer(candles: Candles, calmBelow: number, exposure: number, leverage: number): Idea {
  const { close, time } = candles;
  const day = slower(candles, DAY);
  const done = lastComplete(candles, day);
  const dayAverage = ema(day.close, 50);
  const daySpan = atr(day, 20);
  const strength = rsi(close, 14);
  const noise = stdev(returns(close), 26);
  const range = atr(candles, 14);
  let stops = 0;
  return {
    maker: 0.0002,
    taker: 0.0005,
    leverage,
    slippage: i => 0.05 * at(range, i),
    slippageIsRatio: false,
    caps: { exposure, dailyLoss: 0.02, drawdown: { limit: 0.12, action: 'flatten' } },
    pauses: (_, view) => (view.stoppedOut ? [8] : []),
    watch: (i, view) => {
      if (i === 0 || Math.floor(at(time, i) / DAY) !== Math.floor(at(time, i - 1) / DAY)) stops = 0;
      if (view.stoppedOut) stops++;
    },
    entries: i => {
      const yesterday = at(done, i);
      const bullish = at(day.close, yesterday) > at(dayAverage, yesterday);
      const dip = bullish && at(noise, i) < calmBelow && crossesBelow(strength, 28, i);
      const reach = (2 * at(daySpan, yesterday)) / 4;
      const ready = !Number.isNaN(reach) && !Number.isNaN(at(range, i));
      return when(dip && ready && stops < 3, () => ({
        side: 'long',
        type: 'limit',
        price: at(close, i) * (1 - 0.0001),
        expireBars: 2,
        size: { risk: 0.005 },
        protection: {
          stop: entry => entry - reach,
          targets: [{ share: 1, price: entry => entry + 1.5 * reach }],
          holdBars: 26,
        },
      }));
    },
    exits: i => (at(strength, i) > 55 ? ['long'] : []),
  };
}

function donchianBreakout(candles: Candles): Idea {
  const { high, close } = candles;
  const top = highest(high, 240);
  const ceiling = close.map((_, i) => at(top, i - 1));
  const range = atr(candles, 48);
  return {
    ...TENTH_PERCENT,
    slippage: () => 0.0002,
    caps: { exposure: 1, drawdown: { limit: 0.3, action: 'flatten' } },
    trail: { distance: i => 3 * at(range, i), isRatio: false },
    entries: i =>
      when(crossesAbove(close, ceiling, i) && !Number.isNaN(at(range, i)), () => ({
        side: 'long',
        type: 'market',
        size: { risk: 0.01 },
        protection: { stop: entry => entry - 3 * at(range, i) },
      })),
    exits: () => [],
  };
}

function macdTrend(candles: Candles): Idea {
  const day = slower(candles, DAY);
  const done = lastComplete(candles, day);
  const dayAverage = sma(day.close, 100);
  const { line, trigger } = macd(candles.close, 12, 26, 9);
  return {
    ...TENTH_PERCENT,
    slippage: () => 0.0002,
    entries: i => {
      const healthy = at(day.close, at(done, i)) > at(dayAverage, at(done, i));
      return when(healthy && crossesAbove(line, trigger, i), () => ({
        side: 'long',
        type: 'market',
        size: { share: 0.8 },
        protection: {
          stop: entry => entry * (1 - 0.04),
          targets: [
            { share: 0.5, price: entry => entry * (1 + 0.04) },
            { share: 0.5, price: entry => entry * (1 + 0.1) },
          ],
        },
      }));
    },
    exits: i => (crossesBelow(line, trigger, i) ? ['any'] : []),
  };
}

function bollingerSqueeze(candles: Candles): Idea {
  const { close, high } = candles;
  const middle = sma(close, 20);
  const deviation = stdev(close, 20);
  const upper = middle.map((value, i) => value + 2 * at(deviation, i));
  const average = ema(close, 20);
  const range = atr(candles, 20);
  const channel = average.map((value, i) => value + 1.5 * at(range, i));
  const squeezed = upper.map((value, i) => (Number.isNaN(value - at(channel, i)) ? undefined : value < at(channel, i)));
  const quiet = count(squeezed, 12);
  return {
    maker: 0.0008,
    taker: 0.001,
    leverage: 1,
    slippage: () => 0.0003,
    slippageIsRatio: true,
    pauses: (_, view) => (view.stoppedOut || view.timedOut ? [6] : []),
    trail: { distance: () => 0.04, isRatio: true, after: 0.03 },
    entries: i => {
      const released = at(close, i) > at(upper, i) && at(upper, i - 1) < at(channel, i - 1);
      return when(released && at(quiet, i) >= 6, () => ({
        side: 'long',
        type: 'stop',
        price: at(high, i) * (1 + 0.0005),
        expireBars: 4,
        size: { share: 0.6 },
        protection: { stop: () => at(middle, i) },
      }));
    },
    exits: i => (crossesBelow(close, middle, i) ? ['any'] : []),
  };
}

function rsiReversion(candles: Candles): Idea {
  const strength = rsi(candles.close, 14);
  const range = atr(candles, 24);
  return {
    maker: 0.0002,
    taker: 0.0005,
    leverage: 2,
    slippage: () => 0.0002,
    slippageIsRatio: true,
    caps: { exposure: 1, dailyLoss: 0.05 },
    pauses: (_, view) => (view.stoppedOut ? [12] : []),
    entries: i => {
      const reach = 2.5 * at(range, i);
      const ready = !Number.isNaN(reach);
      return [
        ...when(ready && crossesAbove(strength, 25, i), () => ({
          side: 'long' as const,
          type: 'market' as const,
          size: { share: 0.5 },
          protection: { stop: (entry: number) => entry - reach, holdBars: 72 },
        })),
        ...when(ready && crossesBelow(strength, 75, i), () => ({
          side: 'short' as const,
          type: 'market' as const,
          size: { share: 0.5 },
          protection: { stop: (entry: number) => entry + reach, holdBars: 72 },
        })),
      ];
    },
    exits: i => [
      ...(at(strength, i) > 55 ? (['long'] as const) : []),
      ...(at(strength, i) < 45 ? (['short'] as const) : []),
    ],
  };
}

const RETURN_TABLE = [
  [72, 0],
  [24, 0.01],
  [12, 0.02],
  [4, 0.04],
  [0, 0.06],
] as const;

function rsiBollingerDip(candles: Candles): Idea {
  const { close, volume } = candles;
  const strength = rsi(close, 14);
  const middle = sma(close, 20);
  const deviation = stdev(close, 20);
  const lower = middle.map((value, i) => value - 2 * at(deviation, i));
  const typical = sma(volume, 30);
  const stopped: boolean[] = [];
  const gainAfter = (heldMs: number): number => RETURN_TABLE.find(([hours]) => heldMs >= hours * HOUR)?.[1] ?? 0;
  return {
    ...TENTH_PERCENT,
    slippage: () => 0.0002,
    caps: { dailyLoss: 0.06 },
    trail: { distance: () => 0.01, isRatio: true, after: 0.03 },
    watch: (_, view) => {
      stopped.push(view.stoppedOut);
    },
    pauses: (_, view) => {
      const recent = stopped.length < 72 ? 0 : stopped.slice(-72).filter(Boolean).length;
      return [...(view.closed ? [2] : []), ...(view.stoppedOut ? [24] : []), ...(recent >= 2 ? [48] : [])];
    },
    entries: i => {
      const dip = at(strength, i) < 30 && crossesBelow(close, lower, i) && at(volume, i) > 0.5 * at(typical, i);
      return when(dip, () => ({
        side: 'long',
        type: 'market',
        size: { share: 0.33 },
        protection: {
          stop: entry => entry * (1 - 0.1),
          targets: [{ share: 1, price: (entry, heldMs) => entry * (1 + gainAfter(heldMs)) }],
        },
      }));
    },
    exits: i => (crossesAbove(strength, 70, i) ? ['long'] : []),
  };
}

function supertrend(candles: Candles): Idea {
  const quarter = slower(candles, 4 * HOUR);
  const done = lastComplete(candles, quarter);
  const rising = supertrendRising(quarter, 10, 3);
  const range = atr(quarter, 10);
  /** Undefined before the band exists. */
  const now = (i: number): boolean | undefined =>
    Number.isNaN(at(range, at(done, i))) ? undefined : rising[at(done, i)];
  const turnedUp = (i: number): boolean => now(i) === true && now(i - 1) === false;
  const turnedDown = (i: number): boolean => now(i) === false && now(i - 1) === true;
  const order = { type: 'market', size: { share: 0.9 }, protection: {} } as const;
  return {
    maker: 0.0002,
    taker: 0.0005,
    leverage: 2,
    slippage: () => 0.0002,
    slippageIsRatio: true,
    entries: i => [
      ...when(turnedUp(i), () => ({ ...order, side: 'long' })),
      ...when(turnedDown(i), () => ({ ...order, side: 'short' })),
    ],
    exits: i => [...(turnedDown(i) ? (['long'] as const) : []), ...(turnedUp(i) ? (['short'] as const) : [])],
  };
}

function volatilityTarget({ close }: Candles): Idea {
  const trend = ema(close, 90);
  const deviation = stdev(
    close.map((value, i) => Math.log(value / at(close, i - 1))),
    42,
  ).map(value => value * Math.sqrt(2190));
  return {
    ...TENTH_PERCENT,
    slippage: () => 0.0002,
    caps: { exposure: 1, drawdown: { limit: 0.35, action: 'halt' } },
    entries: i => {
      const share = Math.min(0.3 / at(deviation, i), 1);
      return when(crossesAbove(close, trend, i) && share > 0, () => ({
        side: 'long',
        type: 'market',
        size: { share },
        protection: {},
      }));
    },
    exits: i => (crossesBelow(close, trend, i) ? ['any'] : []),
  };
}

/** Every example strategy on the data that it is made for. */
export const EXAMPLES: readonly Example[] = [
  { name: 'sma_cross', ...spot('BTCUSDT'), idea: smaCross },
  {
    name: 'dip_buyer',
    market: `the minutes of ${YEARS.length} years`,
    data: MINUTE_FILES,
    candles: () => readCandles(MINUTE_FILES, 15 * 60_000, 60_000),
    idea: candles => dipBuyer(candles, 0.004, 1, 1),
  },
  { name: 'dip_buyer_perp', ...ETH_PERPETUAL, idea: candles => dipBuyer(candles, 0.015, 1.5, 3) },
  { name: 'donchian_breakout', ...spot('BTCUSDT'), idea: donchianBreakout },
  { name: 'macd_trend', ...spot('BTCUSDT'), idea: macdTrend },
  { name: 'bollinger_squeeze', ...spot('BTCUSDT'), idea: bollingerSqueeze },
  { name: 'rsi_reversion', ...ETH_PERPETUAL, idea: rsiReversion },
  { name: 'rsi_bollinger_dip', ...spot('ETHUSDT'), idea: rsiBollingerDip },
  { name: 'supertrend', ...BTC_PERPETUAL, idea: supertrend },
  { name: 'volatility_target', ...spot('BTCUSDT', 4 * HOUR), idea: volatilityTarget },
];

const geared = (idea: Idea, leverage: number): Idea => ({ ...idea, leverage });

/**
 * The same ideas where more happens to the account: wild markets, and leverage at which positions are liquidated. Not the
 * averages of coins with few decimals: there two averages are often exactly equal, and which one a double puts first
 * depends on how it was summed.
 */
export const ROUGHER: readonly Example[] = [
  { name: 'donchian_breakout', ...spot('SOLUSDT'), idea: donchianBreakout },
  { name: 'macd_trend', ...spot('DOGEUSDT'), idea: macdTrend },
  { name: 'rsi_bollinger_dip', ...spot('XRPUSDT'), idea: rsiBollingerDip },
  { name: 'volatility_target', ...spot('AVAXUSDT', 4 * HOUR), idea: volatilityTarget },
  { name: 'rsi_reversion', ...NEAR_PERPETUAL, leverage: 20, idea: candles => geared(rsiReversion(candles), 20) },
  { name: 'supertrend', ...DOGE_PERPETUAL, leverage: 50, idea: candles => geared(supertrend(candles), 50) },
  { name: 'supertrend', ...ETH_PERPETUAL, leverage: 5, idea: candles => geared(supertrend(candles), 5) },
  { name: 'dip_buyer_perp', ...DOGE_PERPETUAL, leverage: 50, idea: candles => dipBuyer(candles, 0.015, 1.5, 50) },
];
