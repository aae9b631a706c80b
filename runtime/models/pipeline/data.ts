/**
 * The rows of a model, from the data of a run: its training plan is run over a stretch of them, and what it computes becomes
 * rows (runtime/models/dataset). A training sees the stretch [A, T] and nothing else, however much more there is.
 */
import type { InstrumentMeta, OpenRun, ParamValues } from '../../../compiler/bind.ts';
import type { RunData } from '../../../compiler/kernel/run.ts';
import { rowWarmup, worstRowWarmup } from '../../../compiler/learn/row-warmup.ts';
import type { FeaturesPlan, LabelColumns, TrainingPlan } from '../../../compiler/learning.ts';
import type { Plan } from '../../../compiler/plan.ts';
import { planWarmup } from '../../../compiler/plan-warmup.ts';
import { closeTimeOf, openTimeOf, ordinalAt } from '../../../language/check/calendar.ts';
import type { NodeId } from '../../../language/check/node.ts';
import { type DataSetCache, readRows, writeRows } from '../dataset/cache.ts';
import { type LabelTable, type LaneTable, type Rows, rowsOf } from '../dataset/rows.ts';
import { sliceData } from '../dataset/slice.ts';
import { type Watched, watchAll } from '../dataset/watched.ts';
import type { ModelWarning } from '../errors.ts';
import type { LearningParts } from '../parts.ts';
import { hashOf, type Part } from '../registry/hash.ts';
import { firstTickFrom } from '../splits/calendar.ts';
import type { Grid } from '../splits/fold.ts';

/** What every model of a run stands on. */
export interface Ground {
  readonly data: RunData;
  readonly params: ParamValues;
  readonly meta: readonly InstrumentMeta[];
  readonly open: OpenRun;
  readonly cache: DataSetCache;
  readonly parts: LearningParts;
  /** First base tick of the run's kernels. Trainings do not depend on it. */
  readonly runStart: number;
  readonly warn: (warning: ModelWarning) => void;
}

/** A model's plan on that ground. `data` holds the predictions that the plan reads. */
export interface ModelGround extends Ground {
  readonly training: TrainingPlan;
  readonly base: Grid;
  readonly block: Grid;
  readonly horizon: number;
  /** Ticks of the block's clock that have to pass before what came before no longer matters; Infinity: never. */
  readonly settled: number;
  /** Rows of bars that open before this are not ready: another model, which they read, has no version yet. */
  readonly readyMs?: number;
}

export function groundOf(ground: Ground, training: TrainingPlan): ModelGround {
  const { plan, clock, label } = training;
  return {
    ...ground,
    training,
    base: gridOf(ground.data, plan, 0),
    block: gridOf(ground.data, plan, clock),
    horizon: label.horizon(valuesOf(plan, ground.params)),
    settled: settledOf(training, ground),
  };
}

export function gridOf(data: RunData, plan: Plan, clock: number): Grid {
  const columns = data.instruments[0]?.clocks[clock];
  const period = plan.clocks[clock]?.period;
  if (columns === undefined || period === undefined) throw new Error(`the data have no clock ${clock}`);
  return { period, firstOrdinal: columns.firstOrdinal, length: columns.length };
}

/** Values of all params of a plan: given ones, else its own. */
export function valuesOf(plan: Plan, params: ParamValues): ParamValues {
  return Object.fromEntries(plan.params.map(({ name, value }) => [name, params[name] ?? value]));
}

/** Of features, weights and label. Infinity where the past is never forgotten: then the stages begin with the data. */
function settledOf(training: TrainingPlan, { params, meta }: Ground): number {
  const { plan, weights, label } = training;
  const own = ownParams(plan, params);
  const { nodes } = planWarmup(plan, own, meta);
  const settled = (watch: number) => nodes[nodeOfWatch(plan, watch) ?? -1]?.settled ?? 0;
  // A label's columns stand h ticks behind the tick they speak of.
  const horizon = label.horizon(valuesOf(plan, params));
  const labels = labelWatches(training).map(watch => settled(watch) - horizon);
  return Math.max(worstRowWarmup(training, own, meta).settled, ...weights.map(settled), ...labels);
}

