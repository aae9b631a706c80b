/**
 * A run: what comes from feed and venue moves the engine, one input at a time, and what the engine wants goes out. Each
 * input is journaled with what it brought about, and a command leaves only when the journal that asks for it is safe on the
 * disk. After a crash the same inputs give the same engine, and `recovery.ts` finds out what became of the rest.
 */
import { deserialize, serialize } from 'node:v8';
import type { Command } from '../engine/events.ts';
import { clientIdOf } from './client-id.ts';
import { encode } from './codec.ts';
import { heard } from './heard.ts';
import type { FeedEvent, LiveBar, Sink, Venue, VenueEvent } from './ports.ts';
import { Sender } from './sender.ts';
import type { RunCounts } from './status.ts';
import type { Input, IntentRow, RowSink, RunBinding } from './store/rows.ts';
import { Tally } from './tally.ts';
import type { Trader, TraderSnapshot } from './trader.ts';

/** `order`: an order on its way, of which there are many in a rehearsal. */
export type NoticeLevel = 'order' | 'info' | 'warning' | 'alert';

/** What a person may want to know, as it happens. */
export interface Notice {
  readonly level: NoticeLevel;
  readonly what: string;
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
  /** Which count of the run's status it is one of. */
  readonly counts?: keyof RunCounts;
}

export interface RunParts {
  readonly binding: RunBinding;
  readonly account: string;
  readonly trader: Trader;
  readonly venue: Venue;
  readonly rows: RowSink;
  readonly notice: (notice: Notice) => void;
  /** Milliseconds on a clock that never goes back. */
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Hears of what went wrong beside the inputs: the run cannot go on. */
  readonly failed?: (error: unknown) => void;
  /** Rows between two snapshots. */
  readonly snapshotEvery?: number;
}

/** A replay of so many rows takes a fraction of a second. */
const SNAPSHOT_EVERY = 20_000;
const SNAPSHOT_FORMAT = 1;

interface RunSnapshot {
  readonly format: typeof SNAPSHOT_FORMAT;
  readonly trader: TraderSnapshot;
  readonly clientIds: ReadonlyMap<number, string>;
  readonly venueIds: ReadonlyMap<string, string>;
  readonly orderOf: ReadonlyMap<string, number>;
  readonly seen: ReadonlySet<string>;
  readonly lastFundingMs: number;
  readonly lastBarMs: number;
  readonly intents: number;
  readonly stopped: boolean;
}

/** Throws a RangeError for bytes that this version did not write; the rows themselves are then replayed. */
export function readSnapshot(body: Uint8Array): RunSnapshot {
  let found: unknown;
  try {
    found = deserialize(body);
  } catch (error) {
    throw new RangeError('a snapshot that cannot be read', { cause: error });
  }
  const isOurs = typeof found === 'object' && found !== null && 'format' in found && found.format === SNAPSHOT_FORMAT;
  if (!isOurs) throw new RangeError('a snapshot of another version');
  return found as RunSnapshot;
}

function refill<K, V>(map: Map<K, V>, from: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of from) map.set(key, value);
}

export class LiveRun {
  readonly parts: RunParts;
  readonly sender: Sender;
  /** By number of the order: the id it was sent under last. */
  readonly clientIds = new Map<number, string>();
  readonly venueIds = new Map<string, string>();
  /** From the bar of a decision to the call that sends its order, milliseconds; the latest of them. */
  readonly latencies: number[] = [];
  readonly tally: Tally;
  ended = false;
  /** A person has stopped it, and nobody has let it go on. */
  stopped = false;
  lastBarMs = Number.NaN;

  readonly #orderOf = new Map<string, number>();
  readonly #seen = new Set<string>();
  #lastFundingMs = Number.NEGATIVE_INFINITY;
  #seq = 0;
  #lastSnapshot = 0;
  #intents = 0;
  #recordBytes = 0;
  #sending: Promise<void> = Promise.resolve();

  constructor(parts: RunParts) {
    this.parts = parts;
    this.sender = new Sender(this);
    this.tally = new Tally(parts.trader);
  }

  // -------------------------------------------------------------- what comes in

