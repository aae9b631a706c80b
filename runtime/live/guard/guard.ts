/**
 * What watches over a run besides its rules: that no position is without its stop for longer than it may be, and that what
 * keeps the run from acting safely is said and halts entries. It sees what the run sees, and the time; what it wants done it
 * hands to the run as an input, which is journaled like all others. It remembers nothing that a new process could not find
 * out: that is what the journal and the venue are for.
 */
import { type BlockCause, isReducing } from '../../engine/events.ts';
import { ownerOf } from '../client-id.ts';
import { type Guarded, NOT_GUARDED } from '../live-trader.ts';
import { type FeedEvent, VenueError, type VenueEvent, type VenueFill } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import type { Degraded, DegradedCode } from '../status.ts';
import { CAUSES, Causes, unknownOrder } from './causes.ts';
import { Doubled } from './doubled.ts';
import { MarketWatch } from './markets.ts';
import { DEADLINE_MS, type Demand, type Holding, ProtectionWatch } from './protection.ts';
import { type Look, Unheard } from './unheard.ts';

/** A jump of the venue's clock by more than this is not its usual drift. */
const MOST_JUMP_MS = 500;
/** A stop whose arrival nobody has confirmed is looked up from then on, so often. */
const FIND_AFTER_MS = 2000;
const FIND_EVERY_MS = 1000;
/** Between attempts to see again after a time of blindness. */
const SEE_AGAIN_MS = 5000;
/** An exit that was refused goes out again after a second, then after two, at most so long. */
const NUDGE_MS = 1000;
const LONGEST_NUDGE_MS = 30_000;
/** A limit that the price was at is left when the price has gone this much away, as a share of it. */
const LEFT_SHARE = 0.001;

/** An order that is unknown for longer than its look-ups take. */
const UNKNOWN_MS = 60_000;

const NONE_BARE: ReadonlyMap<number, number> = new Map();

/** How often `tick` is to be called. */
export const GUARD_EVERY_MS = 250;

interface Nudge {
  tries: number;
  nextMs: number;
  /** Other orders of the instrument: when one of them is gone, what it held is free. */
  others: number;
}

export class Guard {
  readonly #run: LiveRun;
  readonly #protection = new ProtectionWatch();
  readonly #unheard = new Unheard();
  readonly #markets: MarketWatch;
  readonly #causes: Causes;
  readonly #doubled = new Doubled();
  readonly #nudges = new Map<number, Nudge>();
  readonly #finding = new Map<string, number>();
  readonly #unknownSinceMs = new Map<number, number>();
  #blindUntilMs = Number.NaN;
  #seeAgainMs = Number.NEGATIVE_INFINITY;
  #isSeeing = false;
  #deafSinceMs = Number.NaN;
  #isOpen = false;
  #isStarted = false;

  constructor(run: LiveRun) {
    this.#run = run;
    this.#causes = new Causes(run.parts.binding.symbols);
    this.#markets = new MarketWatch(run);
  }

