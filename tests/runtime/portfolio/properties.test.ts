/** What holds for every portfolio, whatever its weights and markets: properties over random ones. */
import { describe, expect, test } from 'vitest';
import type { PlanCap } from '../../../compiler/plan.ts';
import { runPortfolio } from '../../../runtime/backtest.ts';
import type { PortfolioResult } from '../../../runtime/portfolio/result.ts';
import { targetsOf, type WeightLimit } from '../../../runtime/portfolio/targets.ts';
import { weightsOver } from '../../../runtime/portfolio/weights.ts';
import { randomOf } from '../../support/scenario.ts';
import { type PortfolioScript, scriptedPortfolio } from '../../support/scripted-portfolio.ts';
import { type Bar, fixed } from '../../support/scripted-run.ts';

const RUNS = process.env.VELA_DEEP === '1' ? 10_000 : 600;
/** One seed that no run before had; printed where a property fails. */
const FRESH = Math.floor(Math.random() * 2 ** 31);
const SEEDS = [...Array.from({ length: RUNS }, (_, i) => i + 1), FRESH];

/** Long-only spot portfolios: bars with holes, listings that begin and end, costs, bands, caps. */
function spotScript(seed: number): PortfolioScript {
  const random = randomOf(seed);
  const length = random.int(10, 60);
  const members = Array.from({ length: random.int(1, 7) }, (_, m) => {
    const start = m === 0 ? 0 : random.pick([0, random.int(0, length - 2)]);
    const end = m === 0 ? length : random.pick([length, random.int(start + 1, length)]);
    let price = 5 + 50 * random.next();
    const bars = Array.from({ length: end - start }, (_, i): Bar | null => {
      if (i > 0 && i < end - start - 1 && random.chance(0.1)) return null;
      const open = price * (0.9 + 0.2 * random.next());
      price = open * (0.8 + 0.4 * random.next());
      return [open, Math.max(open, price), Math.min(open, price), price];
    });
    const weights = Array.from({ length }, () =>
      random.chance(0.3) ? undefined : random.next() * random.pick([0, 0.5, 1]),
    );
    return { symbol: `${String.fromCharCode(65 + m)}/USDT`, start, bars, weights };
  });
  const values = [random.pick([0, 0.01]), random.pick([0, 0.02]), random.pick([0, 0.05]), random.next(), random.next()];
  const cap = (name: PlanCap['name'], index: number): PlanCap => ({
    name,
    limit: fixed(index),
    action: { kind: random.pick(['reduce', 'refuse'] as const) },
  });
  const every = random.int(1, 5);
  return {
    members,
    at: Array.from({ length }, (_, t) => t).filter(t => t % every === 0),
    fixed: values,
    band: fixed(2),
    caps: [...(random.chance(0.4) ? [cap('position', 3)] : []), ...(random.chance(0.4) ? [cap('turnover', 4)] : [])],
    execution: { taker: fixed(0), slippage: fixed(1), fill: random.pick(['next_open', 'this_close'] as const) },
    blockTicks: random.int(1, 20),
  };
}

function play(script: PortfolioScript): PortfolioResult {
  const { run, set } = scriptedPortfolio(script);
  return runPortfolio(run, set, { capital: 1000 });
}