  readonly onFeed: Sink<FeedEvent> = async event => {
    const { live } = this.parts.trader;
    switch (event.type) {
      case 'bar':
      case 'missing': {
        const openMs = event.type === 'bar' ? event.bar.openMs : event.openMs;
        const tick = live.tickOf(openMs);
        if (tick < live.length) return this.notice('info', 'bar told twice', { openMs });
        while (live.length < tick) {
          const lostMs = live.openMs(live.length);
          this.notice('warning', 'bar missing', { openMs: lostMs }, 'missingBars');
          await this.take({ type: 'missing', openMs: lostMs, receivedMs: event.receivedMs });
        }
        if (event.type === 'bar') return this.#takeBar(event.bar, event.receivedMs);
        const { receivedMs, mark } = event;
        return this.take({ type: 'missing', openMs, receivedMs, ...(mark !== undefined && { mark }) });
      }
      case 'funding':
        if (event.timeMs <= this.#lastFundingMs) return;
        return this.take({ type: 'funding', timeMs: event.timeMs, rate: event.rate });
      case 'ended':
        this.ended = true;
        return;
      case 'stale':
        return this.notice('alert', 'no bar by its deadline', { dueMs: event.dueMs });
      case 'disconnected':
        return this.notice('warning', 'feed disconnected', { why: event.why });
      case 'reconnected':
        return this.notice('info', 'feed reconnected', {}, 'reconnects');
      case 'revised':
        return this.notice('warning', 'bar revised after it was used', { openMs: event.bar.openMs }, 'revisedBars');
      case 'clock':
        return;
    }
  };

  /** A bar that comes too long after its close moves everything but decides nothing: its price is gone. */
  #takeBar(bar: LiveBar, receivedMs: number): Promise<void> {
    const { live } = this.parts.trader;
    const closeMs = live.closeMs(live.length);
    const longestMs = Math.min(LATE_SHARE * (closeMs - bar.openMs), LONGEST_LATE_MS);
    const late = receivedMs - closeMs > longestMs;
    if (late && live.length >= this.parts.trader.state.fromTick) {
      const lateMs = receivedMs - closeMs;
      this.notice('warning', 'late bar, nothing decided on it', { openMs: bar.openMs, lateMs }, 'lateBars');
    }
    return this.take({ type: 'bar', bar, receivedMs, ...(late && { late }) });
  }

  readonly onVenue: Sink<VenueEvent> = async told => {
    if (told.type === 'accepted') this.venueIds.set(told.clientId, told.venueId);
    if (told.type === 'reconnected') this.notice('info', 'venue reconnected', {}, 'reconnects');
    if (told.type === 'gone') this.notice('order', `order ${told.why}`, { clientId: told.clientId }, 'cancelled');
    if (told.type === 'rejected') {
      this.notice('warning', 'order rejected', { clientId: told.clientId, why: told.message }, 'rejected');
    }
    if (told.type === 'blind') this.notice('alert', 'venue blind');
    const found = heard(told, {
      orderOf: clientId => this.#orderOf.get(clientId),
      isLeaving: order => this.#isLeaving(order),
      tick: this.parts.trader.live.length,
      tickOf: timeMs => this.#tickOf(timeMs),
    });
    if (found === undefined) return;
    const { event, key } = found;
    if (key !== undefined && this.#seen.has(key)) return;
    await this.take({ type: 'event', event, ...(key !== undefined && { key }) });
  };

  /** Tick of the bar that was going on just before an instant; at the latest the one that is going on now. */
  #tickOf(timeMs: number): number {
    const { live } = this.parts.trader;
    return Math.min(live.length, live.tickOf(timeMs - 1));
  }

