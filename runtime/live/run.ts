/**
 * A run: what comes from feed and venue moves the engine, one input at a time, and what the engine wants goes out. Each
 * input is journaled with what it brought about, and a command leaves only when the journal that asks for it is safe on the
 * disk. After a crash the same inputs give the same engine, and `recovery.ts` finds out what became of the rest.
 */
import { serialize } from 'node:v8';
import {
  type BlockCause,
  type Command,
  type EngineEvent,
  isReducing,
  NO_COMMANDS,
  type StepTexts,
} from '../engine/events.ts';
import type { ActualOrder } from '../engine/orders.ts';
import { stepsOf, type VenueSteps } from '../engine/settings.ts';
import { ANNOUNCED, Announcements } from './announcements.ts';
import { boundFacts } from './bound-facts.ts';
import { clientIdOf } from './client-id.ts';
import { encode } from './codec.ts';
import { inputsOf } from './feed-inputs.ts';
import { Guard } from './guard/guard.ts';
import { heard } from './heard.ts';
import { knownTo } from './known.ts';
import type { LiveTrader } from './live-trader.ts';
import type { Forecaster } from './models/forecaster.ts';
import { Outbox, together } from './outbox.ts';
import type { FeedEvent, LiveBar, MarkPrices, Sink, Venue, VenueEvent, VenueFill } from './ports.ts';
import { Books } from './reconcile/books.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { Remembered, toldOf } from './remembered.ts';
import { type RunSnapshot, readSnapshot, SNAPSHOT_FORMAT } from './run-snapshot.ts';
import { Sender } from './sender.ts';
import type { RunCounts } from './status.ts';
import { type Input, type IntentRow, of, type RestoredInput, type RowSink, type RunBinding } from './store/rows.ts';
import { Tally } from './tally.ts';

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
  readonly trader: LiveTrader;
  /** Where the strategy asks models. */
  readonly models?: Forecaster;
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
  /** Ids and keys that are added before the run lets go of what is over. */
  readonly forgetAfter?: number;
}

/** A replay of so many rows takes a fraction of a second. */
const SNAPSHOT_EVERY = 20_000;

const NOTHING: Promise<void> = Promise.resolve();

function refill<K, V>(map: Map<K, V>, from: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of from) map.set(key, value);
}

/** Entries are halted by it; without an instrument all of them. */
export interface Block {
  readonly why: BlockCause;
  readonly instrument?: number;
}

function blockKey({ why, instrument }: Block): string {
  return `${why} ${instrument ?? 'all'}`;
}

export class LiveRun {
  readonly parts: RunParts;
  readonly sender: Sender;
  readonly outbox: Outbox;
  readonly remembered: Remembered;
  /** By number of the order: the id it was sent under last. */
  readonly clientIds: Remembered['clientIds'];
  readonly venueIds: Remembered['venueIds'];
  readonly tally: Tally;
  readonly announcements: Announcements;
  readonly books = new Books();
  readonly guard: Guard;
  readonly reconciler: Reconciler;
  ended = false;
  /** A person has stopped it, and nobody has let it go on. */
  stopped = false;
  lastBarMs = Number.NaN;
  /** Bars are told that closed before it was there. */
  isCatchingUp = false;

  /** The venue's stream has been there since the process began. */
  #isConnected = false;
  readonly #blocks = new Map<string, Block>();
  readonly #steps = new Map<number, StepTexts>();
  /** By number of the instrument. */
  readonly #lastFundingMs = new Map<number, number>();
  #seq = 0;
  #lastSnapshot = 0;
  #intents = 0;
  #recordBytes = 0;
  /** What models are asked about the feed's events, one after another. */
  #asking: Promise<unknown> = NOTHING;

  constructor(parts: RunParts) {
    this.parts = parts;
    this.remembered = new Remembered(parts.forgetAfter);
    this.clientIds = this.remembered.clientIds;
    this.venueIds = this.remembered.venueIds;
    this.sender = new Sender(this);
    const { venue, rows, trader, clock } = parts;
    this.outbox = new Outbox({
      abilities: venue.abilities,
      durable: () => rows.durable(),
      clock,
      orderOf: id => trader.orders.find(({ order }) => order.id === id)?.order,
      carryOut: (intent, leaves) => this.sender.carryOut(intent, leaves),
      journal: input => this.#journal(input),
    });
    this.tally = new Tally(parts.trader);
    this.announcements = new Announcements(parts.trader);
    this.guard = new Guard(this);
    this.reconciler = new Reconciler(this);
  }