/** A plan knows its own params alone. */
export function ownParams(plan: Plan, params: ParamValues): ParamValues {
  return Object.fromEntries(Object.entries(params).filter(([name]) => plan.params.some(param => param.name === name)));
}

function labelWatches({ label, uniqueness }: TrainingPlan): readonly number[] {
  return [label, ...uniqueness.map(({ columns }) => columns)].flatMap(({ value, end }) =>
    end === undefined ? [value] : [value, end],
  );
}

/** The graph's node that a watch shows. */
function nodeOfWatch({ watches, graph }: Plan, watch: number): NodeId | undefined {
  const name = `watch.${watches[watch]?.name}`;
  return graph.roots.find(root => root.name === name)?.node;
}

// ---------------------------------------------------------------- rows

export interface Stretch {
  /** Ticks of the block's clock: rows begin after this one, */
  readonly after: number;
  /** the first that the stages see, */
  readonly from: number;
  /** and base ticks before this one are known. */
  readonly untilBase: number;
}

/** All the data, and all rows in it. */
export function wholeStretch({ data, block, parts, runStart, settled }: ModelGround): Stretch {
  const length = data.instruments[0]?.clocks[0]?.length ?? 0;
  const from = Math.max(0, parts.origin(0, -1, settled, runStart));
  return { after: -1, from: Math.min(from, block.length), untilBase: length };
}

/** What a training at T may see: from A = max(first bar, T − window − settled) to the close of T. */
export function trainingStretch(ground: ModelGround, after: number, baseTick: number): Stretch {
  const { parts, settled, runStart } = ground;
  return { after, from: Math.max(0, parts.origin(0, after, settled, runStart)), untilBase: baseTick + 1 };
}

export interface MadeRows {
  readonly rows: Rows;
  /** Open of the first bar that the stages saw, UTC milliseconds. */
  readonly fromMs: number;
  /** Values that were infinite, by column of the block. */
  readonly infinite: readonly number[];
}

/** Ticks of the result are those of the ground's block. */
export function makeRows(ground: ModelGround, stretch: Stretch): MadeRows {
  const { training, block, base, data, cache } = ground;
  const { plan } = training;
  const fromMs = openTimeOf(block.period, block.firstOrdinal + stretch.from);
  const fromBase = Math.max(0, ordinalAt(base.period, fromMs) - base.firstOrdinal);
  const { data: seen, dropped } = sliceData(data, plan.clocks, fromBase, stretch.untilBase, predictionClocks(plan));
  const key = hashOf([
    { name: 'plan', document: planFacts(training, ground.params, ground.meta) },
    { name: 'wasm', column: plan.wasm },
    {
      name: 'stretch',
      document: {
        after: stretch.after - stretch.from,
        from: block.firstOrdinal + stretch.from,
        readyMs: ground.readyMs,
      },
    },
    ...dataParts(seen),
  ]);
  const shift = dropped[training.clock] ?? 0;
  const kept = ground.cache.folder === undefined ? undefined : readRows(cache, key);
  const rows = kept ?? freshRows(ground, seen, stretch.after - shift, fromBase);
  if (kept === undefined) {
    const warning = writeRows(cache, key, rows);
    if (warning !== undefined) ground.warn(warning);
  }
  const moved = (ticks: Int32Array) => (shift === 0 ? ticks : ticks.map(tick => tick + shift));
  return {
    rows: { ...rows, tick: moved(rows.tick), end: moved(rows.end), ends: rows.ends.map(moved) },
    fromMs,
    infinite: rows.columns.map(column => column.reduce((count, x) => count + Number(Math.abs(x) === Infinity), 0)),
  };
}

/** Hash of every bar in a stretch, and its first one: what rows may be made from, whatever the params. */
export function seenIn(ground: ModelGround, stretch: Stretch): { readonly hash: string; readonly fromMs: number } {
  const { training, block, base, data } = ground;
  const fromMs = openTimeOf(block.period, block.firstOrdinal + stretch.from);
  const fromBase = Math.max(0, ordinalAt(base.period, fromMs) - base.firstOrdinal);
  const { clocks } = training.plan;
  const seen = sliceData(data, clocks, fromBase, stretch.untilBase, predictionClocks(training.plan));
  return { hash: hashOf(dataParts(seen.data)), fromMs };
}

