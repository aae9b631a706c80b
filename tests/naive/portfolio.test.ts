/**
 * The portfolio engine against a naive one that shares no code with it: on the real dailies with a momentum portfolio of
 * members of different ages, and on random markets with holes, listings that end, limits, shorts and funding.
 */
import { describe, expect, test } from 'vitest';
import { openKernelRun } from '../../compiler/index.ts';
import type { ValueRef } from '../../compiler/plan.ts';
import { runPortfolio } from '../../runtime/backtest.ts';
import { loadMarkets } from '../../runtime/data/load-many.ts';
import { instrumentsOf } from '../../runtime/lane.ts';
import type { PortfolioResult } from '../../runtime/portfolio/result.ts';
import { randomOf } from '../support/scenario.ts';
import { type PortfolioScript, type ScriptedMember, scriptedPortfolio } from '../support/scripted-portfolio.ts';
import { type Bar, fixed, HOUR_MS } from '../support/scripted-run.ts';
import { describeWithShared, sharedPath } from '../support/shared.ts';
import { type Candles, DAY, readCandles } from './candles.ts';
import { type NaiveMember, type NaiveOutcome, type NaiveRules, tradePortfolio } from './portfolio-trader.ts';
import { planOf } from './product.ts';

const TOLERANCE = 1e-9;

function isClose(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}

/** The first thing that differs, as both have it. */
function firstDifference(naive: NaiveOutcome, result: PortfolioResult) {
  const fills = result.members
    .flatMap((member, number) => member.fills.map(fill => ({ member: number, ...fill })))
    .toSorted((a, b) => a.tick - b.tick);
  for (let i = 0; i < Math.max(fills.length, naive.fills.length); i++) {
    const [a, b] = [naive.fills.toSorted(byTick)[i], fills.toSorted(byTick)[i]];
    const same =
      a !== undefined &&
      b !== undefined &&
      a.tick === b.tick &&
      a.member === b.member &&
      a.side === b.side &&
      isClose(a.price, b.price) &&
      isClose(a.quantity, b.quantity) &&
      isClose(a.fee, b.fee);
    if (!same) return { fill: i, naive: a, engine: b };
  }
  const tick = naive.equity.findIndex((value, t) => !isClose(value, result.equity[t]));
  return tick < 0 ? undefined : { tick, naive: naive.equity[tick], engine: result.equity[tick] };
}

const byTick = (a: { tick: number; member: number }, b: { tick: number; member: number }) =>
  a.tick - b.tick || a.member - b.member;

/** `caps`, `band` and costs as a script has them. */
function scriptedRules(rules: NaiveRules): Pick<PortfolioScript, 'fixed' | 'caps' | 'band' | 'execution'> {
  const values: number[] = [];
  const ref = (value: number): ValueRef => fixed(values.push(value) - 1);
  const caps = (['position', 'gross', 'turnover'] as const).flatMap(name => {
    const limit = rules[name];
    return limit === undefined ? [] : [{ name, limit: ref(limit), action: { kind: 'reduce' } as const }];
  });
  return {
    caps,
    band: ref(rules.band),
    execution: {
      taker: ref(rules.fee),
      slippage: ref(rules.slippage),
      ...(!rules.spot && { leverage: ref(100), funding: 'data' as const }),
    },
    fixed: values,
  };
}

// ---------------------------------------------------------------- the real dailies

const NAMES = ['ADA', 'AVAX', 'BCH', 'BNB', 'BTC', 'DOGE', 'DOT', 'ETH', 'LINK', 'LTC', 'SOL', 'SUI', 'TRX', 'XRP'];

