/**
 * Programs that no trader would write: every operator on every other, on up to three clocks, with states that read one
 * another, crossings back and forth, streams of the account and lengths from params, and where there is a universe its
 * members' streams, cross-sections of them and predictions. A recipe is a list of numbers, so that
 * a failing program shrinks by losing lines.
 */
import fc from 'fast-check';
import type { ClockId, Node, NodeId } from '../../language/check/node.ts';
import type { Period, Program } from '../../language/check/program.ts';
import type { ArgumentRule, OpSpec } from '../../language/operators/operator.ts';
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import { OPERATORS } from '../../language/operators/table.ts';
import { type DataRecipe, dataRecipe } from './generate-data.ts';
import { DAY, DAY_MS, HOUR, HOUR_MS, MINUTE_MS, ProgramBuilder } from './program-builder.ts';

/** One line of a recipe: what to add, and which of the values so far to add it to. */
export interface Line {
  readonly make: number;
  readonly picks: readonly [number, number, number, number];
}

export interface ProgramRecipe {
  readonly clocks: number;
  readonly account: boolean;
  readonly lines: readonly Line[];
  readonly rules: readonly (readonly [number, number, number, number])[];
  readonly watches: readonly number[];
  /** Where in its range each param of the run lies, 0 to 1. */
  readonly params: readonly [number, number, number];
  /** Members of a universe; 0 for none. They are the instruments behind the strategy's own. */
  readonly members: number;
}

export interface Generated {
  readonly program: Program;
  readonly watch: readonly string[];
  readonly params: Readonly<Record<string, number>>;
  readonly periods: readonly Period[];
}

const WEEK: Period = { kind: 'fixed', ms: 7 * DAY_MS, anchorMs: 4 * DAY_MS };
const FOUR_HOURS_AND_DAY: readonly Period[] = [HOUR, { kind: 'fixed', ms: 4 * HOUR_MS, anchorMs: 0 }, DAY];
const CLOCK_SETS: readonly (readonly Period[])[] = [
  [HOUR],
  FOUR_HOURS_AND_DAY,
  [{ kind: 'fixed', ms: 15 * MINUTE_MS, anchorMs: 0 }, HOUR],
  [DAY, { kind: 'months', months: 1 }, WEEK],
];

// Small numbers would choose the same few values over and over.
const pick = fc.noBias(fc.nat(1_000_000));
const four = fc.tuple(pick, pick, pick, pick);

/** `account: false` leaves out the engine's streams. */
export const programRecipe = (
  account = true,
  members: fc.Arbitrary<number> = fc.constant(0),
): fc.Arbitrary<ProgramRecipe> =>
  fc.record({
    members,
    clocks: fc.nat(CLOCK_SETS.length - 1),
    account: account ? fc.boolean() : fc.constant(false),
    lines: fc.array(fc.record({ make: pick, picks: four }), {
      minLength: 1,
      maxLength: 40,
      size: 'max',
    }),
    rules: fc.array(four, { minLength: 1, maxLength: 3 }),
    watches: fc.array(pick, { minLength: 1, maxLength: 6 }),
    params: fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
  });

export interface CaseRecipe {
  readonly program: ProgramRecipe;
  readonly data: DataRecipe;
  readonly engineSeed: number;
}

export const caseRecipe = (account = true, members: fc.Arbitrary<number> = fc.constant(0)): fc.Arbitrary<CaseRecipe> =>
  fc.record({ program: programRecipe(account, members), data: dataRecipe, engineSeed: fc.nat(0xffff) });

// ---------------------------------------------------------------- the values to choose from

class Pool {
  readonly builder: ProgramBuilder;
  readonly members: number;
  private readonly account: boolean;
  /** Values by clock and kind. */
  private readonly byKind = new Map<string, NodeId[]>();
  private readonly open: { readonly slot: number; readonly previous: NodeId; readonly clock: ClockId }[] = [];
  private readonly lengths: NodeId[];
  private readonly numbers: NodeId[];
  private readonly switches: NodeId[];
  readonly made: NodeId[] = [];

  /** Clock 2 is made of whole ticks of clock 1. */
  readonly nested: boolean;

