/**
 * A guarded run at the local venue, through the real client: bars come by hand, and the run's clock goes faster than ours, so
 * that its deadlines pass soon. A gauge beside it measures, from what the venue itself holds, how long a position stood there
 * without a stop of its size.
 */
import { openKernelRun } from '../../../../compiler/index.ts';
import type { MarketFacts } from '../../../../runtime/data/series.ts';
import type { Connection, Pace } from '../../../../runtime/exchange/ccxt/connection.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import { metaOf } from '../../../../runtime/lane.ts';
import { encode } from '../../../../runtime/live/codec.ts';
import type { OpenRun, SessionView } from '../../../../runtime/live/companion.ts';
import { runFolder } from '../../../../runtime/live/folder.ts';
import { LiveGrid } from '../../../../runtime/live/grid.ts';
import { bareSince, protectFirst, type Restored } from '../../../../runtime/live/guard/first.ts';
import { GUARD_EVERY_MS } from '../../../../runtime/live/guard/guard.ts';
import { bindingOf, openTrader } from '../../../../runtime/live/open-trader.ts';
import type { FeedEvent, Venue } from '../../../../runtime/live/ports.ts';
import { type ReconciliationPace, reconciliation } from '../../../../runtime/live/reconcile/companion.ts';
import { replayRows } from '../../../../runtime/live/recovery.ts';
import { LiveRun, type Notice } from '../../../../runtime/live/run.ts';
import { number } from '../../../venue/amount.ts';
import type { LocalExchange } from '../../../venue/exchange.ts';
import { QUICK, START_MS, type TestVenue } from '../../../venue/start.ts';
import { HOUR_MS, memoryRows, type Rows, strategy } from '../reconcile/support.ts';
import { compileText } from '../support.ts';
import { patientClock } from './clock.ts';

export { BUY, memoryRows, NOTHING, type Rows, SELL, strategy, until } from '../reconcile/support.ts';

/** Milliseconds of the run in one of ours, unless a test says otherwise. */
export const SPEED = 20;

export interface PostSettings {
  readonly text?: string;
  readonly symbol: string;
  readonly facts: MarketFacts;
  readonly rows?: Rows;
  /** What stands between the run and the venue. */
  readonly through?: (venue: Venue) => Venue;
  /** The guard's clock stands still: the process is wedged, or a test does without. */
  readonly unguarded?: boolean;
  readonly speed?: number;
  /** How much the clock of this machine is ahead of the venue's. */
  readonly aheadMs?: () => number;
  readonly pace?: Partial<Pace>;
  /** Holds the books against the venue as a session does, at the run's speed. */
  readonly isReconciled?: boolean;
}

export interface Post {
  readonly connection: Connection;
  readonly run: LiveRun;
  readonly venue: Venue;
  readonly notices: Notice[];
  readonly restored: readonly Restored[];
  readonly position: number;
  /** Longest time that the venue held a position without a stop of its size, on the run's clock. */
  readonly longestUnprotectedMs: number;
  bar(close: number): Promise<void>;
  feed(event: FeedEvent): Promise<void>;
  blocks(): readonly string[];
  degraded(): readonly string[];
  said(what: string): boolean;
  /** As if the process died. */
  die(): Promise<void>;
}

