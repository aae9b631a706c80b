/** Strategies that ask models, backtested and run bar by bar on the same bars. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { compileProgram, openKernelRun, type Plan } from '../../../compiler/index.ts';
import type { RunData } from '../../../compiler/kernel/run.ts';
import type { Program } from '../../../language/check/program.ts';
import { runPlan } from '../../../runtime/backtest.ts';
import { loneSet, type MarketSet } from '../../../runtime/data/market-set.ts';
import type { BarTable, MarketSeries } from '../../../runtime/data/series.ts';
import type { RunResult } from '../../../runtime/engine/result.ts';
import type { RunConfig } from '../../../runtime/engine/settings.ts';
import { instrumentsOf, setFrom } from '../../../runtime/lane.ts';
import { decode } from '../../../runtime/live/codec.ts';
import { recordedPast } from '../../../runtime/live/models/past.ts';
import { openRunModels, type RunModels, type RunModelsParts } from '../../../runtime/live/models/run-models.ts';
import { replayOf } from '../../../runtime/live/replay.ts';
import { fleetingMemory } from '../../../runtime/live/simulated/memory.ts';
import {
  NO_ROWS,
  openSimulatedRun,
  type SimulatedRun,
  type SimulatedRunParts,
} from '../../../runtime/live/simulated-run.ts';
import type { ActivationInput, Input, PredictionInput, Row } from '../../../runtime/live/store/rows.ts';
import { HONEST } from '../../../runtime/models/parts.ts';
import { plansOf } from '../../../runtime/models/pipeline/plans.ts';
import { prepareModels } from '../../../runtime/models/pipeline/prepare.ts';
import type { PreparedModel, PreparedModels } from '../../../runtime/models/pipeline/types.ts';
import type { Registry } from '../../../runtime/models/registry/registry.ts';
import { walk } from '../models/pipeline/support.ts';

/** A market of chance as a loader would have it. */
export function walkedSet(seed: number, length: number): MarketSet {
  const { clocks, held } = walk(seed, length);
  const [columns] = clocks;
  if (columns === undefined) throw new Error('a market has a clock');
  const { open, high, low, close, volume } = columns.fields;
  if (!open || !high || !low || !close || !volume) throw new Error('a bar has four prices and a volume');
  const base: BarTable = {
    period: { kind: 'fixed', ms: 86_400_000, anchorMs: 0 } as BarTable['period'],
    firstOrdinal: columns.firstOrdinal,
    length,
    open,
    high,
    low,
    close,
    volume,
    held,
  };
  const quality = {
    rows: length,
    firstMs: columns.firstOrdinal * 86_400_000,
    lastMs: (columns.firstOrdinal + length - 1) * 86_400_000,
    periodMs: 86_400_000,
    missingBars: 0,
    duplicates: 0,
    outOfOrder: 0,
    offGrid: 0,
    merged: 0,
    ohlcViolations: 0,
    zeroVolume: 0,
    unfinishedLast: false,
    thinBars: 0,
    heldBars: 0,
  };
  const series: MarketSeries = {
    symbol: 'AAA/USDT',
    venue: 'binance',
    clocks: [base],
    completed: [new Int32Array()],
    quality,
    hash: `walk ${seed} ${length}`,
  };
  return loneSet(series);
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
  const run = openKernelRun(plan, {}, { instruments: instrumentsOf(own), predictions }, [{}]);
  const models = prepared.models.map(usedOf);
  return { prepared, result: runPlan(run, { ...series, hash: set.hash }, { fromTick: fromTick - start, models }) };
}

function openMs(set: MarketSet, tick: number): number {
  const base = set.members[0]?.clocks[0];
  return ((base?.firstOrdinal ?? 0) + tick) * (base?.period.kind === 'fixed' ? base.period.ms : Number.NaN);
}

/** What the header of a journal says of a model. */
function usedOf({ model, servedBy, serving, learned }: PreparedModel): NonNullable<RunConfig['models']>[number] {
  const answering = serving.flatMap((one, number) => (one === undefined || !servedBy.includes(number) ? [] : [one]));
  const activeOf = new Map((learned?.folds ?? []).map(({ version, instant }) => [version?.id, instant.activeMs]));
  return {
    model: model.name,
    promise: 'exact',
    versions: answering.map(({ version }) => ({
      id: version.id,
      activeFrom: new Date(activeOf.get(version.id) ?? 0).toISOString().replace('.000Z', 'Z'),
    })),
  };
}

export interface LiveOptions {
  readonly start?: number;
  readonly fromTick?: number;
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
  { start = 0, fromTick = 0, ...more }: LiveOptions = {},
): Promise<LiveModelRun> {
  const plan: Plan = compileProgram(program);
  const own = setFrom(set, start);
  const recorded = replayOf({ set: { ...own, hash: set.hash }, gaps: [plan.instruments[0]?.gaps ?? 'hold'] });
  const rows: Row[] = [];
  const models = await openRunModels({
    program,
    plans: plansOf(program),
    plan,
    params: {},
    meta: set.members.map(() => ({})),
    registry,
    folder: '.',
    cache: CACHE,
    threads: 1,
    past: recordedPast(set, recorded.spec, start),
    firstMs: recorded.spec.firstMs,
    patience: 'all day',
    needsVersions: false,
    notice: () => {},
    ...more.models,
  });
  const run = openSimulatedRun({
    ...recorded,
    open: (live, predictions) => openKernelRun(plan, {}, live.data(predictions), [{}], { blockTicks: 1 }),
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

/** What was journaled of models: activations with their ticks, and predictions. */
export function saidIn(rows: readonly Row[]): {
  readonly activations: readonly ActivationInput[];
  readonly predictions: readonly PredictionInput[];
} {
  const inputs = inputsOf(rows);
  return {
    activations: inputs.flatMap(input => (input.type === 'activated' ? [input] : [])),
    predictions: inputs.flatMap(input => (input.type === 'prediction' ? [input] : [])),
  };
}
