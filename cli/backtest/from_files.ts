/** `vela backtest`: from what was asked to the outcome: compile, load, run; each step is told on standard error. */
import type { Plan } from '../../compiler/plan.ts';
import { openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import type { MarketSet } from '../../runtime/data/market-set.ts';
import type { Call } from '../command.ts';
import { configurationFor } from '../configuration.ts';
import { preparePlan } from '../plan_cache.ts';
import { startProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { type FactTable, readFacts } from './facts.ts';
import { loadFor } from './load.ts';
import type { Outcome } from './outcome.ts';
import { betweenSteps, type ParamValues, readParamValues } from './param_values.ts';
import { type BacktestRequest, refuseColumnsAsText } from './request.ts';
import { dataWarningLine, runBacktest } from './run.ts';
import { settledBars } from './start.ts';
import { withTrials } from './trials.ts';

/** Undefined when the strategy has errors; they have been told by then. */
export async function backtestFiles(
  call: Call,
  source: SourceFile,
  request: BacktestRequest,
): Promise<Outcome | undefined> {
  const { terminal } = call;
  const facts = request.factsFile === undefined ? undefined : readFacts(request.factsFile);
  const configuration = await configurationFor(call);
  const progress = startProgress(terminal);
  try {
    const compiling = progress.step('compiling');
    const prepared = await preparePlan(call, source, {
      series: request.series,
      plots: request.reportFile !== undefined,
      configuration,
    });
    if (prepared === undefined) return undefined;
    refuseColumnsAsText(call, request);
    const values = readParamValues(request.settings, prepared.plan.params);
    const compileMs = compiling();
    for (const line of betweenSteps(values, prepared.plan.params)) {
      terminal.log(`${terminal.logPaint('cyan', 'note')}: ${line}\n`);
    }
    await terminal.checkpoint();

    const loading = progress.step('loading candles');
    const readsFromMs = firstInstantRead(prepared.plan, values, facts, request.fromMs);
    const { data, mark, funding, maxGapMs, toMs, fromMs } = request;
    const set = await loadFor(prepared.plan, {
      data,
      mark,
      funding,
      cacheDir: (await defaultCacheDir(terminal.environment)) ?? false,
      ...(maxGapMs !== undefined && { maxGapMs }),
      ...(toMs !== undefined && { toMs }),
      ...(fromMs !== undefined && { fromMs }),
      ...(readsFromMs !== undefined && { readsFromMs }),
    });
    const loadMs = loading();
    await terminal.checkpoint();

    const models = asksModels(prepared.plan)
      ? await import('../rooms/models.ts').then(({ predictionsFor }) =>
          predictionsFor(terminal, {
            source,
            configuration,
            plan: prepared.plan,
            set,
            values,
            ...(facts !== undefined && { facts }),
            ...(fromMs !== undefined && { fromMs }),
          }),
        )
      : undefined;
    await terminal.checkpoint();

    const running = progress.step('running');
    const outcome = runBacktest({
      source,
      prepared,
      values,
      set,
      asked: request.series,
      ...(models !== undefined && { models }),
      simulated: false,
      loadMs,
      compileMs,
      ...(facts !== undefined && { facts }),
      ...(request.capital !== undefined && { capital: request.capital }),
      ...(fromMs !== undefined && { fromMs }),
      ...(maxGapMs !== undefined && { maxGapMs }),
    });
    running();
    progress.end();
    tellOfMachine(terminal, set);
    return withTrials(terminal, outcome);
  } finally {
    progress.end();
  }
}

/** Whether any stage reads what a model says. */
export function asksModels({ stages }: Plan): boolean {
  return stages.some(({ inputs }) => inputs.some(({ from }) => from.kind === 'prediction'));
}

/** A cache that cannot be written or was damaged: told, and kept out of what the run gives. */
function tellOfMachine(terminal: Terminal, { warnings }: MarketSet): void {
  for (const warning of warnings) {
    if (warning.environment !== true) continue;
    terminal.log(`${terminal.logPaint('yellow', 'warning')} ${dataWarningLine(warning)}\n  help: ${warning.help}\n`);
  }
}

/** `--from` less what the strategy needs to settle: holes before that are none of the run's business. */
export function firstInstantRead(
  plan: Plan,
  values: ParamValues,
  facts: FactTable | undefined,
  fromMs: number | undefined,
): number | undefined {
  const period = plan.clocks[0]?.period;
  if (fromMs === undefined || period === undefined) return undefined;
  const settled = settledBars(plan, values, facts);
  return Number.isFinite(settled) ? openTimeOf(period, ordinalAt(period, fromMs) - settled) : undefined;
}
