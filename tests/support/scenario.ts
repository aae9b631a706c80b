/** Random strategies and markets for properties of the engine: everything that one account can meet, from one seed. */
import type { PlanCap, PlanPause, PlanRule, ValueRef } from '../../compiler/plan.ts';
import type { MarketSeries } from '../../runtime/data/series.ts';
import type { RunConfig } from '../../runtime/engine/settings.ts';
import {
  AT_MARKET,
  account,
  type Bar,
  enter,
  exit,
  fixed,
  flag,
  HOUR_MS,
  market,
  NO_BRACKET,
  type Script,
  scriptedMarket,
} from './scripted-run.ts';

export interface Scenario {
  readonly script: Script;
  readonly series: MarketSeries;
  readonly config: RunConfig;
}

/** A small generator of its own, so that one number tells the whole scenario. */
export function randomOf(seed: number) {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    int: (low: number, high: number) => low + Math.floor(next() * (high - low + 1)),
    chance: (p: number) => next() < p,
    pick: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T,
  };
}
type Random = ReturnType<typeof randomOf>;

export function scenarioOf(seed: number): Scenario {
  const random = randomOf(seed);
  const length = random.int(20, 140);
  const perpetual = random.chance(0.6);
  const values = new Values();
  const bars = barsOf(random, length, random.pick([0, 0, 0.1, 0.3]));
  const flagColumns = Array.from({ length: 7 }, () => flagColumn(random, length));
  const marketColumns = marketColumnsOf(random, bars);
  const withAccount = random.chance(0.6);
  const readsTicks = random.chance(0.5);
  const conditions: ValueRef[] = [
    ...flagColumns.map((_, index) => flag(index)),
    ...(withAccount ? [account(0), account(1)] : []),
  ];
  const condition = () => random.pick(conditions);
  const rules = rulesOf(random, perpetual, condition, values);
  const leverage = perpetual ? random.pick([1, 3, 10, 25]) : 1;
  const script: Script = {
    length,
    rules,
    flags: flagColumns,
    market: marketColumns,
    blockTicks: random.int(1, 40),
    perpetual,
    caps: capsOf(random, values),
    pauses: pausesOf(random, condition, values),
    execution: {
      fill: random.chance(0.2) ? 'this_close' : 'next_open',
      maker: values.ref(random.pick([0, 0.0002])),
      taker: values.ref(random.pick([0, 0.001])),
      slippage: random.chance(0.3) ? market(4) : values.ref(random.pick([0, 0.0005])),
      slippageIs: 'ratio',
      bothHit: random.pick(['worst', 'best'] as const),
      touch: random.pick(['through', 'fills'] as const),
      funding: perpetual ? 'data' : 'none',
      leverage: values.ref(leverage),
    },
    brackets: [
      (frozen, streams) => streams('entry') - (frozen[0] as number),
      (frozen, streams) => streams('entry') + (frozen[0] as number),
      (frozen, streams) => streams('best') - (frozen[0] as number),
      (_, streams) => streams('entry') * (1 + 0.03 / (1 + streams('bars_held'))),
    ],
    ...(withAccount && accountPart(random, readsTicks)),
    ruleReady: rules.map(() => random.pick([0, 0, random.int(0, 20)])),
    fixed: values.list,
  };
  const fromTick = random.pick([0, 0, random.int(1, 10)]);
  const steps = random.chance(0.3);
  const config: RunConfig = {
    fromTick,
    toTick: random.pick([length, length, random.int(fromTick + 1, length)]),
    ...(steps && {
      facts: { tick: '0.05', lot: '0.001', minNotional: '5', maintenance: 0.005, source: 'test' },
    }),
  };
  return { script, series: seriesOf(random, bars, perpetual), config };
}

/** Market orders on spot and nothing besides: what a jumping run fills straight from its intents (exchange/direct.ts). */
export function marketOnlyScenarioOf(seed: number): Scenario {
  const random = randomOf(seed);
  const length = random.int(20, 140);
  const values = new Values();
  const bars = barsOf(random, length, 0);
  const flags = Array.from({ length: 5 }, () => flagColumn(random, length));
  const withAccount = random.chance(0.6);
  const conditions = [...flags.map((_, index) => flag(index)), ...(withAccount ? [account(0), account(1)] : [])];
  const condition = () => random.pick(conditions);
  const rules = [
    ...Array.from({ length: random.int(1, 3) }, () => {
      const { size } = entryOf(random, 'long', values);
      const bySize = size.basis === 'risk' ? { basis: 'equity' as const, amount: values.ref(0.95) } : size;
      const side = random.chance(0.1) ? 'short' : 'long'; // refused
      return enter(side, condition(), { size: bySize, order: AT_MARKET, bracket: NO_BRACKET });
    }),
    ...Array.from({ length: random.int(0, 2) }, () => exit(condition())),
    ...(random.chance(0.3) ? [{ verb: 'flatten' as const, when: condition(), text: 'flatten', instrument: 0 }] : []),
  ];
  const script: Script = {
    length,
    rules,
    flags,
    market: marketColumnsOf(random, bars),
    blockTicks: random.int(1, 40),
    perpetual: false,
    caps: capsOf(random, values).filter(({ name }) => name !== 'daily_loss' && name !== 'drawdown'),
    pauses: pausesOf(random, condition, values),
    execution: {
      fill: 'next_open',
      taker: values.ref(random.pick([0, 0.001])),
      slippage: random.chance(0.3) ? market(4) : values.ref(random.pick([0, 0.0005])),
      slippageIs: 'ratio',
      funding: 'none',
    },
    ...(withAccount && accountPart(random, random.chance(0.3))),
    ruleReady: rules.map(() => random.pick([0, 0, random.int(0, 20)])),
    fixed: values.list,
  };
  const config: RunConfig = {
    fromTick: random.pick([0, 0, random.int(1, 10)]),
    ...(random.chance(0.3) && {
      facts: { tick: '0.05', lot: '0.001', minNotional: '5', maintenance: 0.005, source: 'test' },
    }),
  };
  return { script, series: seriesOf(random, bars, false), config };
}

