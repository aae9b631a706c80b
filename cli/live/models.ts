/** The models of a run: opened where the strategy asks any, from its checked program and the bars before the run. */
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheLimits } from '../../runtime/config/read.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import type { MarketFacts } from '../../runtime/data/series.ts';
import { metaOf } from '../../runtime/lane.ts';
import type { GridSpec } from '../../runtime/live/grid.ts';
import { learnsFrom } from '../../runtime/live/models/needed.ts';
import type { Past } from '../../runtime/live/models/past.ts';
import { openRunModels, type RunModels, type RunModelsParts } from '../../runtime/live/models/run-models.ts';
import { plansOf } from '../../runtime/models/pipeline/plans.ts';
import { Registry } from '../../runtime/models/registry/registry.ts';
import type { Call } from '../command.ts';
import { checkSource } from '../strategy.ts';
import type { RunStrategy } from './strategy.ts';

export interface ModelsWish {
  readonly facts: (symbol: string) => MarketFacts;
  /** Of the run. */
  readonly spec: GridSpec;
  /** Bars before it, from the first that models learn from. */
  readonly past: (fromMs: number) => Past | Promise<Past>;
  readonly patience: RunModelsParts['patience'];
  readonly needsVersions: boolean;
  readonly notice: RunModelsParts['notice'];
}

/** Undefined where the strategy asks no model. */
export async function modelsFor(
  { terminal }: Call,
  { plan, values, source, given, configuration }: RunStrategy,
  { facts, spec, past, ...wish }: ModelsWish,
): Promise<RunModels | undefined> {
  const asks = plan.stages.some(({ inputs }) => inputs.some(({ from }) => from.kind === 'prediction'));
  if (!asks) return undefined;
  const { program } = checkSource(source, given);
  const cached = await defaultCacheDir(terminal.environment);
  const about = {
    program,
    plans: plansOf(program),
    params: values,
    meta: plan.instruments.map(({ symbol }) => metaOf(facts(symbol))),
  };
  return openRunModels({
    ...about,
    ...wish,
    plan,
    registry: new Registry(),
    folder: dirname(source.name),
    cache: {
      ...(cached !== undefined && { folder: join(cached, 'datasets') }),
      ...cacheLimits(configuration.system),
    },
    ...(cached !== undefined && { devices: cached }),
    // The run's own thread keeps a core.
    threads: Math.max(1, availableParallelism() - 1),
    past: await past(learnsFrom(about, spec.firstMs)),
    firstMs: spec.firstMs,
  });
}
