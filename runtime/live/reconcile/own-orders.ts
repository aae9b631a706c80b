/** Orders that a run believes in, held against what the venue says of them. */
import { addExactly } from '../../engine/decimal.ts';
import { isReducing } from '../../engine/events.ts';
import type { ActualOrder } from '../../engine/orders.ts';
import type { VenueOrderState } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import type { Findings } from './findings.ts';
import { CONFIRM_MS, quietly, succeeds } from './repair.ts';
import type { Trades } from './trades.ts';

/** What the venue said of its open orders, and by order how many changes had begun and ended before it was asked. */
export interface Seen {
  readonly open: readonly VenueOrderState[];
  readonly changes: ReadonlyMap<number, number>;
}

/** It stood when this process began. */
interface Room {
  readonly instrument: number;
  /** Quantity that it had set aside. */
  readonly room: number;
  /** The look in which it was seen: what that says of it is old. */
  readonly seen: Seen['open'];
}

/** Sums differ by less than this, relative, from their rounding alone. */
const SAME = 1e-9;

export class OwnOrders {
  readonly #run: LiveRun;
  readonly #findings: Findings;
  readonly #trades: Trades;
  readonly #lookAgain: () => void;
  /** Client ids of what an earlier process had sent, until it is known or asked for; a start may be tried more than once. */
  #inDoubt: Set<string> | undefined;
  /** By client id, what was cancelled to make room. */
  readonly #cancelled = new Map<string, Room>();

  /** `lookAgain`: what was seen may be old already. */
  constructor(run: LiveRun, findings: Findings, trades: Trades, lookAgain: () => void) {
    this.#run = run;
    this.#findings = findings;
    this.#trades = trades;
    this.#lookAgain = lookAgain;
  }

  /** At the start of a process: what is on its way or unknown is an earlier one's. */
  start(): void {
    this.#inDoubt ??= this.#unsure();
  }

  #unsure(): Set<string> {
    const ids = this.#run.parts.trader.orders
      .filter(({ status }) => status === 'sent' || status === 'unknown')
      .map(({ order }) => this.#run.clientIds.get(order.id) ?? '');
    return new Set(ids);
  }

  /** What became of an order that the run believes in. */
  async settle(instrument: number, known: ActualOrder, { open, changes }: Seen): Promise<void> {
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
      if (!isTaken) this.#lookAgain();
      return;
    }
    const wasInDoubt = this.#inDoubt?.delete(clientId) === true;
    if (there === undefined) {
      // Also of one that has been given up meanwhile.
      if (wasInDoubt && (await this.#madeRoom(instrument, actual, open))) return this.#neverLeft(actual);
      if (isTaken) return this.#vanished(instrument, actual, clientId);
      return this.#ask(actual.order.id, clientId, symbol);
    }
    if (there.status === 'open') sender.noteAtVenue(actual.order.id, there);
    if (!isTaken) await this.#run.take({ type: 'placed', order: actual.order.id, clientId, venueId: there.venueId });
    if (there.status !== 'open') return this.#ended(instrument, actual, clientId, there);
    if (this.#cancelled.get(clientId)?.seen === open) return;
    if (actual.status === 'leaving') return quietly(this.#run, venue.cancel(symbol, clientId, there.venueId));
    if (venue.abilities.amends) await sender.settle(actual.order.id);
  }

  /**
   * Where an order sets coins aside, what takes its place is sent when it is gone. While one that was to go still stands there,
   * and leaves too little for the other, that has never left: it need not be waited for, and what is held must not be without
   * both. True when there is room for it now.
   */
  async #madeRoom(instrument: number, { order }: ActualOrder, open: readonly VenueOrderState[]): Promise<boolean> {
    const { trader, venue } = this.#run.parts;
    if (venue.abilities.reduceOnly || venue.abilities.tellsAgain === true || !isReducing(order.role)) return false;
    const { quantity, dust = 0 } = trader.position(instrument);
    const held = Math.abs(addExactly(quantity, dust));
    const isInTheWay = (room: number) => order.quantity + room > held * (1 + SAME);
    const symbol = this.#run.symbolOf(instrument);
    // Orders end while it is asked.
    for (const each of [...trader.orders]) {
      const clientId = this.#run.clientIds.get(each.order.id) ?? '';
      const there = open.find(one => one.clientId === clientId);
      if (there === undefined || each.status !== 'leaving' || !isReducing(each.order.role)) continue;
      const room = addExactly(there.quantity, -there.filled);
      if (this.#cancelled.has(clientId) || !isInTheWay(room)) continue;
      if (!(await succeeds(this.#run, venue.cancel(symbol, clientId, there.venueId)))) return false;
      this.#cancelled.set(clientId, { instrument, room, seen: open });
    }
    return [...this.#cancelled.values()].some(one => one.instrument === instrument && isInTheWay(one.room));
  }

  async #neverLeft({ order: { id: order } }: ActualOrder): Promise<void> {
    const tick = this.#run.parts.trader.live.length;
    await this.#run.take({ type: 'event', event: { type: 'orderLost', order, tick, late: false } });
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
        this.#lookAgain();
        return;
      }
      if (!trader.orders.some(known => known.order.id === order.id)) return;
    }
    const text = `order ${clientId} (${order.role}), which the venue had taken, is unknown to it now: taken for cancelled`;
    await this.#findings.tell('vanished order', instrument, text, { repaired: true });
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
    await this.#trades.read(instrument);
    const isOver = () =>
      sender.changesOf(order.id) !== changes || !trader.orders.some(known => known.order.id === order.id);
    if (isOver()) return;
    if (there.status === 'filled') {
      // Its trades may be listed late. What is then still wanted of it was asked for when it had filled already.
      await this.#run.parts.sleep(CONFIRM_MS);
      await this.#trades.read(instrument);
      if (isOver()) return;
    }
    const timeMs = Number.isFinite(there.timeMs) ? Math.max(there.timeMs, this.#run.lastBarMs) : venue.now();
    const text = `order ${clientId} (${order.role}) is ${there.status} at the venue: taken in`;
    await this.#findings.tell('missed end', instrument, text, { repaired: true });
    if (there.status === 'rejected') {
      await this.#run.onVenue({ type: 'rejected', clientId, reason: 'other', message: 'rejected by the venue' });
    } else {
      const why = there.status === 'expired' ? 'expired' : 'cancelled';
      await this.#run.onVenue({ type: 'gone', clientId, why, timeMs });
    }
  }
}

/** The venue has taken it. */
export function isSure({ status }: ActualOrder): boolean {
  return status === 'working' || status === 'leaving';
}
