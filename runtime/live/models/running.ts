/** A model at work in a run, and what is told of it: to those who watch, and in the journal's first line. */
import type { RunConfig } from '../../engine/settings.ts';
import type { Predictor } from '../../models/inference/predictor.ts';
import type { Registry } from '../../models/registry/registry.ts';
import type { Degraded, ModelStatus, Quantiles } from '../status.ts';
import type { ActivationInput } from '../store/rows.ts';
import type { AskedModel } from './asked.ts';
import type { HeldModel } from './bound.ts';
import type { Turns } from './turns.ts';

/** Something that is not as it should be, and since when. */
interface Trouble {
  readonly text: string;
  readonly sinceMs: number;
}

export interface Running {
  readonly held: HeldModel;
  readonly asked: AskedModel;
  readonly turns: Turns;
  /** Names of the models that it reads. */
  readonly reads: readonly string[];
  readonly isRead: boolean;
  /** Versions that have answered, or could have. */
  readonly used: Set<string>;
  readonly activations: Map<string, ActivationInput>;
  /** From the close of a bar to the answer, milliseconds; the latest of them. */
  readonly latencies: number[];
  failures: number;
  /** Of the last tick that it was asked about. */
  failure: Trouble | undefined;
  /** What the training under way is at, or why the last one came to nothing. */
  training: string | undefined;
  late: Trouble | undefined;
  /** It has had versions, and now none serves. */
  without: Trouble | undefined;
  /** It has taken the place of another of its name, and no version of it has begun to serve yet. */
  isOther: boolean;
}

const MOST_LATENCIES = 10_000;

export function noteLatency({ latencies }: Running, ms: number): void {
  latencies.push(ms);
  if (latencies.length > MOST_LATENCIES) latencies.shift();
}

/** `next`: tick of the block's clock that comes next. */
export function statusOf(
  { held, asked, turns, activations, latencies, failures, training }: Running,
  next: number,
): ModelStatus {
  const version = turns.at(next) ?? '';
  const { drift } = asked;
  return {
    name: held.model.name,
    version,
    activeFromMs: activations.get(version)?.openMs ?? null,
    latencyMs: quantiles(latencies),
    failures,
    drift: Number.isNaN(drift) ? null : drift,
    ...(training !== undefined && { training }),
  };
}

export function degradedBy({ failure, late, without }: Running): readonly Degraded[] {
  return [failure, late, without].flatMap(trouble =>
    trouble === undefined ? [] : [{ code: 'model' as const, ...trouble }],
  );
}

/** What a journal says of a predictor. */
export type Answering = Pick<Predictor, 'promise' | 'name'>;

type Used = NonNullable<RunConfig['models']>[number];

/** As the first line of a backtest's journal says it. `predictors`: of the versions that have answered, by their ids. */
export function usedOf(
  { held, used, turns, activations }: Running,
  predictors: ReadonlyMap<string, Answering>,
  registry: Registry,
): Used {
  const versions = [...used].map(id => ({
    id,
    activeFrom: activeFromOf(held, turns, id, activations.get(id)?.trainedMs, registry),
  }));
  const answering = versions.flatMap(({ id }) => predictors.get(id) ?? []);
  const isExact = answering.every(({ promise }) => promise === 'exact');
  return {
    model: held.model.name,
    promise: isExact ? 'exact' : 'approximate',
    ...(!isExact && { predictor: [...new Set(answering.map(({ name }) => name))].join(', ') }),
    versions,
  };
}

const DAY_MS = 86_400_000;

function activeFromOf(
  { fixed, model }: HeldModel,
  turns: Turns,
  id: string,
  trainedMs: number | undefined,
  registry: Registry,
): string {
  if (fixed?.version.id === id) {
    const { source } = model;
    if (source.kind === 'file') return source.trainedToMs === undefined ? '' : isoOf(source.trainedToMs + DAY_MS);
    return registry.find(id)?.version.activeFrom ?? '';
  }
  const number = trainedMs === undefined ? undefined : turns.numberOf(trainedMs);
  const instant = number === undefined ? undefined : turns.instants[number];
  return instant === undefined ? '' : isoOf(instant.activeMs);
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function quantiles(values: readonly number[]): Quantiles {
  if (values.length === 0) return { count: 0, p50: null, p99: null };
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return { count: values.length, p50: at(0.5), p99: at(0.99) };
}
