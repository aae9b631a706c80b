/**
 * An order that a venue has done twice under one id: somebody on the way has sent it once more, and venues refuse a repeated
 * id among open orders alone. A market order is never changed, so all that it fills comes under one number of the venue's;
 * another number is another order.
 */
import type { VenueFill } from '../ports.ts';

/** The latest are enough: the second comes with the first. */
const MOST = 1000;

export class Doubled {
  /** By client id of an order at market: the venue's number under which it filled first. */
  readonly #numbers = new Map<string, string>();

  /** Whether it is a fill of another order than the one that was sent. `isAtMarket`: the order is known, and is one. */
  isSecond({ clientId = '', venueId }: Pick<VenueFill, 'clientId' | 'venueId'>, isAtMarket: boolean): boolean {
    const first = this.#numbers.get(clientId);
    // What a person says of an order has no number.
    if (venueId === '') return false;
    if (first !== undefined) return first !== venueId;
    if (!isAtMarket) return false;
    this.#numbers.set(clientId, venueId);
    const [oldest] = this.#numbers.keys();
    if (this.#numbers.size > MOST && oldest !== undefined) this.#numbers.delete(oldest);
    return false;
  }
}
