/**
 * A run with simulated fills: bars of some feed, the simulated exchange as its venue. Recorded bars make it a rehearsal,
 * a venue's bars make it paper trading. Puts together what a run is made of; nothing here decides anything.
 */
import type { PlanRun, RunData } from '../../compiler/kernel/run.ts';
import { DEFAULT_FACTS } from '../engine/settings.ts';
import type { OpenRun } from './companion.ts';
import { type GridSpec, LiveGrid } from './grid.ts';
import type { RunModels } from './models/run-models.ts';
import { bindingOf, type LiveConfig, openTrader } from './open-trader.ts';
import type { Feed, Venue } from './ports.ts';
import { replayRows } from './recovery.ts';
import { LiveRun, type Notice } from './run.ts';
import { exchangeFor } from './simulated/exchange.ts';
import type { VenueMemory } from './simulated/memory.ts';
import { playedFeed } from './simulated/played-feed.ts';
import { SimulatedVenue } from './simulated/venue.ts';
import type { RowSink } from './store/rows.ts';
import { type Lateness, wholeTicks } from './whole-ticks.ts';

export interface SimulatedRunParts {
  readonly mode: 'replay' | 'paper';
  readonly feed: Feed;
  readonly periodMs: number;
  /** Where the bars start, how many there is room for, and what each instrument brings along. */
  readonly spec: GridSpec;
  /** How long a tick waits for its last instruments; for ever when unsaid. */
  readonly lateness?: Lateness;
  /** Opens the plan on the data of a grid, in blocks of one tick. */
  readonly open: (live: LiveGrid, predictions?: RunData['predictions']) => PlanRun;
  /** Where the strategy asks models: they begin where the run does. */
  readonly models?: RunModels;
  readonly config: LiveConfig;
  readonly strategy: string;
  readonly runId: string;
  readonly memory: VenueMemory;
  /** Of the simulated venue, for people; `simulated` unless stated. */
  readonly venueName?: string;
  readonly rows: RowSink;
  /** Of recorded bars. */
  readonly dataHash?: string;
  readonly snapshotEvery?: number;
  readonly forgetAfter?: number;
  readonly notice?: (notice: Notice) => void;
  readonly failed?: (error: unknown) => void;
  readonly sleep?: (ms: number) => Promise<void>;
  /** Milliseconds on a clock that never goes back; the machine's unless stated. */
  readonly clock?: () => number;
  /** Stands between run and venue: what a network does to orders. */
  readonly through?: (venue: Venue) => Venue;
}

export interface SimulatedRun extends OpenRun {
  readonly venue: SimulatedVenue;
}

/** A part of the ids of its orders: it stays what it was. */
const SIMULATED_ACCOUNT = 'simulated';

export function openSimulatedRun(parts: SimulatedRunParts): SimulatedRun {
  const { spec, config, rows, memory, dataHash, models } = parts;
  const live = new LiveGrid(spec);
  const trader = openTrader(parts.open(live, models?.columns.columns), live, config);
  const binding = bindingOf({
    trader,
    config,
    runId: parts.runId,
    strategy: parts.strategy,
    mode: parts.mode,
    ...(dataHash !== undefined && { dataHash }),
    ...(models !== undefined && { models: models.bound }),
  });
  const { symbols } = binding;
  const venue = new SimulatedVenue({
    symbols,
    live: live.twin(),
    exchange: exchangeFor(trader),
    facts: symbol => config.facts?.[symbol] ?? DEFAULT_FACTS,
    memory,
    ...(parts.venueName !== undefined && { name: parts.venueName }),
  });
  const run = new LiveRun({
    binding,
    account: SIMULATED_ACCOUNT,
    trader,
    venue: parts.through?.(venue) ?? venue,
    rows,
    ...(models !== undefined && { models }),
    notice: parts.notice ?? (() => {}),
    clock: parts.clock ?? (() => performance.now()),
    ...(parts.snapshotEvery !== undefined && { snapshotEvery: parts.snapshotEvery }),
    ...(parts.forgetAfter !== undefined && { forgetAfter: parts.forgetAfter }),
    ...(parts.failed !== undefined && { failed: parts.failed }),
    sleep: parts.sleep ?? (ms => new Promise(resolve => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)))),
  });
  const feed = playedFeed({
    feed: wholeTicks(parts.feed, parts.lateness),
    symbols,
    venue,
    tellVenue: run.onVenue,
    consumed: live,
  });
  return {
    run,
    trader,
    venue,
    binding,
    recover: async (journaled, snapshot) => {
      replayRows(run, journaled, snapshot);
      venue.resumeAfter(live.length - 1);
      run.guard.open();
      await run.reconciler.now(true);
      await run.guard.start();
    },
    follow: async signal => {
      await models?.start(signal);
      await feed.follow({ symbols, periodMs: parts.periodMs, fromMs: live.openMs(live.length) }, run.onFeed, signal);
    },
    hear: () => venue.settle(run.onVenue),
    result: () => trader.result(dataHash ?? 'consumed', venue.ambiguousFills, models?.used()),
    degraded: () => [...run.guard.degraded, ...(models?.degraded() ?? [])],
    models: () => models?.status() ?? [],
    close: async () => {
      await models?.close();
      memory.close();
    },
  };
}

/** For a run that nobody means to go on with. */
export const NO_ROWS: RowSink = {
  append: () => {},
  snapshot: () => {},
  durable: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
