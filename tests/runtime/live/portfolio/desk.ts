/** A portfolio of two at the local venue, through the real client; its bars come by hand, and each start is a process's. */
import { encodePlan, openKernelRun } from '../../../../compiler/index.ts';
import type { MarketFacts } from '../../../../runtime/data/series.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import { metaOf } from '../../../../runtime/lane.ts';
import { LiveGrid } from '../../../../runtime/live/grid.ts';
import { GUARD_EVERY_MS } from '../../../../runtime/live/guard/guard.ts';
import type { LiveTrader } from '../../../../runtime/live/live-trader.ts';
import { bindingOf, openTrader } from '../../../../runtime/live/open-trader.ts';
import type { Venue } from '../../../../runtime/live/ports.ts';
import { replayRows } from '../../../../runtime/live/recovery.ts';
import { LiveRun, type Notice } from '../../../../runtime/live/run.ts';
import type { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import { directSink } from '../../../../runtime/live/store/direct.ts';
import type { Row, SnapshotRow } from '../../../../runtime/live/store/rows.ts';
import { START_MS, type TestVenue } from '../../../venue/start.ts';
import { patientClock } from '../guard/clock.ts';
import { HOUR_MS, memoryRows, PERPETUAL_FACTS, type Rows, SPOT_FACTS, until } from '../reconcile/support.ts';
import { compileText } from '../support.ts';

export interface Desk {
  readonly run: LiveRun;
  readonly trader: LiveTrader;
  readonly notices: Notice[];
  readonly rows: Rows;
  /** A bar of each, by their closes; the second stays at 2500 unless said. */
  bar(first: number, second?: number): Promise<void>;
  positions(): readonly number[];
  /** Until no order is under way. */
  quiet(): Promise<void>;
  /** As if the process died. */
  die(): Promise<void>;
}

export interface DeskSettings {
  readonly rows?: Rows;
  /** Instead of rows in memory. */
  readonly database?: JournalDatabase;
  /** Milliseconds of the run's clock in one of ours; where it is said, the guard looks on. */
  readonly speed?: number;
  /** Stands between the run and its venue. */
  readonly through?: (venue: Venue) => Venue;
}

export async function openDesk(local: TestVenue, text: string, settings: DeskSettings = {}): Promise<Desk> {
  const { rows = memoryRows(), database, speed, through = venue => venue } = settings;
  const plan = compileText(text);
  const symbols = plan.instruments.map(({ symbol }) => symbol);
  const known = database?.binding();
  const connection = await local.connect(speed === undefined ? {} : { ticks: () => local.exchange.clock.now() });
  const venue = through(ccxtVenue(connection));
  const live = new LiveGrid({
    clocks: plan.clocks,
    firstMs: START_MS,
    capacity: 1000,
    markets: symbols.map(() => ({ gaps: 'hold', hasMarks: false, hasFunding: false })),
  });
  const facts: Readonly<Record<string, MarketFacts>> = Object.fromEntries(
    plan.instruments.map(({ symbol, market }, number) => [symbol, factsOf(market === 'spot', number)]),
  );
  const { amends, reduceOnly } = venue.abilities;
  const ways = { amends, reserves: !reduceOnly, expires: false, isShared: true };
  const config = { facts, fromTick: known?.fromTick ?? 0, capital: 10_000, ways };
  const metas = symbols.map(symbol => metaOf(facts[symbol] ?? SPOT_FACTS));
  const kernel = openKernelRun(plan, {}, live.data(), metas, { blockTicks: 1 });
  const trader = openTrader(kernel, live, config);
  const about = { runId: 'desk', strategy: plan.title, mode: 'live', account: 'here test' } as const;
  const binding = bindingOf({ trader, config, ...about });
  if (database !== undefined && known === undefined) database.bind(binding, encodePlan(plan));
  const notices: Notice[] = [];
  let failure: unknown;
  const patient = speed === undefined ? undefined : patientClock(speed);
  const run = new LiveRun({
    binding,
    account: 'test',
    trader,
    venue,
    rows: database === undefined ? rows.sink : directSink(database),
    notice: notice => notices.push(notice),
    failed: error => {
      failure ??= error;
    },
    clock: patient?.now ?? (() => performance.now()),
    sleep: patient?.sleep ?? (ms => new Promise(resolve => setTimeout(resolve, Math.min(ms, 5)))),
  });
  const [journaled, snapshot] = journalOf(rows, database);
  replayRows(run, journaled, snapshot);
  run.guard.open();
  const guarding = speed === undefined ? undefined : setInterval(() => run.guard.tick(), GUARD_EVERY_MS / speed);
  const end = new AbortController();
  const listening = venue.listen(symbols, run.onVenue, end.signal);
  await run.reconciler.now(true);
  await run.guard.start();
  await until(() => notices.some(({ what }) => what === 'venue connected'), 30_000);
  const checked = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    run,
    trader,
    notices,
    rows,
    bar: async (first, second = 2500) => {
      const openMs = live.openMs(live.length);
      for (const [i, symbol] of symbols.entries()) {
        const price = [first, second][i] ?? 0;
        const bar = { openMs, open: price, high: price, low: price, close: price, volume: 1 };
        await run.onFeed({ type: 'bar', symbol, bar, receivedMs: openMs + HOUR_MS });
      }
      checked();
    },
    positions: () => {
      checked();
      return symbols.map((_, i) => trader.position(i).quantity);
    },
    quiet: () => until(() => trader.orders.length === 0),
    die: async () => {
      clearInterval(guarding);
      patient?.stop();
      end.abort();
      await listening;
    },
  };
}

/** As the local venue lists them: the second has other steps than the first. */
function factsOf(isSpot: boolean, number: number): MarketFacts {
  if (isSpot) return number === 0 ? SPOT_FACTS : { ...SPOT_FACTS, lot: '0.0001' };
  return number === 0 ? PERPETUAL_FACTS : { ...PERPETUAL_FACTS, tick: '0.01' };
}

function journalOf(
  rows: Rows,
  database: JournalDatabase | undefined,
): readonly [Iterable<Row>, SnapshotRow | undefined] {
  if (database === undefined) return [[...rows.rows], rows.snapshots.at(-1)];
  return [[...database.rows()], database.snapshots()[0]];
}