/** On the slice's own ticks: what is kept must not depend on how much more data there was. */
function freshRows(ground: ModelGround, seen: RunData, after: number, fromBase: number): Rows {
  const { training, parts } = ground;
  const watched = runPlan(ground, training, seen);
  const length = seen.instruments[0]?.clocks[training.clock]?.length ?? 0;
  return rowsOf({
    lanes: laneTables(ground, seen, watched, fromBase),
    firstTick: 0,
    length,
    entryDelay: training.entry,
    after,
    labelRow: parts.labelRow,
  });
}

function runPlan(ground: Ground, { plan }: FeaturesPlan, data: RunData): Watched {
  const run = ground.open(plan, ownParams(plan, ground.params), data, ground.meta);
  return watchAll(
    run,
    (data.instruments[0]?.clocks ?? []).map(({ length }) => length),
  );
}

function laneTables(ground: ModelGround, seen: RunData, watched: Watched, fromBase: number): readonly LaneTable[] {
  const { training, params, meta, horizon, settled, readyMs } = ground;
  const { plan, clock, axis } = training;
  const own = ownParams(plan, params);
  const warmups = rowWarmup(training, own, seen, meta);
  const activated = readyMs === undefined ? 0 : firstFrom(gridOf(seen, plan, clock), readyMs);
  return instrumentsOf(plan, axis).map((number, lane): LaneTable => {
    const { start, ready } = warmups[lane] ?? { start: 0, ready: 0 };
    const column = (watch: number) => watched.values[watch]?.[lane] ?? new Float64Array();
    const hasPast = (ground.data.instruments[number]?.firstTick ?? 0) < fromBase;
    return {
      features: training.columns.map(({ watch }) => column(watch)),
      readyFrom: Math.max(activated, ready),
      // Counted from its very first bar, nothing is missing.
      settledFrom: hasPast ? start + settled : 0,
      ...(training.when !== undefined && { when: column(training.when) }),
      label: labelTable(training.label, horizon, column),
      uniqueness: training.uniqueness.map(({ columns }) =>
        labelTable(columns, columns.horizon(valuesOf(plan, params)), column),
      ),
      weights: training.weights.map(column),
      held: untradedTicks(ground, seen, number),
      from: start,
      to: lastTick(seen, number, clock),
    };
  });
}

/** Instruments of the lanes of an axis. */
function instrumentsOf({ universes }: Plan, axis: number | null): readonly number[] {
  return axis === null ? [0] : (universes[axis]?.members ?? []);
}

/** Infinity where it never comes. */
function firstFrom(grid: Grid, timeMs: number): number {
  return Number.isFinite(timeMs) ? firstTickFrom(grid, timeMs) : Infinity;
}

function labelTable(label: LabelColumns, horizon: number, column: (watch: number) => Float64Array): LabelTable {
  return {
    value: column(label.value),
    ...(label.end !== undefined && { end: column(label.end) }),
    horizon,
  };
}

/** One past the last tick of the clock that the instrument has a bar in. */
function lastTick(data: RunData, number: number, clock: number): number {
  const instrument = data.instruments[number];
  if (instrument === undefined) return 0;
  if (clock === 0) return instrument.endTick;
  return (instrument.completed[clock]?.[instrument.endTick - 1] ?? -1) + 1;
}

