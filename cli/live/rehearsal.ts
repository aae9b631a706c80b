/** `vela run --replay`: recorded candles through the path of a live run. */
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import { metaOf, setFrom } from '../../runtime/lane.ts';
import type { RunFolder } from '../../runtime/live/folder.ts';
import { recordedPast } from '../../runtime/live/models/past.ts';
import { replayOf } from '../../runtime/live/replay.ts';
import { openSimulatedRun } from '../../runtime/live/simulated-run.ts';
import { venueDatabase } from '../../runtime/live/store/venue-database.ts';
import { factsFor } from '../backtest/facts.ts';
import { loadFor } from '../backtest/load.ts';
import { dataWarningLine } from '../backtest/run.ts';
import { startOf } from '../backtest/start.ts';
import type { Call } from '../command.ts';
import { modelsFor } from './models.ts';
import type { ReplayRequest } from './request.ts';
import type { RunStrategy } from './strategy.ts';
import type { RunWay } from './way.ts';

export async function rehearsalOf(
  call: Call,
  strategy: RunStrategy,
  request: ReplayRequest,
  folder: RunFolder,
): Promise<RunWay> {
  const { terminal } = call;
  const { plan, values, facts } = strategy;
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
    open: async opening => {
      const recorded = replayOf({
        set,
        gaps: plan.instruments.map(({ gaps }) => gaps),
        ...(request.speed !== undefined && { speed: request.speed }),
      });
      const models = await modelsFor(call, strategy, {
        facts: symbol => factsFor(facts, symbol),
        spec: recorded.spec,
        past: () => recordedPast(whole, recorded.spec, start),
        // Recorded bars wait for a training, so that a rehearsal is the backtest.
        patience: 'all day',
        needsVersions: false,
        notice: opening.notice,
      });
      return openSimulatedRun({
        ...recorded,
        ...opening,
        ...(models !== undefined && { models }),
        memory: venueDatabase(folder.venue),
        strategy: plan.title,
        open: (live, predictions) => openKernelRun(plan, values, live.data(predictions), metas, { blockTicks: 1 }),
        config: {
          fromTick: fromTick - start,
          params: values,
          facts: Object.fromEntries(plan.instruments.map(({ symbol }) => [symbol, factsFor(facts, symbol)])),
          ...(request.capital !== undefined && { capital: request.capital }),
        },
      });
    },
    close: async () => {},
  };
}