/** Members on one calendar, with the weights of a momentum portfolio: the better half, in equal parts. */
function momentum(candles: readonly Candles[], length: number, firstMs: number): NaiveMember[] {
  const offsets = candles.map(({ time }) => ((time[0] ?? 0) - firstMs) / DAY);
  const value = (member: number, tick: number, column: 'open' | 'close') =>
    candles[member]?.[column][tick - (offsets[member] ?? 0)] ?? Number.NaN;
  const weights: number[][] = candles.map(() => []);
  for (let t = 0; t < length; t++) {
    const gains = candles.map((_, m) => value(m, t, 'close') / value(m, t - 90, 'close') - 1);
    const present = gains.filter(gain => !Number.isNaN(gain)).toSorted((a, b) => b - a);
    const chosen = Math.floor(present.length / 2);
    const cut = present[chosen - 1] ?? Infinity;
    gains.forEach((gain, m) => {
      weights[m]?.push(Number.isNaN(gain) ? Number.NaN : gain >= cut ? 1 / chosen : 0);
    });
  }
  return candles.map((_, m) => {
    const column = (name: 'open' | 'close') => Array.from({ length }, (_, t) => value(m, t, name));
    const real = Array.from(
      { length },
      (_, t) => !Number.isNaN(value(m, t, 'close')) && candles[m]?.held[t - (offsets[m] ?? 0)] === false,
    );
    return { open: column('open'), close: column('close'), real, end: length, weight: weights[m] ?? [] };
  });
}

describeWithShared('on the dailies of fourteen coins', () => {
  const file = (name: string) => sharedPath(`data/spot-1d/binance-spot-${name}USDT-1d.csv.gz`);
  test.each<NaiveRules>([
    { capital: 10_000, fee: 0.0005, slippage: 0.0005, band: 0, spot: true },
    { capital: 10_000, fee: 0.001, slippage: 0.001, band: 0.02, spot: true, position: 0.25, gross: 0.9, turnover: 0.3 },
  ])('a momentum portfolio with band $band', async rules => {
    const candles = NAMES.map(name => readCandles([file(name)], DAY));
    const firstMs = Math.min(...candles.map(({ time }) => time[0] ?? 0));
    const endMs = Math.max(...candles.map(({ time }) => (time.at(-1) ?? 0) + DAY));
    const length = (endMs - firstMs) / DAY;
    const members = momentum(candles, length, firstMs);
    // Every Sunday's close ends a week.
    const weekEnds = Array.from({ length }, (_, t) => t).filter(t => new Date(firstMs + t * DAY).getUTCDay() === 0);
    const naive = tradePortfolio(members, new Set(weekEnds), rules);

    const instruments = NAMES.map(name => ({
      symbol: `${name}/USDT`,
      venue: 'binance',
      market: 'spot' as const,
      gaps: 'hold' as const,
      maxGapMs: 2 * DAY,
    }));
    const set = await loadMarkets({
      instruments,
      clocks: [{ kind: 'fixed', ms: DAY, anchorMs: 0 }],
      data: NAMES.map(file),
      cacheDir: false,
    });
    const script: PortfolioScript = {
      members: members.map(({ weight }, m) => ({ symbol: `${NAMES[m]}/USDT`, bars: [], weights: weight })),
      at: weekEnds,
      blockTicks: 100,
      length,
      ...scriptedRules(rules),
    };
    const result = runPortfolio(scriptedPortfolio(script).run, set, { capital: rules.capital });
    expect(firstDifference(naive, result)).toBeUndefined();
    expect(result.equity).toHaveLength(length);
    expect(naive.fills.length).toBeGreaterThan(1000);
    expect(result.counts.cuts).toBe(naive.cuts);
  });
});