/** Collects numbers into the `fixed` table. */
class Values {
  readonly list: number[] = [];
  ref(value: number): ValueRef {
    return fixed(this.list.push(value) - 1);
  }
}

function barsOf(random: Random, length: number, gaps: number): (Bar | null)[] {
  const volatility = random.pick([0.002, 0.01, 0.03]);
  let price = 100;
  return Array.from({ length }, (_, tick) => {
    if (tick > 0 && random.chance(gaps)) return null;
    const move = () => 1 + (random.next() - 0.5) * 2 * volatility;
    const open = random.chance(0.7) ? price : price * move() * move();
    const close = open * move();
    const high = Math.max(open, close) * (1 + random.next() * volatility);
    const low = Math.min(open, close) * (1 - random.next() * volatility);
    price = close;
    return [open, high, low, close] as const;
  });
}

function seriesOf(random: Random, bars: readonly (Bar | null)[], perpetual: boolean): MarketSeries {
  const firstOrdinal = random.int(0, 50);
  const rate = () => (random.next() - 0.4) * 0.01;
  const every = random.pick([1, 3, 8]);
  const funding = bars.flatMap((_, tick) =>
    tick % every === 0
      ? [{ timeMs: (firstOrdinal + tick) * HOUR_MS + random.pick([0, 3, 1_800_000]), rate: rate() }]
      : [],
  );
  let last: Bar = [100, 100, 100, 100];
  const mark = bars.map(bar => {
    const wobble = 1 + (random.next() - 0.5) * 0.002;
    last = bar ?? [last[3], last[3], last[3], last[3]];
    const [open, high, low, close] = last;
    return [open, high * Math.max(1, wobble), low * Math.min(1, wobble), close] as const;
  });
  const withMark = perpetual && random.chance(0.6);
  return scriptedMarket({ bars, firstOrdinal, ...(withMark && { mark }), ...(perpetual && { funding }) });
}

function flagColumn(random: Random, length: number): Uint8Array {
  const density = random.pick([0.02, 0.05, 0.15, 0.5, 0.9]);
  return Uint8Array.from({ length }, () => (random.chance(density) ? 1 : 0));
}

/** 0 limit below · 1 limit above · 2 a distance · 3 a wider distance, absent at times · 4 slippage, absent at times. */
function marketColumnsOf(random: Random, bars: readonly (Bar | null)[]): Float64Array[] {
  const width = random.pick([0.2, 1, 3]);
  let close = 100;
  const closes = bars.map(bar => {
    close = bar?.[3] ?? close;
    return close;
  });
  return [
    Float64Array.from(closes, price => price - width * random.next()),
    Float64Array.from(closes, price => price + width * random.next()),
    Float64Array.from(closes, () => width * (0.3 + random.next())),
    Float64Array.from(closes, () => (random.chance(0.2) ? Number.NaN : width * (1 + random.next()))),
    Float64Array.from(closes, (_, tick) => (tick > 0 && random.chance(0.2) ? Number.NaN : 0.0005 * random.next())),
  ];
}

function rulesOf(random: Random, perpetual: boolean, condition: () => ValueRef, values: Values): PlanRule[] {
  const sides = perpetual ? (['long', 'short'] as const) : (['long'] as const);
  const rules: PlanRule[] = [];
  for (let index = random.int(1, 3); index > 0; index--) {
    const side = random.pick(sides);
    rules.push(enter(side, condition(), entryOf(random, side, values)));
  }
  if (random.chance(0.7)) {
    const limit = random.chance(0.3);
    rules.push(
      exit(condition(), {
        ...(random.chance(0.3) && { side: random.pick(sides) }),
        order: limit ? { type: 'limit', price: market(1), expire: values.ref(random.int(1, 3)) } : AT_MARKET,
        else: random.pick(['market', 'nothing'] as const),
      }),
    );
  }
  if (random.chance(0.3)) {
    rules.push({
      verb: 'reduce',
      when: condition(),
      text: 'reduce',
      instrument: 0,
      share: values.ref(random.pick([0.3, 0.5, 1])),
    });
  }
  if (random.chance(0.3)) {
    const { size, order, bracket } = entryOf(random, 'long', values);
    rules.push({ verb: 'add', when: condition(), text: 'add', instrument: 0, size, order, bracket });
  }
  if (random.chance(0.1)) rules.push({ verb: 'flatten', when: condition(), text: 'flatten', instrument: 0 });
  return rules;
}

