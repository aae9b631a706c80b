/** The strategy of a run, compiled, with the values of its params and what is known of its markets. */
import type { Plan } from '../../compiler/plan.ts';
import type { Configuration } from '../../language/check/configuration.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import { type ResolvedConfiguration, resolved } from '../../runtime/config/read.ts';
import { type FactTable, NO_FACTS, readFacts } from '../backtest/facts.ts';
import { type ParamValues, readParamValues } from '../backtest/param_values.ts';
import type { StrategyRequest } from '../backtest/request.ts';
import type { Call } from '../command.ts';
import { configurationFor } from '../configuration.ts';
import { readStrategyFile } from '../files.ts';
import { preparePlan } from '../plan_cache.ts';

export interface RunStrategy {
  readonly source: SourceFile;
  readonly plan: Plan;
  readonly values: ParamValues;
  /** Of `--market`. */
  readonly facts: FactTable;
  readonly configuration: ResolvedConfiguration;
  /** As the documents have it: what the strategy was checked with. */
  readonly given: Configuration;
}

/** Undefined when the strategy has errors; they have been told by then. */
export async function strategyOf(call: Call, request: StrategyRequest): Promise<RunStrategy | undefined> {
  const source = readStrategyFile(request.file);
  const configuration = await configurationFor(call);
  // What has a name can be shown beside the signal that it led to; the plan means the same.
  const prepared = await preparePlan(call, source, { series: 'all', plots: false, configuration });
  if (prepared === undefined) return undefined;
  const { plan } = prepared;
  return {
    source,
    plan,
    values: readParamValues(request.settings, plan.params),
    facts: request.factsFile === undefined ? NO_FACTS : readFacts(request.factsFile),
    configuration: resolved(configuration),
    given: configuration,
  };
}
