/** `vela train`: the versions of a strategy's models that are due on these candles, and what came of them out of sample. */
import type { Plan } from '../../compiler/index.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import type { MarketSet } from '../../runtime/data/market-set.ts';
import type { ModelWarning } from '../../runtime/models/errors.ts';
import { modelWarning } from '../../runtime/models/errors.ts';
import { evaluate, type ModelReport } from '../../runtime/models/pipeline/evaluate.ts';
import type { ParamValues } from '../backtest/param_values.ts';
import { configurationKey, noteTrial } from '../backtest/trials.ts';
import type { Call } from '../command.ts';
import { CommandError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { kFoldReports } from './kfold.ts';
import { modelsOnMarket } from './market.ts';
import { type NullFigures, nullFigures } from './nulls.ts';
import { recipesOf } from './predictions.ts';
import { prepare, warningLines } from './prepare.ts';
import type { TrainRequest } from './request.ts';
import { thresholdWarnings } from './thresholds.ts';

export interface TrainOutcome {
  readonly strategy: string;
  readonly file: string;
  readonly set: MarketSet;
  readonly models: readonly ModelReport[];
  readonly nulls: readonly NullFigures[];
  readonly warnings: readonly string[];
  readonly timing: { readonly loadMs: number; readonly trainMs: number; readonly nullMs: number };
}

/** Undefined when the strategy has errors; they have been told by then. */
export async function trainFiles(
  call: Call,
  source: SourceFile,
  request: TrainRequest,
): Promise<TrainOutcome | undefined> {
  const { terminal } = call;
  const found = await modelsOnMarket(call, source, request);
  if (found === undefined) return undefined;
  const { plan, input, told, loadMs } = found;
  const { program, set, values, registry } = input;
  const startedMs = performance.now();
  const prepared = await prepare(terminal, input);
  const reports: ModelReport[] = [];
  for (const model of prepared.models) {
    await terminal.checkpoint();
    const report = await evaluate(model, registry, model.model.seed);
    if (report !== undefined) reports.push(report);
  }
  reports.push(...(await kFoldReports(terminal, input, prepared)));
  refuseNothing(
    reports,
    prepared.warnings.find(({ code }) => code === 'E1110'),
  );
  recordTraining(terminal, plan, values, set, program.title, recipesOf(prepared.models));
  const trainMs = performance.now() - startedMs;
  const nullsMs = performance.now();
  const nulls = await nullFigures(terminal, input, reports, request.nulls);
  const ahead = reports.filter(({ looksAhead }) => looksAhead).map(({ model }) => model);
  const warnings = [
    ...prepared.warnings,
    ...thresholdWarnings(program, values, prepared.models),
    ...(ahead.length === 0 ? [] : [modelWarning('E1117', { models: ahead.join(', ') })]),
  ];
  return {
    strategy: program.title,
    file: source.name,
    set,
    models: reports,
    nulls,
    warnings: [...told, ...warningLines(warnings)],
    timing: { loadMs, trainMs, nullMs: performance.now() - nullsMs },
  };
}

/** What was looked at out of sample was tried, whether it is traded or not. */
function recordTraining(
  terminal: Terminal,
  plan: Plan,
  values: ParamValues,
  { members, quality }: MarketSet,
  strategy: string,
  recipes: string,
): void {
  noteTrial(terminal, {
    key: configurationKey(plan.planHash, plan.params, values, recipes),
    command: 'train',
    strategy,
    symbols: members.map(({ symbol }) => symbol),
    fromMs: quality.firstMs,
    toMs: quality.lastMs + quality.periodMs,
  });
}

/** A training that made nothing has failed, whatever it says of why. */
function refuseNothing(
  reports: readonly ModelReport[],
  tooFew: Pick<ModelWarning, 'message' | 'help'> | undefined,
): void {
  const made = reports.some(({ folds }) =>
    folds.some(({ version, metrics }) => version !== undefined || metrics !== undefined),
  );
  if (made || reports.length === 0) return;
  const [why = tooFew] = reports.flatMap(({ folds }) => folds.flatMap(fold => fold.refusal ?? []));
  throw new CommandError('untrained', why?.message ?? 'no model could be trained', {
    help: why?.help ?? 'see `vela train --help`',
  });
}
