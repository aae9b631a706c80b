/**
 * A run as a process: its folder and lock, its journal checked against what is asked, recovery, then bars until they end or
 * somebody stops it. What watches from outside (the stop file, the status) is looked at by the clock; what trades is not.
 */
import { LiveError } from './errors.ts';
import { lock, type RunFolder, type RunStatus, readStop, writeStatus, writeStop } from './folder.ts';
import { type Notice, readSnapshot } from './run.ts';
import { openSimulatedRun, type SimulatedRun, type SimulatedRunParts } from './simulated-run.ts';
import { JournalDatabase } from './store/database.ts';
import type { RowSink, RunBinding, SnapshotRow } from './store/rows.ts';
import { threadSink } from './store/thread.ts';
import { venueDatabase } from './store/venue-database.ts';

export interface SessionParts extends Omit<SimulatedRunParts, 'memory' | 'rows' | 'runId'> {
  readonly folder: RunFolder;
  /** Bytes of the plan, kept with the journal so that it can be replayed from itself. */
  readonly plan: Uint8Array;
  readonly notice: (notice: Notice) => void;
}

export interface SessionOutcome {
  readonly replay: SimulatedRun;
  readonly status: RunStatus;
}

const WATCH_EVERY_MS = 200;
const STATUS_EVERY_MS = 1000;

/** `interrupt` aborts the run as a signal does: entries are cancelled, protection stays. */
export async function runSession(parts: SessionParts, interrupt: AbortSignal): Promise<SessionOutcome> {
  const { folder } = parts;
  const claim = lock(folder);
  const memory = venueDatabase(folder.venue);
  let rows: RowSink | undefined;
  try {
    const database = new JournalDatabase(folder.journal);
    const known = database.binding();
    rows = threadSink(folder.journal);
    const runId = known?.runId ?? crypto.randomUUID();
    let session: Session | undefined;
    const replay = openSimulatedRun({ ...parts, memory, rows, runId, failed: error => session?.fail(error) });
    if (known === undefined) database.bind(replay.binding, parts.plan);
    else refuseOther(known, replay.binding, folder);
    session = new Session(parts, replay, database);
    return await session.play(interrupt);
  } finally {
    await rows?.close();
    memory.close();
    claim.release();
  }
}

class Session {
  readonly #parts: SessionParts;
  readonly #replay: SimulatedRun;
  readonly #database: JournalDatabase;
  readonly #startedMs = Date.now();
  readonly #degraded = new Set<string>();
  readonly #end = new AbortController();
  #state: RunStatus['state'] = 'starting';
  #why: string | undefined;

  constructor(parts: SessionParts, replay: SimulatedRun, database: JournalDatabase) {
    this.#parts = parts;
    this.#replay = replay;
    this.#database = database;
  }

