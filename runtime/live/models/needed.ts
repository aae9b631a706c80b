/** How far back a run has to know bars, so that its models can be trained as they would be on all there is. */
import type { InstrumentMeta, ParamValues } from '../../../compiler/bind.ts';
import { openKernelRun } from '../../../compiler/index.ts';
import { openTimeOf, ordinalAt } from '../../../language/check/calendar.ts';
import type { Model, WalkForward } from '../../../language/check/model.ts';
import type { Period, Program } from '../../../language/check/program.ts';
import { HONEST } from '../../models/parts.ts';
import { groundOf } from '../../models/pipeline/data.ts';
import { upstreamOf } from '../../models/pipeline/order.ts';
import { servesRules } from '../../models/pipeline/prepare.ts';
import type { PlanMaker } from '../../models/pipeline/types.ts';
import { earlier } from '../../models/splits/calendar.ts';

export interface NeededParts {
  readonly program: Program;
  readonly plans: PlanMaker;
  readonly params: ParamValues;
  readonly meta: readonly InstrumentMeta[];
}

/**
 * Open of the first bar, UTC milliseconds, that the models of a run learn from which begins at `firstMs`. −Infinity: from the
 * very first one, however long ago.
 */
export function learnsFrom(parts: NeededParts, firstMs: number): number {
  const { program } = parts;
  const trained = program.models.filter(model => servesRules(model) && model.source.kind === 'trained');
  return Math.min(firstMs, ...trained.map(model => modelFrom(parts, model, firstMs)));
}

/** For a model that is to answer from an instant on. */
function modelFrom(parts: NeededParts, model: Model, answersMs: number): number {
  const { program } = parts;
  const split = model.training?.split;
  if (split?.kind !== 'walk_forward') return Number.NEGATIVE_INFINITY;
  const own = windowFrom(split, lastTraining(split, model.training?.search?.every, answersMs));
  const fromMs = own - settledMs(parts, model);
  const reads = program.models.filter(({ name }) => upstreamOf(program, model).includes(name));
  return Math.min(fromMs, ...reads.map(other => modelFrom(parts, other, fromMs)));
}

/** T of the version that serves at an instant; of a search the first T of its period, which has chosen for all of it. */
function lastTraining({ retrain, trainLagMs }: WalkForward, every: Period | undefined, answersMs: number): number {
  const startOf = (period: Period, timeMs: number) => openTimeOf(period, ordinalAt(period, timeMs));
  const last = startOf(retrain, answersMs - trainLagMs);
  return every === undefined ? last : startOf(retrain, startOf(every, last) + 1);
}

function windowFrom({ window }: WalkForward, trainedMs: number): number {
  return window.kind === 'rolling' ? earlier(trainedMs, window.length) : window.fromMs;
}

/** What has to lie before a window; where the past is never forgotten nothing that is given is enough, and nothing is asked. */
function settledMs({ program, plans, params, meta }: NeededParts, model: Model): number {
  const training = plans.training(model);
  const { clocks } = training.plan;
  const nothing = { clocks: clocks.map(() => ({ firstOrdinal: 0, length: 0, fields: {} })), completed: [] };
  const instruments = program.instruments.map(() => ({ ...nothing, firstTick: 0, endTick: 0, held: new Uint8Array() }));
  const { settled } = groundOf(
    {
      data: { instruments, predictions: new Map() },
      params,
      meta,
      open: openKernelRun,
      cache: { maxBytes: 0, ttlMs: 0 },
      parts: HONEST,
      runStart: 0,
      warn: () => {},
    },
    training,
  );
  const period = clocks[training.clock]?.period;
  const barMs = period?.kind === 'fixed' ? period.ms : (period?.months ?? 1) * LONGEST_MONTH_MS;
  // A slow bar may lie across the first one, and rows begin behind the window's start.
  return Number.isFinite(settled) ? (settled + 2) * barMs : 0;
}

const LONGEST_MONTH_MS = 31 * 86_400_000;
