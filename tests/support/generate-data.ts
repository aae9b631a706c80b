/**
 * Data that no market would print: walks with gaps and spikes, zeros of both signs, denormals, infinities and NaN, on
 * clocks that begin anywhere in their periods. What survives this survives a market.
 */
import fc from 'fast-check';
import type { ClockColumns, InstrumentData, LaneData, RunData } from '../../compiler/kernel/run.ts';
import type { Plan } from '../../compiler/plan.ts';
import { openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';

const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;

const ODD_VALUES: readonly number[] = [
  Number.NaN,
  Number.NaN,
  0,
  -0,
  Number.MIN_VALUE,
  -3 * Number.MIN_VALUE,
  2.2e-308,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e300,
  -1e300,
  Number.MAX_VALUE,
  1e-12,
  5e9,
];

/** A small generator of its own, so that a column is one integer to fast-check and shrinks by getting shorter. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `oddness`: share of values that are not part of the walk. Now and then a value repeats, as in a quiet market. */
export function oddColumn(seed: number, length: number, oddness: number): Float64Array {
  const random = numbersFrom(seed);
  const column = new Float64Array(length);
  let level = 100 * (0.5 + random());
  for (let i = 0; i < length; i++) {
    if (random() > 0.2) level *= 1 + (random() - 0.5) * 0.04;
    const isOdd = random() < oddness;
    const odd = ODD_VALUES[Math.floor(random() * ODD_VALUES.length)] ?? Number.NaN;
    column[i] = isOdd ? odd : random() < 0.1 ? Math.round(level) : level;
  }
  return column;
}

export interface DataRecipe {
  readonly seed: number;
  readonly length: number;
  /** Base ticks after 2022-01-01 at which the data begin; negative ones reach before 1970. */
  readonly startTick: number;
  readonly oddness: number;
}

export const dataRecipe: fc.Arbitrary<DataRecipe> = fc.record({
  seed: fc.nat(0x7fffffff),
  length: fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 6, arbitrary: fc.integer({ min: 20, max: 160 }) },
  ),
  startTick: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 2000 }) }, fc.constant(-20_000_000)),
  oddness: fc.constantFrom(0, 0.01, 0.05, 0.3),
});

const BEGIN_MS = Date.UTC(2022, 0, 1);

/** Base clock first. Slow ticks exist where all of their base ticks do. */
export function laneOf(periods: readonly Period[], recipe: DataRecipe): LaneData {
  const [base] = periods;
  if (!base) throw new Error('a lane has a base clock');
  const firstOrdinal = ordinalAt(base, BEGIN_MS) + recipe.startTick;
  const startMs = openTimeOf(base, firstOrdinal);
  const endMs = openTimeOf(base, firstOrdinal + recipe.length);
  const clocks: ClockColumns[] = [];
  const completed: Int32Array[] = [];
  periods.forEach((period, clock) => {
    let first = ordinalAt(period, startMs);
    if (openTimeOf(period, first) < startMs) first++;
    const length = Math.max(0, ordinalAt(period, endMs) - first);
    const fields: Record<string, Float64Array> = {};
    FIELDS.forEach((field, index) => {
      fields[field] = oddColumn(recipe.seed + 7919 * (clock * FIELDS.length + index), length, recipe.oddness);
    });
    clocks.push({ firstOrdinal: first, length, fields });
    completed.push(
      Int32Array.from({ length: clock === 0 ? 0 : recipe.length }, (_, tick) =>
        Math.max(-1, ordinalAt(period, openTimeOf(base, firstOrdinal + tick + 1)) - first - 1),
      ),
    );
  });
  return { clocks, completed };
}

/**
 * What the engine says of the account at a tick. Changes only at some ticks, as fills do, so that the account part may be
 * stepped over the ticks between.
 */
export function engineAt(seed: number, tick: number): Float64Array {
  const values = new Float64Array(ENGINE_STREAMS.length);
  ENGINE_STREAMS.forEach((stream, index) => {
    const random = numbersFrom(seed + 31 * index + 1009 * engineEpoch(seed, tick));
    if (stream.base === 'bool') values[index] = random() < 0.4 ? 1 : 0;
    else if (stream.base === 'category') values[index] = Math.floor(random() * 3);
    else values[index] = stream.optional && random() < 0.3 ? Number.NaN : Math.round((random() - 0.4) * 2000) / 8;
  });
  return values;
}

