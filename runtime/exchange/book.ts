/** The orders that an exchange holds for one instrument, and when each of them ends. */
import type { Order } from '../engine/events.ts';
import type { Market } from '../engine/market.ts';
import { appended, removeOrder } from '../engine/orders.ts';
import type { Triggers } from '../engine/stretch.ts';
import { triggerSide } from './matching.ts';

export interface HeldOrder {
  order: Order;
  /** Last tick of its life. */
  lastTick: number;
}

export class Book {
  /** How many of the orders are not market orders. */
  resting = 0;

  readonly #market: Market;
  #orders: HeldOrder[] = [];

  constructor(market: Market) {
    this.#market = market;
  }

  get orders(): readonly HeldOrder[] {
    return this.#orders;
  }

  /** A market order waits for the next open. */
  get hasMarketOrder(): boolean {
    return this.#orders.length > this.resting;
  }

  /** Takes an order that was decided at the close of a tick. */
  place(order: Order, tick: number): void {
    this.#orders = appended(this.#orders, { order, lastTick: this.#lastTickOf(order, tick) });
    if (order.type !== 'market') this.resting += 1;
  }

  amend(order: Order): void {
    for (const held of this.#orders) if (held.order.id === order.id) held.order = order;
  }

  remove({ id, type }: Order): void {
    if (removeOrder(this.#orders, id) && type !== 'market') this.resting -= 1;
  }

  find(matches: (order: Order) => boolean): Order | undefined {
    for (const { order } of this.#orders) if (matches(order)) return order;
    return undefined;
  }

  /** A bar that no order knew would be held: whoever counts real bars lives one longer. */
  postpone(tick: number): void {
    for (const held of this.#orders) if (held.lastTick >= tick) held.lastTick += 1;
  }

  /** Another book's orders, with when each of them ends. */
  restore(orders: readonly HeldOrder[]): void {
    this.#orders = orders.map(held => ({ ...held }));
    this.resting = orders.filter(({ order }) => order.type !== 'market').length;
  }

  expiredBy(tick: number): Order | undefined {
    for (const { order, lastTick } of this.#orders) if (lastTick <= tick) return order;
    return undefined;
  }

  /** First tick at which an order ends; Infinity when none does. */
  nextExpiry(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const { lastTick } of this.#orders) if (lastTick < due) due = lastTick;
    return due;
  }

  /** Tightens the triggers to the prices at which an order may act. */
  tighten(triggers: Triggers): void {
    if (this.resting === 0) return;
    for (const { order } of this.#orders) {
      if (order.type === 'market') continue;
      if (triggerSide(order) === -1) triggers.down = Math.max(triggers.down, order.price);
      else triggers.up = Math.min(triggers.up, order.price);
    }
  }

  /** An order decided at a close lives for so many real bars; held ones do not count. */
  #lastTickOf({ expireBars }: Order, tick: number): number {
    if (expireBars === Number.POSITIVE_INFINITY) return expireBars;
    const { held, length } = this.#market;
    let left = Math.max(1, Math.floor(expireBars));
    for (let at = tick + 1; at < length; at++) {
      // Of what has not come yet it is not known.
      if (held[at] !== 1) left -= 1;
      if (left === 0) return at;
    }
    return Number.POSITIVE_INFINITY;
  }
}
