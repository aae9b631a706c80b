/**
 * What a run wants, carried out at its venue: placements, which are never repeated, cancels and amendments. Gives what is to
 * be journaled of each. What the venue does not take now is tried again later beside the run, which goes on meanwhile: by an
 * input that makes the engine want it anew, so that every attempt is journaled.
 */
import { addExactly, parseStep, roundToStep } from '../engine/decimal.ts';
import { type EngineEvent, isReducing, type Order } from '../engine/events.ts';
import type { ActualOrder } from '../engine/orders.ts';
import type { Refusal } from '../engine/refusals.ts';
import { refusalOf } from './heard.ts';
import { VenueError, type VenueOrderState } from './ports.ts';
import { smaller } from './reconcile/differences.ts';
import type { LiveRun, Notice } from './run.ts';
import type { Input, IntentRow } from './store/rows.ts';

/** Between attempts at a cancel, whose repetition does no harm. */
const CANCEL_AGAIN_MS = 500;
const MOST_CANCELS = 20;
/** So many are waited for by what is to be sent behind them. */
const AWAITED_CANCELS = 2;
/** Longest that the end of an entry is waited for once its cancel was answered, and between two looks for it. */
const ENTRY_ENDS_MS = 3000;
const ENTRY_LOOK_MS = 10;
/** Between the two look-ups that tell whether an order exists. */
export const LOOKUP_APART_MS = 2000;
/** While an order can still arrive it is looked for too: one that is found is there. */
const FIRST_LOOK_MS = 1000;
const LONGEST_LOOK_MS = 15_000;
/** Pauses before what did not leave goes out again; an entry is then given up, its price is gone. */
const PAUSES_MS = [0, 100, 200, 400, 800, 1500] as const;
/** Later, beside the run. */
const LATER_MS = 5000;
const LONGEST_LATER_MS = 30_000;
/** Between attempts at an amendment. */
const AMEND_AGAIN_MS = 1000;

const COUNT_OF = { rejected: 'rejected', 'not sent': 'errors', unknown: 'unknown' } as const;

function factsOf({ id, role, type, direction, price, quantity }: Order, clientId: string): Notice['facts'] {
  const side = direction === 1 ? 'buy' : 'sell';
  return { order: id, role, type, side, quantity, ...(!Number.isNaN(price) && { price }), clientId };
}

/** How an order stands at the venue, as far as it has said so. */
type AtVenue = Pick<VenueOrderState, 'price' | 'quantity'> & Partial<Pick<VenueOrderState, 'filled'>>;

const NOT_THERE: AtVenue = { price: Number.NaN, quantity: 0 };

export class Sender {
  readonly #run: LiveRun;
  /** By number of the order: what the venue confirmed last. */
  readonly #atVenue = new Map<number, AtVenue>();
  /** By number of an entry that rests: what it closes besides its own quantity, as it was sent last. */
  readonly #closing = new Map<number, number>();
  /** Changes that are under way, by order. */
  readonly #changing = new Map<number, Promise<unknown>>();
  /** By order: changes that have begun and that have ended. Where it has not moved, nothing was under way. */
  readonly #changes = new Map<number, number>();
  /** Orders whose amendment is being made sure of. */
  readonly #amending = new Set<number>();
  /** What is under way beside the inputs. */
  #beside = 0;
  /** By number of the instrument: placements in a row that did not leave. */
  readonly #unsent = new Map<number, number>();

  constructor(run: LiveRun) {
    this.#run = run;
  }

  /** Quantity for which the venue has an order, as far as it has said so. */
  quantityAtVenue({ id, quantity }: Order): number {
    return this.#atVenue.get(id)?.quantity ?? quantity;
  }

  /** While it is what it was, and the order is not being changed, what the venue said of it meanwhile holds. */
  changesOf(order: number): number {
    return this.#changes.get(order) ?? 0;
  }