  #isLeaving(id: number): boolean {
    return this.parts.trader.state.orders.some(({ order, status }) => order.id === id && status === 'leaving');
  }

  // -------------------------------------------------------------- stopping

  /** No entries from now on, those that wait are cancelled; protection and exits stay. `flatten`: the position is closed. */
  stop(flatten: boolean): Promise<void> {
    this.notice('alert', 'stopped', { flatten });
    return this.take({ type: 'event', event: { type: 'halt', flatten } });
  }

  /** A person lets it go on. */
  resume(): Promise<void> {
    this.notice('info', 'goes on');
    return this.take({ type: 'event', event: { type: 'resume' } });
  }

  // -------------------------------------------------------------- one input

  /** Journals an input, moves the engine by it, and sends what follows. Resolves when that has been sent. */
  take(input: Input): Promise<void> {
    const startedMs = this.parts.clock();
    const intents = this.#journal(input);
    if (intents.length === 0) return Promise.resolve();
    this.#sending = this.#sending.then(() => this.#send(intents, startedMs));
    return this.#sending;
  }

  /** Everything up to the wish to send is one step: nothing can come between. */
  #journal(input: Input): readonly IntentRow[] {
    this.tally.input(input);
    const commands = this.apply(input);
    const records = this.newRecords();
    this.tally.records(records);
    this.#append('input', encode(input), records);
    const intents = commands.map(command => {
      const intent = this.intend(command);
      this.#append('intent', encode(intent));
      return intent;
    });
    if (this.#seq - this.#lastSnapshot >= (this.parts.snapshotEvery ?? SNAPSHOT_EVERY)) this.keepSnapshot();
    return intents;
  }

  /** Writes down where the run stands, so that the rows before need not be replayed. */
  keepSnapshot(): void {
    if (this.#seq === this.#lastSnapshot || !this.parts.trader.canSnapshot) return;
    this.#lastSnapshot = this.#seq;
    const snapshot: RunSnapshot = {
      format: SNAPSHOT_FORMAT,
      trader: this.parts.trader.snapshot(),
      clientIds: this.clientIds,
      venueIds: this.venueIds,
      orderOf: this.#orderOf,
      seen: this.#seen,
      lastFundingMs: this.#lastFundingMs,
      lastBarMs: this.lastBarMs,
      intents: this.#intents,
      stopped: this.stopped,
    };
    this.parts.rows.snapshot({ seq: this.#seq, body: serialize(snapshot) });
  }

  /** Takes in a row that a snapshot knows of: only the bars and the records are not in it. */
  pass(input: Input): void {
    const { live } = this.parts.trader;
    if (input.type === 'bar') live.append(input.bar);
    if (input.type === 'missing') live.append(undefined, input.mark);
    if (input.type === 'funding') live.addFunding(input.timeMs, input.rate);
  }

  /** Goes to where a snapshot stands; the rows up to it have been passed. Throws when it is of another version. */
  restore(body: Uint8Array, records: Uint8Array): void {
    const snapshot = readSnapshot(body);
    this.parts.trader.restore(snapshot.trader);
    this.parts.trader.journal.takeOver(records);
    this.newRecords();
    refill(this.clientIds, snapshot.clientIds);
    refill(this.venueIds, snapshot.venueIds);
    refill(this.#orderOf, snapshot.orderOf);
    for (const key of snapshot.seen) this.#seen.add(key);
    this.#lastFundingMs = snapshot.lastFundingMs;
    this.lastBarMs = snapshot.lastBarMs;
    this.#intents = snapshot.intents;
    this.stopped = snapshot.stopped;
  }

  #append(kind: 'input' | 'intent', body: string, records?: Uint8Array): void {
    this.#seq += 1;
    const hasRecords = records !== undefined && records.length > 0;
    this.parts.rows.append({ seq: this.#seq, kind, body, ...(hasRecords && { records }) });
  }

  /** Of the engine's journal, since this was asked last. */
  newRecords(): Uint8Array {
    const records = this.parts.trader.journal.recordsFrom(this.#recordBytes);
    this.#recordBytes += records.length;
    return records;
  }

  /** Moves the engine, and what the run knows of ids, by an input: the same when it comes and when it is replayed. */
  apply(input: Input): readonly Command[] {
    const { trader } = this.parts;
    switch (input.type) {
      case 'bar':
        this.lastBarMs = input.bar.openMs;
        trader.live.append(input.bar);
        return trader.closeBar(input.late);
      case 'missing':
        trader.live.append(undefined, input.mark);
        return trader.closeBar();
      case 'funding':
        this.#lastFundingMs = input.timeMs;
        trader.live.addFunding(input.timeMs, input.rate);
        return [];
      case 'event':
        if (input.key !== undefined) this.#seen.add(input.key);
        if (input.event.type === 'halt') this.stopped = true;
        if (input.event.type === 'resume') this.stopped = false;
        return trader.handle(input.event);
      case 'placed':
        this.venueIds.set(input.clientId, input.venueId);
        return trader.handle({ type: 'orderAccepted', order: input.order });
    }
  }

  /** Gives a command its number and its id. */
  intend(command: Command): IntentRow {
    this.#intents += 1;
    const number = this.#intents;
    if (command.type !== 'place') {
      const order = command.type === 'amend' ? command.order.id : command.type === 'cancel' ? command.order : 0;
      return { number, command, clientId: this.clientIds.get(order) ?? '' };
    }
    const { binding, account } = this.parts;
    const { id, slot } = command.order;
    const clientId = clientIdOf({ runId: binding.runId, account, symbol: binding.symbol, slot, number });
    this.clientIds.set(id, clientId);
    this.#orderOf.set(clientId, id);
    return { number, command, clientId };
  }

  /** After a replay: where the journal goes on. */
  replayed(lastSeq: number, lastSnapshot: number): void {
    this.#seq = lastSeq;
    this.#lastSnapshot = lastSnapshot;
  }

  // -------------------------------------------------------------- what goes out

  /** Journals commands that were decided before a crash; whether they left is for a reconciliation to find out. */
  intendAll(commands: readonly Command[]): void {
    for (const command of commands) this.#append('intent', encode(this.intend(command)));
  }

  async #send(intents: readonly IntentRow[], startedMs: number): Promise<void> {
    const waiting = [...intents];
    let isSafe = false;
    for (let intent = waiting.shift(); intent !== undefined; intent = waiting.shift()) {
      if (!isSafe) await this.parts.rows.durable();
      isSafe = true;
      if (intent.command.type === 'place') this.#noteLatency(this.parts.clock() - startedMs);
      const outcome = await this.sender.carryOut(intent);
      if (outcome === undefined) continue;
      const more = this.#journal(outcome);
      if (more.length > 0) isSafe = false;
      waiting.push(...more);
    }
  }

  #noteLatency(ms: number): void {
    this.latencies.push(ms);
    if (this.latencies.length > MOST_LATENCIES) this.latencies.shift();
  }

  /** Resolves when nothing is under way: all is sent, and of every order it is known what became of it. */
  async idle(): Promise<void> {
    await this.sender.idle();
    await this.#sending;
  }

  notice(level: NoticeLevel, what: string, facts: Notice['facts'] = {}, counts?: keyof RunCounts): void {
    if (counts !== undefined) this.tally.counts[counts] += 1;
    this.parts.notice({ level, what, facts, ...(counts !== undefined && { counts }) });
  }
}

/** Part of its length, and longest time, that a bar may come late. */
const LATE_SHARE = 0.2;
const LONGEST_LATE_MS = 60_000;
const MOST_LATENCIES = 10_000;
