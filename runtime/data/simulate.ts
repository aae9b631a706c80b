/**
 * A simulated market for demonstrations and tests: no file, no network, the same bars from the same seed on every machine.
 * It is not real data and everything made from it says so.
 *
 * Three regimes (rising, falling, sideways) follow one another with random lengths. The deviation of the steps clusters
 * (a GARCH(1,1) recurrence), and each bar is walked in small steps, so that open, high, low and close belong together.
 * Only integer arithmetic, + - * / and the square root are used: all exact by IEEE 754, no library function that differs
 * between machines.
 */
import type { Period } from '../../language/check/program.ts';
import { assembleMarket, type MarketInstrument } from './assemble.ts';
import { barsOf, hashColumns, type ImportedBars, measure } from './import.ts';
import type { MarketSeries } from './series.ts';

export interface SimulatedMarket {
  readonly seed: number;
  readonly bars: number;
  readonly periodMs: number;
  /** Opening of the first bar; 2022-01-01 unless given. */
  readonly startMs?: number;
  readonly startPrice?: number;
}

const DEFAULT_START_MS = 1_640_995_200_000;
const DEFAULT_START_PRICE = 30_000;
const YEAR_MS = 31_557_600_000;
/** Yearly deviation of the sideways regime; crypto majors had 50 to 80 %. */
const YEARLY_DEVIATION = 0.55;
const STEPS_A_BAR = 16;
/** Mean length of a regime. */
const REGIME_MS = 12 * 86_400_000;

interface Regime {
  /** Yearly drift of the price, as a ratio. */
  readonly drift: number;
  /** Factor on the deviation. */
  readonly deviation: number;
}
const REGIMES: readonly Regime[] = [
  { drift: 2.8, deviation: 0.9 },
  { drift: -2.2, deviation: 1.25 },
  { drift: 0, deviation: 0.7 },
];
/** Weights of the variance recurrence: news, memory; the rest pulls back to the mean. */
const NEWS = 0.08;
const MEMORY = 0.9;

/** The bars alone. `files` of the result names the simulator instead of a path. */
export function simulateBars(market: SimulatedMarket): ImportedBars {
  const { bars, periodMs, startMs = DEFAULT_START_MS, startPrice = DEFAULT_START_PRICE } = market;
  const random = generator(market.seed);
  const columns = Array.from({ length: 6 }, () => new Float64Array(bars));
  const [times, open, high, low, close, volume] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const stepsAYear = (YEAR_MS / periodMs) * STEPS_A_BAR;
  const meanVariance = (YEARLY_DEVIATION * YEARLY_DEVIATION) / stepsAYear;
  const regimeChange = Math.min(1, periodMs / REGIME_MS);
  let regime = REGIMES[2] ?? { drift: 0, deviation: 1 };
  let variance = meanVariance;
  let price = startPrice;
  for (let bar = 0; bar < bars; bar++) {
    if (random() < regimeChange) regime = REGIMES[Math.floor(random() * REGIMES.length)] ?? regime;
    const first = price;
    let [top, bottom, moved] = [price, price, 0];
    for (let step = 0; step < STEPS_A_BAR; step++) {
      const shock = Math.sqrt(variance) * bell(random);
      const change = Math.max(-0.2, Math.min(0.2, regime.drift / stepsAYear + regime.deviation * shock));
      variance = (1 - NEWS - MEMORY) * meanVariance + NEWS * shock * shock + MEMORY * variance;
      price *= 1 + change;
      moved += Math.abs(change);
      if (price > top) top = price;
      if (price < bottom) bottom = price;
    }
    times[bar] = startMs + bar * periodMs;
    open[bar] = toCents(first);
    high[bar] = toCents(top);
    low[bar] = toCents(bottom);
    close[bar] = toCents(price);
    // Busy bars are those that move; the rest is chance.
    const usual = Math.sqrt(meanVariance) * STEPS_A_BAR;
    volume[bar] = Math.round(40_000 * (0.3 + moved / usual) * (0.5 + random())) / 1000;
  }
  const counts = { ...measure(columns, bars, periodMs), duplicates: 0, unfinishedLast: false };
  return barsOf(columns, bars, periodMs, hashColumns('bars', columns, bars), [simulationText(market)], counts);
}

/** A whole series, as `loadMarket` gives it. The bars are of the base clock's own length. */
export function simulateMarket(
  instrument: MarketInstrument,
  clocks: readonly Period[],
  market: Omit<SimulatedMarket, 'periodMs'>,
): MarketSeries {
  const [base] = clocks;
  if (base?.kind !== 'fixed') throw new Error('the simulator needs a base clock of fixed length');
  return assembleMarket({ instrument, clocks, bars: simulateBars({ ...market, periodMs: base.ms }) });
}

export function simulationText(market: { readonly seed: number }): string {
  return `simulated candles (seed ${market.seed}), not real market data`;
}

/** Prices have two decimals and never reach zero. */
function toCents(price: number): number {
  return Math.max(1, Math.round(price * 100)) / 100;
}

/** About standard normal: the sum of twelve uniform numbers less six. */
function bell(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

/** Uniform numbers in [0, 1): the sfc32 generator (Chris Doty-Humphrey, PractRand), seeded with one integer. */
function generator(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, (seed / 4_294_967_296) | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}
