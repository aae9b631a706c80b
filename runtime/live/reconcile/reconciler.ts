/**
 * Holds what a run believes against what its venue says: orders, fills, positions, balances. Each difference is told,
 * journaled and repaired where that is safe; where it is not, entries of the instrument wait for a person. Orders and
 * positions of others are never touched. Runs at the start, every minute, after each reconnect, and when an order was unknown.
 */
import { addExactly } from '../../engine/decimal.ts';
import { isReducing } from '../../engine/events.ts';
import type { ActualOrder } from '../../engine/orders.ts';
import { ownerOf } from '../client-id.ts';
import { fillKey } from '../heard.ts';
import { VenueError, type VenueFill, type VenueOrderState } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import { of } from '../store/rows.ts';
import { OVERLAP_MS } from './books.ts';
import { ANSWERS, compareHoldings, type DifferenceKind, type HoldingsDifference } from './differences.ts';
import { convertFees } from './fees.ts';
import { isDust } from './real-fill.ts';
import { Strangers } from './strangers.ts';

/** The venue stamps trades by its own clock, of which ours is a measurement: none is before an agreement by less. */
const CLOCK_MS = 1000;
/** Between two looks at what seems to be somebody else's: what is under way is over by then. */
const CONFIRM_MS = 2000;
/** What the account lacks by less than this share is fees and the like that are on their way. */
const SHORT = 0.01;
/** How often it is journaled that books and venue agree. */
const AGREED_EVERY_MS = 600_000;
/** Looks that are given up because something came in meanwhile. */
const MOST_LOOKS = 5;

export interface Found {
  readonly kind: DifferenceKind;
  readonly symbol: string;
  readonly text: string;
}

/** What the venue said of its open orders, and by order how many changes had begun and ended before it was asked. */
interface Seen {
  readonly open: readonly VenueOrderState[];
  readonly changes: ReadonlyMap<number, number>;
}

export class Reconciler {
  readonly #run: LiveRun;
  /** By number of the instrument. */
  readonly #strangers = new Map<number, Strangers>();
  /** By number of the instrument and kind: what was said last, and of each foreign order that is there. */
  readonly #told = new Map<number, Map<DifferenceKind, Set<string>>>();
  readonly #readUntilMs = new Map<number, number>();
  /** Client ids of what an earlier process had sent, until it is known or asked for; a start may be tried more than once. */
  #inDoubt: Set<string> | undefined;
  #isShortOfCash = false;
  #going: Promise<readonly Found[]> | undefined;
  #again = false;
  #found: Found[] = [];

  constructor(run: LiveRun) {
    this.#run = run;
  }