  #noteChange(order: number): void {
    this.#changes.set(order, this.changesOf(order) + 1);
  }

  /** Where a change is a cancel and an order, the venue says in between that it is gone. */
  isChanging(order: number): boolean {
    return this.#changing.has(order);
  }

  /** The venue was asked, and has the order like this. While it is being changed that says nothing. */
  noteAtVenue(order: number, { price, quantity, filled = 0 }: AtVenue): void {
    if (this.#changing.has(order)) return;
    // What has filled of it is no longer there.
    this.#atVenue.set(order, { price, quantity: filled === 0 ? quantity : addExactly(quantity, -filled) });
  }

  /**
   * An order as a venue is told of it. The engine's entry against a position opens its quantity and closes what is held
   * besides; a venue knows one quantity, which is the sum.
   */
  asSent(order: Order): Order {
    const { venue, trader } = this.#run.parts;
    if (isReducing(order.role) || venue.abilities.reverses === true || trader.turnsWithOneOrder !== true) return order;
    const { quantity: held } = trader.position(this.#run.instrumentOf(order.id));
    if (held === 0 || Math.sign(held) !== -order.direction) return order;
    return { ...order, quantity: addExactly(order.quantity, Math.abs(held)) };
  }

  /** Of a reversal what closes fills first. */
  noteFilled(order: number, quantity: number): void {
    const closing = this.#closing.get(order);
    if (closing !== undefined) this.#closing.set(order, Math.max(0, addExactly(closing, -quantity)));
  }

  /** What an order would close of what is held now, besides its own quantity. */
  #closes(order: Order): number {
    return addExactly(this.asSent(order).quantity, -order.quantity);
  }

  /** An entry that rests is there with what it closes now. */
  #noteClosing(order: Order, sent: Order): void {
    if (isReducing(order.role) || order.type === 'market') return;
    this.#closing.set(order.id, addExactly(sent.quantity, -order.quantity));
  }

  #entries(): readonly ActualOrder[] {
    return this.#run.parts.trader.orders.filter(({ order }) => !isReducing(order.role));
  }

  /**
   * What a reversal that rests closes besides is for what was held when it was sent. When that is another by now (its stop has
   * filled, more was added), the venue is told: it would open what there is nothing left to close of.
   */
  fitReversals(): void {
    const { trader, venue } = this.#run.parts;
    if (trader.turnsWithOneOrder !== true || venue.abilities.reverses === true || !venue.abilities.amends) return;
    for (const { order, status } of this.#entries()) {
      const isMoving = this.#amending.has(order.id) || this.#changing.has(order.id);
      const closing = this.#closing.get(order.id);
      if (closing === undefined || status !== 'working' || isMoving || closing === this.#closes(order)) continue;
      this.#aside(() => this.settle(order.id));
    }
  }

  /** Forgets orders that are over. */
  tidy(orders: readonly ActualOrder[]): void {
    const known = new Set(orders.map(({ order }) => order.id));
    for (const id of this.#atVenue.keys()) if (!known.has(id)) this.#atVenue.delete(id);
    for (const id of this.#closing.keys()) if (!known.has(id)) this.#closing.delete(id);
    for (const id of this.#changes.keys()) if (!known.has(id) && !this.#changing.has(id)) this.#changes.delete(id);
  }

  /** Does what an intent says; gives what is to be journaled of it. `leaves` hears when an order is on its way. */
  async carryOut(
    { command, clientId, instrument = 0 }: IntentRow,
    leaves: () => void = () => {},
  ): Promise<Input | undefined> {
    const symbol = this.#run.symbolOf(instrument);
    switch (command.type) {
      case 'place':
        return this.#place(command.order, clientId, instrument, leaves);
      case 'amend':
        return this.#amend(command.order, clientId, symbol);
      case 'cancel':
        await this.#cancel(command.order, clientId, symbol);
        return undefined;
      case 'cancelAll':
      case 'setTimer':
        return undefined;
    }
  }

  /** Resolves when nothing is under way: of every order that was sent it is known what became of it. */
  async idle(): Promise<void> {
    while (this.#beside > 0) await this.#run.parts.sleep(1);
  }

  /** Beside the run, which goes on; what goes wrong in it ends the run. */
  #aside(work: () => Promise<void>): void {
    this.#beside += 1;
    void work()
      .catch((error: unknown) => this.#run.parts.failed?.(error))
      .finally(() => {
        this.#beside -= 1;
      });
  }

  // -------------------------------------------------------------- placements

  async #place(order: Order, clientId: string, instrument: number, leaves: () => void): Promise<Input | undefined> {
    const { venue, trader } = this.#run.parts;
    const symbol = this.#run.symbolOf(instrument);
    const known = trader.orders.find(each => each.order.id === order.id);
    if (known === undefined) return undefined;
    // It was given up before it left.
    if (known.status === 'leaving')
      return this.#event({ type: 'orderLost', order: order.id, tick: this.#tick, late: false });
    if (this.#isBesideAnother(known, instrument)) return this.#refuse(order.id, 'an order is in an unknown state');
    try {
      const sent = await this.#sized(order, instrument);
      const asked = { symbol, clientId, order: sent, reduceOnly: isReducing(order.role) };
      const { venueId } = await venue.place(asked, leaves);
      this.#unsent.delete(instrument);
      this.noteAtVenue(order.id, sent);
      this.#noteClosing(order, sent);
      this.#run.notice('order', 'order placed', { symbol, ...factsOf(sent, clientId) }, 'placed');
      return { type: 'placed', order: order.id, clientId, venueId };
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      return this.#failed(order, clientId, symbol, error);
    }
  }

  /**
   * An entry would come on top of one that it takes the place of, which may still fill or has filled already, or of whatever
   * else nobody knows about. A simulated venue has ended it when it says so.
   */
  #isBesideAnother({ order }: ActualOrder, instrument: number): boolean {
    const { trader, venue } = this.#run.parts;
    if (isReducing(order.role) || venue.abilities.tellsAgain === true) return false;
    return trader.orders.some(
      ({ order: { id, role }, status }) =>
        id !== order.id &&
        this.#run.instrumentOf(id) === instrument &&
        (status === 'unknown' || (status === 'leaving' && !isReducing(role))),
    );
  }

  #refuse(order: number, reason: Refusal): Input {
    return this.#event({ type: 'orderRejected', order, tick: this.#tick, reason });
  }

  /**
   * While nobody knows of an order of the instrument, an exit is for what the venue says is held now: what is unknown may
   * have closed a part of it.
   */
  async #sized(order: Order, instrument: number): Promise<Order> {
    const { trader } = this.#run.parts;
    if (!isReducing(order.role) || order.type !== 'market') return this.asSent(order);
    const isUnknown = ({ order: { id }, status }: ActualOrder) =>
      status === 'unknown' && this.#run.instrumentOf(id) === instrument;
    if (!trader.orders.some(isUnknown)) return order;
    const symbol = this.#run.symbolOf(instrument);
    const held = await this.#heldAt(symbol, instrument);
    const { lot } = this.#run.stepTexts(instrument);
    const closable = Math.sign(held) === -order.direction ? Math.abs(held) : 0;
    const quantity = Math.min(
      order.quantity,
      lot === undefined ? closable : roundToStep(closable, parseStep(lot), 'down'),
    );
    if (!(quantity > 0)) throw new VenueError('rejected', `nothing of ${symbol} is held there`, 'other');
    return quantity === order.quantity ? order : { ...order, quantity };
  }

  /** Signed; what is there and is not the run's is no part of it. */
  async #heldAt(symbol: string, instrument: number): Promise<number> {
    const { books, reconciler, parts } = this.#run;
    try {
      const positions = await parts.venue.positions([symbol]);
      const there = reconciler.withoutOthers(instrument, positions.find(each => each.symbol === symbol)?.quantity ?? 0);
      return smaller(addExactly(there, -books.foreign(instrument).quantity), there);
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      // Whatever became of the question, no order has left.
      throw new VenueError('not sent', `what is held of ${symbol} cannot be asked: ${error.message}`, undefined, error);
    }
  }

  /** A placement is never repeated: it was refused, it did not leave, or it has to be looked up. */
  async #failed(order: Order, clientId: string, symbol: string, error: VenueError): Promise<Input | undefined> {
    const facts = { order: order.id, symbol, role: order.role, why: error.message };
    const isRejected = error.kind === 'rejected';
    this.#run.notice(isRejected ? 'warning' : 'alert', `order ${error.kind}`, facts, COUNT_OF[error.kind]);
    if (error.kind === 'not sent') return this.#unsentAgain(order);
    this.#unsent.delete(this.#run.instrumentOf(order.id));
    if (error.kind === 'rejected') {
      return this.#refuse(order.id, refusalOf(error.reason));
    }
    // Found out beside the run, which goes on: entries wait, exits do not.
    this.#aside(() => this.resolveUnknown(order.id, clientId, symbol));
    return this.#event({ type: 'orderUnknown', order: order.id });
  }

  /** Soon, or beside the run when it goes on not leaving. Nothing waits for a ban to end: what protects goes out then. */
  async #unsentAgain(order: Order): Promise<Input | undefined> {
    const { sleep } = this.#run.parts;
    const instrument = this.#run.instrumentOf(order.id);
    const unsent = this.#unsent.get(instrument) ?? 0;
    this.#unsent.set(instrument, unsent + 1);
    const pauseMs = this.#run.guard.isBlind ? undefined : PAUSES_MS[unsent];
    const again = (late: boolean) => this.#event({ type: 'orderLost', order: order.id, tick: this.#tick, late });
    if (pauseMs !== undefined) {
      await sleep(pauseMs);
      return again(false);
    }
    if (!isReducing(order.role)) return again(true);
    const laterMs = Math.min(LONGEST_LATER_MS, LATER_MS * 2 ** Math.max(0, unsent - PAUSES_MS.length));
    this.#aside(async () => {
      await sleep(laterMs);
      while (this.#run.guard.isBlind) await sleep(FIRST_LOOK_MS);
      await this.#run.take(again(false));
    });
    return undefined;
  }

  get #tick(): number {
    return this.#run.parts.trader.live.length;
  }

  #event(event: EngineEvent): Input {
    return { type: 'event', event };
  }

  /** Finds out beside the run what became of an order that an earlier process had sent. */
  ask(order: number, clientId: string, symbol: string): void {
    this.#aside(() => this.resolveUnknown(order, clientId, symbol));
  }

  /** Looks an order up until it is certain what became of it, and tells the engine; or until that is known otherwise. */
  async resolveUnknown(order: number, clientId: string, symbol: string): Promise<void> {
    const { sleep, venue } = this.#run.parts;
    const { orderValidityMs } = venue.abilities;
    // That it is unknown is journaled before anything that is found out about it.
    await sleep(0);
    for (
      let waitedMs = 0, pauseMs = FIRST_LOOK_MS;
      waitedMs < orderValidityMs;
      pauseMs = Math.min(LONGEST_LOOK_MS, 2 * pauseMs)
    ) {
      if (this.#isSettled(order, clientId) || (await this.#find(order, clientId, symbol)) === 'found') return;
      const ms = Math.min(pauseMs, orderValidityMs - waitedMs);
      await sleep(ms);
      waitedMs += ms;
    }
    for (let missed = 0, pauseMs = LOOKUP_APART_MS; missed < 2; ) {
      if (this.#isSettled(order, clientId)) return;
      const found = await this.#find(order, clientId, symbol);
      if (found === 'found' || this.#isSettled(order, clientId)) return;
      if (found === 'none') missed += 1;
      pauseMs = found === 'none' ? LOOKUP_APART_MS : Math.min(LONGEST_LATER_MS, 2 * pauseMs);
      if (missed < 2) await sleep(orderValidityMs === 0 ? 0 : pauseMs);
    }
    await this.#run.take(this.#event({ type: 'orderLost', order, tick: this.#tick, late: false }));
  }

  /** It is over, has been heard of, or was sent anew: a person has said that it never arrived. */
  #isSettled(id: number, clientId: string): boolean {
    const known = this.#run.parts.trader.orders.find(({ order }) => order.id === id);
    return known === undefined || known.status === 'working' || this.#run.clientIds.get(id) !== clientId;
  }

  async #find(order: number, clientId: string, symbol: string): Promise<'found' | 'none' | 'no answer'> {
    const { venue } = this.#run.parts;
    let found: VenueOrderState | undefined;
    try {
      found = await venue.lookup(symbol, clientId);
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      this.#run.notice('alert', 'order cannot be looked up', { order, why: error.message }, 'errors');
      return 'no answer';
    }
    if (found === undefined) return 'none';
    this.noteAtVenue(order, found.status === 'open' ? found : NOT_THERE);
    await this.#run.take({ type: 'placed', order, clientId, venueId: found.venueId });
    if (found.status === 'open') this.#makeSure(order);
    return 'found';
  }

  // -------------------------------------------------------------- amendments

  async #amend(asked: Order, clientId: string, symbol: string): Promise<Input | undefined> {
    // What is under way ends with what is wanted last.
    if (this.#amending.has(asked.id) || this.#changing.has(asked.id)) return undefined;
    const order = this.#wanted(asked.id) ?? asked;
    const before = this.#atVenue.get(order.id);
    // Where it is a cancel and an order, nothing is there in between.
    this.#atVenue.set(order.id, NOT_THERE);
    try {
      await this.#change(order, clientId, symbol);
      this.#makeSure(order.id);
      return undefined;
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      this.#run.notice('warning', `amendment ${error.kind}`, { order: order.id, why: error.message }, 'errors');
      if (error.kind === 'unknown') {
        this.#aside(() => this.resolveUnknown(order.id, clientId, symbol));
        return this.#event({ type: 'orderUnknown', order: order.id });
      }
      if (error.kind === 'not sent' && before !== undefined) this.#atVenue.set(order.id, before);
      // Filled or gone: that is told. If it is neither, it is changed with the next attempt.
      this.#makeSure(order.id);
      return undefined;
    }
  }

  async #change(wanted: Order, clientId: string, symbol: string): Promise<void> {
    const { venue } = this.#run.parts;
    const order = this.asSent(wanted);
    const venueId = this.#run.venueIds.get(clientId) ?? '';
    const change = venue.amend({ symbol, clientId, order, reduceOnly: isReducing(order.role) }, venueId);
    this.#changing.set(order.id, change);
    this.#noteChange(order.id);
    try {
      const changed = await change;
      this.#run.venueIds.set(clientId, changed.venueId);
    } finally {
      this.#changing.delete(order.id);
      this.#noteChange(order.id);
    }
    this.noteAtVenue(order.id, order);
    this.#noteClosing(wanted, order);
  }

  /** An order that the venue has otherwise than it is wanted is amended now; what fails is tried again beside the run. */
  async settle(id: number): Promise<void> {
    const order = this.#wanted(id);
    const clientId = this.#run.clientIds.get(id);
    const isUnderWay = this.#amending.has(id) || this.#changing.has(id);
    if (order === undefined || clientId === undefined || isUnderWay) return;
    // Of one that a process before this one has sent: what it closes.
    if (this.#isAsWanted(id)) return this.#noteClosing(order, this.asSent(order));
    const outcome = await this.#amend(order, clientId, this.#run.symbolOf(this.#run.instrumentOf(id)));
    if (outcome !== undefined) await this.#run.take(outcome);
  }

  /** Amends beside the run until the venue has the order as it is wanted, or it is over. */
  #makeSure(id: number): void {
    if (this.#amending.has(id) || this.#changing.has(id) || this.#isAsWanted(id)) return;
    this.#amending.add(id);
    this.#aside(async () => {
      try {
        await this.#amendUntilSure(id);
      } finally {
        this.#amending.delete(id);
      }
    });
  }

  #wanted(id: number): Order | undefined {
    return this.#run.parts.trader.orders.find(({ order, status }) => order.id === id && status === 'working')?.order;
  }

  #isAsWanted(id: number): boolean {
    const wanted = this.#wanted(id);
    const there = this.#atVenue.get(id);
    if (wanted === undefined) return true;
    const { price, quantity } = this.asSent(wanted);
    return there !== undefined && Object.is(there.price, price) && there.quantity === quantity;
  }

  async #amendUntilSure(id: number): Promise<void> {
    const { venue, sleep } = this.#run.parts;
    for (let pauseMs = AMEND_AGAIN_MS; !this.#isAsWanted(id); pauseMs = Math.min(LONGEST_LATER_MS, 2 * pauseMs)) {
      await sleep(pauseMs);
      const order = this.#wanted(id);
      const clientId = this.#run.clientIds.get(id);
      if (order === undefined || clientId === undefined) return;
      const symbol = this.#run.symbolOf(this.#run.instrumentOf(id));
      try {
        const there = await venue.lookup(symbol, clientId);
        this.noteAtVenue(id, there?.status === 'open' ? there : NOT_THERE);
        // What became of it is told, or found by the next reconciliation.
        if (there?.status !== 'open') return;
        if (!this.#isAsWanted(id)) await this.#change(order, clientId, symbol);
      } catch (error) {
        if (!(error instanceof VenueError)) throw error;
        this.#run.notice('warning', `amendment ${error.kind}`, { order: id, why: error.message }, 'errors');
        if (error.kind !== 'unknown') continue;
        this.#atVenue.set(id, NOT_THERE);
        await this.#run.take(this.#event({ type: 'orderUnknown', order: id }));
        this.#aside(() => this.resolveUnknown(id, clientId, symbol));
        return;
      }
    }
  }

  // -------------------------------------------------------------- cancels

  async #cancel(order: number, clientId: string, symbol: string): Promise<void> {
    if (await this.#isCancelled(order, clientId, symbol, AWAITED_CANCELS)) return this.#entryEnds(order);
    // An exit that finds its coins held by it is refused, and asked for again.
    this.#aside(async () => {
      await this.#run.parts.sleep(CANCEL_AGAIN_MS);
      await this.#isCancelled(order, clientId, symbol, MOST_CANCELS - AWAITED_CANCELS);
    });
  }

  /** The venue says apart whether an entry that rested has filled instead; what takes its place is not sent before. */
  async #entryEnds(order: number): Promise<void> {
    const { venue, sleep } = this.#run.parts;
    if (venue.abilities.tellsAgain === true) return;
    const isThere = () => this.#entries().some(each => each.order.id === order && each.order.type !== 'market');
    for (let waitedMs = 0; waitedMs < ENTRY_ENDS_MS && isThere(); waitedMs += ENTRY_LOOK_MS) await sleep(ENTRY_LOOK_MS);
  }

  /** False when none of so many attempts was answered. */
  async #isCancelled(order: number, clientId: string, symbol: string, attempts: number): Promise<boolean> {
    const { venue, sleep, trader } = this.#run.parts;
    for (let attempt = 1; trader.orders.some(known => known.order.id === order); attempt++) {
      // What takes its place is there when that is over, under a number of its own.
      await this.#changing.get(order)?.catch(() => {});
      try {
        await venue.cancel(symbol, clientId, this.#run.venueIds.get(clientId));
        return true;
      } catch (error) {
        if (!(error instanceof VenueError)) throw error;
        this.#run.notice('warning', `cancel ${error.kind}`, { order, why: error.message }, 'errors');
        if (error.kind === 'rejected') return true;
      }
      // During a ban nothing leaves: the reconciliation that follows it cancels what is not wanted.
      if (this.#run.guard.isBlind) return true;
      if (attempt === attempts) return false;
      await sleep(CANCEL_AGAIN_MS);
    }
    return true;
  }
}
