/**
 * A run as a process: its folder and lock, its journal checked against what is asked, recovery, then bars until they end or
 * somebody stops it. What watches from outside (the stop file, the status) is looked at by the clock; what trades is not.
 */
import { isReducing } from '../exchange/matching.ts';
import { encode } from './codec.ts';
import type { Companion, OpenRun, SessionView } from './companion.ts';
import { LiveError } from './errors.ts';
import { lock, type RunFolder, readStop, type StopOrder, writeStatus, writeStop } from './folder.ts';
import { GUARD_EVERY_MS } from './guard/guard.ts';
import { beat, beatOnce, createHeartbeat } from './guard/heartbeat.ts';
import { isFull, RESERVE_BYTES } from './guard/reserve.ts';
import { NOT_GUARDED } from './live-trader.ts';
import { raced } from './raced.ts';
import type { Foreign } from './reconcile/books.ts';
import { reconciliation } from './reconcile/companion.ts';
import { foreignOf, usableSnapshot } from './recovery.ts';
import type { Notice } from './run.ts';
import type { RunStatus } from './status.ts';
import { type StatusTeller, statusTeller } from './status-of.ts';
import { JournalDatabase } from './store/database.ts';
import type { Input, Row, RowSink, RunBinding } from './store/rows.ts';
import { threadSink } from './store/thread.ts';
import { type Edited, takeOver, takeOverModels } from './take-over.ts';

export interface SessionParts {
  readonly folder: RunFolder;
  /** Bytes of the plan, kept with the journal so that it can be replayed from itself. */
  readonly plan: Uint8Array;
  readonly notice: (notice: Notice) => void;
  readonly open: (opening: Opening) => OpenRun | Promise<OpenRun>;
  readonly companions?: readonly Companion[];
  /** The strategy takes over a journal of another one, if that is what the folder has. */
  readonly adopt?: Edited;
  /** Nobody sits by: room on the disk is kept for its protection, and a loop that stands still is ended. */
  readonly isUnattended?: boolean;
  /**
   * What happens to entries that wait when the process is asked to end: `cancelled`, since nobody would protect what they
   * fill; `kept` where nothing fills while it is away.
   */
  readonly entriesOnLeaving: 'cancelled' | 'kept';
}

/** What a run is opened with. */
export interface Opening {
  /** What the journal is bound to, as it was found; undefined: it is empty. */
  readonly known: RunBinding | undefined;
  /**
   * What it is bound to from here on: an edited strategy takes it over, where that was asked for. That takes as long as a
   * replay does: to be called when protection stands.
   */
  readonly goOn: () => RunBinding | undefined;
  readonly runId: string;
  readonly rows: RowSink;
  readonly tail: JournalTail;
  readonly notice: (notice: Notice) => void;
  readonly failed: (error: unknown) => void;
}

/** The end of the journal, before anything is replayed. */
export interface JournalTail {
  /** From the last row back. */
  readonly rows: () => Iterable<Row>;
  readonly lastSeq: number;
  /** What the newest snapshot says is there and is not the run's. */
  readonly foreign: () => ReadonlyMap<number, Foreign>;
  /** Puts an input behind the last row; resolves when it is safe on the disk. */
  readonly append: (input: Input) => Promise<void>;
}

/** What a person or a service manager asks of the process. */
export interface SessionSignals {
  /** End in order, to be started again. */
  readonly leave: AbortSignal;
  /** The kill switch: no entries any more until a person resets it. The process goes on, and protects what is held. */
  readonly stop?: AbortSignal;
}

export interface SessionOutcome {
  readonly opened: OpenRun;
  readonly status: RunStatus;
}

const WATCH_EVERY_MS = 200;
const STATUS_EVERY_MS = 1000;
/** Longest that the end of a process waits for answers of the venue; what is not known then is found out by the next start. */
const LEAVING_MS = 20_000;

