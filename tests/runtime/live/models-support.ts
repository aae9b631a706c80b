/** Strategies that ask models, backtested and run bar by bar on the same bars. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { compileProgram, openKernelRun, type Plan } from '../../../compiler/index.ts';
import type { RunData } from '../../../compiler/kernel/run.ts';
import type { Clock, Program } from '../../../language/check/program.ts';
import { runPlan, runPortfolio } from '../../../runtime/backtest.ts';
import { loneSet, type MarketSet, placeTogether } from '../../../runtime/data/market-set.ts';
import type { BarTable, MarketSeries } from '../../../runtime/data/series.ts';
import type { RunResult } from '../../../runtime/engine/result.ts';
import type { RunConfig } from '../../../runtime/engine/settings.ts';
import { instrumentsOf, setFrom } from '../../../runtime/lane.ts';
import { decode } from '../../../runtime/live/codec.ts';
import { LiveMarket } from '../../../runtime/live/market.ts';
import { recordedPast } from '../../../runtime/live/models/past.ts';
import { openRunModels, type RunModels, type RunModelsParts } from '../../../runtime/live/models/run-models.ts';
import type { TrainingRoom } from '../../../runtime/live/models/training.ts';
import { trainDue } from '../../../runtime/live/models/training-job.ts';
import type { Feed } from '../../../runtime/live/ports.ts';
import { replayOf } from '../../../runtime/live/replay.ts';
import { fleetingMemory } from '../../../runtime/live/simulated/memory.ts';
import {
  NO_ROWS,
  openSimulatedRun,
  type SimulatedRun,
  type SimulatedRunParts,
} from '../../../runtime/live/simulated-run.ts';
import type { Input, Row } from '../../../runtime/live/store/rows.ts';
import { HONEST } from '../../../runtime/models/parts.ts';
import { plansOf } from '../../../runtime/models/pipeline/plans.ts';
import { prepareModels } from '../../../runtime/models/pipeline/prepare.ts';
import type { PreparedModel, PreparedModels } from '../../../runtime/models/pipeline/types.ts';
import type { Registry } from '../../../runtime/models/registry/registry.ts';
import { firstTickFrom } from '../../../runtime/models/splits/calendar.ts';
import { walk } from '../models/pipeline/support.ts';

const DAY_MS = 86_400_000;
const DAILY: readonly Pick<Clock, 'period'>[] = [{ period: { kind: 'fixed', ms: DAY_MS, anchorMs: 0 } }];

interface Clocked {
  readonly clocks?: readonly Pick<Clock, 'period'>[];
}

/** Daily bars of chance as a loader would have them, with the slower bars of a strategy's clocks. */
export function walkedSet(seed: number, length: number, clocked: Clocked = {}): MarketSet {
  return loneSet(walkedSeries('AAA/USDT', seed, length, 0, clocked));
}

/** Several of them; each is listed later than the one before it. */
export function walkedUniverse(
  symbols: readonly string[],
  length: number,
  apart: number,
  clocked: Clocked = {},
): MarketSet {
  return placeTogether(
    symbols.map((symbol, number) => walkedSeries(symbol, number + 1, length, number * apart, clocked)),
  );
}

function walkedSeries(
  symbol: string,
  seed: number,
  length: number,
  firstTick: number,
  { clocks = DAILY }: Clocked = {},
): MarketSeries {
  const { fields = {}, firstOrdinal = 0 } = walk(seed, length).clocks[0] ?? {};
  const at = (name: string, tick: number) => fields[name]?.[tick] ?? Number.NaN;
  const firstMs = (firstOrdinal + firstTick) * DAY_MS;
  const capacity = length - firstTick;
  const live = new LiveMarket({ clocks, firstMs, capacity, gaps: 'hold', hasMarks: false, hasFunding: false });
  for (let tick = firstTick; tick < length; tick++) {
    live.append({
      openMs: firstMs + (tick - firstTick) * DAY_MS,
      open: at('open', tick),
      high: at('high', tick),
      low: at('low', tick),
      close: at('close', tick),
      volume: at('volume', tick),
    });
  }
  const series = live.series(symbol, 'binance', `walk ${seed} ${length} ${firstTick}`);
  // Of a slower clock a loader has the bars that are complete.
  const complete = series.clocks.map((table, clock) =>
    clock === 0 ? table : firstOf(table, (series.completed[clock]?.at(-1) ?? -1) + 1),
  );
  return { ...series, clocks: complete };
}

