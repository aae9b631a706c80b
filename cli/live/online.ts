/**
 * `vela run --paper` and `--live`: a connection with the venue, the facts of its markets, the bars that the strategy needs to
 * settle, and the run on top of them. The two differ in where orders go, and in nothing else.
 */
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import { planWarmup } from '../../compiler/plan-warmup.ts';
import { liveFeed } from '../../runtime/data/live/feed.ts';
import type { MarketFacts } from '../../runtime/data/series.ts';
import { tradedInstrument } from '../../runtime/engine/settings.ts';
import type { Connection } from '../../runtime/exchange/ccxt/connection.ts';
import { marketOf } from '../../runtime/exchange/ccxt/facts.ts';
import { ccxtVenue } from '../../runtime/exchange/ccxt/venue.ts';
import { metaOf } from '../../runtime/lane.ts';
import { inabilities } from '../../runtime/live/abilities.ts';
import { boundFacts } from '../../runtime/live/bound-facts.ts';
import { candleStore } from '../../runtime/live/candle-store.ts';
import { catchUp } from '../../runtime/live/catch-up.ts';
import type { OpenRun } from '../../runtime/live/companion.ts';
import type { RunFolder } from '../../runtime/live/folder.ts';
import type { GridSpec } from '../../runtime/live/grid.ts';
import { type Claim, claim, claimsFolder } from '../../runtime/live/guard/claims.ts';
import { bareSince, protectFirst } from '../../runtime/live/guard/first.ts';
import { openLiveRun } from '../../runtime/live/live-run.ts';
import { venuePast } from '../../runtime/live/models/past.ts';
import { onlineSpan, withHistory } from '../../runtime/live/online.ts';
import type { Feed, Venue, VenueMarket } from '../../runtime/live/ports.ts';
import type { Opening } from '../../runtime/live/session.ts';
import { openSimulatedRun } from '../../runtime/live/simulated-run.ts';
import type { RunBinding } from '../../runtime/live/store/rows.ts';
import { venueDatabase } from '../../runtime/live/store/venue-database.ts';
import { storedFeed } from '../../runtime/live/stored-feed.ts';
import { usualLateness } from '../../runtime/live/whole-ticks.ts';
import { isPortfolio } from '../../runtime/portfolio/settings.ts';
import { factsFor, NO_FACTS } from '../backtest/facts.ts';
import type { Call } from '../command.ts';
import { CommandError } from '../errors.ts';
import {
  accountOf,
  connectTo,
  inWords,
  keysOf,
  refuseOtherBars,
  said,
  type VenuePlace,
  venueOf,
  type World,
} from './connect.ts';
import { modelsFor } from './models.ts';
import { CANDLES_FOLDER, type OnlineRequest } from './request.ts';
import type { RunStrategy } from './strategy.ts';
import type { RunWay } from './way.ts';

/** A venue that is connected, and what it says of the strategy's markets. */
export interface Online {
  readonly place: VenuePlace;
  readonly connection: Connection;
  readonly venue: Venue;
  /** By symbol. */
  readonly markets: ReadonlyMap<string, VenueMarket>;
  readonly periodMs: number;
  readonly world: World;
}