export async function runSession(parts: SessionParts, signals: SessionSignals): Promise<SessionOutcome> {
  const { folder } = parts;
  const companions = [reconciliation(), ...(parts.companions ?? [])];
  const claim = lock(folder);
  const heartbeat = createHeartbeat();
  const stopBeating = beat(heartbeat);
  let rows: RowSink | undefined;
  let opened: OpenRun | undefined;
  try {
    const database = new JournalDatabase(folder.journal, { onRows: () => beatOnce(heartbeat) });
    const known = database.binding();
    let bound = known;
    let session: Session | undefined;
    rows = threadSink(folder.journal, {
      ...(parts.isUnattended === true && {
        reserve: { path: folder.reserve, bytes: RESERVE_BYTES },
        watch: { heartbeat, folder: folder.path },
      }),
      onRoom: isShort => opened?.run.guard.heardRoom(isShort),
    });
    opened = await parts.open({
      known,
      goOn: () => {
        bound = takenOver(parts, database, known);
        return bound;
      },
      runId: known?.runId ?? crypto.randomUUID(),
      rows,
      tail: tailOf(database),
      notice: notice => {
        parts.notice(notice);
        for (const companion of companions) companion.notice?.(notice);
      },
      failed: error => session?.fail(error),
    });
    if (bound === undefined) database.bind(opened.binding, parts.plan);
    else refuseOther(withItsModels(parts, database, bound, opened.binding), opened.binding, folder);
    session = new Session(parts, opened, database, companions);
    return await session.play(signals);
  } finally {
    try {
      // Nothing comes in any more when the journal closes.
      await opened?.close();
      await rows?.close();
    } finally {
      stopBeating();
      claim.release();
    }
  }
}

/** What the journal is bound to, after an edited strategy has taken it over where that was asked for. */
function takenOver(
  { folder, adopt, notice }: SessionParts,
  database: JournalDatabase,
  known: RunBinding | undefined,
): RunBinding | undefined {
  if (known === undefined || adopt === undefined) return known;
  const taken = takeOver(database, folder, known, adopt);
  if (taken === undefined) return known;
  const { positions, kept, anew } = taken;
  const words = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));
  const held = Object.entries(positions).map(([symbol, quantity]) => `${quantity} ${symbol}`);
  const facts = { held: words(held), statesKept: words(kept), statesAnew: words(anew), how: adopt.how };
  notice({ level: 'warning', what: 'edited strategy takes the journal over', facts });
  return taken.binding;
}

/** The same of its models, which are known when the run is open. */
function withItsModels(
  { folder, adopt, notice }: SessionParts,
  database: JournalDatabase,
  known: RunBinding,
  { models }: RunBinding,
): RunBinding {
  const taken = adopt && takeOverModels(database, folder, known, adopt.how, models);
  if (taken === undefined) return known;
  notice({
    level: 'warning',
    what: 'other models answer from here on',
    facts: { models: taken.others.join(', '), how: adopt?.how ?? 'keep' },
  });
  return taken.binding;
}

function tailOf(database: JournalDatabase): JournalTail {
  return {
    rows: () => database.rowsBack(),
    lastSeq: database.lastSeq(),
    foreign: () => foreignOf(database.snapshots()),
    append: async input => {
      database.append({ seq: database.lastSeq() + 1, kind: 'input', body: encode(input) });
      database.commit();
    },
  };
}

class Session implements SessionView {
  readonly folder: RunFolder;
  readonly opened: OpenRun;
  readonly startedMs = Date.now();
  readonly #parts: SessionParts;
  readonly #companions: readonly Companion[];
  readonly #database: JournalDatabase;
  readonly #teller: StatusTeller;
  readonly #end = new AbortController();
  #state: RunStatus['state'] = 'starting';
  #why: string | undefined;
  #failure: unknown;
  /** Its status cannot be written, and that has been told. */
  #isMute = false;
  /** A stop that was asked for and is in no file yet. */
  #unwritten: StopOrder | undefined;

  constructor(parts: SessionParts, opened: OpenRun, database: JournalDatabase, companions: readonly Companion[]) {
    this.folder = parts.folder;
    this.opened = opened;
    this.#parts = parts;
    this.#companions = companions;
    this.#database = database;
    this.#teller = statusTeller(this);
  }