function firstOf({ open, high, low, close, volume, held, ...table }: BarTable, length: number): BarTable {
  const cut = (column: Float64Array) => column.subarray(0, length);
  return {
    ...table,
    length,
    open: cut(open),
    high: cut(high),
    low: cut(low),
    close: cut(close),
    volume: cut(volume),
    held: held.subarray(0, length),
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vela-live-models-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const CACHE = { maxBytes: 0, ttlMs: 0 };

export interface Backtest {
  readonly prepared: PreparedModels;
  readonly result: RunResult;
}

/** `start`: base tick that the run's kernels begin at. */
export async function backtestWith(
  program: Program,
  set: MarketSet,
  registry: Registry,
  start = 0,
  fromTick = 0,
): Promise<Backtest> {
  const plan = compileProgram(program);
  const prepared = await prepareModels({
    program,
    plans: plansOf(program),
    registry,
    threads: 1,
    readGraph: path => readFileSync(path),
    ...(start > 0 && { neededFromMs: openMs(set, start) }),
    ground: {
      data: { instruments: instrumentsOf(set), predictions: new Map() },
      params: {},
      meta: set.members.map(() => ({})),
      open: openKernelRun,
      cache: CACHE,
      parts: HONEST,
      runStart: start,
      warn: () => {},
    },
  });
  const own = setFrom(set, start);
  const [series] = own.members;
  if (series === undefined) throw new Error('a run has an instrument');
  const predictions: RunData['predictions'] = new Map(
    [...prepared.predictions].map(([key, lanes]) => [key, lanes.map(lane => lane.subarray(start))]),
  );
  const meta = set.members.map(() => ({}));
  const run = openKernelRun(plan, {}, { instruments: instrumentsOf(own), predictions }, meta);
  const models = prepared.models.map(usedOf);
  if (plan.rebalances.length > 0) {
    return { prepared, result: runPortfolio(run, { ...own, hash: set.hash }, { fromTick: fromTick - start, models }) };
  }
  return { prepared, result: runPlan(run, { ...series, hash: set.hash }, { fromTick: fromTick - start, models }) };
}

function openMs(set: MarketSet, tick: number): number {
  const base = set.members[0]?.clocks[0];
  return ((base?.firstOrdinal ?? 0) + tick) * (base?.period.kind === 'fixed' ? base.period.ms : Number.NaN);
}

/** What the header of a journal says of a model. */
function usedOf({
  model,
  servedBy,
  serving,
  learned,
  promoted,
}: PreparedModel): NonNullable<RunConfig['models']>[number] {
  const answering = serving.flatMap((one, number) => (one === undefined || !servedBy.includes(number) ? [] : [one]));
  const { source } = model;
  const fileMs = source.kind === 'file' && source.trainedToMs !== undefined ? source.trainedToMs + DAY_MS : 0;
  const activeOf = new Map((learned?.folds ?? []).map(({ version, instant }) => [version?.id, instant.activeMs]));
  return {
    model: model.name,
    promise: 'exact',
    versions: answering.map(({ version }) => ({
      id: version.id,
      activeFrom:
        promoted?.id === version.id
          ? (promoted.activeFrom ?? '')
          : new Date(activeOf.get(version.id) ?? fileMs).toISOString().replace('.000Z', 'Z'),
    })),
  };
}

export interface LiveOptions {
  readonly start?: number;
  readonly fromTick?: number;
  /** First base tick of the past that models see; the data's first unless stated. */
  readonly pastFrom?: number;
  /** In a thread of their own, as they are outside of tests. */
  readonly inThread?: boolean;
  /** Stands between recorded bars and the run. */
  readonly feedThrough?: (feed: Feed) => Feed;
  readonly models?: Partial<RunModelsParts>;
  readonly run?: Partial<SimulatedRunParts>;
}

export interface LiveModelRun {
  readonly run: SimulatedRun;
  readonly models: RunModels;
  readonly rows: readonly Row[];
}

/** The same bars, one by one. */
export async function liveWith(
  program: Program,
  set: MarketSet,
  registry: Registry,
  { start = 0, fromTick = 0, pastFrom = 0, inThread = false, ...more }: LiveOptions = {},
): Promise<LiveModelRun> {
  const plan: Plan = compileProgram(program);
  const own = setFrom(set, start);
  const recorded = replayOf({ set: { ...own, hash: set.hash }, gaps: plan.instruments.map(({ gaps }) => gaps) });
  const meta = set.members.map(() => ({}));
  const rows: Row[] = [];
  const models = await openRunModels({
    program,
    plans: plansOf(program),
    plan,
    params: {},
    meta,
    registry,
    folder: '/',
    cache: CACHE,
    threads: 1,
    past: recordedPast(setFrom(set, pastFrom), recorded.spec, start - pastFrom),
    firstMs: recorded.spec.firstMs,
    patience: 'all day',
    needsVersions: false,
    notice: () => {},
    ...(!inThread && { trainings: trainingHere() }),
    ...more.models,
  });
  const run = openSimulatedRun({
    ...recorded,
    feed: more.feedThrough?.(recorded.feed) ?? recorded.feed,
    open: (live, predictions) => openKernelRun(plan, {}, live.data(predictions), meta, { blockTicks: 1 }),
    models,
    strategy: plan.title,
    runId: 'test',
    memory: fleetingMemory(),
    rows: { ...NO_ROWS, append: row => void rows.push(row) },
    config: { fromTick: fromTick - start },
    ...more.run,
  });
  return { run, models, rows };
}

export function inputsOf(rows: readonly Row[]): readonly Input[] {
  return rows.flatMap(({ kind, body }) => (kind === 'input' ? [decode<Input>(body)] : []));
}

/** By model: versions in the order in which they began, with the open of their first bar. */
export interface Began {
  readonly model: string;
  readonly version: string;
  readonly atMs: number;
}

export function activationsOf(rows: readonly Row[]): readonly Began[] {
  const began = inputsOf(rows).flatMap(input => (input.type === 'activated' ? [input] : []));
  return began.map(({ model, version, openMs: atMs }) => ({ model, version, atMs })).sort(byModel);
}

/** Of a backtest: those that serve a bar before the data end. */
export function activationsIn({ models }: PreparedModels, set: MarketSet): readonly Began[] {
  const base = set.members[0]?.clocks[0];
  const lastMs = openMs(set, (base?.length ?? 0) - 1);
  return models
    .flatMap(({ model, learned }) =>
      (learned?.folds ?? []).flatMap(({ version, instant }): readonly Began[] =>
        version?.origin.kind === 'trained' && version.origin.accepted && instant.activeMs <= lastMs
          ? [{ model: model.name, version: version.id, atMs: instant.activeMs }]
          : [],
      ),
    )
    .sort(byModel);
}

function byModel(a: Began, b: Began): number {
  return a.model < b.model ? -1 : a.model > b.model ? 1 : a.atMs - b.atMs;
}

/** By key and lane, the bits of every prediction. */
export type SaidBits = Readonly<Record<string, readonly (readonly bigint[])[]>>;

export function saidBy({ predictions }: PreparedModels): SaidBits {
  return bitsOf(predictions);
}

/** What was journaled, on the ticks of a backtest. */
export function saidIn(rows: readonly Row[], { models, predictions }: PreparedModels): SaidBits {
  const columns = new Map(
    [...predictions].map(([key, lanes]) => [key, lanes.map(lane => lane.slice().fill(Number.NaN))]),
  );
  for (const input of inputsOf(rows)) {
    if (input.type !== 'prediction') continue;
    const block = models.find(({ model }) => model.name === input.model)?.block;
    if (block === undefined) throw new Error(`no model ${input.model}`);
    const at = firstTickFrom(block, input.openMs);
    for (const [key, values] of Object.entries(input.values)) {
      columns.get(key)?.forEach((column, lane) => {
        column[at] = values[lane] ?? Number.NaN;
      });
    }
  }
  return bitsOf(columns);
}

function bitsOf(columns: ReadonlyMap<string, readonly Float64Array[]>): SaidBits {
  const bits = (column: Float64Array) => [
    ...new BigUint64Array(column.map(value => (Number.isNaN(value) ? Number.NaN : value)).buffer),
  ];
  return Object.fromEntries(
    [...columns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, lanes]) => [key, lanes.map(bits)]),
  );
}

/** To the end of its bars. */
export async function follow({ run }: LiveModelRun): Promise<void> {
  await run.follow(new AbortController().signal);
  await run.run.idle();
}

/** Trainings in the thread of the test: starting another takes longer than they do. */
export function trainingHere(): TrainingRoom {
  return { run: job => trainDue(job()), close: async () => {} };
}