/** The example `momentum_portfolio`, spelt out: the better half by a quarter's gain, weighed by calm. */
function exampleWeights(candles: readonly Candles[], length: number, firstMs: number): number[][] {
  const offsets = candles.map(({ time }) => ((time[0] ?? 0) - firstMs) / DAY);
  const close = (member: number, tick: number) => candles[member]?.close[tick - (offsets[member] ?? 0)] ?? Number.NaN;
  const weights: number[][] = candles.map(() => []);
  for (let t = 0; t < length; t++) {
    const gains = candles.map((_, m) => close(m, t) / close(m, t - 90) - 1);
    const places = gains.map(gain => {
      const present = gains.filter(other => !Number.isNaN(other));
      if (Number.isNaN(gain) || present.length === 1) return Number.isNaN(gain) ? Number.NaN : 0.5;
      const below = present.filter(other => other < gain).length;
      const equal = present.filter(other => other === gain).length;
      const rank = below + (equal + 1) / 2;
      return (2 * rank - 2) / (2 * present.length - 2);
    });
    const wants = places.map((place, m) => {
      if (Number.isNaN(place)) return Number.NaN;
      if (place < 0.5) return 0;
      const returns = Array.from({ length: 60 }, (_, k) => close(m, t - k) / close(m, t - k - 1) - 1);
      const mean = returns.reduce((sum, each) => sum + each, 0) / 60;
      return 1 / Math.sqrt(returns.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 60);
    });
    const total = wants.reduce((sum, want) => sum + (Number.isNaN(want) ? 0 : want), 0);
    wants.forEach((want, m) => {
      weights[m]?.push(total === 0 && !Number.isNaN(want) ? 0 : want / total);
    });
  }
  return weights;
}

describeWithShared('the example, from its text to its equity', () => {
  test('momentum_portfolio', async () => {
    const plan = planOf('momentum_portfolio');
    const file = ({ symbol }: { readonly symbol: string }) =>
      sharedPath(`data/spot-1d/binance-spot-${symbol.replace('/', '')}-1d.csv.gz`);
    const candles = plan.instruments.map(instrument => readCandles([file(instrument)], DAY));
    const firstMs = Math.min(...candles.map(({ time }) => time[0] ?? 0));
    const length = (Math.max(...candles.map(({ time }) => time.at(-1) ?? 0)) + DAY - firstMs) / DAY;
    const weights = exampleWeights(candles, length, firstMs);
    const members = momentum(candles, length, firstMs).map((member, m) => ({ ...member, weight: weights[m] ?? [] }));
    const sundays = Array.from({ length }, (_, t) => t).filter(t => new Date(firstMs + t * DAY).getUTCDay() === 0);
    const rules = {
      capital: 10_000,
      fee: 0.001,
      slippage: 0.0005,
      band: 0.01,
      spot: true,
      position: 0.3,
      turnover: 0.6,
    };
    const naive = tradePortfolio(members, new Set(sundays), rules);

    const set = await loadMarkets({
      instruments: plan.instruments,
      clocks: plan.clocks.map(({ period }) => period),
      data: [sharedPath('data/spot-1d')],
      cacheDir: false,
    });
    const metas = plan.instruments.map(() => ({}));
    const run = openKernelRun(plan, {}, { instruments: instrumentsOf(set), predictions: new Map() }, metas);
    const result = runPortfolio(run, set);
    expect(firstDifference(naive, result)).toBeUndefined();
    expect(result.fills.length).toBeGreaterThan(1000);
    expect(result.equity.at(-1)).not.toBe(10_000);
  });
});

// ---------------------------------------------------------------- random markets

interface Scenario {
  readonly script: PortfolioScript;
  readonly members: readonly NaiveMember[];
  readonly rules: NaiveRules;
}