/** Ticks of one epoch see one account. */
export function engineEpoch(seed: number, tick: number): number {
  return Math.floor(tick / (1 + (seed % 5)));
}

/** Data for a plan: its instruments, and something said for each prediction that it reads. */
export function dataFor(
  plan: Pick<Plan, 'clocks' | 'instruments' | 'universes' | 'stages'>,
  recipe: DataRecipe,
): RunData {
  const periods = plan.clocks.map(clock => clock.period);
  const { instruments } = runDataOf(periods, recipe, plan.instruments.length - 1);
  const predictions = new Map<string, readonly Float64Array[]>();
  for (const { clock, axis, host, inputs } of plan.stages) {
    for (const { from } of inputs) {
      if (from.kind !== 'prediction') continue;
      const over = host?.over ?? axis;
      const lanes = from.member && over !== null ? (plan.universes[over]?.members.length ?? 1) : 1;
      const length = instruments[0]?.clocks[clock]?.length ?? 0;
      const column = (lane: number) => oddColumn(recipe.seed + 31 * lane, length, 0.1).map(value => (value % 10) / 10);
      predictions.set(
        from.key,
        Array.from({ length: lanes }, (_, lane) => column(lane)),
      );
    }
  }
  return { instruments, predictions };
}

/**
 * An instrument of its own and a universe of others on its grid: they are listed and delisted when they please, and have
 * holes. Where there is no universe the lane alone is all the data.
 */
export function runDataOf(periods: readonly Period[], recipe: DataRecipe, members: number): RunData {
  const instruments = Array.from({ length: members + 1 }, (_, number) =>
    number === 0
      ? listed(laneOf(periods, recipe), 0, recipe.length, new Uint8Array(recipe.length))
      : memberOf(periods, recipe, number),
  );
  const predictions = new Map<string, readonly Float64Array[]>();
  periods.forEach((_, clock) => {
    const length = instruments[0]?.clocks[clock]?.length ?? 0;
    const column = (number: number) => oddColumn(recipe.seed + 104_729 * (number + 1) + clock, length, 0.2);
    predictions.set(
      `each${clock}`,
      Array.from({ length: members }, (_, member) => column(member)),
    );
    predictions.set(`one${clock}`, [column(members)]);
  });
  return { instruments, predictions };
}

function memberOf(periods: readonly Period[], recipe: DataRecipe, number: number): InstrumentData {
  const { length } = recipe;
  const random = numbersFrom(recipe.seed + 65_537 * number);
  // Some are there from the beginning to the end, one or another never is.
  const first = random() < 0.5 ? 0 : Math.floor(random() * (length + 1));
  const end = random() < 0.6 ? length : first + Math.floor(random() * (length - first + 1));
  const share = random() < 0.5 ? 0 : 0.15;
  const held = Uint8Array.from({ length }, (_, tick) => (tick < first || tick >= end || random() < share ? 1 : 0));
  return listed(laneOf(periods, { ...recipe, seed: recipe.seed + 17 * number }), first, end, held);
}

/** Outside its life an instrument has no bars; of a slow bar across an edge there is what there is. */
function listed(lane: LaneData, firstTick: number, endTick: number, held: Uint8Array): InstrumentData {
  const clocks = lane.clocks.map((columns, clock) => {
    const isThere = (tick: number): boolean => {
      const closes = clock === 0 ? tick : (lane.completed[clock]?.findIndex(last => last >= tick) ?? -1);
      return closes >= firstTick && closes < endTick;
    };
    const cut = ([field, column]: [string, Float64Array]) =>
      [field, column.map((value, tick) => (isThere(tick) ? value : Number.NaN))] as const;
    return { ...columns, fields: Object.fromEntries(Object.entries(columns.fields).map(cut)) };
  });
  return { clocks, completed: lane.completed, firstTick, endTick, held };
}