  get state(): RunStatus['state'] {
    return this.#state === 'running' && this.opened.run.stopped ? 'stopped' : this.#state;
  }

  get why(): string | undefined {
    return this.#why;
  }

  async play({ leave, stop }: SessionSignals): Promise<SessionOutcome> {
    const { run } = this.opened;
    const watching: NodeJS.Timeout[] = [];
    const onLeave = () => this.#end.abort();
    const onStop = () => this.#writeStop();
    try {
      leave.addEventListener('abort', onLeave);
      stop?.addEventListener('abort', onStop);
      if (leave.aborted) onLeave();
      if (stop?.aborted) onStop();
      watching.push(
        setInterval(() => run.guard.tick(), GUARD_EVERY_MS),
        setInterval(() => this.#writeStatus(), STATUS_EVERY_MS),
      );
      await this.#recover();
      if (!this.#end.signal.aborted) await this.#begin(watching);
      if (leave.aborted) await this.#leave();
      else await this.#settle();
      if (this.#failure !== undefined) throw this.#failure;
      this.#state = run.ended ? 'ended' : 'stopped';
      run.keepSnapshot();
      await run.parts.rows.durable();
      return { opened: this.opened, status: this.#writeStatus() };
    } catch (error) {
      this.#state = 'failed';
      this.#why = error instanceof Error ? error.message : String(error);
      this.#writeStatus();
      throw error;
    } finally {
      for (const timer of watching) clearInterval(timer);
      this.#teller.stop();
      leave.removeEventListener('abort', onLeave);
      stop?.removeEventListener('abort', onStop);
      // One that waits for the venue holds up no end.
      for (const companion of this.#companions) await raced(Promise.resolve(companion.stop?.()), LEAVING_MS);
    }
  }

  async #begin(watching: NodeJS.Timeout[]): Promise<void> {
    this.#state = 'running';
    for (const companion of this.#companions) await companion.start?.(this);
    this.#writeStatus();
    watching.push(setInterval(() => void this.#watchStop().catch(error => this.fail(error)), WATCH_EVERY_MS));
    await this.#watchStop();
    await this.opened.follow(this.#end.signal);
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.#end.abort();
  }

  async #recover(): Promise<void> {
    const { run, trader } = this.opened;
    const startedMs = performance.now();
    const rows = this.#database.lastSeq();
    await this.opened.recover(
      this.#database.rows(),
      usableSnapshot(this.#database.snapshots(), rows, trader.run.plan.layoutHash),
      {
        signal: this.#end.signal,
        waits: why => {
          this.#why = why;
        },
      },
    );
    // From here on the journal's own thread has the file.
    this.#database.abandon();
    if (rows === 0 || this.#end.signal.aborted) return;
    run.parts.notice({
      level: 'info',
      what: 'recovered',
      facts: { rows, bars: trader.live.length, ms: Math.round(performance.now() - startedMs) },
    });
  }

  /** The file is the wish, `run.stopped` what has been done about it. */
  async #watchStop(): Promise<void> {
    const { run } = this.opened;
    if (this.#unwritten !== undefined) this.#writeStop();
    const order = this.#unwritten ?? readStop(this.folder);
    if (order !== undefined) this.#why ??= `stopped by ${order.by}`;
    if (order !== undefined && !run.stopped) await run.stop(order.flatten);
    // Who has stopped it may still want the positions closed, also when that was said to a process before this one; and an
    // entry may fill after all was closed, before the venue has cancelled it.
    if (order?.flatten === true && run.stopped && this.#holds()) await run.stop(true);
    if (order === undefined && run.stopped && !this.#end.signal.aborted) {
      this.#why = undefined;
      await run.resume();
    }
  }

  /** Something that an order can be made of, and that none is to close. */
  #holds(): boolean {
    const { trader } = this.opened;
    return trader.traded.some(instrument => {
      const { quantity, isClosing } = trader.guarded?.(instrument) ?? NOT_GUARDED;
      return quantity !== 0 && !isClosing;
    });
  }

  /** What cannot be written down (the disk is full) holds all the same, and is written as soon as it can be. */
  #writeStop(): void {
    const order = this.#unwritten ?? { by: 'signal', atMs: Date.now(), flatten: false };
    try {
      if (readStop(this.folder) === undefined) writeStop(this.folder, order);
      this.#unwritten = undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (this.#unwritten === undefined) {
        this.opened.run.notice('alert', 'stopped, but only until this process ends: it cannot be written down', {
          why,
        });
      }
      this.#unwritten = order;
    }
  }

  /** The process ends, to be started again: protection stays at the venue, entries that nobody would protect do not. */
  async #leave(): Promise<void> {
    const { run, trader } = this.opened;
    this.#why ??= 'its process was asked to end';
    const entries = () => trader.orders.filter(({ order }) => !isReducing(order.role)).length;
    const until = performance.now() + LEAVING_MS;
    const isLate = () => performance.now() > until;
    if (this.#parts.entriesOnLeaving === 'cancelled' && entries() > 0 && !run.stopped) {
      run.notice('info', 'entries are cancelled: the process was asked to end');
      await raced(run.take({ type: 'event', event: { type: 'halt' } }), LEAVING_MS);
      await this.opened.hear?.();
      while (entries() > 0 && !isLate()) await pause(20);
    }
    await raced(run.idle(), until - performance.now());
    if (isLate()) run.notice('warning', 'ended without an answer of the venue');
  }

  /** Bars have ended, and what they led to has an end too; of a run that has failed it may have none. */
  async #settle(): Promise<void> {
    const { signal } = this.#end;
    const gone = new Promise<void>(resolve => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const idle = this.opened.run.idle();
    await Promise.race([idle, gone]);
    if (signal.aborted) await raced(idle, LEAVING_MS);
  }

  #tellMute(error: unknown): void {
    if (this.#isMute) return;
    this.#isMute = true;
    const why = error instanceof Error ? error.message : String(error);
    const what = 'the status of the run cannot be written: `vela health` and `vela top` see nothing of it';
    this.opened.run.notice('alert', what, { why });
  }

  #writeStatus(): RunStatus {
    const status = this.#teller.now();
    try {
      writeStatus(this.folder, status);
    } catch (error) {
      // The run goes on without; that the disk is full is told where the journal finds it so.
      if (!isFull(error)) this.#tellMute(error);
    }
    // Of one that has not begun there is nothing to measure.
    if (status.state !== 'starting') for (const companion of this.#companions) companion.status?.(status);
    return status;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms);
  });
}

/** What a journal is bound to, in a trader's words. */
const BOUND: Readonly<Partial<Record<keyof RunBinding, string>>> = {
  mode: 'mode',
  symbols: 'instruments',
  planHash: 'strategy',
  params: 'params',
  capital: 'capital',
  facts: 'market facts',
  firstMs: 'first bar',
  fromTick: 'first traded bar',
  markets: 'mark prices or funding',
  dataHash: 'candles',
  account: 'account',
  models: 'models',
};

/** What may be another when a journal is taken over. */
const EDITED: readonly (string | undefined)[] = [BOUND.planHash, BOUND.params, BOUND.models];

function refuseOther(known: RunBinding, asked: RunBinding, { path }: RunFolder): void {
  const keys = Object.keys(BOUND) as (keyof RunBinding)[];
  const other = keys.filter(key => JSON.stringify(known[key]) !== JSON.stringify(asked[key])).map(key => BOUND[key]);
  if (other.length === 0) return;
  const isEdited = asked.mode !== 'replay' && other.every(what => EDITED.includes(what));
  throw new LiveError(
    'other-plan',
    `the journal in ${path} belongs to another run, of another ${other.join(', ')}`,
    isEdited
      ? 'give `--adopt keep` to go on with the edited strategy (what is held keeps its stop and targets, and the new rules decide when it is left) or `--adopt flatten` (what is held is closed first), or `--new` to set the journal aside'
      : 'go on with what it was begun with, give `--new` to set it aside and begin anew, or name another folder with `--state`',
  );
}
