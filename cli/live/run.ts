/** `vela run`: from what was asked to a run and its end. */

import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { Plan } from '../../compiler/plan.ts';
import { encodePlan } from '../../compiler/plan-file.ts';
import { resolved } from '../../runtime/config/read.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import type { PlacedSeries } from '../../runtime/data/market-set.ts';
import { metaOf, setFrom } from '../../runtime/lane.ts';
import { prepareFolder, runFolder } from '../../runtime/live/folder.ts';
import { replayOf } from '../../runtime/live/replay.ts';
import type { NoticeLevel } from '../../runtime/live/run.ts';
import { runSession, type SessionOutcome, type SessionSignals } from '../../runtime/live/session.ts';
import { openSimulatedRun } from '../../runtime/live/simulated-run.ts';
import { venueDatabase } from '../../runtime/live/store/venue-database.ts';
import { type LogLevel, openLog } from '../../runtime/monitor/log.ts';
import { factsFor, NO_FACTS, readFacts } from '../backtest/facts.ts';
import { loadFor } from '../backtest/load.ts';
import { readParamValues } from '../backtest/param_values.ts';
import { dataWarningLine, startOf } from '../backtest/run.ts';
import type { Call } from '../command.ts';
import { configurationFor } from '../configuration.ts';
import { CommandError } from '../errors.ts';
import { readStrategyFile } from '../files.ts';
import { preparePlan } from '../plan_cache.ts';
import type { RunRequest } from './request.ts';

const LEVEL: Readonly<Record<NoticeLevel, LogLevel>> = {
  order: 'debug',
  info: 'info',
  warning: 'warn',
  alert: 'error',
};

/** Undefined when the strategy has errors; they have been told by then. */
export async function runStrategy(
  call: Call,
  request: RunRequest,
  signals: SessionSignals,
): Promise<SessionOutcome | undefined> {
  const { terminal } = call;
  const source = readStrategyFile(request.file);
  const configuration = await configurationFor(call);
  const prepared = await preparePlan(call, source, { series: [], plots: false, configuration });
  if (prepared === undefined) return undefined;
  const { plan } = prepared;
  refuseUnready(plan);
  const values = readParamValues(request.settings, plan.params);
  const facts = request.factsFile === undefined ? NO_FACTS : readFacts(request.factsFile);
  const { data, mark, funding, maxGapMs, fromMs, toMs } = request;
  const whole = await loadFor(plan, {
    data,
    mark,
    funding,
    cacheDir: (await defaultCacheDir(terminal.environment)) ?? false,
    ...(maxGapMs !== undefined && { maxGapMs }),
    ...(toMs !== undefined && { toMs }),
    ...(fromMs !== undefined && { fromMs }),
  });
  for (const warning of whole.warnings)
    terminal.log(`${terminal.logPaint('yellow', 'warning')} ${dataWarningLine(warning)}\n`);
  const { start, fromTick } = startOf(plan, { set: whole, values, facts, ...(fromMs !== undefined && { fromMs }) });
  const set = setFrom(whole, start);
  const series = onlyOf(set.members);
  const folder = runFolder(request.state);
  const { logging } = resolved(configuration).system;
  const aside = prepareFolder(folder, request.anew);
  const log = openLog({ ...logging, file: folder.log, say: terminal.log, environment: terminal.environment });
  if (aside !== undefined) log.write('info', 'older run set aside', { folder: aside });
  try {
    return await runSession(
      {
        folder,
        plan: encodePlan(plan),
        notice: ({ level, what, facts: about }) => log.write(LEVEL[level], what, about),
        entriesOnLeaving: 'kept',
        open: opening =>
          openSimulatedRun({
            ...replayOf({
              series: { ...series, hash: set.hash },
              gaps: plan.instruments[0]?.gaps ?? 'hold',
              ...(request.speed !== undefined && { speed: request.speed }),
            }),
            ...opening,
            memory: venueDatabase(folder.venue),
            strategy: plan.title,
            open: live =>
              openKernelRun(plan, values, live.lane, [metaOf(factsFor(facts, series.symbol))], { blockTicks: 1 }),
            config: {
              fromTick: fromTick - start,
              params: values,
              facts: factsFor(facts, series.symbol),
              ...(request.capital !== undefined && { capital: request.capital }),
            },
          }),
      },
      signals,
    );
  } finally {
    log.close();
  }
}

/** What cannot be run yet is refused before anything is opened. */
function refuseUnready(plan: Plan): void {
  const asksModels = plan.stages.some(({ inputs }) => inputs.some(({ from }) => from.kind === 'prediction'));
  const why =
    plan.instruments.length !== 1 || plan.rebalances.length > 0
      ? 'a strategy of several instruments'
      : asksModels
        ? 'a strategy that asks a model'
        : undefined;
  if (why === undefined) return;
  throw new CommandError('refused', `${why} cannot be run bar by bar yet`, {
    help: '`vela backtest` runs it over recorded candles',
  });
}

function onlyOf([only]: readonly PlacedSeries[]): PlacedSeries {
  if (only === undefined) throw new CommandError('no-instrument', 'the strategy names no instrument');
  return only;
}