/** By tick of the block's clock: 1 where the base bar that an order would fill in is no real one. */
function untradedTicks({ training, base, block }: ModelGround, data: RunData, number: number): Uint8Array {
  const { clock } = training;
  const instrument = data.instruments[number];
  const columns = instrument?.clocks[clock];
  if (instrument === undefined || columns === undefined) return new Uint8Array();
  if (clock === 0) return instrument.held;
  const firstBase = instrument.clocks[0]?.firstOrdinal ?? 0;
  const atClose = training.entry === 0;
  return Uint8Array.from({ length: columns.length }, (_, i) => {
    const ordinal = columns.firstOrdinal + i;
    const tick = atClose
      ? ordinalAt(base.period, closeTimeOf(block.period, ordinal)) - 1 - firstBase
      : ordinalAt(base.period, openTimeOf(block.period, ordinal)) - firstBase;
    return instrument.held[tick] ?? 0;
  });
}

// ---------------------------------------------------------------- names of what rows are made from

/** The clock on which the predictions of a key stand in a plan. */
export function predictionClocks(plan: Plan): (key: string) => number | undefined {
  const clocks = new Map(
    plan.stages.flatMap(stage =>
      stage.inputs.flatMap(({ from }) => (from.kind === 'prediction' ? [[from.key, stage.clock] as const] : [])),
    ),
  );
  return key => clocks.get(key);
}

function planFacts(
  { plan, columns, label, when, entry }: TrainingPlan,
  params: ParamValues,
  meta: readonly InstrumentMeta[],
) {
  return {
    meaning: plan.planHash,
    layout: plan.layoutHash,
    columns: columns.map(({ name, hash }) => [name, hash]),
    label: label.hash,
    when: when !== undefined,
    watches: plan.watches,
    params: valuesOf(plan, params),
    meta,
    entry,
  };
}

/** Everything that a run over these data reads, column by column. */
export function dataParts({ instruments, predictions }: RunData): readonly Part[] {
  return [
    ...instruments.flatMap(({ clocks, held, firstTick, endTick }, number): readonly Part[] => [
      { name: `bars ${number}`, document: { firstTick, endTick, first: clocks.map(each => each.firstOrdinal) } },
      { name: `held ${number}`, column: held },
      ...clocks.flatMap(({ fields }, clock) =>
        Object.entries(fields)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([field, column]) => ({ name: `${number} ${clock} ${field}`, column })),
      ),
    ]),
    ...[...predictions].flatMap(([key, lanes]) => lanes.map((column, lane) => ({ name: `${key} ${lane}`, column }))),
  ];
}

/** The columns of a block over the whole of the data, for predicting: by lane, on the block's clock. */
export interface FeatureTable {
  readonly columns: readonly (readonly Float64Array[])[];
  readonly when?: readonly Float64Array[];
  /** By lane: ready from this tick of the block's clock on, and the instrument's own ticks. */
  readonly readyFrom: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * `columns[column][lane][tick]`, NaN before the first tick. The stages begin at base tick `fromBase`: a run's own origin for
 * what it predicts, the data's first bar for what others learn from.
 */
export function featureTable(ground: Ground, features: FeaturesPlan, fromBase = 0): FeatureTable {
  const { plan, clock, axis } = features;
  const length = ground.data.instruments[0]?.clocks[0]?.length ?? 0;
  const slice = sliceData(ground.data, plan.clocks, fromBase, length, predictionClocks(plan));
  const shift = slice.dropped[clock] ?? 0;
  const watched = runPlan(ground, features, slice.data);
  const warmups = rowWarmup(features, ownParams(plan, ground.params), slice.data, ground.meta);
  const instruments = instrumentsOf(plan, axis);
  const own = (watch: number) =>
    instruments.map((_, lane) => shifted(watched.values[watch]?.[lane] ?? new Float64Array(), shift));
  return {
    columns: features.columns.map(({ watch }) => own(watch)),
    ...(features.when !== undefined && { when: own(features.when) }),
    readyFrom: instruments.map((_, lane) => shift + (warmups[lane]?.ready ?? 0)),
    from: instruments.map((_, lane) => shift + (warmups[lane]?.start ?? 0)),
    to: instruments.map(number => shift + lastTick(slice.data, number, clock)),
  };
}

function shifted(column: Float64Array, ticks: number): Float64Array {
  if (ticks === 0) return column;
  const moved = new Float64Array(ticks + column.length).fill(Number.NaN);
  moved.set(column, ticks);
  return moved;
}