function check(property: (seed: number) => void): void {
  for (const seed of SEEDS) {
    try {
      property(seed);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}

describe('the account', () => {
  test('on spot cash never falls below zero', () => {
    check(seed => {
      const { members, equity } = play(spotScript(seed));
      let cash = 1000;
      const fills = members.flatMap(member => member.fills).map((fill, order) => ({ fill, order }));
      // Within a tick sales come first, then purchases, as they did.
      fills.sort((a, b) => a.fill.tick - b.fill.tick || rank(a.fill.side) - rank(b.fill.side) || a.order - b.order);
      for (const { fill } of fills) {
        const { side, price, quantity, fee } = fill;
        cash += (side === 'sell' ? price : -price) * quantity - fee;
        expect(cash).toBeGreaterThan(-1e-8);
      }
      expect(equity.every(value => value > -1e-8)).toBe(true);
    });
  });

  test('what the members earned is what the equity changed by, and their costs are the costs', () => {
    check(seed => {
      const { members, equity, totals, trades } = play(spotScript(seed));
      const sum = (of: (member: (typeof members)[number]) => number) =>
        members.reduce((total, member) => total + of(member), 0);
      const last = equity.at(-1) ?? Number.NaN;
      expect(sum(({ profit }) => profit)).toBeCloseTo(last - 1000, 7);
      for (const cost of ['fees', 'slippage', 'turnover'] as const)
        expect(sum(member => member.totals[cost])).toBeCloseTo(totals[cost], 7);
      expect(trades.reduce((total, { profit }) => total + profit, 0)).toBeCloseTo(last - 1000, 7);
      expect(trades.reduce((total, { fees }) => total + fees, 0)).toBeCloseTo(totals.fees, 7);
    });
  });

  test('the same run leaves the same journal; other costs leave another', () => {
    for (const seed of SEEDS.slice(0, 60)) {
      const script = spotScript(seed);
      const first = play(script);
      expect(play(script).journalHash).toBe(first.journalHash);
      expect(play({ ...script, blockTicks: 3 }).journalHash).toBe(first.journalHash);
      const other = play({ ...script, execution: { ...script.execution, taker: fixed(4) } });
      expect(other.journalHash).not.toBe(first.journalHash);
    }
  });

  test('weights read out of the fills are what is held of each', () => {
    check(seed => {
      const script = spotScript(seed);
      const { set } = scriptedPortfolio(script);
      const result = play(script);
      const weights = result.members.map((member, m) => {
        const series = set.members[m];
        if (series === undefined) throw new Error('a member without data');
        return weightsOver(result, member, series);
      });
      result.equity.forEach((_, tick) => {
        const total = weights.reduce((sum, weight) => sum + (weight[tick] ?? 0), 0);
        expect(total).toBeLessThan(1 + 1e-9);
        expect(total).toBeGreaterThanOrEqual(0);
      });
    });
  });
});

const rank = (side: 'buy' | 'sell') => (side === 'sell' ? 0 : 1);

describe('from asked weights to targets', () => {
  const names = ['position', 'gross', 'net', 'turnover', 'positions'] as const;
  function scenario(seed: number) {
    const random = randomOf(seed);
    const count = random.int(1, 8);
    const weight = () => (random.next() - 0.4) * random.pick([0, 0.2, 1, 1]) + 0; // never -0
    const limits = names.flatMap((name): readonly WeightLimit[] => {
      if (random.chance(0.5)) return [];
      const limit = name === 'positions' ? random.int(0, count) : random.next() * random.pick([0.3, 1, 2]);
      const action = { kind: random.pick(['reduce', 'refuse'] as const) };
      return [{ name, limit, refusal: `cap ${name}`, action }];
    });
    const current = Float64Array.from({ length: count }, weight);
    const asked = Float64Array.from({ length: count }, () => (random.chance(0.2) ? Number.NaN : weight()));
    const band = random.pick([0, 0.01, 0.1]);
    return { current, asked, limits, band, ...targetsOf(current, asked, limits, band) };
  }

  test('nothing comes out larger than it was asked or held, nor on another side', () => {
    check(seed => {
      const { current, asked, weights } = scenario(seed);
      weights.forEach((weight, i) => {
        const [now, wanted] = [current[i] ?? 0, asked[i] ?? Number.NaN];
        if (Number.isNaN(wanted)) expect(weight).toBe(now);
        else {
          expect(Math.abs(weight)).toBeLessThanOrEqual(Math.max(Math.abs(wanted), Math.abs(now)) + 1e-12);
          if (weight !== 0) expect([Math.sign(wanted), Math.sign(now)]).toContain(Math.sign(weight));
        }
      });
    });
  });

  test('a weight within the band stays as it is, and 0 always closes', () => {
    check(seed => {
      const { current, asked, weights, band, limits } = scenario(seed);
      weights.forEach((weight, i) => {
        const [now, wanted] = [current[i] ?? 0, asked[i] ?? Number.NaN];
        if (wanted === 0) expect(weight + 0).toBe(0);
        else if (limits.length === 0 && Math.abs(wanted - now) < band) expect(weight).toBe(now);
        else if (limits.length === 0 && !Number.isNaN(wanted)) expect(weight).toBe(wanted);
      });
    });
  });

  test('a limit holds for what was traded, as far as holding less can bring it about', () => {
    check(seed => {
      const { current, weights, limits } = scenario(seed);
      for (const { name, limit } of limits) {
        const sum = (of: (weight: number, now: number) => number) =>
          weights.reduce((total, weight, i) => total + of(weight, current[i] ?? 0), 0);
        const isIncrease = (weight: number, now: number) =>
          Math.abs(weight) > Math.abs(now) + 1e-12 || (weight * now < 0 && weight !== 0);
        const increased = weights.some((weight, i) => isIncrease(weight, current[i] ?? 0));
        if (name === 'gross' && increased) expect(sum(Math.abs)).toBeLessThanOrEqual(limit + 1e-9);
        if (name === 'turnover' && increased)
          expect(sum((weight, now) => Math.abs(weight - now))).toBeLessThanOrEqual(limit + 1e-9);
        if (name === 'position') {
          weights.forEach((weight, i) => {
            if (isIncrease(weight, current[i] ?? 0)) expect(Math.abs(weight)).toBeLessThanOrEqual(limit + 1e-9);
          });
        }
        if (name === 'positions') {
          const opened = weights.filter((weight, i) => weight !== 0 && current[i] === 0).length;
          if (opened > 0) expect(weights.filter(weight => weight !== 0).length).toBeLessThanOrEqual(limit);
        }
      }
    });
  });
});