  async play(interrupt: AbortSignal): Promise<SessionOutcome> {
    const { run } = this.#replay;
    const watching: NodeJS.Timeout[] = [];
    const onInterrupt = () => this.#end.abort();
    try {
      await this.#recover();
      this.#state = 'running';
      this.#writeStatus();
      watching.push(
        setInterval(() => void this.#watchStop().catch(error => this.fail(error)), WATCH_EVERY_MS),
        setInterval(() => this.#writeStatus(), STATUS_EVERY_MS),
      );
      interrupt.addEventListener('abort', onInterrupt);
      if (interrupt.aborted) onInterrupt();
      await this.#watchStop();
      await this.#replay.follow(this.#end.signal);
      if (interrupt.aborted) await this.#stopBySignal();
      await run.idle();
      if (this.#failure !== undefined) throw this.#failure;
      this.#state = run.ended ? 'ended' : 'stopped';
      run.keepSnapshot();
      await run.parts.rows.durable();
      return { replay: this.#replay, status: this.#writeStatus() };
    } catch (error) {
      this.#state = 'failed';
      this.#why = error instanceof Error ? error.message : String(error);
      this.#writeStatus();
      throw error;
    } finally {
      for (const timer of watching) clearInterval(timer);
      interrupt.removeEventListener('abort', onInterrupt);
    }
  }

  #failure: unknown;
  /** Something went wrong beside the bars: the run ends. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#end.abort();
  }

  async #recover(): Promise<void> {
    const { run } = this.#replay;
    const startedMs = performance.now();
    const rows = this.#database.lastSeq();
    await this.#replay.recover(this.#database.rows(), usable(this.#database.snapshots(), rows));
    // From here on the journal's own thread has the file.
    this.#database.abandon();
    if (rows === 0) return;
    run.parts.notice({
      level: 'info',
      what: 'recovered',
      facts: { rows, bars: run.parts.trader.live.length, ms: Math.round(performance.now() - startedMs) },
    });
  }

  /** The file is the wish, `run.stopped` what has been done about it. */
  async #watchStop(): Promise<void> {
    const { run } = this.#replay;
    const order = readStop(this.#parts.folder);
    if (order !== undefined && !run.stopped) {
      this.#why = `stopped by ${order.by}`;
      await run.stop(order.flatten);
    }
    if (order === undefined && run.stopped) {
      this.#why = undefined;
      await run.resume();
    }
  }

  async #stopBySignal(): Promise<void> {
    const { run } = this.#replay;
    const { folder } = this.#parts;
    if (readStop(folder) === undefined) writeStop(folder, { by: 'signal', atMs: Date.now(), flatten: false });
    this.#why = 'stopped by signal';
    if (!run.stopped) await run.stop(false);
  }

  #writeStatus(): RunStatus {
    const { run, trader, binding } = this.#replay;
    const { ledger, orders } = trader.state;
    const status: RunStatus = {
      pid: process.pid,
      strategy: binding.strategy,
      symbol: binding.symbol,
      mode: binding.mode,
      state: this.#state === 'running' && run.stopped ? 'stopped' : this.#state,
      ...(this.#why !== undefined && { why: this.#why }),
      degraded: [...this.#degraded],
      startedMs: this.#startedMs,
      heartbeatMs: Date.now(),
      lastBarMs: Number.isNaN(run.lastBarMs) ? null : run.lastBarMs,
      bars: trader.live.length,
      equity: ledger.equity,
      currency: trader.settings.currency,
      position: ledger.position,
      orders: orders.length,
      orderLatencyMs: quantiles(run.latencies),
    };
    writeStatus(this.#parts.folder, status);
    return status;
  }
}

/** The newest snapshot that this version can read, and whose rows are all there. */
function usable(snapshots: readonly SnapshotRow[], rows: number): SnapshotRow | undefined {
  return snapshots.find(({ seq, body }) => {
    try {
      readSnapshot(body);
      return seq <= rows;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return false;
    }
  });
}

export function quantiles(values: readonly number[]): RunStatus['orderLatencyMs'] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return { count: values.length, p50: at(0.5), p99: at(0.99) };
}

/** What a journal is bound to, in a trader's words. */
const BOUND: Readonly<Partial<Record<keyof RunBinding, string>>> = {
  mode: 'mode',
  symbol: 'instrument',
  planHash: 'strategy',
  params: 'params',
  capital: 'capital',
  facts: 'market facts',
  firstMs: 'first bar',
  fromTick: 'first traded bar',
  hasMarks: 'mark prices',
  hasFunding: 'funding',
  dataHash: 'candles',
};

function refuseOther(known: RunBinding, asked: RunBinding, { path }: RunFolder): void {
  const keys = Object.keys(BOUND) as (keyof RunBinding)[];
  const other = keys.filter(key => JSON.stringify(known[key]) !== JSON.stringify(asked[key])).map(key => BOUND[key]);
  if (other.length === 0) return;
  throw new LiveError(
    'other-plan',
    `the journal in ${path} belongs to another run, of another ${other.join(', ')}`,
    'go on with what it was begun with, give `--new` to set it aside and begin anew, or name another folder with `--state`',
  );
}
