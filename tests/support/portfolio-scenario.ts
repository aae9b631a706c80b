/** Random portfolios for properties of the engine: everything that one account of several instruments can meet, from one seed. */
import type { PlanCap } from '../../compiler/plan.ts';
import type { MarketFacts } from '../../runtime/data/series.ts';
import type { PortfolioConfig } from '../../runtime/portfolio/settings.ts';
import { randomOf } from './scenario.ts';
import type { PortfolioScript, ScriptedMember } from './scripted-portfolio.ts';
import { type Bar, fixed, flag, HOUR_MS } from './scripted-run.ts';

export interface PortfolioScenario {
  readonly script: PortfolioScript;
  readonly config: PortfolioConfig;
}

type Random = ReturnType<typeof randomOf>;

const STEPS: MarketFacts = { tick: '0.05', lot: '0.001', minNotional: '5', maintenance: 0.005, source: 'test' };

/** Spot or perpetuals; holes, listings that begin and end, marks, funding, costs, bands, limits, pauses. */
export function portfolioScenarioOf(seed: number): PortfolioScenario {
  const random = randomOf(seed);
  const length = random.int(10, 80);
  const perpetual = random.chance(0.5);
  const holes = random.pick([0, 0.05, 0.2]);
  const swing = random.pick([0.02, 0.1, 0.3]);
  const members = Array.from({ length: random.int(1, 6) }, (_, m) =>
    memberOf(random, m, length, { perpetual, holes, swing }),
  );
  const values: number[] = [];
  const ref = (value: number) => fixed(values.push(value) - 1);
  const hasSlippage = random.chance(0.3);
  const every = random.int(1, 6);
  const fromTick = random.pick([0, 0, random.int(1, Math.min(8, length - 2))]);
  const slippage = hasSlippage
    ? members.map(() => Array.from({ length }, () => (random.chance(0.1) ? Number.NaN : random.next() * 0.01)))
    : undefined;
  // The first value is there: what is known before the first decision has to be something.
  for (const column of slippage ?? []) column[0] = 0.001;
  const symbols = members.map(({ symbol }) => symbol);
  return {
    script: {
      members,
      at: Array.from({ length }, (_, t) => t).filter(t => t % every === 0),
      perpetual,
      band: ref(random.pick([0, 0.01, 0.05])),
      leavers: random.pick(['exit', 'keep'] as const),
      caps: capsOf(random, ref),
      pauses: random.chance(0.3) ? [{ length: ref(random.int(1, 4)), when: flag(0), text: 'pause' }] : [],
      execution: {
        taker: ref(random.pick([0, 0.001, 0.02])),
        slippage: ref(random.pick([0, 0.0005])),
        fill: random.chance(0.25) ? 'this_close' : 'next_open',
        leverage: ref(perpetual ? random.pick([1, 3, 10]) : 1),
        funding: perpetual && random.chance(0.8) ? 'data' : 'none',
        margin: 'isolated',
      },
      ...(slippage !== undefined && { slippage }),
      fixed: values,
      blockTicks: random.int(1, 20),
    },
    config: {
      capital: 1000,
      fromTick,
      ...(random.chance(0.4) && { facts: Object.fromEntries(symbols.map(symbol => [symbol, STEPS])) }),
    },
  };
}

interface Kind {
  readonly perpetual: boolean;
  readonly holes: number;
  readonly swing: number;
}

function memberOf(random: Random, m: number, length: number, { perpetual, holes, swing }: Kind): ScriptedMember {
  // One member is there all the time, or there would be no calendar.
  const start = m === 0 ? 0 : random.pick([0, 0, random.int(0, length - 2)]);
  const end = m === 0 ? length : random.pick([length, length, random.int(start + 1, length)]);
  let price = 5 + 50 * random.next();
  const bars = Array.from({ length: end - start }, (_, i): Bar | null => {
    if (i > 0 && i < end - start - 1 && random.chance(holes)) return null;
    const open = price * (1 + swing * (random.next() - 0.5));
    price = open * (1 + 2 * swing * (random.next() - 0.5));
    const [high, low] = [
      Math.max(open, price) * (1 + swing * random.next()),
      Math.min(open, price) * (1 - swing * random.next()),
    ];
    return [open, high, low, price];
  });
  const sides = perpetual ? [-1, 0, 0.5, 1, 2] : [0, 0.5, 1];
  const weights = Array.from({ length }, () =>
    random.chance(0.25) ? undefined : random.next() * random.pick(sides) * random.pick([0.3, 1]),
  );
  const symbol = `${String.fromCharCode(65 + m)}/USDT${perpetual ? ':USDT' : ''}`;
  if (!perpetual) return { symbol, start, bars, weights };
  const funding = Array.from({ length: Math.ceil(length / 8) }, (_, i) => ({
    timeMs: (i * 8 + random.pick([0, 0, 3])) * HOUR_MS + random.pick([0, 7, 2000]),
    rate: (random.next() - 0.5) * 0.01,
  }));
  const mark = random.chance(0.5) ? bars.map((bar): Bar => bar ?? [price, price, price, price]) : undefined;
  return { symbol, start, bars, weights, funding, ...(mark !== undefined && { mark }) };
}

function capsOf(random: Random, ref: (value: number) => PlanCap['limit']): readonly PlanCap[] {
  const soft = () => random.pick([{ kind: 'reduce' }, { kind: 'refuse' }] as const);
  const hard = () => random.pick([{ kind: 'halt' }, { kind: 'flatten' }, { kind: 'refuse' }] as const);
  const caps: PlanCap[] = [];
  if (random.chance(0.3)) caps.push({ name: 'position', limit: ref(0.2 + random.next()), action: soft() });
  if (random.chance(0.3)) caps.push({ name: 'gross', limit: ref(0.5 + random.next()), action: soft() });
  if (random.chance(0.2)) caps.push({ name: 'net', limit: ref(0.5 + random.next()), action: soft() });
  if (random.chance(0.2)) caps.push({ name: 'turnover', limit: ref(0.5 + random.next()), action: soft() });
  if (random.chance(0.2)) caps.push({ name: 'positions', limit: ref(random.int(1, 3)), action: { kind: 'refuse' } });
  if (random.chance(0.3)) caps.push({ name: 'drawdown', limit: ref(0.05 + 0.2 * random.next()), action: hard() });
  if (random.chance(0.3)) caps.push({ name: 'daily_loss', limit: ref(0.02 + 0.1 * random.next()), action: hard() });
  return caps;
}