  /** One after another; asked for while one goes on, it is done once more after that. Rejects with a `VenueError`. */
  now(isStart = false): Promise<readonly Found[]> {
    if (this.#going !== undefined) {
      this.#again = true;
      return this.#going;
    }
    this.#going = this.#all(isStart).finally(() => {
      this.#going = undefined;
    });
    return this.#going;
  }

  async #all(isStart: boolean): Promise<readonly Found[]> {
    this.#found = [];
    do {
      this.#again = false;
      await this.#once(isStart);
    } while (this.#again);
    return this.#found;
  }

  async #once(isStart: boolean): Promise<void> {
    const { trader, venue } = this.#run.parts;
    if (isStart) this.#inDoubt ??= this.#unsure();
    if (isStart) await this.#haltAgain();
    for (const instrument of trader.traded) await this.#orders(instrument);
    // What a simulated venue has done is told when its bar comes round; until then it may be ahead.
    if (venue.abilities.tellsAgain !== true) {
      await this.#holdings(trader.traded);
      for (const instrument of trader.traded) await this.#writeOffDust(instrument);
      await this.#income();
      await this.#cash();
      await convertFees(this.#run);
    }
    // What was there before the run is known from now on, whatever happens to the process.
    if (isStart) await this.#run.parts.rows.durable();
    this.#run.tally.counts.reconciliations += 1;
  }

  /** What is on its way or unknown. */
  #unsure(): Set<string> {
    const ids = this.#run.parts.trader.orders
      .filter(({ status }) => status === 'sent' || status === 'unknown')
      .map(({ order }) => this.#run.clientIds.get(order.id) ?? '');
    return new Set(ids);
  }

  /** What entries waited for before this process waits on. */
  async #haltAgain(): Promise<void> {
    for (const [instrument, { kind, text }] of this.#run.books.halts) {
      await this.#run.guard.begin(ANSWERS[kind].halts ?? 'foreign', text, instrument);
    }
  }

  // -------------------------------------------------------------- orders and fills

  async #orders(instrument: number): Promise<void> {
    const { venue, trader } = this.#run.parts;
    const symbol = this.#run.symbolOf(instrument);
    const before = trader.orders.filter(({ order }) => this.#run.instrumentOf(order.id) === instrument);
    const changes = new Map(before.map(({ order: { id } }) => [id, this.#run.sender.changesOf(id)]));
    const open = await venue.openOrders(symbol);
    const told = this.#toldOf(instrument, 'foreign order');
    for (const venueId of told) if (!open.some(order => order.venueId === venueId)) told.delete(venueId);
    await this.readFills(instrument);
    for (const actual of before.sort(byUrgency)) await this.#settle(instrument, actual, { open, changes });
    // Of those that were known it has been seen to, and what was read of them is old by now.
    const known = new Set(before.map(({ order: { id } }) => this.#run.clientIds.get(id)));
    const others = open.filter(({ clientId }) => clientId === undefined || !known.has(clientId));
    for (const order of others) await this.#settleUnwanted(instrument, order);
  }

  /** Takes in what has filled of the run's orders and was not told. */
  async readFills(instrument: number): Promise<void> {
    const { venue, binding } = this.#run.parts;
    const symbol = this.#run.symbolOf(instrument);
    const { live, fromTick } = this.#run.parts.trader;
    const known = this.#run.books.agreedMs(instrument) ?? live.openMs(fromTick);
    const startedMs = venue.now();
    const since = Math.floor(Math.max(known, this.#readUntilMs.get(instrument) ?? known) - OVERLAP_MS);
    const fills = await venue.fills(symbol, since);
    this.#readUntilMs.set(instrument, startedMs);
    const strangers = this.#strangersOf(instrument);
    strangers.trades.readFrom(since);
    for (const fill of fills) {
      // Also of orders that are over for so long that nothing more is kept of them.
      if (this.#run.hasSeen(fillKey(fill))) continue;
      const order = fill.clientId === undefined ? undefined : this.#run.orderOf(fill.clientId);
      if (order === undefined) {
        const owner = ownerOf(fill.clientId, binding.runId);
        if (owner === 'another run') await this.#anotherRun(instrument, `traded ${wordsOf(fill)}`);
        if (fill.timeMs >= Math.max(known - CLOCK_MS, since)) strangers.note(fill);
        continue;
      }
      await this.#tell('missed fill', instrument, `${wordsOf(fill)}: taken in`, { repaired: true });
      await this.#run.onVenue({ type: 'fill', fill });
    }
  }

  #strangersOf(instrument: number): Strangers {
    const known = this.#strangers.get(instrument) ?? new Strangers();
    this.#strangers.set(instrument, known);
    return known;
  }

  /** What became of an order that the run believes in. */
  async #settle(instrument: number, known: ActualOrder, { open, changes }: Seen): Promise<void> {
    const { venue, trader } = this.#run.parts;
    const clientId = this.#run.clientIds.get(known.order.id);
    if (clientId === undefined || !trader.orders.includes(known)) return;
    const isTaken = isSure(known);
    // On its way just now, or being looked up already.
    if (!isTaken && this.#inDoubt?.has(clientId) !== true) return;
    const symbol = this.#run.symbolOf(instrument);
    const there = open.find(order => order.clientId === clientId) ?? (await venue.lookup(symbol, clientId));
    const actual = trader.orders.find(({ order }) => order.id === known.order.id);
    const { sender } = this.#run;
    // What is being changed, or was, may have been seen between its cancel and the order that follows: the next look tells.
    const { id } = known.order;
    const isMoving = sender.changesOf(id) !== changes.get(id) || sender.isChanging(id);
    if (actual === undefined) return;
    if (isMoving && there?.status !== 'open') {
      // Of one that may never have left, nobody else asks.
      if (!isTaken) this.#again = true;
      return;
    }
    this.#inDoubt?.delete(clientId);
    if (there === undefined) {
      if (!isTaken) return this.#ask(actual.order.id, clientId, symbol);
      return this.#vanished(instrument, actual, clientId);
    }
    if (there.status === 'open') sender.noteAtVenue(actual.order.id, there);
    if (!isTaken) await this.#run.take({ type: 'placed', order: actual.order.id, clientId, venueId: there.venueId });
    if (there.status !== 'open') return this.#ended(instrument, actual, clientId, there);
    if (actual.status === 'leaving') return this.#quietly(venue.cancel(symbol, clientId, there.venueId));
    if (venue.abilities.amends) await sender.settle(actual.order.id);
  }

  /** What an earlier process sent may still arrive. A venue may take minutes to be sure of that: nothing waits for it. */
  async #ask(order: number, clientId: string, symbol: string): Promise<void> {
    const { sender } = this.#run;
    if (this.#run.parts.venue.abilities.tellsAgain === true) return sender.resolveUnknown(order, clientId, symbol);
    await this.#run.take({ type: 'event', event: { type: 'orderUnknown', order, sought: true } });
    sender.ask(order, clientId, symbol);
  }

  async #vanished(instrument: number, { order }: ActualOrder, clientId: string): Promise<void> {
    const { venue, sleep, trader } = this.#run.parts;
    const symbol = this.#run.symbolOf(instrument);
    const { sender } = this.#run;
    const changes = sender.changesOf(order.id);
    if (venue.abilities.tellsAgain !== true) {
      await sleep(CONFIRM_MS);
      if ((await venue.lookup(symbol, clientId)) !== undefined || sender.changesOf(order.id) !== changes) {
        this.#again = true;
        return;
      }
      if (!trader.orders.some(known => known.order.id === order.id)) return;
    }
    const text = `order ${clientId} (${order.role}), which the venue had taken, is unknown to it now: taken for cancelled`;
    await this.#tell('vanished order', instrument, text, { repaired: true });
    const tick = trader.live.length;
    await this.#run.take({ type: 'event', event: { type: 'orderCancelled', order: order.id, tick, why: 'expired' } });
  }

  /** The venue is done with it. A simulated one tells so itself. */
  async #ended(instrument: number, { order }: ActualOrder, clientId: string, there: VenueOrderState): Promise<void> {
    const { venue, trader } = this.#run.parts;
    if (venue.abilities.tellsAgain === true) return;
    // What it filled comes first: it may have been listed since.
    const { sender } = this.#run;
    const changes = sender.changesOf(order.id);
    await this.readFills(instrument);
    const isOver = () =>
      sender.changesOf(order.id) !== changes || !trader.orders.some(known => known.order.id === order.id);
    if (isOver()) return;
    if (there.status === 'filled') {
      // Its trades may be listed late. What is then still wanted of it was asked for when it had filled already.
      await this.#run.parts.sleep(CONFIRM_MS);
      await this.readFills(instrument);
      if (isOver()) return;
    }
    const timeMs = Number.isFinite(there.timeMs) ? Math.max(there.timeMs, this.#run.lastBarMs) : venue.now();
    const text = `order ${clientId} (${order.role}) is ${there.status} at the venue: taken in`;
    await this.#tell('missed end', instrument, text, { repaired: true });
    if (there.status === 'rejected') {
      await this.#run.onVenue({ type: 'rejected', clientId, reason: 'other', message: 'rejected by the venue' });
    } else {
      const why = there.status === 'expired' ? 'expired' : 'cancelled';
      await this.#run.onVenue({ type: 'gone', clientId, why, timeMs });
    }
  }

  /** An open order that the run does not want. */
  async #settleUnwanted(instrument: number, there: VenueOrderState): Promise<void> {
    const { venue, binding, trader } = this.#run.parts;
    const { clientId, venueId } = there;
    const id = clientId === undefined ? undefined : this.#run.orderOf(clientId);
    if (
      id !== undefined &&
      this.#run.clientIds.get(id) === clientId &&
      trader.orders.some(({ order }) => order.id === id)
    )
      return;
    const owner = ownerOf(clientId, binding.runId);
    if (this.#run.books.foreign(instrument).orders.includes(venueId)) return;
    if (owner === 'this run' && clientId !== undefined) {
      if (await this.#protectsOthers(instrument, there)) return this.#leaveProtection(instrument, there);
      await this.#tell('lost cancel', instrument, `order ${clientId} still works at the venue: cancelled`, {
        repaired: true,
      });
      return this.#quietly(venue.cancel(there.symbol, clientId, venueId));
    }
    if (owner === 'another run') return this.#anotherRun(instrument, `has an order there (${clientId})`);
    const { side, type, quantity, price } = there;
    const at = Number.isNaN(price) ? '' : ` at ${price}`;
    const symbol = this.#run.symbolOf(instrument);
    const text = `order ${venueId} (${side} ${quantity} ${symbol}, ${type}${at}) is not of this run: it is left alone, and no entry is made in ${symbol} until \`vela release ${symbol}\``;
    await this.#halt('foreign order', instrument, text, venueId);
  }

  /**
   * A journal that was put back from a backup knows nothing of what was opened after it, nor of the stop that protects it:
   * until a person has said whose that is, the stop stays.
   */
  async #protectsOthers(instrument: number, { clientId, side }: VenueOrderState): Promise<boolean> {
    const { venue, trader } = this.#run.parts;
    if (clientId === undefined || this.#run.remembered.orderOf(clientId) !== undefined) return false;
    const symbol = this.#run.symbolOf(instrument);
    const held = (await venue.positions([symbol])).find(position => position.symbol === symbol)?.quantity ?? 0;
    const beside = addExactly(this.withoutOthers(instrument, held), -trader.position(instrument).quantity);
    return beside !== 0 && side === (beside > 0 ? 'sell' : 'buy');
  }

  #leaveProtection(instrument: number, { venueId, side, type, quantity, price }: VenueOrderState): Promise<void> {
    const symbol = this.#run.symbolOf(instrument);
    const at = Number.isNaN(price) ? '' : ` at ${price}`;
    const text = `order ${venueId} (${side} ${quantity} ${symbol}, ${type}${at}) is of this run, and its journal does not know it: it was sent after the backup that the journal was put back from. It stays, since it may protect what is held beside the run; no entry is made in ${symbol} until \`vela adopt ${symbol}\` (the run takes that over) or \`vela release ${symbol}\` (both are yours)`;
    return this.#halt('foreign order', instrument, text, venueId);
  }

  /** Somebody on the way has sent an order once more, and the venue has taken both. */
  doneTwice(instrument: number, symbol: string, clientId: string): Promise<void> {
    const text = `the venue has done order ${clientId} twice: more ${symbol} are held than was decided, with their stop; no entry is made in ${symbol} until \`vela adopt ${symbol}\` (the run keeps them) or \`vela release ${symbol}\` (they are yours)`;
    return this.#halt('order done twice', instrument, text, clientId);
  }

  #anotherRun(instrument: number, what: string): Promise<void> {
    const symbol = this.#run.symbolOf(instrument);
    const text = `another run of Vela ${what}: stop one of the two, then \`vela release ${symbol}\``;
    return this.#halt('order of another run', instrument, text);
  }

  /** Funding and the like, also of the time in which no run was going on. */
  async #income(): Promise<void> {
    const { venue, trader, binding } = this.#run.parts;
    const since = this.#run.books.lastIncomeMs ?? trader.live.openMs(trader.fromTick);
    const symbols = trader.traded.map(instrument => this.#run.symbolOf(instrument));
    const entries = (await venue.income?.(symbols, since - OVERLAP_MS)) ?? [];
    for (const entry of entries) if (binding.symbols.includes(entry.symbol)) await this.#run.onVenue(entry);
  }

  // -------------------------------------------------------------- positions and balances

  async #holdings(instruments: readonly number[]): Promise<void> {
    const first = await this.#compared(instruments);
    if (first.size === 0) return;
    // What is seen twice, with nothing under way, is there.
    await this.#run.parts.sleep(CONFIRM_MS);
    for (const instrument of first.keys()) await this.readFills(instrument);
    for (const [instrument, difference] of await this.#compared([...first.keys()])) {
      const before = first.get(instrument);
      if (before === undefined || before.kind !== difference.kind) continue;
      if (sameNumber(before.quantity, difference.quantity)) await this.#act(instrument, difference);
    }
  }

  /** Of instruments with nothing under way; what is dust is nothing. */
  async #compared(instruments: readonly number[]): Promise<ReadonlyMap<number, HoldingsDifference>> {
    const { venue } = this.#run.parts;
    const differences = new Map<number, HoldingsDifference>();
    for (let look = 1; look <= MOST_LOOKS; look++) {
      const quiet = instruments.filter(instrument => !this.isUnderWay(instrument));
      if (quiet.length === 0) return differences;
      const seq = this.#run.seq;
      const held = await venue.positions(quiet.map(instrument => this.#run.symbolOf(instrument)));
      if (this.#run.seq !== seq) continue;
      for (const [index, instrument] of quiet.entries()) {
        const quantity = held[index]?.quantity;
        if (quantity === undefined) continue;
        const difference = this.#compare(instrument, quantity);
        if (difference !== undefined) differences.set(instrument, difference);
      }
      return differences;
    }
    return differences;
  }

  /** Something of it may fill or end at any moment. */
  isUnderWay(instrument: number): boolean {
    return this.#run.parts.trader.orders.some(
      ({ order, status }) =>
        this.#run.instrumentOf(order.id) === instrument && (status !== 'working' || order.type === 'market'),
    );
  }

  #compare(instrument: number, there: number): HoldingsDifference | undefined {
    const { trader, venue } = this.#run.parts;
    const { books } = this.#run;
    const isSpot = trader.run.plan.instruments[instrument]?.market === 'spot';
    const ledger = this.#ownOf(instrument);
    const venueQuantity = this.withoutOthers(instrument, there);
    const { mark } = trader.position(instrument);
    const context = { steps: this.#run.stepsOf(instrument), reducesFreely: venue.abilities.reduceOnly };
    books.beside.set(instrument, addExactly(venueQuantity, -ledger));
    if (!books.isKnown(instrument) && isSpot && ledger === 0 && books.lastFillMs(instrument) === undefined) {
      // Coins that were there before the run are none of its business.
      void this.#run.take({
        type: 'foreign',
        ...of(instrument),
        quantity: venueQuantity,
        orders: [],
        why: 'there before',
      });
      if (venueQuantity !== 0) {
        const facts = { symbol: this.#run.symbolOf(instrument), quantity: venueQuantity };
        this.#run.notice('info', 'held before the run: not touched, not counted', facts);
      }
      return undefined;
    }
    const difference = compareHoldings({
      ledger,
      accepted: books.foreign(instrument).quantity,
      venue: venueQuantity,
      traded: this.#strangersOf(instrument).sum,
      isSpot,
      isDust: quantity => isDust(quantity, mark, context),
    });
    if (difference !== undefined && difference.kind !== 'dust') return difference;
    this.#strangersOf(instrument).sum = 0;
    this.#noteAgreement(instrument);
    return undefined;
  }

  /** Now and then: what happened before the last of them need not be read again. */
  #noteAgreement(instrument: number): void {
    const atMs = this.#readUntilMs.get(instrument);
    const before = this.#run.books.agreedMs(instrument) ?? Number.NEGATIVE_INFINITY;
    if (atMs === undefined || atMs - before < AGREED_EVERY_MS) return;
    void this.#run.take({ type: 'agreed', ...of(instrument), atMs });
  }

  /** By the ledger, what is too little for an order included. */
  #ownOf(instrument: number): number {
    const { quantity, dust = 0 } = this.#run.parts.trader.position(instrument);
    return dust === 0 ? quantity : addExactly(quantity, dust);
  }

  /** What the venue has, less what other instruments of the run hold of the same coin. */
  withoutOthers(instrument: number, there: number): number {
    const { instruments } = this.#run.parts.trader.run.plan;
    const about = instruments[instrument];
    if (about?.market !== 'spot') return there;
    let rest = there;
    for (const [other, { base, market }] of instruments.entries())
      if (other !== instrument && base === about.base && market === 'spot')
        rest = addExactly(rest, -this.#ownOf(other));
    return rest;
  }

  /** A position that has become too little for an order can be closed by none: rules see flat. */
  async #writeOffDust(instrument: number): Promise<void> {
    const { trader, venue } = this.#run.parts;
    const { quantity, mark } = trader.position(instrument);
    const context = { steps: this.#run.stepsOf(instrument), reducesFreely: venue.abilities.reduceOnly };
    const isWorking = trader.orders.some(({ order }) => this.#run.instrumentOf(order.id) === instrument);
    if (quantity === 0 || isWorking || !(mark > 0) || !isDust(Math.abs(quantity), mark, context)) return;
    const symbol = this.#run.symbolOf(instrument);
    await this.#tell('dust', instrument, `${quantity} ${symbol} are too little for an order: written down`, {
      repaired: true,
    });
    const event = { type: 'dust', ...this.about(instrument), tick: trader.live.length, price: mark } as const;
    await this.#run.take({ type: 'event', event });
  }

  /** The account has to have what the ledger says the run has; what it has beyond that is others'. */
  async #cash(): Promise<void> {
    const { trader, venue } = this.#run.parts;
    const { currency, account, run, traded } = trader;
    const isSpot = run.plan.instruments[traded[0] ?? 0]?.market === 'spot';
    const bound = traded.reduce((sum, instrument) => {
      const { quantity, entry } = trader.position(instrument);
      return sum + (isSpot && quantity !== 0 ? quantity * entry : 0);
    }, 0);
    const { seq } = this.#run;
    const total = (await venue.balances()).find(balance => balance.currency === currency)?.total ?? 0;
    const needed = account.balance - bound;
    const isShort =
      this.#run.seq === seq && total < needed * (1 - SHORT) && !traded.some(each => this.isUnderWay(each));
    if (!isShort) {
      this.#isShortOfCash = false;
      return;
    }
    if (this.#isShortOfCash) return;
    this.#isShortOfCash = true;
    const text = `the account has ${total} ${currency}, and the run ${Number(needed.toPrecision(12))}: what was taken out is not counted, and orders may be refused for want of it`;
    await this.#tell('withdrawal', traded[0] ?? 0, text, {});
  }

  async #act(instrument: number, { kind, quantity, accepted, own, halts }: HoldingsDifference): Promise<void> {
    const { books } = this.#run;
    const { trader } = this.#run.parts;
    const symbol = this.#run.symbolOf(instrument);
    const { quantity: ledger, mark, dust = 0 } = trader.position(instrument);
    const known = books.foreign(instrument);
    if (accepted !== known.quantity) {
      const why = kind === 'deposit' ? 'deposit' : 'withdrawal';
      await this.#run.take({ type: 'foreign', ...of(instrument), quantity: accepted, orders: known.orders, why });
    }
    const isMore = quantity > 0;
    if (!halts) {
      const text = `${Math.abs(quantity)} of ${symbol} ${isMore ? 'came to' : 'left'} the account: not the run's, not counted`;
      return this.#tell(kind, instrument, text, { repaired: true });
    }
    const held = Math.abs(ledger);
    const isTaken = Math.abs(own) < Math.abs(addExactly(ledger, dust));
    const rest = isTaken ? Math.sign(ledger) * Math.max(0, addExactly(Math.abs(own), -Math.abs(dust))) : ledger;
    const text = isTaken
      ? `${Math.abs(addExactly(ledger, -rest))} of the ${held} ${symbol} that this run holds were closed beside it: it goes on with ${Math.abs(rest)}, and makes no entry in ${symbol} until \`vela adopt ${symbol}\` or \`vela release ${symbol}\``
      : `${quantity} ${symbol} at the venue are not of this run: they are left alone, and no entry is made in ${symbol} until \`vela adopt ${symbol}\` (it takes them over) or \`vela release ${symbol}\` (it leaves them)`;
    await this.#halt(kind, instrument, text, String(quantity));
    if (!isTaken || rest === ledger) return;
    const event = {
      type: 'adjust',
      ...this.about(instrument),
      tick: trader.live.length,
      position: rest,
      price: mark,
      why: 'taken',
    } as const;
    await this.#run.take({ type: 'event', event });
  }

  /** An event names its instrument where the run has several. */
  about(instrument: number): { readonly instrument?: number } {
    return this.#run.parts.binding.symbols.length === 1 ? {} : { instrument };
  }

  // -------------------------------------------------------------- what is told of it

  /** Entries wait for a person. Said once of each thing, however often it is seen. */
  async #halt(kind: DifferenceKind, instrument: number, text: string, what = ''): Promise<void> {
    // Of what may halt and need not, such as coins that are gone, it is the run's own that is concerned.
    const cause = ANSWERS[kind].halts ?? 'foreign';
    const told = this.#toldOf(instrument, kind);
    if (told.has(what) && this.#run.books.halts.has(instrument)) return;
    if (kind !== 'foreign order') told.clear();
    told.add(what);
    await this.#tell(kind, instrument, text, { halts: true });
    await this.#run.guard.begin(cause, text, instrument);
  }

  async #tell(
    kind: DifferenceKind,
    instrument: number,
    text: string,
    { repaired = false, halts = false }: { readonly repaired?: boolean; readonly halts?: boolean },
  ): Promise<void> {
    const symbol = this.#run.symbolOf(instrument);
    this.#found.push({ kind, symbol, text });
    this.#run.notice(ANSWERS[kind].level, kind, { symbol, text }, repaired ? 'repairs' : undefined);
    const atMs = this.#run.parts.venue.now();
    await this.#run.take({ type: 'difference', ...of(instrument), kind, text, atMs, halts });
  }

  /** A person has said what is to be: what was seen counts as known. */
  settled(instrument: number): void {
    this.#strangersOf(instrument).sum = 0;
    this.#told.delete(instrument);
  }

  #toldOf(instrument: number, kind: DifferenceKind): Set<string> {
    const kinds = this.#told.get(instrument) ?? new Map<DifferenceKind, Set<string>>();
    const told = kinds.get(kind) ?? new Set<string>();
    this.#told.set(instrument, kinds.set(kind, told));
    return told;
  }

  async lift(instrument: number): Promise<void> {
    this.settled(instrument);
    await this.#run.guard.end('foreign', instrument);
    await this.#run.guard.end('claimed twice', instrument);
  }

  /** A repair that fails is tried again the next time. */
  async #quietly(call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      this.#run.notice('warning', 'repair failed', { why: error.message }, 'errors');
    }
  }
}

/** Protection and exits before everything else; of those, the ones that may hold what another needs to be changed. */
function byUrgency(a: ActualOrder, b: ActualOrder): number {
  const ofRole = Number(isReducing(b.order.role)) - Number(isReducing(a.order.role));
  return ofRole === 0 ? Number(isSure(a)) - Number(isSure(b)) : ofRole;
}

/** The venue has taken it. */
function isSure({ status }: ActualOrder): boolean {
  return status === 'working' || status === 'leaving';
}

/** Up to the arithmetic; NaN is the same as NaN. */
function sameNumber(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

function wordsOf({ side, quantity, price, symbol, tradeId }: VenueFill): string {
  return `trade ${tradeId} (${side} ${quantity} ${symbol} at ${price})`;
}
