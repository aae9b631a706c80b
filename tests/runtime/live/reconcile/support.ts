/** A run at the local venue, through the real client, whose bars come by hand: rules act when a test says so. */
import { encodePlan, openKernelRun } from '../../../../compiler/index.ts';
import type { MarketFacts } from '../../../../runtime/data/series.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import { metaOf } from '../../../../runtime/lane.ts';
import { LiveGrid } from '../../../../runtime/live/grid.ts';
import { bindingOf, openTrader } from '../../../../runtime/live/open-trader.ts';
import type { Venue } from '../../../../runtime/live/ports.ts';
import { replayRows } from '../../../../runtime/live/recovery.ts';
import { LiveRun, type Notice } from '../../../../runtime/live/run.ts';
import type { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import { directSink } from '../../../../runtime/live/store/direct.ts';
import type { Row, RowSink, SnapshotRow } from '../../../../runtime/live/store/rows.ts';
import { QUICK, START_MS, type TestVenue } from '../../../venue/start.ts';
import { compileText } from '../support.ts';

export const HOUR_MS = 3_600_000;

export const SPOT_FACTS: MarketFacts = {
  tick: '0.01',
  lot: '0.00001',
  minNotional: '5',
  maintenance: 0,
  source: 'test',
};
export const PERPETUAL_FACTS: MarketFacts = {
  tick: '0.1',
  lot: '0.001',
  minNotional: '5',
  maintenance: 0.005,
  source: 'test',
};

/** Enters above 50 100, leaves below 49 900; a close between the two decides nothing. */
export function strategy(symbol: string, more = 'stop: entry * 0.9'): string {
  return `strategy "By hand"
instrument "${symbol}" on binance
every 1h
when close > 50100 enter long {
  size: 0.1 base
  ${more}
}
when close < 49900 exit long
execution { fee: 10bp  slippage: 0bp${symbol.includes(':') ? '  funding: ignored' : ''} }
`;
}

export const BUY = 50_200;
export const SELL = 49_800;
export const NOTHING = 50_000;

export interface Desk {
  readonly run: LiveRun;
  readonly venue: Venue;
  readonly notices: Notice[];
  /** A bar with this close; resolves when all that follows from it has been sent. */
  bar(close: number): Promise<void>;
  readonly position: number;
  /** What was told since the last call. */
  told(): readonly string[];
  /** As if the process died. */
  die(): Promise<void>;
}

export interface Rows {
  readonly rows: Row[];
  readonly snapshots: SnapshotRow[];
  readonly sink: RowSink;
}

export function memoryRows(): Rows {
  const rows: Row[] = [];
  const snapshots: SnapshotRow[] = [];
  const sink: RowSink = {
    append: row => void rows.push(row),
    snapshot: row => void snapshots.push(row),
    durable: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return { rows, snapshots, sink };
}

export interface DeskSettings {
  readonly text?: string;
  readonly symbol?: string;
  readonly facts?: MarketFacts;
  readonly rows?: Rows;
  readonly runId?: string;
  /** Without the stream of orders nothing is told: what happened has to be found out. */
  readonly deaf?: boolean;
  readonly capital?: number;
  /** How long a read is tried again. */
  readonly readBudgetMs?: number;
  /** False where the venue answers at once. */
  readonly isPatient?: boolean;
  readonly snapshotEvery?: number;
  readonly forgetAfter?: number;
  /** Bars that there is room for. */
  readonly capacity?: number;
  /** Instead of rows in memory. */
  readonly database?: JournalDatabase;
}

export async function openDesk(local: TestVenue, settings: DeskSettings = {}): Promise<Desk> {
  const { readBudgetMs = QUICK.readBudgetMs } = settings;
  const desk = await openAt(ccxtVenue(await local.connect({ pace: { ...QUICK, readBudgetMs } })), settings);
  if (settings.deaf !== true) await until(() => local.server.sockets > 0);
  return desk;
}

export async function openAt(venue: Venue, settings: DeskSettings = {}): Promise<Desk> {
  const { symbol = 'BTC/USDT', facts = SPOT_FACTS, rows = memoryRows(), deaf = false, capital = 10_000 } = settings;
  const { database } = settings;
  const known = database?.binding();
  const fromTick = known?.fromTick ?? 0;
  const plan = compileText(settings.text ?? strategy(symbol));
  const notices: Notice[] = [];
  const live = new LiveGrid({
    clocks: plan.clocks,
    firstMs: START_MS,
    capacity: settings.capacity ?? 1000,
    markets: [{ gaps: 'hold', hasMarks: false, hasFunding: false }],
  });
  const kernel = openKernelRun(plan, {}, live.data(), [metaOf(facts)], { blockTicks: 1 });
  const isSpot = plan.instruments[0]?.market === 'spot';
  const config = {
    facts: { [symbol]: facts },
    fromTick,
    capital,
    ways: { amends: venue.abilities.amends, reserves: isSpot, expires: false, isShared: true },
  };
  const trader = openTrader(kernel, live, config);
  const runId = settings.runId ?? 'desk';
  const binding = bindingOf({ trader, config, runId, strategy: plan.title, mode: 'live', account: 'here test' });
  if (database !== undefined && known === undefined) database.bind(binding, encodePlan(plan));
  let failure: unknown;
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
    clock: () => performance.now(),
    ...(settings.snapshotEvery !== undefined && { snapshotEvery: settings.snapshotEvery }),
    ...(settings.forgetAfter !== undefined && { forgetAfter: settings.forgetAfter }),
    // Waits are for the venue to settle; this one settles at once.
    sleep: ms =>
      new Promise(resolve =>
        settings.isPatient === false ? setImmediate(resolve) : setTimeout(resolve, Math.min(ms, 5)),
      ),
  });
  if (database === undefined) replayRows(run, [...rows.rows], rows.snapshots.at(-1));
  else replayRows(run, [...database.rows()], database.snapshots().at(0));
  run.guard.open();
  const end = new AbortController();
  const listening = deaf ? Promise.resolve() : venue.listen([symbol], run.onVenue, end.signal);
  await run.reconciler.now(true);
  await run.guard.start();
  return {
    run,
    venue,
    notices,
    bar: async close => {
      const openMs = live.openMs(live.length);
      const bar = { openMs, open: close, high: close, low: close, close, volume: 1 };
      await run.onFeed({ type: 'bar', symbol, bar, receivedMs: openMs + HOUR_MS });
      if (failure !== undefined) throw failure;
    },
    get position() {
      return trader.position(0).quantity;
    },
    told: () => {
      const words = notices.splice(0).map(({ what }) => what);
      return words.filter(what => KINDS.has(what));
    },
    die: async () => {
      end.abort();
      await listening;
    },
  };
}

const KINDS: ReadonlySet<string> = new Set([
  'missed fill',
  'missed end',
  'lost cancel',
  'vanished order',
  'foreign order',
  'foreign position',
  'deposit',
  'withdrawal',
  'order of another run',
  'repair failed',
  'fee not converted',
]);

export async function until(holds: () => boolean, ms = 3000): Promise<void> {
  for (let waited = 0; waited < ms; waited += 5) {
    if (holds()) return;
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  throw new Error('it did not come to that');
}
