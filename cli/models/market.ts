/** The models of a strategy with the market they learn from: what every command that trains begins with. */
import { dirname } from 'node:path';
import { compileProgram, type Plan } from '../../compiler/index.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import { Registry } from '../../runtime/models/registry/registry.ts';
import { readFacts } from '../backtest/facts.ts';
import { loadFor } from '../backtest/load.ts';
import { readParamValues } from '../backtest/param_values.ts';
import type { Call } from '../command.ts';
import { configurationFor } from '../configuration.ts';
import { CommandError } from '../errors.ts';
import { startProgress } from '../progress.ts';
import { runnable } from '../runnable.ts';
import type { ModelsInput } from './prepare.ts';
import type { TrainRequest } from './request.ts';

export type MarketRequest = Pick<
  TrainRequest,
  'data' | 'mark' | 'funding' | 'settings' | 'factsFile' | 'maxGapMs' | 'toMs' | 'threads'
>;

export interface ModelsOnMarket {
  readonly plan: Plan;
  readonly input: ModelsInput;
  /** Warnings of the strategy. */
  readonly told: readonly string[];
  readonly loadMs: number;
}

/** Undefined when the strategy has errors; they have been told by then. */
export async function modelsOnMarket(
  call: Call,
  source: SourceFile,
  request: MarketRequest,
): Promise<ModelsOnMarket | undefined> {
  const { terminal } = call;
  const configuration = await configurationFor(call);
  const strategy = runnable(call, source, configuration);
  if (strategy === undefined) return undefined;
  const { program, diagnostics } = strategy;
  if (program.models.length === 0)
    throw new CommandError('refused', `${source.name} has no model to train`, {
      file: source.name,
      help: 'write one, as in `model m = xgboost learn edge from x { … }` and `train m walk_forward { … }`',
    });
  const facts = request.factsFile === undefined ? undefined : readFacts(request.factsFile);
  const plan = compileProgram(program);
  const values = readParamValues(request.settings, plan.params);
  const progress = startProgress(terminal);
  const loading = progress.step('loading candles');
  const { data, mark, funding, maxGapMs, toMs } = request;
  const set = await loadFor(plan, {
    data,
    mark,
    funding,
    cacheDir: (await defaultCacheDir(terminal.environment)) ?? false,
    ...(maxGapMs !== undefined && { maxGapMs }),
    ...(toMs !== undefined && { toMs }),
  });
  const loadMs = loading();
  progress.end();
  await terminal.checkpoint();
  const input: ModelsInput = {
    program,
    set,
    values,
    configuration,
    registry: new Registry(),
    folder: dirname(source.name),
    threads: request.threads,
    ...(facts !== undefined && { facts }),
  };
  return { plan, input, told: diagnostics.map(({ code, message }) => `${code}: ${message}`), loadMs };
}