/** Whoever opens it closes its connection. */
export async function openOnline(
  { terminal }: Call,
  { plan, configuration }: RunStrategy,
  { mode }: Pick<OnlineRequest, 'mode'>,
  world: World,
): Promise<Online> {
  const place = venueOf(plan.instruments, configuration.system);
  const keys = mode === 'live' ? keysOf(place, terminal.environment) : undefined;
  const periodMs = periodOf(plan);
  const connection = await connectTo(place, keys, world);
  try {
    refuseOtherBars(connection, periodMs);
    const venue = ccxtVenue(connection);
    const markets = await said(place.profile.name, () => marketsOf(connection, plan));
    return { place, connection, venue, markets, periodMs, world };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function periodOf({ clocks: [base] }: RunStrategy['plan']): number {
  if (base?.period.kind === 'fixed') return base.period.ms;
  throw new CommandError('no-bars', 'a run cannot live on bars of calendar months', {
    help: 'let the strategy run on days or weeks, and read months as a slower clock',
  });
}

/** As they were read a moment ago: the list is some megabytes long. */
async function marketsOf(
  connection: Connection,
  { instruments }: RunStrategy['plan'],
): Promise<Map<string, VenueMarket>> {
  const markets = new Map<string, VenueMarket>();
  for (const { symbol } of instruments) {
    const market = await marketOf(connection, symbol, false);
    if (!market.isTrading) {
      throw new CommandError('no-market', `${connection.profile.name} does not trade ${symbol} at present`, {
        help: 'look the market up at the venue: it may be paused, or gone',
      });
    }
    markets.set(symbol, market);
  }
  return markets;
}

export async function onlineOf(
  call: Call,
  strategy: RunStrategy,
  request: OnlineRequest,
  folder: RunFolder,
  world: World,
): Promise<RunWay> {
  const online = await openOnline(call, strategy, request, world);
  return {
    entriesOnLeaving: 'cancelled',
    open: opening => {
      const failed = (error: unknown) => opening.failed(inWords(online.venue.name, error));
      return openRun(call, strategy, request, folder, online, { ...opening, failed });
    },
    redact: online.connection.redact,
    close: () => online.connection.close(),
  };
}

async function openRun(
  call: Call,
  strategy: RunStrategy,
  request: OnlineRequest,
  folder: RunFolder,
  online: Online,
  opening: Opening,
): Promise<OpenRun> {
  const at = claimsFolder(call.terminal.environment);
  const claimed = request.mode === 'live' ? claim(claimOf(strategy, online, folder), at) : undefined;
  try {
    const bare = request.mode === 'live' ? await protect(online, opening) : new Map<number, number>();
    const run = await openClaimed(call, strategy, request, folder, online, opening, bare);
    const { name } = online.venue;
    return {
      ...run,
      recover: (rows, snapshot, starting) => said(name, () => run.recover(rows, snapshot, starting)),
      follow: signal => said(name, () => run.follow(signal)),
      close: async () => {
        await run.close();
        claimed?.release();
      },
    };
  } catch (error) {
    claimed?.release();
    throw error;
  }
}

/** Those of which a run may have orders. */
export function tradedInstruments(plan: RunStrategy['plan']): RunStrategy['plan']['instruments'] {
  return isPortfolio({ plan }) ? plan.instruments : [tradedInstrument({ plan })];
}

/** What a live run claims. */
export function claimOf({ plan }: RunStrategy, { venue, place }: Online, folder: RunFolder): Claim {
  // What is only read belongs to everybody.
  const instruments = tradedInstruments(plan).map(({ symbol, base, market }) => ({
    symbol,
    ...(market === 'spot' && { coin: base }),
  }));
  return { venue: venue.name, account: accountOf(place), instruments, folder: folder.path };
}

/** Before anything that takes time, and whatever is found wrong with the strategy's file. Gives what still lacks its stop. */
async function protect(
  { venue, place, markets }: Online,
  { known, tail, notice }: Opening,
): Promise<ReadonlyMap<number, number>> {
  if (known === undefined) return new Map();
  const startedMs = performance.now();
  const restored = await protectFirst({
    rows: tail.rows(),
    lastSeq: tail.lastSeq,
    foreign: tail.foreign,
    append: tail.append,
    binding: known,
    account: accountOf(place),
    venue,
    // An edited strategy may name other instruments than the journal.
    steps: symbol => markets.get(symbol)?.facts ?? boundFacts(known, symbol),
    notice,
  });
  return bareSince(restored, startedMs);
}

async function openClaimed(
  call: Call,
  strategy: RunStrategy,
  request: OnlineRequest,
  folder: RunFolder,
  online: Online,
  opening: Opening,
  bare: ReadonlyMap<number, number>,
): Promise<OpenRun> {
  const { plan, values } = strategy;
  const { venue, place, periodMs } = online;
  const known = opening.goOn();
  const facts = factsOf(strategy, online, known);
  for (const change of changedFacts(facts, online))
    opening.notice({ level: 'warning', what: 'market facts changed', facts: change });
  const now = venue.now;
  const span = onlineSpan({
    clocks: plan.clocks,
    warmupBars: warmupBarsOf(strategy, facts),
    now,
    known,
  });
  const capital =
    request.mode === 'live' ? await liveCapital(strategy, request, online, known) : (request.capital ?? known?.capital);
  const spec: GridSpec = {
    clocks: plan.clocks,
    firstMs: span.firstMs,
    capacity: span.capacity,
    markets: plan.instruments.map(({ gaps, market }) => ({
      gaps,
      hasMarks: market !== 'spot',
      hasFunding: market !== 'spot',
    })),
  };
  const feed = kept(online, strategy, opening.notice);
  const models = await modelsFor(call, strategy, {
    facts: symbol => factsFrom(facts, symbol),
    spec,
    past: fromMs => venuePast({ feed, symbols: plan.instruments.map(({ symbol }) => symbol), periodMs, spec, fromMs }),
    patience: { noLongerThanMs: LONGEST_ANSWER_MS },
    needsVersions: true,
    notice: opening.notice,
  });
  let opened: OpenRun | undefined;
  const common = {
    feed: withHistory(
      feed,
      now,
      catchUp(() => opened?.run),
    ),
    periodMs,
    lateness: usualLateness(periodMs, now),
    spec,
    ...(models !== undefined && { models }),
    open: (live, predictions) =>
      openKernelRun(
        plan,
        values,
        live.data(predictions),
        plan.instruments.map(({ symbol }) => metaOf(factsFrom(facts, symbol))),
        {
          blockTicks: 1,
        },
      ),
    config: {
      fromTick: span.fromTick,
      params: values,
      facts,
      ...(capital !== undefined && { capital }),
    },
    strategy: plan.title,
  } satisfies Omit<Parameters<typeof openLiveRun>[0], 'venue' | 'account' | keyof Opening>;
  if (request.mode === 'paper') {
    const venueName = `${venue.name} (paper)`;
    opened = openSimulatedRun({ ...common, ...opening, mode: 'paper', venueName, memory: venueDatabase(folder.venue) });
    return opened;
  }
  opened = openLiveRun({ ...common, ...opening, venue, account: accountOf(place), bare });
  refuseInability(strategy, online, facts, opened.trader.capital);
  return opened;
}

/** A model that has not answered by then is late. Trees and nets of ours answer in less than a millisecond. */
const LONGEST_ANSWER_MS = 1000;

function kept({ connection, place, periodMs, world }: Online, { plan }: RunStrategy, notice: Opening['notice']): Feed {
  const stores = new Map(
    plan.instruments.map(({ symbol, market }) => [
      symbol,
      candleStore({ folder: CANDLES_FOLDER, symbol, venue: place.profile.name, market, periodMs }, (why, path) =>
        notice({ level: 'warning', what: 'stored candles could not be read and were put aside', facts: { why, path } }),
      ),
    ]),
  );
  return storedFeed({
    feed: liveFeed(connection, world.feed),
    storeOf: symbol => {
      const store = stores.get(symbol);
      if (store === undefined) throw new Error(`no candles of ${symbol} are kept`);
      return store;
    },
    hasMarks: place.profile.kind === 'perpetual',
    cannotKeep: why => notice({ level: 'alert', what: 'candles cannot be kept', facts: { why } }),
  });
}

// ---------------------------------------------------------------- facts

export type Facts = Readonly<Record<string, MarketFacts>>;

function factsFrom(facts: Facts, symbol: string): MarketFacts {
  const found = facts[symbol];
  if (found === undefined) throw new Error(`no facts of ${symbol}`);
  return found;
}

/** Of `--market`, else those that the journal was begun with, else the venue's. */
export function factsOf({ plan, facts }: RunStrategy, { markets }: Online, known: RunBinding | undefined): Facts {
  return Object.fromEntries(
    plan.instruments.map(({ symbol }) => {
      if (facts !== NO_FACTS) return [symbol, factsFor(facts, symbol)];
      if (known?.symbols.includes(symbol) === true) return [symbol, boundFacts(known, symbol)];
      const market = markets.get(symbol);
      if (market === undefined) throw new Error(`no facts of ${symbol}`);
      return [symbol, market.facts];
    }),
  );
}

const FACTS = ['tick', 'lot', 'minNotional', 'maintenance'] as const satisfies readonly (keyof MarketFacts)[];

/** Where the venue says something else now than the run goes by. */
export function changedFacts(facts: Facts, { markets }: Online): readonly Readonly<Record<string, string>>[] {
  return Object.entries(facts).flatMap(([symbol, ours]) => {
    const theirs = markets.get(symbol)?.facts;
    if (theirs === undefined) return [];
    return FACTS.filter(name => String(ours[name]) !== String(theirs[name])).map(name => ({
      symbol,
      fact: name,
      run: String(ours[name] ?? 'none'),
      venue: String(theirs[name] ?? 'none'),
    }));
  });
}

// ---------------------------------------------------------------- warm-up and money

/** As many bars as the strategy needs to settle; of one that never forgets, as many as its first signal needs. */
export function warmupBarsOf({ plan, values }: RunStrategy, facts: Facts): number {
  const metas = plan.instruments.map(({ symbol }) => metaOf(factsFrom(facts, symbol)));
  const { settled, ready } = planWarmup(plan, values, metas);
  return Number.isFinite(settled) ? settled : ready;
}

/** What a live run trades with: stated by a person or the strategy and free in the account, or all that is free. */
export async function liveCapital(
  { plan }: RunStrategy,
  { capital }: Pick<OnlineRequest, 'capital'>,
  { venue }: Online,
  known: Pick<RunBinding, 'capital'> | undefined,
): Promise<number> {
  if (known !== undefined) return capital ?? known.capital;
  const currency = currencyOf(plan);
  const balances = await said(venue.name, () => venue.balances());
  const free = balances.find(balance => balance.currency === currency)?.free ?? 0;
  const wanted = capital ?? plan.account.capital ?? free;
  if (wanted > 0 && wanted <= free) return wanted;
  throw new CommandError(
    'too-little-money',
    wanted > free
      ? `the run is to trade with ${wanted} ${currency}, and ${free} ${currency} are free in the account`
      : `no ${currency} are free in the account`,
    { help: 'give less with `--capital`, or pay in' },
  );
}

export function currencyOf({ account, instruments: [first] }: RunStrategy['plan']): string {
  return account.currency ?? first?.settle ?? '';
}

export function refuseInability(strategy: RunStrategy, { venue }: Online, facts: Facts, capital: number): void {
  const { plan } = strategy;
  const found = inabilities({
    plan,
    venue: venue.name,
    abilities: venue.abilities,
    facts,
    capital,
    currency: currencyOf(plan),
  });
  const [first, ...others] = found;
  if (first === undefined) return;
  throw new CommandError('refused', [first, ...others].join('; '), {
    help: 'change the strategy or its capital, or run it where that can be done; `--paper` runs it with simulated fills',
  });
}
