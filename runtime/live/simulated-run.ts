/**
 * A run with simulated fills: bars of some feed, the simulated exchange as its venue. Recorded bars make it a rehearsal,
 * a venue's bars make it paper trading. Puts together what a run is made of; nothing here decides anything.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import { headerOf } from '../backtest.ts';
import type { MarketFacts } from '../data/series.ts';
import { DEFAULT_FACTS, type RunConfig } from '../engine/settings.ts';
import type { OpenRun } from './companion.ts';
import { LiveMarket, type LiveMarketSpec } from './market.ts';
import type { Feed, Venue } from './ports.ts';
import { reconcile, replayRows } from './recovery.ts';
import { LiveRun, type Notice } from './run.ts';
import type { VenueMemory } from './simulated/memory.ts';
import { playedFeed } from './simulated/played-feed.ts';
import { SimulatedVenue } from './simulated/venue.ts';
import type { RowSink, RunBinding } from './store/rows.ts';
import { Trader } from './trader.ts';

export interface SimulatedRunParts {
  readonly mode: 'replay' | 'paper';
  readonly feed: Feed;
  readonly symbol: string;
  readonly periodMs: number;
  /** Where the bars of the market start, and how many there is room for. */
  readonly spec: LiveMarketSpec;
  /** Opens the plan on the columns of a market, in blocks of one tick. */
  readonly open: (market: LiveMarket) => PlanRun;
  readonly config: RunConfig;
  readonly strategy: string;
  readonly runId: string;
  readonly memory: VenueMemory;
  readonly rows: RowSink;
  /** Of recorded bars. */
  readonly dataHash?: string;
  readonly snapshotEvery?: number;
  readonly notice?: (notice: Notice) => void;
  readonly failed?: (error: unknown) => void;
  readonly sleep?: (ms: number) => Promise<void>;
  /** Stands between run and venue: what a network does to orders. */
  readonly through?: (venue: Venue) => Venue;
}

export interface SimulatedRun extends OpenRun {
  readonly venue: SimulatedVenue;
}

export function openSimulatedRun(parts: SimulatedRunParts): SimulatedRun {
  const { spec, symbol, config, rows, memory, dataHash } = parts;
  const fromTick = config.fromTick ?? 0;
  const live = new LiveMarket(spec);
  const trader = new Trader({ run: parts.open(live), live, config, fromTick, hasFunding: spec.hasFunding });
  const { plan } = trader.state.run;
  const binding: RunBinding = {
    format: 1,
    runId: parts.runId,
    strategy: parts.strategy,
    symbol,
    planHash: plan.planHash,
    params: { ...Object.fromEntries(plan.params.map(({ name, value }) => [name, value])), ...config.params },
    capital: trader.settings.capital,
    facts: factsText(config.facts),
    mode: parts.mode,
    firstMs: spec.firstMs,
    fromTick,
    hasMarks: spec.hasMarks,
    hasFunding: spec.hasFunding,
    ...(dataHash !== undefined && { dataHash }),
  };
  const venue = new SimulatedVenue({
    symbol,
    live: new LiveMarket(spec),
    settings: trader.settings,
    slippage: trader.slippage,
    market: { symbol, facts: config.facts ?? DEFAULT_FACTS, isTrading: true },
    memory,
  });
  const run = new LiveRun({
    binding,
    account: venue.name,
    trader,
    venue: parts.through?.(venue) ?? venue,
    rows,
    notice: parts.notice ?? (() => {}),
    clock: () => performance.now(),
    ...(parts.snapshotEvery !== undefined && { snapshotEvery: parts.snapshotEvery }),
    ...(parts.failed !== undefined && { failed: parts.failed }),
    sleep: parts.sleep ?? (ms => new Promise(resolve => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)))),
  });
  const feed = playedFeed({ feed: parts.feed, venue, tellVenue: run.onVenue, consumed: live });
  return {
    run,
    trader,
    venue,
    binding,
    recover: async (journaled, snapshot) => {
      replayRows(run, journaled, snapshot);
      venue.resumeAfter(live.length - 1);
      await reconcile(run);
    },
    follow: signal =>
      feed.follow(
        { symbols: [symbol], periodMs: parts.periodMs, fromMs: live.openMs(live.length) },
        run.onFeed,
        signal,
      ),
    result: () => {
      const span = { fromTick, toTick: Math.max(fromTick, live.length), firstMs: spec.firstMs };
      const header = headerOf(trader.state.run, { hash: dataHash ?? 'consumed' }, config, trader.settings, span);
      return trader.result(header, venue.ambiguousFills);
    },
    close: async () => memory.close(),
  };
}

function factsText({ tick, lot, minNotional, maintenance }: MarketFacts = DEFAULT_FACTS): string {
  return JSON.stringify({ tick, lot, minNotional, maintenance });
}

/** For a run that nobody means to go on with. */
export const NO_ROWS: RowSink = {
  append: () => {},
  snapshot: () => {},
  durable: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
