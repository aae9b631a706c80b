/**
 * A run with a real venue: its bars, its orders, its fills. As simulated-run.ts puts a run together, only that here the
 * venue lives by itself: it is listened to from the moment the journal is replayed, whether bars come or not.
 */
import type { PlanRun, RunData } from '../../compiler/kernel/run.ts';
import type { OpenRun, Starting } from './companion.ts';
import { type GridSpec, LiveGrid } from './grid.ts';
import type { RunModels } from './models/run-models.ts';
import { bindingOf, type LiveConfig, openTrader } from './open-trader.ts';
import type { Feed, Venue, VenueError } from './ports.ts';
import { replayRows } from './recovery.ts';
import { LiveRun, type Notice, type RunParts } from './run.ts';
import type { RowSink } from './store/rows.ts';
import { untilAnswered } from './until-answered.ts';
import { type Lateness, wholeTicks } from './whole-ticks.ts';

export interface LiveRunParts {
  readonly feed: Feed;
  readonly periodMs: number;
  readonly spec: GridSpec;
  readonly lateness?: Lateness;
  /** Opens the plan on the data of a grid, in blocks of one tick. */
  readonly open: (live: LiveGrid, predictions?: RunData['predictions']) => PlanRun;
  /** Where the strategy asks models: they begin where the run does. */
  readonly models?: RunModels;
  readonly config: LiveConfig;
  readonly strategy: string;
  readonly runId: string;
  readonly venue: Venue;
  /** As the configuration calls it. */
  readonly account: string;
  readonly rows: RowSink;
  readonly notice: (notice: Notice) => void;
  readonly failed: (error: unknown) => void;
  /** By number of the instrument: since when, on the run's clock, its position is known to lack its stop (guard/first.ts). */
  readonly bare?: ReadonlyMap<number, number>;
  /** Instead of this machine's: a test's goes faster. */
  readonly time?: Pick<RunParts, 'clock' | 'sleep'>;
  readonly snapshotEvery?: number;
}

/**
 * What goes on beside the run (an order that is looked up until somebody knows of it) sleeps in between. When the run is over
 * nobody wakes it: it would ask for ever, and keep the process from ending.
 */
function machineTime(over: AbortSignal): Pick<RunParts, 'clock' | 'sleep'> {
  const asleep = new Set<NodeJS.Timeout>();
  over.addEventListener('abort', () => {
    for (const timer of asleep) clearTimeout(timer);
  });
  const sleep = (ms: number) =>
    new Promise<void>(resolve => {
      if (over.aborted) return;
      const timer = setTimeout(() => {
        asleep.delete(timer);
        resolve();
      }, ms);
      asleep.add(timer);
    });
  return { clock: () => performance.now(), sleep };
}

/** Nobody looks, and nobody ends it. */
const UNATTENDED: Starting = { signal: new AbortController().signal, waits: () => {} };

export function openLiveRun(parts: LiveRunParts): OpenRun {
  const { venue, models } = parts;
  const live = new LiveGrid(parts.spec);
  const { amends, reduceOnly } = venue.abilities;
  // Where no order can be told only to reduce, a resting sale is one of what is held: its quantity is set aside.
  const config = { ...parts.config, ways: { amends, reserves: !reduceOnly, expires: false, isShared: true } };
  const trader = openTrader(parts.open(live, models?.columns.columns), live, config);
  const binding = bindingOf({
    trader,
    config,
    runId: parts.runId,
    strategy: parts.strategy,
    mode: 'live',
    account: `${venue.name} ${parts.account}`,
    ...(models !== undefined && { models: models.bound }),
  });
  const { symbols } = binding;
  const over = new AbortController();
  const run = new LiveRun({
    binding,
    account: parts.account,
    trader,
    venue,
    rows: parts.rows,
    ...(models !== undefined && { models }),
    notice: parts.notice,
    failed: parts.failed,
    ...(parts.time ?? machineTime(over.signal)),
    ...(parts.snapshotEvery !== undefined && { snapshotEvery: parts.snapshotEvery }),
  });
  let listening: Promise<void> = Promise.resolve();
  return {
    run,
    trader,
    binding,
    recover: async (rows, snapshot, { signal, waits } = UNATTENDED) => {
      replayRows(run, rows, snapshot);
      run.guard.open(parts.bare);
      // Orders in what is only read are none of its business.
      const traded = trader.traded.map(instrument => run.symbolOf(instrument));
      listening = venue.listen(traded, run.onVenue, over.signal).catch(parts.failed);
      const begin = async () => {
        await run.reconciler.now(true);
        await run.guard.start();
      };
      const told = ({ message }: VenueError, againInMs: number) => {
        waits(`it waits for ${venue.name}, which does not answer: ${message}`);
        run.notice('alert', 'waiting for the venue', { why: message, againInMs });
      };
      await untilAnswered(begin, { signal, told, sleep: run.parts.sleep });
      waits(undefined);
    },
    follow: async signal => {
      await models?.start(signal);
      await wholeTicks(parts.feed, parts.lateness).follow(
        { symbols, periodMs: parts.periodMs, fromMs: live.openMs(live.length) },
        run.onFeed,
        signal,
      );
    },
    result: () => trader.result('consumed', 0, models?.used()),
    degraded: () => [...run.guard.degraded, ...(models?.degraded() ?? [])],
    models: () => models?.status() ?? [],
    close: async () => {
      over.abort();
      await models?.close();
      await listening;
      await venue.close();
    },
  };
}