export async function openPost(local: TestVenue, settings: PostSettings): Promise<Post> {
  const { symbol, facts, rows = memoryRows(), speed = SPEED } = settings;
  const plan = compileText(settings.text ?? strategy(symbol));
  const { aheadMs = () => 0 } = settings;
  const connection = await local.connect({
    ticks: () => local.exchange.clock.now() + aheadMs(),
    ...(settings.pace !== undefined && { pace: { ...QUICK, ...settings.pace } }),
  });
  const real = ccxtVenue(connection);
  const venue = settings.through?.(real) ?? real;
  const notices: Notice[] = [];
  const books = settings.isReconciled === true ? reconciliation(paceOf(speed)) : undefined;
  const notice = (told: Notice) => {
    notices.push(told);
    books?.notice?.(told);
  };
  const live = new LiveGrid({
    clocks: plan.clocks,
    firstMs: START_MS,
    capacity: 1000,
    markets: [{ gaps: 'hold', hasMarks: false, hasFunding: false }],
  });
  const kernel = openKernelRun(plan, {}, live.data(), [metaOf(facts)], { blockTicks: 1 });
  const { amends, reduceOnly } = venue.abilities;
  const config = {
    facts: { [symbol]: facts },
    fromTick: 0,
    capital: 10_000,
    ways: { amends, reserves: !reduceOnly, expires: false },
  };
  const trader = openTrader(kernel, live, config);
  const binding = bindingOf({ trader, config, runId: 'guarded', strategy: plan.title, mode: 'live' });
  let failure: unknown;
  const { now: clock, sleep, stop: stopClock } = patientClock(speed);
  const run = new LiveRun({
    binding,
    account: 'test',
    trader,
    venue,
    rows: rows.sink,
    notice,
    failed: error => {
      failure ??= error;
    },
    clock,
    sleep,
  });
  const gauge = gaugeOf(local.exchange, clock);
  const { facts: steps } = await venue.market(symbol);
  const firstMs = clock();
  const restored = await protectFirst({
    rows: rows.rows.toReversed(),
    lastSeq: rows.rows.length,
    binding,
    account: 'test',
    venue,
    steps: () => steps,
    append: async input => void rows.rows.push({ seq: rows.rows.length + 1, kind: 'input', body: encode(input) }),
    notice,
  });
  replayRows(run, [...rows.rows], rows.snapshots.at(-1));
  run.guard.open(bareSince(restored, firstMs));
  const guarding =
    settings.unguarded === true ? undefined : setInterval(() => run.guard.tick(), GUARD_EVERY_MS / speed);
  const end = new AbortController();
  const listening = venue.listen([symbol], run.onVenue, end.signal);
  await run.reconciler.now(true);
  await run.guard.start();
  const failed = (error: unknown) => {
    failure ??= error;
  };
  await books?.start?.({ opened: { run } as OpenRun, folder: NOWHERE, fail: failed } as unknown as SessionView);
  const ending = connection.onClock(
    ({ offsetMs, uncertaintyMs, jumpMs }) => void run.onFeed({ type: 'clock', offsetMs, uncertaintyMs, jumpMs }),
  );
  const isHeard = () => notices.some(({ what }) => what === 'venue connected');
  for (let i = 0; i < 400 && !isHeard(); i++) await new Promise(resolve => setTimeout(resolve, 5));
  const checked = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    connection,
    run,
    venue,
    notices,
    restored,
    get position() {
      checked();
      return trader.position(0).quantity;
    },
    get longestUnprotectedMs() {
      return gauge.longestMs();
    },
    bar: async close => {
      const openMs = live.openMs(live.length);
      const bar = { openMs, open: close, high: close, low: close, close, volume: 1 };
      await run.onFeed({ type: 'bar', symbol, bar, receivedMs: openMs + HOUR_MS });
      checked();
    },
    feed: async event => {
      await run.onFeed(event);
      checked();
    },
    blocks: () => run.blocks.map(({ why }) => why),
    degraded: () => run.guard.degraded.map(({ code }) => code),
    said: what => notices.some(told => told.what.includes(what)),
    die: async () => {
      clearInterval(guarding);
      // What it is about to ask may get no answer any more.
      void books?.stop?.();
      ending();
      gauge.stop();
      stopClock();
      end.abort();
      await listening;
    },
  };
}

/** Nobody wishes anything of it. */
const NOWHERE = runFolder('/nonexistent');

function paceOf(speed: number): ReconciliationPace {
  return { everyMs: 60_000 / speed, wishesMs: 60_000, watchMs: 1000 / speed, unknownMs: 60_000 };
}

/** Reads the venue's own books, again and again. */
function gaugeOf(exchange: LocalExchange, clock: () => number) {
  let sinceMs = Number.NaN;
  let longest = 0;
  const look = () => {
    const now = clock();
    const isBare = [...exchange.listings.keys()].some(symbol => !isProtected(exchange, symbol));
    if (!isBare) sinceMs = Number.NaN;
    else if (Number.isNaN(sinceMs)) sinceMs = now;
    if (now - sinceMs > longest) longest = now - sinceMs;
  };
  const timer = setInterval(look, 2);
  return { stop: () => clearInterval(timer), longestMs: () => longest };
}

function isProtected(exchange: LocalExchange, symbol: string): boolean {
  const { market } = exchange.listing(symbol);
  const held = market.kind === 'spot' ? exchange.total(market.base) : exchange.position(symbol).quantity;
  const size = held < 0n ? -held : held;
  // What is less than a lot can have no stop.
  if (size < market.lot) return true;
  const side = held > 0n ? 'sell' : 'buy';
  const stops = exchange
    .openOrders(symbol)
    .filter(order => order.trigger !== undefined && !order.triggered && order.side === side);
  const stopped = stops.reduce((sum, order) => sum + order.quantity - order.filled, 0n);
  return number(stopped) >= number((size / market.lot) * market.lot) * (1 - 1e-9);
}

/** A venue with some of its calls replaced. */
export function withCalls(venue: Venue, calls: Partial<Venue>): Venue {
  return {
    name: venue.name,
    abilities: venue.abilities,
    now: () => venue.now(),
    market: symbol => venue.market(symbol),
    place: order => venue.place(order),
    amend: (order, id) => venue.amend(order, id),
    cancel: (symbol, clientId, id) => venue.cancel(symbol, clientId, id),
    lookup: (symbol, clientId) => venue.lookup(symbol, clientId),
    openOrders: symbol => venue.openOrders(symbol),
    fills: (symbol, since) => venue.fills(symbol, since),
    positions: symbols => venue.positions(symbols),
    balances: () => venue.balances(),
    listen: (symbols, sink, signal) => venue.listen(symbols, sink, signal),
    close: () => venue.close(),
    ...calls,
  };
}