  /** What keeps the run from doing all that it should; a position that waits for its stop is told before its deadline. */
  get degraded(): readonly Degraded[] {
    const bare = this.#run.parts.trader.traded.flatMap((instrument): Degraded[] => {
      const forMs = this.#run.parts.clock() - this.unprotectedSinceMs(instrument);
      if (!(forMs >= FIND_EVERY_MS) || this.#causes.has('unprotected', instrument)) return [];
      const symbol = this.#run.symbolOf(instrument);
      const text = `${symbol} has been without its stop for ${Math.round(forMs / 1000)} s`;
      return [{ code: 'unprotected', sinceMs: this.#run.parts.venue.now() - forMs, symbol, text }];
    });
    return [...this.#causes.degraded, ...bare];
  }

  /** On the run's clock: since when an instrument's position has been without its stop; NaN while it has it. */
  unprotectedSinceMs(instrument: number): number {
    return this.#protection.stateOf(instrument).unprotectedSinceMs;
  }

  /** The venue takes no calls now. */
  get isBlind(): boolean {
    return this.#causes.has('blind');
  }

  #guarded(instrument: number): Guarded {
    return this.#run.parts.trader.guarded?.(instrument) ?? NOT_GUARDED;
  }

  // -------------------------------------------------------------- causes

  /** Something keeps the run from acting safely; told again, it is the same. Without an instrument it is about all. */
  async begin(cause: DegradedCode, text: string, instrument?: number): Promise<void> {
    const hold = { cause, text, sinceMs: this.#run.parts.venue.now(), ...(instrument !== undefined && { instrument }) };
    if (this.#causes.add(hold)) {
      const level = CAUSES[cause].halts ? 'alert' : 'warning';
      this.#run.notice(level, `degraded: ${cause}`, { why: text, ...this.#symbolFact(instrument) });
    }
    if (isBlock(cause) && !this.#isBlocked(cause, instrument)) await this.#block('block', cause, instrument);
  }

  /** It is over. Entries resume when no other cause is left, and no person has stopped the run. */
  async end(cause: DegradedCode, instrument?: number): Promise<void> {
    if (this.#causes.delete(cause, instrument)) {
      this.#run.notice('info', `no longer degraded: ${cause}`, this.#symbolFact(instrument));
    }
    if (this.#isBlocked(cause, instrument)) await this.#block('unblock', cause, instrument);
  }

  /** By the journal: maybe since before this process. */
  #isBlocked(cause: DegradedCode, instrument: number | undefined): cause is BlockCause {
    return this.#run.blocks.some(block => block.why === cause && block.instrument === instrument);
  }

  #block(type: 'block' | 'unblock', why: BlockCause, instrument: number | undefined): Promise<void> {
    const about = instrument === undefined ? {} : { instrument };
    return this.#run.take({ type: 'event', event: { type, why, ...about } });
  }

  #symbolFact(instrument: number | undefined): Readonly<Record<string, string>> {
    return instrument === undefined ? {} : { symbol: this.#run.symbolOf(instrument) };
  }

  // -------------------------------------------------------------- what is heard

  heardFeed(event: FeedEvent): void {
    const instrument = 'symbol' in event ? this.#run.parts.binding.symbols.indexOf(event.symbol) : -1;
    switch (event.type) {
      case 'bar':
        this.#priced(instrument, event.bar.close);
        this.#soon(this.end('stale', instrument));
        break;
      case 'missing':
        this.#soon(this.end('stale', instrument));
        break;
      case 'price':
        this.#priced(instrument, event.price);
        break;
      case 'stale': {
        const text = `no bar of ${event.symbol} since it was due at ${iso(event.dueMs)}: nothing is decided until one comes`;
        this.#soon(this.begin('stale', text, instrument));
        break;
      }
      case 'clock':
        this.#soon(this.#heardClock(event.jumpMs ?? 0));
        break;
      default:
    }
  }

  #heardClock(jumpMs: number): Promise<void> {
    if (Math.abs(jumpMs) <= MOST_JUMP_MS) return this.end('clock');
    const text = `the venue's clock and ours parted by ${Math.round(jumpMs)} ms since they were compared last: no entries until they agree`;
    return this.begin('clock', text);
  }

  heardVenue(event: VenueEvent): void {
    switch (event.type) {
      case 'blind': {
        const before = Number.isNaN(this.#blindUntilMs) ? Number.NEGATIVE_INFINITY : this.#blindUntilMs;
        this.#blindUntilMs = Math.max(before, event.untilMs);
        this.#soon(this.begin('blind', `${event.why}; until it answers only what rests there works`));
        break;
      }
      case 'disconnected':
        if (Number.isNaN(this.#deafSinceMs)) this.#deafSinceMs = this.#run.parts.clock();
        break;
      case 'reconnected':
        this.#deafSinceMs = Number.NaN;
        this.#soon(this.end('disconnected'));
        break;
      case 'accepted':
        this.#heardId(event.clientId, undefined);
        break;
      case 'fill':
        this.#heardId(event.fill.clientId, event.fill.symbol);
        this.#heardFill(event.fill);
        break;
      default:
    }
  }

  /** What an order brings that was done twice is held and protected; that it is more than was decided is for a person. */
  #heardFill(fill: VenueFill): void {
    const { clientId = '', symbol } = fill;
    const { trader } = this.#run.parts;
    const id = this.#run.orderOf(clientId);
    if (id === undefined) return;
    const isAtMarket = trader.orders.some(({ order }) => order.id === id && order.type === 'market');
    if (!this.#doubled.isSecond(fill, isAtMarket)) return;
    this.#soon(this.#run.reconciler.doneTwice(this.#run.instrumentOf(id), symbol, clientId));
  }

  /** An order of another run on an instrument that this one has claimed: both stop making entries. */
  #heardId(clientId: string | undefined, symbol: string | undefined): void {
    if (ownerOf(clientId, this.#run.parts.binding.runId) !== 'another run') return;
    const instrument = symbol === undefined ? -1 : this.#run.parts.binding.symbols.indexOf(symbol);
    const text =
      instrument < 0
        ? 'another run trades this account: end one of the two, then start the other again'
        : `another run trades ${this.#run.symbolOf(instrument)}: end one of the two, then \`vela release ${this.#run.symbolOf(instrument)}\``;
    this.#soon(this.begin('claimed twice', text, instrument < 0 ? undefined : instrument));
  }

  /** The disk is full and the journal goes on in its reserve, or there is room again. */
  heardRoom(isShort: boolean): void {
    const text = 'the disk is full: only protection and exits go on, in the room kept for them; make room';
    this.#soon(isShort ? this.begin('disk', text) : this.end('disk'));
  }

  #priced(instrument: number, price: number): void {
    if (instrument < 0) return;
    // A simulated venue lives from bar to bar: what the price is between two closes has not come to it yet.
    if (this.#run.parts.venue.abilities.tellsAgain === true) return;
    this.#protection.priced(instrument, price);
    this.#touch(instrument, price);
  }

  /** Where a venue sets quantities aside, a limit that closes takes the place of the stop while the price is at it. */
  #touch(instrument: number, price: number): void {
    const { limits, touched } = this.#guarded(instrument);
    for (const { slot, direction, price: level } of limits) {
      const beyond = direction === 1 ? level - price : price - level;
      const isTouched = beyond >= 0;
      const isLeft = beyond < -LEFT_SHARE * level;
      const was = touched.includes(slot);
      if (was ? !isLeft : !isTouched) continue;
      this.#soon(
        this.#run.take({ type: 'event', event: { type: 'touched', ...this.#run.about(instrument), slot, isTouched } }),
      );
    }
  }

  // -------------------------------------------------------------- protection

  /** After every input, and as time passes. */
  look(): void {
    const { trader, clock } = this.#run.parts;
    const now = clock();
    for (const instrument of trader.traded) {
      const holding = this.#holdingOf(instrument);
      const demand = this.#protection.look(instrument, holding, now);
      if (demand !== undefined) this.#demand(instrument, demand);
      else this.#nudge(instrument, now);
    }
  }

  #holdingOf(instrument: number): Holding {
    const { trader } = this.#run.parts;
    const { quantity, stop, isClosing, reserves } = this.#guarded(instrument);
    let stopped = 0;
    let leaving = 0;
    for (const { order, status } of trader.orders) {
      if (status !== 'working' || !isReducing(order.role) || this.#run.instrumentOf(order.id) !== instrument) continue;
      if (order.role === 'stop') stopped += Math.min(order.quantity, this.#run.sender.quantityAtVenue(order));
      else if (reserves) leaving += order.quantity;
    }
    return { position: quantity, stop, stopped, leaving, isExiting: isClosing };
  }

  #demand(instrument: number, demand: Demand): void {
    const symbol = this.#run.symbolOf(instrument);
    const what = DEMANDED[demand];
    this.#run.notice('alert', what, { symbol });
    const event = { type: 'flatten', reason: 'stop', ...this.#run.about(instrument) } as const;
    this.#soon(this.begin('unprotected', `${symbol}: ${what}`, instrument));
    this.#soon(this.#run.take({ type: 'event', event }, true));
  }

  /** A market exit that is wanted and was refused: asked for again, less often each time. */
  #nudge(instrument: number, now: number): void {
    const { trader } = this.#run.parts;
    const orders = trader.orders.filter(({ order }) => this.#run.instrumentOf(order.id) === instrument);
    const isWaiting = this.#guarded(instrument).isClosing && !orders.some(({ order }) => order.role === 'exit');
    const known = this.#nudges.get(instrument);
    if (trader.position(instrument).quantity === 0) this.#nudges.delete(instrument);
    if (!isWaiting) return;
    const nudge = known ?? { tries: 0, nextMs: now + NUDGE_MS, others: orders.length };
    this.#nudges.set(instrument, nudge);
    if (orders.length < nudge.others) nudge.nextMs = now;
    nudge.others = orders.length;
    if (now < nudge.nextMs) return;
    nudge.tries += 1;
    nudge.nextMs = now + Math.min(LONGEST_NUDGE_MS, NUDGE_MS * 2 ** nudge.tries);
    this.#soon(this.#run.take({ type: 'event', event: { type: 'timer', timer: 0 } }));
  }

  // -------------------------------------------------------------- as time passes

  /**
   * The run stands where its journal ends: from now on inputs can be made. `bare`: by number of the instrument, since when on
   * the run's clock the start has known that its position lacks its stop; the deadline counts from then.
   */
  open(bare: ReadonlyMap<number, number> = NONE_BARE): void {
    for (const [instrument, sinceMs] of bare) this.#protection.bareSince(instrument, sinceMs);
    this.#isOpen = true;
  }

  /** The run has been held against its venue. */
  async start(): Promise<void> {
    this.#isOpen = true;
    await this.#takeOver();
    await this.readMarkets();
    this.#isStarted = true;
  }

  readMarkets(): Promise<void> {
    return this.#markets.look(this);
  }

  /** What an earlier process halted entries for is over with it, or will be found out anew. */
  async #takeOver(): Promise<void> {
    for (const { why, instrument } of this.#run.blocks) {
      if (CAUSES[why].passes && !this.#causes.has(why, instrument)) await this.#block('unblock', why, instrument);
    }
  }

  /** To be called every quarter of a second. */
  tick(): void {
    if (!this.#isOpen) return;
    const now = this.#run.parts.clock();
    this.look();
    for (const instrument of this.#run.parts.trader.traded) this.#settleProtected(instrument, now);
    if (now - this.#deafSinceMs >= DEADLINE_MS) {
      const text = 'the venue does not tell of our orders: a fill could go unseen; no entries until it does';
      this.#soon(this.begin('disconnected', text));
    }
    this.#watchUnknown(now);
    if (!this.#isStarted) return;
    if (this.#blindUntilMs <= this.#run.parts.venue.now() && now >= this.#seeAgainMs) this.#soon(this.#seeAgain());
    this.#watchUnheard(now);
    this.#run.sender.tidy(this.#run.parts.trader.orders);
    this.#unheard.tidy(this.#run.parts.trader.orders);
    if (this.#markets.isDue(now)) this.#soon(this.readMarkets());
  }

  /** What should have been told by now is asked for: a stream may be open and say nothing. */
  #watchUnheard(now: number): void {
    const { trader, venue } = this.#run.parts;
    // A simulated venue tells of a fill when its bar comes round. What is not to be seen is asked for when it is again.
    if (venue.abilities.tellsAgain === true || this.isBlind) return;
    for (const instrument of trader.traded) {
      const orders = trader.orders.filter(({ order }) => this.#run.instrumentOf(order.id) === instrument);
      const look = this.#unheard.look(orders, this.#protection.priceOf(instrument), now);
      if (look !== undefined) this.#soon(this.#ask(look, instrument));
    }
  }

  /** What cannot be asked now is asked again. */
  async #ask(look: Look, instrument: number): Promise<void> {
    const { reconciler } = this.#run;
    await quiet<unknown>(look === 'fills' ? reconciler.readFills(instrument) : reconciler.now());
  }

  /** An order whose fate stays unknown is for a person to say. */
  #watchUnknown(now: number): void {
    const { trader } = this.#run.parts;
    for (const instrument of trader.traded) {
      const unknown = trader.orders.find(
        ({ order, status }) => status === 'unknown' && this.#run.instrumentOf(order.id) === instrument,
      );
      if (unknown === undefined) {
        this.#unknownSinceMs.delete(instrument);
        this.#soon(this.end('unknown order', instrument));
        continue;
      }
      const sinceMs = this.#unknownSinceMs.get(instrument) ?? now;
      this.#unknownSinceMs.set(instrument, sinceMs);
      if (now - sinceMs < UNKNOWN_MS) continue;
      const clientId = this.#run.clientIds.get(unknown.order.id) ?? '';
      const text = unknownOrder(clientId, this.#run.symbolOf(instrument));
      this.#soon(this.begin('unknown order', text, instrument));
    }
  }

  /** What a position lacks is counted while it lacks it, and a stop that may have arrived is looked for. */
  #settleProtected(instrument: number, now: number): void {
    const sinceMs = this.unprotectedSinceMs(instrument);
    if (Number.isNaN(sinceMs)) {
      const isStuck = !Number.isNaN(this.#protection.stateOf(instrument).beyondSinceMs);
      if (!isStuck) this.#soon(this.end('unprotected', instrument));
      return;
    }
    if (now - sinceMs >= FIND_AFTER_MS) this.#soon(this.#findStops(instrument, now));
  }

  async #findStops(instrument: number, now: number): Promise<void> {
    const { trader, venue } = this.#run.parts;
    for (const { order, status } of trader.orders) {
      const isOpen = status === 'sent' || status === 'unknown';
      const clientId = this.#run.clientIds.get(order.id);
      if (!isOpen || order.role !== 'stop' || clientId === undefined) continue;
      if (this.#run.instrumentOf(order.id) !== instrument) continue;
      if (now - (this.#finding.get(clientId) ?? Number.NEGATIVE_INFINITY) < FIND_EVERY_MS) continue;
      this.#finding.clear();
      this.#finding.set(clientId, now);
      const found = await quiet(venue.lookup(this.#run.symbolOf(instrument), clientId));
      if (found === undefined || found.status !== 'open') continue;
      this.#run.sender.noteAtVenue(order.id, found);
      await this.#run.take({ type: 'placed', order: order.id, clientId, venueId: found.venueId });
    }
  }

  /** After blindness everything may be different: what the venue has is looked at before anything is traded. */
  async #seeAgain(): Promise<void> {
    if (this.#isSeeing) return;
    this.#isSeeing = true;
    const untilMs = this.#blindUntilMs;
    try {
      await this.#run.reconciler.now();
      // It may have gone blind anew meanwhile.
      if (this.#blindUntilMs !== untilMs) return;
      this.#blindUntilMs = Number.NaN;
      await this.end('blind');
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      this.#seeAgainMs = this.#run.parts.clock() + SEE_AGAIN_MS;
    } finally {
      this.#isSeeing = false;
    }
  }

  /** What goes wrong beside the inputs ends the run. */
  #soon(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#run.parts.failed?.(error));
  }
}

const DEMANDED: Readonly<Record<Demand, string>> = {
  deadline: `without its stop for ${DEADLINE_MS / 1000} s: closed at market`,
  stuck: 'the price is beyond the stop and it does not fill: closed at market',
};

/** Whether entries are halted by it. */
function isBlock(cause: DegradedCode): cause is BlockCause {
  return CAUSES[cause].halts;
}

function iso(timeMs: number): string {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : 'unknown';
}

async function quiet<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    return undefined;
  }
}
