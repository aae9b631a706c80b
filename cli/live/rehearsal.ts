/** `vela run --replay`: recorded candles through the path of a live run. */
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import { metaOf, setFrom } from '../../runtime/lane.ts';
import type { RunFolder } from '../../runtime/live/folder.ts';
import { replayOf } from '../../runtime/live/replay.ts';
import { openSimulatedRun } from '../../runtime/live/simulated-run.ts';
import { venueDatabase } from '../../runtime/live/store/venue-database.ts';
import { factsFor } from '../backtest/facts.ts';
import { loadFor } from '../backtest/load.ts';
import { dataWarningLine, startOf } from '../backtest/run.ts';
import type { Call } from '../command.ts';
import type { ReplayRequest } from './request.ts';
import type { RunStrategy } from './strategy.ts';
import type { RunWay } from './way.ts';

export async function rehearsalOf(
  { terminal }: Call,
  { plan, values, facts }: RunStrategy,
  request: ReplayRequest,
  folder: RunFolder,
): Promise<RunWay> {
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
  const metas = plan.instruments.map(({ symbol }) => metaOf(factsFor(facts, symbol)));
  return {
    // The simulated venue sleeps while the process is away.
    entriesOnLeaving: 'kept',
    open: opening =>
      openSimulatedRun({
        ...replayOf({
          set,
          gaps: plan.instruments.map(({ gaps }) => gaps),
          ...(request.speed !== undefined && { speed: request.speed }),
        }),
        ...opening,
        memory: venueDatabase(folder.venue),
        strategy: plan.title,
        open: live => openKernelRun(plan, values, live.data(), metas, { blockTicks: 1 }),
        config: {
          fromTick: fromTick - start,
          params: values,
          facts: Object.fromEntries(plan.instruments.map(({ symbol }) => [symbol, factsFor(facts, symbol)])),
          ...(request.capital !== undefined && { capital: request.capital }),
        },
      }),
    close: async () => {},
  };
}