  constructor(builder: ProgramBuilder, clocks: number, { account, members }: ProgramRecipe, nested: boolean) {
    this.builder = builder;
    this.nested = nested;
    this.account = account;
    const n = builder.param({ name: 'n', type: 'bars', value: 5, low: 2, high: 12, step: 1 });
    const k = builder.param({ name: 'k', type: 'num', value: 2, low: -1, high: 4 });
    const on = builder.param({ name: 'on', type: 'bool', value: 1 });
    const half = builder.add('ceil', [builder.add('div', [n, builder.const(2)])]);
    this.lengths = [2, 3, 5, 8, 13, 1]
      .map(length => builder.const(length))
      .concat(n, half, builder.add('add', [n, half]));
    this.numbers = [0, 1, -1, 0.5, 2, 100].map(value => builder.const(value)).concat(k, builder.add('mul', [k, k]));
    this.switches = [on, builder.const(1, 'bool'), builder.const(0, 'bool')];
    for (let clock = 0; clock < clocks; clock++) {
      for (const field of ['close', 'high', 'volume']) this.keep(builder.input(field, clock));
      const close = builder.input('close', clock);
      this.keep(builder.add('gt', [close, builder.input('open', clock)]));
    }
    if (account) for (const field of ['position', 'profit', 'stopped_out']) this.engineStream(field);
    this.members = members;
    if (members === 0) return;
    for (let clock = 0; clock < clocks; clock++) {
      this.keep(builder.of(1, 'close', clock));
      const close = this.keep(builder.member('close', clock));
      for (const field of ['high', 'volume']) this.keep(builder.member(field, clock));
      this.keep(builder.add('gt', [close, builder.member('open', clock)]));
      this.keep(builder.predict(`each${clock}`, [close], { axis: 0, clock }));
      this.keep(builder.predict(`one${clock}`, [builder.input('close', clock)], { axis: null, clock }));
    }
  }

  /** A value that is the same for all members, made of one that need not be. */
  one(id: NodeId): NodeId {
    if (this.members === 0) return id;
    const { base, stage } = this.builder.node(id);
    if (stage !== 'series') return id;
    if (base !== 'bool') return this.builder.crossSection('mean', id);
    return this.builder.add('gt', [this.builder.crossSection('breadth', id), this.builder.const(0.4)]);
  }

  /** Makes a value eligible for later lines. */
  keep(id: NodeId): NodeId {
    const node = this.builder.node(id);
    if (node.stage === 'series') {
      const key = kindOf(node.clock, node.base === 'bool');
      this.byKind.set(key, [...(this.byKind.get(key) ?? []), id]);
      this.made.push(id);
    }
    return id;
  }

  value(clock: ClockId, bool: boolean, at: number): NodeId {
    const series = this.byKind.get(kindOf(clock, bool)) ?? [];
    const fixed = bool ? this.switches : this.numbers;
    // The latest values are the likelier ones, so that expressions grow deep.
    if (at % 11 === 0) return choose(fixed, at / 11);
    return at % 4 === 0 ? choose(series, at / 4) : choose(series.slice(-4), at / 4);
  }

  length(at: number): NodeId {
    return choose(this.lengths, at);
  }
  number(at: number): NodeId {
    return choose(this.numbers, at);
  }
  switch(at: number): NodeId {
    return choose(this.switches, at);
  }

  /** Two slots of one clock, which may read one another before they are written. */
  openStates(clock: ClockId, [a, b, c]: Line['picks']): void {
    if (this.open.length > 3) return;
    const bool = a % 4 === 0;
    const reset = b % 2 === 0 ? this.value(clock, true, c) : undefined;
    const state = this.builder.openState(this.value(clock, bool, b), clock, reset);
    this.open.push({ ...state, clock });
    this.keep(state.previous);
  }

  /** Values on another clock must not depend on an open state, or a loop would cross the clocks. */
  closeStates(at: number): void {
    for (const [index, state] of this.open.splice(0).entries()) {
      const { base } = this.builder.node(state.previous);
      this.keep(this.builder.closeState(state, this.value(state.clock, base === 'bool', at + 3 * index)));
    }
  }

  engine(at: number): void {
    if (!this.account) return;
    this.engineStream(ENGINE_STREAMS[at % ENGINE_STREAMS.length]?.field ?? 'position');
  }

  private engineStream(field: string): void {
    const isBool = ENGINE_STREAMS.find(stream => stream.field === field)?.base === 'bool';
    this.keep(this.builder.engine(field, isBool ? 'bool' : 'num'));
  }
}

function kindOf(clock: ClockId, bool: boolean): string {
  return `${clock} ${bool ? 'bool' : 'num'}`;
}