function scenarioOf(seed: number): Scenario {
  const random = randomOf(seed);
  const spot = random.chance(0.6);
  const length = random.int(15, 80);
  const some = <T>(value: T): T | undefined => (random.chance(0.5) ? value : undefined);
  const [position, gross, turnover] = [some(random.next()), some(random.next() * 1.5), some(random.next())];
  const rules: NaiveRules = {
    capital: 1000,
    fee: random.pick([0, 0.001, 0.02]),
    slippage: random.pick([0, 0.002, 0.03]),
    band: random.pick([0, 0.01, 0.1]),
    spot,
    ...(position !== undefined && { position }),
    ...(gross !== undefined && { gross }),
    ...(turnover !== undefined && { turnover }),
  };
  const scripted: ScriptedMember[] = [];
  const members: NaiveMember[] = [];
  const count = random.int(1, 6);
  for (let m = 0; m < count; m++) {
    // The first member spans the calendar.
    const start = m === 0 ? 0 : random.pick([0, 0, random.int(0, length - 2)]);
    const end = m === 0 ? length : random.pick([length, length, random.int(start + 1, length)]);
    const holes = random.pick([0, 0, 0.2]);
    let price = 10 + 100 * random.next();
    const bars: (Bar | null)[] = [];
    for (let t = start; t < end; t++) {
      const open = price * (1 + (random.next() - 0.5) * 0.04);
      const close = open * (1 + (random.next() - 0.5) * 0.2);
      const isHole = t > start && t < end - 1 && random.chance(holes);
      bars.push(isHole ? null : [open, Math.max(open, close), Math.min(open, close), close]);
      if (!isHole) price = close;
    }
    const largest = random.pick([0.3, 1, 2]);
    const weights = Array.from({ length }, (_, t) => {
      if (t < start || t >= end || random.chance(0.2)) return undefined;
      if (random.chance(0.25)) return 0;
      return (random.next() - (spot ? 0.05 : 0.5)) * largest;
    });
    const rates = Array.from({ length }, () => (random.chance(0.3) ? [(random.next() - 0.5) * 0.01] : []));
    const symbol = `${String.fromCharCode(65 + m)}/USDT${spot ? '' : ':USDT'}`;
    scripted.push({
      symbol,
      start,
      bars,
      weights,
      ...(!spot && {
        funding: rates.flatMap((each, t) => each.map(rate => ({ timeMs: t * HOUR_MS, rate }))),
      }),
    });
    let last = Number.NaN;
    const column = (index: 0 | 3) =>
      Array.from({ length }, (_, t) => {
        const bar = bars[t - start];
        if (t < start || t >= end) return Number.NaN;
        if (bar !== null && bar !== undefined) last = bar[3];
        return bar?.[index] ?? last;
      });
    members.push({
      open: column(0),
      close: column(3),
      real: Array.from({ length }, (_, t) => t >= start && t < end && bars[t - start] !== null),
      end,
      weight: weights.map(weight => weight ?? Number.NaN),
      ...(!spot && { funding: rates }),
    });
  }
  const every = random.int(1, 7);
  const script: PortfolioScript = {
    members: scripted,
    at: Array.from({ length }, (_, t) => t).filter(t => t % every === 0),
    perpetual: !spot,
    blockTicks: random.int(1, 30),
    ...scriptedRules(rules),
  };
  return { script, members, rules };
}

describe('on random markets', () => {
  const count = process.env.VELA_DEEP === '1' ? 20_000 : 1500;
  test(`${count} of them give the same fills and equity`, () => {
    let fills = 0;
    let cuts = 0;
    for (let seed = 1; seed <= count; seed++) {
      const { script, members, rules } = scenarioOf(seed);
      const naive = tradePortfolio(members, new Set(script.at), rules);
      // The design takes over a position whose margin is gone, which the naive engine knows nothing of.
      if (naive.equity.some(value => value < rules.capital * 0.3)) continue;
      const { run, set } = scriptedPortfolio(script);
      const result = runPortfolio(run, set, { capital: rules.capital });
      if (result.fills.some(({ reason }) => reason === 'liquidation')) continue;
      const difference = firstDifference(naive, result);
      if (difference !== undefined) expect({ seed, ...difference }).toBeUndefined();
      fills += naive.fills.length;
      cuts += naive.cuts;
    }
    expect(fills).toBeGreaterThan(count * 10);
    expect(cuts).toBeGreaterThan(count / 10);
  });
});