  // -------------------------------------------------------------- what comes in

  /** What is told is journaled in the order in which it is told; the promise resolves when what follows has been sent. */
  readonly onFeed: Sink<FeedEvent> = event => {
    this.guard.heardFeed(event);
    const { models } = this.parts;
    if (models === undefined) return together(inputsOf(this, event).map(input => this.take(input)));
    // A model may be asked while the next bar comes.
    const taken = this.#asking.then(() => this.#askAndTake(models, event));
    this.#asking = taken.catch(() => {});
    return taken.then(together);
  };

  /** What models say of a tick is journaled before the tick is. Gives what is being sent. */
  async #askAndTake(models: Forecaster, event: FeedEvent): Promise<readonly Promise<void>[]> {
    const sent: Promise<void>[] = [];
    for (const input of inputsOf(this, event)) {
      const isTick = input.type === 'bar' || input.type === 'missing';
      for (const said of isTick ? await models.before(input) : []) sent.push(this.take(said));
      sent.push(this.take(input));
    }
    return sent;
  }

  readonly onVenue: Sink<VenueEvent> = async told => {
    if (told.type === 'accepted') this.remembered.numbered(told.clientId, told.venueId);
    if (told.type === 'reconnected') {
      if (this.#isConnected) this.notice('info', 'venue reconnected', {}, 'reconnects');
      else this.notice('info', 'venue connected');
      this.#isConnected = true;
    }
    if (told.type === 'gone') this.notice('order', `order ${told.why}`, { clientId: told.clientId }, 'cancelled');
    if (told.type === 'rejected') {
      this.notice('warning', 'order rejected', { clientId: told.clientId, why: told.message }, 'rejected');
    }
    this.guard.heardVenue(told);
    const sent: Promise<void>[] = [];
    for (const { event, key, ...about } of heard(told, knownTo(this))) {
      if (key !== undefined && this.hasSeen(key)) continue;
      if (told.type === 'fill' && event.type === 'fill') {
        this.sender.noteFilled(event.order, told.fill.quantity);
        this.#noteFill(told.fill);
      }
      sent.push(this.take({ type: 'event', event, ...about, ...(key !== undefined && { key }) }));
    }
    await together(sent);
  };

  #noteFill({ symbol, side, quantity, price, fee, feeCurrency }: VenueFill): void {
    this.notice('order', 'filled', { symbol, side, quantity, price, fee: `${fee} ${feeCurrency}` });
  }

  stepsOf(instrument: number): VenueSteps {
    return stepsOf(this.stepTexts(instrument));
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
  take(input: Input, isUrgent = false): Promise<void> {
    const startedMs = this.parts.clock();
    const intents = this.#journal(input);
    if (intents.length === 0) return NOTHING;
    const sent = this.outbox.send(intents, this.parts.clock() - startedMs, isUrgent);
    // Whether or not somebody waits for it.
    sent.catch((error: unknown) => this.parts.failed?.(error));
    return sent;
  }

  /** Everything up to the wish to send is one step: nothing can come between. */
  #journal(input: Input): readonly IntentRow[] {
    const { live } = this.parts.trader;
    const ticks = live.length;
    this.tally.input(input);
    const commands = this.apply(input);
    const records = this.newRecords();
    this.tally.records(records);
    this.#announce(input);
    this.#append('input', encode(input), records);
    const intents = commands.map(command => {
      const intent = this.intend(command);
      this.#append('intent', encode(intent));
      return intent;
    });
    if (this.#seq - this.#lastSnapshot >= (this.parts.snapshotEvery ?? SNAPSHOT_EVERY)) this.keepSnapshot();
    // A bar that does not end a tick moves nothing.
    const isPart = (input.type === 'bar' || input.type === 'missing') && live.length === ticks;
    if (!isPart) {
      this.sender.fitReversals();
      this.guard.look();
    }
    return intents;
  }

  /** What the strategy wants a person to know of the bar that is over; nobody wants to hear of one that was missed. */
  #announce(input: Input): void {
    const isLate = (input.type === 'bar' || input.type === 'missing') && input.late === true;
    const said = this.announcements.look(isLate || this.isCatchingUp);
    for (const { symbol, rule, message } of said) this.notice('warning', ANNOUNCED, { symbol, message, rule });
  }

  /** Writes down where the run stands, so that the rows before need not be replayed. */
  keepSnapshot(): void {
    if (this.#seq === this.#lastSnapshot || !this.parts.trader.canSnapshot) return;
    this.#lastSnapshot = this.#seq;
    this.parts.rows.snapshot({ seq: this.#seq, body: serialize(this.snapshot()) });
  }

  /** All that the run is, besides bars and records. */
  snapshot(): RunSnapshot {
    return {
      format: SNAPSHOT_FORMAT,
      layoutHash: this.parts.trader.run.plan.layoutHash,
      trader: this.parts.trader.snapshot(),
      ...this.remembered.snapshot(),
      lastFundingMs: this.#lastFundingMs,
      lastBarMs: this.lastBarMs,
      intents: this.#intents,
      stopped: this.stopped,
      books: this.books.snapshot(),
      blocks: this.#blocks,
      steps: this.#steps,
    };
  }

  /** Takes in a row that a snapshot knows of: only the bars and the records are not in it. */
  pass(input: Input): void {
    this.parts.models?.heard(input);
    const { live } = this.parts.trader;
    const { instrument = 0 } = 'instrument' in input ? input : {};
    if (input.type === 'bar') live.append(instrument, input.bar);
    if (input.type === 'missing') live.append(instrument, undefined, input.mark);
    if (input.type === 'funding') live.market(instrument).addFunding(input.timeMs, input.rate);
  }

  /** Goes to where a snapshot stands; the rows up to it have been passed. Throws when it is of another version. */
  restore(body: Uint8Array, records: Uint8Array): void {
    const snapshot = readSnapshot(body);
    this.parts.trader.restore(snapshot.trader);
    this.parts.trader.journal.takeOver(records);
    this.newRecords();
    this.remembered.restore(snapshot);
    refill(this.#lastFundingMs, snapshot.lastFundingMs);
    this.lastBarMs = snapshot.lastBarMs;
    this.#intents = snapshot.intents;
    this.stopped = snapshot.stopped;
    this.books.restore(snapshot.books);
    refill(this.#blocks, snapshot.blocks);
    refill(this.#steps, snapshot.steps);
  }

  #append(kind: 'input' | 'intent', body: string, records?: Uint8Array): void {
    this.#seq += 1;
    const hasRecords = records !== undefined && records.length > 0;
    this.parts.rows.append({ seq: this.#seq, kind, body, ...(hasRecords && { records }) });
    this.outbox.journaled();
  }

  /** Of the engine's journal, since this was asked last. */
  newRecords(): Uint8Array {
    const records = this.parts.trader.journal.recordsFrom(this.#recordBytes);
    this.#recordBytes += records.length;
    return records;
  }

  /** Moves the engine, and what the run knows of ids, by an input: the same when it comes and when it is replayed. */
  apply(input: Input): readonly Command[] {
    const { trader, models } = this.parts;
    models?.heard(input);
    this.books.apply(input);
    switch (input.type) {
      case 'bar':
        this.lastBarMs = input.bar.openMs;
        return this.#appendBar(input, input.bar, input.bar.mark);
      case 'missing':
        return this.#appendBar(input, undefined, input.mark);
      case 'funding':
        this.#lastFundingMs.set(input.instrument ?? 0, input.timeMs);
        trader.live.market(input.instrument ?? 0).addFunding(input.timeMs, input.rate);
        return NO_COMMANDS;
      case 'event':
        if (input.key !== undefined) this.remembered.tell(input.key, toldOf(input, trader.live.length));
        if (input.event.type === 'halt') this.stopped = true;
        if (input.event.type === 'resume') this.stopped = false;
        this.#note(input.event);
        if (input.then === undefined) return trader.handle(input.event);
        return [...trader.handle(input.event), ...trader.handle(input.then)];
      case 'restored':
        return this.#applyRestored(input);
      case 'placed':
        this.remembered.numbered(input.clientId, input.venueId);
        return trader.handle({ type: 'orderAccepted', order: input.order });
      case 'skipped':
        this.#intents += input.intents;
        return NO_COMMANDS;
      case 'prediction':
        return input.flatten ? trader.handle({ type: 'flatten' }) : NO_COMMANDS;
      case 'activated':
      case 'foreign':
      case 'difference':
      case 'agreed':
      case 'wish':
      case 'plan':
        return NO_COMMANDS;
    }
  }

  #note(event: EngineEvent): void {
    if (event.type === 'block') this.#blocks.set(blockKey(event), event);
    if (event.type === 'unblock') this.#blocks.delete(blockKey(event));
    if (event.type === 'steps') this.#steps.set(event.instrument ?? 0, event.steps);
  }

  /** Of an instrument: the last settlement that was taken in; NaN before there was one. */
  lastFundingMs(instrument: number): number {
    return this.#lastFundingMs.get(instrument) ?? Number.NaN;
  }

  /** What entries are halted by. */
  get blocks(): readonly Block[] {
    return [...this.#blocks.values()];
  }

  /** An event names its instrument where the run has several. */
  about(instrument: number): { readonly instrument?: number } {
    return this.parts.binding.symbols.length === 1 ? {} : { instrument };
  }

  /** The venue's steps as they were told last. */
  stepTexts(instrument: number): StepTexts {
    const { tick, lot, minNotional } = boundFacts(this.parts.binding, this.symbolOf(instrument));
    const bound = { ...(tick && { tick }), ...(lot && { lot }), ...(minNotional && { minNotional }) };
    return this.#steps.get(instrument) ?? bound;
  }

  /** An order that was sent before this replay takes the place of the one that it was sent for. */
  #applyRestored({ order, clientId, replaces, instrument = 0 }: RestoredInput): readonly Command[] {
    const { trader } = this.parts;
    const isReplaced = ({ order: known, status }: ActualOrder) =>
      known.slot === order.slot && status !== 'leaving' && this.instrumentOf(known.id) === instrument;
    const id = (replaces ? trader.orders.find(isReplaced)?.order.id : undefined) ?? order.id;
    this.remembered.sent(id, clientId);
    return trader.handle({ type: 'restored', ...this.about(instrument), order: { ...order, id } });
  }

  /** The tick is decided when the last of its instruments is there. */
  #appendBar(
    { instrument = 0, late }: { readonly instrument?: number; readonly late?: boolean },
    bar: LiveBar | undefined,
    mark: MarkPrices | undefined,
  ): readonly Command[] {
    const { trader } = this.parts;
    if (!trader.live.append(instrument, bar, mark)) return NO_COMMANDS;
    if (this.remembered.isFull) this.#forget();
    return trader.closeBar(late);
  }

  /** What no venue tells of any more, and nothing here asks for. */
  #forget(): void {
    const { trader } = this.parts;
    const known = new Set(trader.known);
    this.remembered.forget({
      tick: trader.live.length,
      knows: order => known.has(order),
      readFromMs: instrument => this.books.readFromMs(instrument),
    });
  }

  /** Gives a command its number and its id. */
  intend(command: Command): IntentRow {
    this.#intents += 1;
    const number = this.#intents;
    if (command.type !== 'place') {
      const order = command.type === 'amend' ? command.order.id : command.type === 'cancel' ? command.order : 0;
      return { number, ...of(this.instrumentOf(order)), command, clientId: this.clientIds.get(order) ?? '' };
    }
    const { account, binding } = this.parts;
    const { id, slot } = command.order;
    const instrument = this.instrumentOf(id);
    const clientId = clientIdOf({ runId: binding.runId, account, symbol: this.symbolOf(instrument), slot, number });
    this.remembered.sent(id, clientId);
    const stop = isReducing(command.order.role) ? Number.NaN : (this.parts.trader.plannedStop?.(id) ?? Number.NaN);
    return { number, ...of(instrument), command, clientId, ...(!Number.isNaN(stop) && { stop }) };
  }

  /** Number of the instrument of an order that the trader has. */
  instrumentOf(order: number): number {
    return this.parts.trader.instrumentOf(order);
  }

  symbolOf(instrument: number): string {
    const symbol = this.parts.binding.symbols[instrument];
    if (symbol === undefined) throw new RangeError(`the run has no instrument ${instrument}`);
    return symbol;
  }

  /** Of an order of this run that still matters, by any id that it was sent under. */
  orderOf(clientId: string): number | undefined {
    const order = this.remembered.orderOf(clientId);
    return order !== undefined && this.parts.trader.knows(order) ? order : undefined;
  }

  /** Whether what has this key was taken in before. */
  hasSeen(key: string): boolean {
    return this.remembered.hasTold(key);
  }

  /** Number of the last row: while it is what it was, nothing has come in. */
  get seq(): number {
    return this.#seq;
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

  /** Resolves when nothing is under way: all is sent, and of every order it is known what became of it. */
  async idle(): Promise<void> {
    await this.sender.idle();
    await this.outbox.idle();
  }

  notice(level: NoticeLevel, what: string, facts: Notice['facts'] = {}, counts?: keyof RunCounts): void {
    if (counts !== undefined) this.tally.counts[counts] += 1;
    this.parts.notice({ level, what, facts, ...(counts !== undefined && { counts }) });
  }
}