function choose(from: readonly NodeId[], at: number): NodeId {
  const chosen = from[Math.floor(at) % from.length];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

// ---------------------------------------------------------------- lines

const NOT_GENERATED: ReadonlySet<string> = new Set(['now']);
const SPECS: readonly OpSpec[] = [...OPERATORS.values()].filter(
  ({ name, reference }) => reference.kind !== 'special' && !NOT_GENERATED.has(name),
);

type Make = (pool: Pool, clock: ClockId, picks: Line['picks'], clocks: number) => void;

/** Operators weigh as much as their number, the rest by how often they stand here. */
const OTHERS: readonly Make[] = [
  ...Array<Make>(5).fill((pool, clock, [a, b, c]) => {
    pool.keep(pool.builder.add('delay', [pool.value(clock, c % 3 === 0, a), pool.length(b)]));
  }),
  ...Array<Make>(4).fill((pool, clock, picks) => pool.openStates(clock, picks)),
  ...Array<Make>(2).fill((pool, _clock, [a]) => pool.closeStates(a)),
  ...Array<Make>(3).fill((pool, clock, [a]) => {
    pool.keep(pool.builder.add('signal', [pool.value(clock, true, a)]));
  }),
  ...Array<Make>(4).fill((pool, _clock, [a]) => pool.engine(a)),
  (pool, clock, [a, b], clocks) => {
    const field = ['new', 'ends', 'hour_of_day', 'weekday'][a % 4] ?? 'new';
    const bool = field === 'new' || field === 'ends';
    const attrs = bool ? { field, clock: b % clocks } : { field };
    pool.keep(pool.builder.add('calendar', [], attrs, { clock, stage: 'series', base: bool ? 'bool' : 'num' }));
  },
  ...Array<Make>(10).fill((pool, clock, [a, b, c], clocks) => {
    if (clocks === 1) return;
    pool.closeStates(c);
    const slow = 1 + (b % (clocks - 1));
    const bool = c % 3 === 0;
    if (b % 5 === 0 && pool.nested) {
      // Two clocks, neither of them the base clock.
      if (a % 2 === 0) pool.keep(pool.builder.latest(seriesOf(pool, 2, bool, a), 1));
      else pool.keep(pool.builder.sample(seriesOf(pool, 1, bool, a), 2));
    } else if (clock !== 0) pool.keep(pool.builder.sample(seriesOf(pool, 0, bool, a), clock));
    else {
      const source = seriesOf(pool, slow, bool, a);
      const maxAge = c % 5 === 0 ? pool.builder.const((1 + (b % 4)) * 2 * HOUR_MS) : undefined;
      pool.keep(pool.builder.latest(source, 0, maxAge));
    }
  }),
];

const KEEPING = ['rank', 'zscore', 'demean', 'scale', 'winsor', 'neutral', 'quantile_of'] as const;
const DROPPING = ['mean', 'sum', 'count', 'breadth'] as const;

/** What there is only with a universe. A state cannot go through a cross-section of its own members. */
const OF_MEMBERS: readonly Make[] = [
  ...Array<Make>(12).fill((pool, clock, [a, b, c]) => {
    pool.closeStates(c);
    const { builder } = pool;
    const field = KEEPING[a % KEEPING.length] ?? 'rank';
    const settings = {
      rank: [builder.const(1 + (b % 3))],
      zscore: [builder.const(1 + (b % 3))],
      demean: [],
      scale: [pool.number(b), builder.const(c % 2 === 0 ? Number.NaN : 0.2)],
      winsor: [builder.const((b % 5) / 10)],
      neutral: [pool.value(clock, false, c)],
      quantile_of: [builder.const(2 + (b % 3))],
    }[field];
    pool.keep(builder.crossSection(field, pool.value(clock, false, b), settings, clock));
  }),
  ...Array<Make>(4).fill((pool, clock, [a, b, c]) => {
    pool.closeStates(c);
    const field = DROPPING[a % DROPPING.length] ?? 'mean';
    const bool = field === 'count' || field === 'breadth';
    pool.keep(pool.builder.crossSection(field, pool.value(clock, bool, b), [], clock));
  }),
  (pool, clock, [a]) => {
    pool.keep(pool.builder.member(['close', 'low', 'no such field'][a % 3] ?? 'close', clock));
  },
];

function seriesOf(pool: Pool, clock: ClockId, bool: boolean, at: number): NodeId {
  const id = pool.value(clock, bool, at);
  return pool.builder.node(id).stage === 'series' ? id : pool.value(clock, bool, 1);
}

function addOperator(pool: Pool, spec: OpSpec, clock: ClockId, picks: Line['picks']): void {
  const variadic = spec.arguments.at(-1)?.repeats === true && spec.name === 'steps' ? 2 : 0;
  const rules: ArgumentRule[] = spec.arguments.map(argument => argument.rule);
  for (let i = 0; i < variadic; i++) rules.push({ kind: 'num' });
  const bool = (picks[3] ?? 0) % 2 === 0;
  const args = rules.map((rule, index) => argumentFor(rule, pool, clock, (picks[index % 4] ?? 0) + 13 * index, bool));
  const node = args.map(id => pool.builder.node(id));
  if (spec.reference.kind === 'pointwise' && node.every(part => part.stage !== 'series')) return;
  pool.keep(pool.builder.add(spec.name, args, {}, { clock, stage: 'series', base: resultOf(spec, node) }));
}

function argumentFor(rule: ArgumentRule, pool: Pool, clock: ClockId, at: number, bool: boolean): NodeId {
  switch (rule.kind) {
    case 'num':
      return pool.value(clock, false, at);
    case 'bool':
      return pool.value(clock, true, at);
    case 'any':
    case 'same':
      return pool.value(clock, bool, at);
    case 'length':
      return rule.min + (rule.plus ?? 0) > 1
        ? pool.builder.add('add', [pool.length(at), pool.builder.const(1)])
        : pool.length(at);
    case 'fixed':
      return pool.number(at);
    case 'flag':
      return pool.switch(at);
    case 'duration':
      return pool.builder.const(HOUR_MS);
  }
}

function resultOf(spec: OpSpec, args: readonly Node[]): Node['base'] {
  if (spec.result !== 'same') return spec.result;
  return (spec.name === 'if' ? args[1] : args[0])?.base === 'bool' ? 'bool' : 'num';
}

// ---------------------------------------------------------------- the program

export function generateProgram(recipe: ProgramRecipe): Generated {
  const periods = CLOCK_SETS[recipe.clocks] ?? [HOUR];
  const builder = new ProgramBuilder(...periods);
  const pool = new Pool(builder, periods.length, recipe, periods === FOUR_HOURS_AND_DAY);
  const others = recipe.members === 0 ? OTHERS : [...OTHERS, ...OF_MEMBERS];
  for (const { make, picks } of recipe.lines) {
    const clock = make % 3 === 0 ? (picks[3] ?? 0) % periods.length : 0;
    const at = Math.floor(make / 3) % (SPECS.length + others.length);
    const spec = SPECS[at];
    if (spec) addOperator(pool, spec, clock, picks);
    else others[at - SPECS.length]?.(pool, clock, picks, periods.length);
  }
  pool.closeStates(recipe.lines.length);
  for (const rule of recipe.rules) addRule(pool, rule, recipe.account);

  const watch = recipe.watches.map((at, index) => {
    const name = `w${index}`;
    builder.stream(name, choose(pool.made.slice(-9), at));
    return name;
  });
  const [n, k, on] = recipe.params;
  const params = { n: 2 + Math.round(n * 10), k: -1 + k * 5, on: Math.round(on) };
  const rebalances = recipe.members === 0 ? [] : recipe.rules.map(rule => rebalanceOf(pool, rule));
  return { program: builder.program({ members: recipe.members, rebalances }), watch, params, periods };
}

function addRule(pool: Pool, [a, b, c, d]: Line['picks'], account: boolean): void {
  const { builder } = pool;
  const level = (at: number): NodeId => {
    const value = pool.one(pool.value(0, false, at));
    const lively = at % 3 === 0 ? builder.add('now', [value]) : value;
    if (!account) return lively;
    const entry = builder.engine(at % 2 === 0 ? 'entry' : 'best');
    return builder.add(at % 5 === 0 ? 'max' : 'sub', [entry, builder.add('mul', [lively, pool.number(at)])]);
  };
  const number = (at: number): NodeId => pool.one(pool.value(0, false, at));
  const when = pool.one(pool.value(0, true, a));
  if (b % 4 === 0) builder.exit(when);
  else if (b % 4 === 1) builder.pause(when);
  else {
    builder.enter(when, {
      size: number(c),
      ...(d % 2 === 0 ? { price: number(d) } : {}),
      bracket: {
        stop: level(c),
        targets: [{ share: 'rest', price: level(d) }],
        trail: { distance: number(b), distanceIs: 'price' },
      },
    });
  }
}

function rebalanceOf(pool: Pool, [a, b]: Line['picks']): Program['rebalances'][number] {
  return {
    when: pool.one(pool.value(0, true, a)),
    text: 'now and then',
    to: { kind: 'across', axis: 0, weight: pool.value(0, false, b) },
    leavers: 'exit',
    span: { start: 0, end: 0 },
  };
}