function entryOf(random: Random, side: 'long' | 'short', values: Values) {
  const stop = random.chance(0.6)
    ? random.pick([
        { bracket: side === 'long' ? 0 : 1, frozen: [market(2)], everyTick: false, live: [] },
        { frozen: [market(side === 'long' ? 0 : 1)], everyTick: false, live: [] },
        ...(side === 'long' ? [{ bracket: 2, frozen: [market(3)], everyTick: true, live: [] }] : []),
      ])
    : undefined;
  const price = { bracket: side === 'long' ? 1 : 0, frozen: [market(3)], everyTick: false, live: [] };
  const table = { bracket: 3, frozen: [], everyTick: true, live: [] };
  const targets = random.pick([
    [],
    [{ share: 'rest' as const, price }],
    [
      { share: values.ref(0.5), price: { ...price, frozen: [market(2)] } },
      { share: 'rest' as const, price },
    ],
    ...(side === 'long' ? [[{ share: 'rest' as const, price: table }]] : []),
  ]);
  const order = random.pick([
    AT_MARKET,
    AT_MARKET,
    { type: 'limit' as const, price: market(side === 'long' ? 0 : 1), expire: values.ref(random.int(1, 4)) },
    { type: 'stop' as const, price: market(side === 'long' ? 1 : 0), expire: values.ref(random.int(1, 4)) },
  ]);
  const size = random.pick([
    { basis: 'equity' as const, amount: values.ref(random.pick([0.3, 0.95, 1, 2.5])) },
    { basis: 'notional' as const, amount: values.ref(1000) },
    { basis: 'quantity' as const, amount: values.ref(7.0123) },
    ...(stop ? [{ basis: 'risk' as const, amount: values.ref(0.01) }] : []),
    { basis: 'volatility' as const, amount: values.ref(0.2), deviation: market(2) },
  ]);
  return {
    size,
    order,
    bracket: {
      targets,
      ...(stop && { stop }),
      ...(random.chance(0.4) && {
        trail: {
          distance: random.pick([market(2), market(3), values.ref(0.7), account(2)]),
          distanceIs: 'price' as const,
          ...(random.chance(0.4) && { after: values.ref(random.pick([0.1, 1])) }),
        },
      }),
      ...(random.chance(0.3) && { hold: { frozen: [values.ref(random.int(1, 12))], everyTick: false, live: [] } }),
    },
  };
}

function capsOf(random: Random, values: Values): PlanCap[] {
  const action = random.pick([
    { kind: 'refuse' as const },
    { kind: 'halt' as const, until: 1 },
    { kind: 'halt' as const },
    { kind: 'flatten' as const },
  ]);
  const orders = random.pick([action, { kind: 'reduce' as const }]);
  const caps: PlanCap[] = [];
  if (random.chance(0.3)) caps.push({ name: 'exposure', limit: values.ref(random.pick([0.5, 1.5])), action: orders });
  if (random.chance(0.2)) caps.push({ name: 'position', limit: values.ref(0.4), action: orders });
  if (random.chance(0.1)) caps.push({ name: 'leverage', limit: values.ref(2), action: orders });
  if (random.chance(0.3)) caps.push({ name: 'daily_loss', limit: values.ref(random.pick([0.002, 0.02])), action });
  if (random.chance(0.3)) caps.push({ name: 'drawdown', limit: values.ref(random.pick([0.005, 0.05])), action });
  return caps;
}

function pausesOf(random: Random, condition: () => ValueRef, values: Values): PlanPause[] {
  return random.chance(0.4) ? [{ length: values.ref(random.int(1, 9)), when: condition(), text: 'pause' }] : [];
}

/** Two conditions and a distance, with a memory of their own: what they were told at each tick changes what they say. */
function accountPart(random: Random, readsTicks: boolean) {
  const fields = readsTicks
    ? ['bars_held', 'profit', 'drawdown', 'best']
    : ['opened', 'closed', 'position', 'refused', 'pending', 'idle', 'side', 'entries', 'closed.bars'];
  const salt = random.int(1, 1000);
  let memory = salt;
  return {
    accountColumns: 3,
    accountFlags: 2,
    accountReads: fields,
    account: (tick: number, streams: (field: string) => number): readonly number[] => {
      for (const field of fields) {
        const value = streams(field);
        memory = (Math.imul(memory, 31) + Math.round((Number.isNaN(value) ? 0.5 : value) * 1e6) + tick) | 0;
      }
      const bits = memory >>> 0;
      return [bits % 11 === 0 ? 1 : 0, bits % 13 === 1 ? 1 : 0, 0.5 + (bits % 17) / 10];
    },
  };
}
