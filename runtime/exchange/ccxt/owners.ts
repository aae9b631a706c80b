/**
 * Whose an order is: venues tell of trades by their own number of the order, and of some triggered orders by a number that
 * the order that was placed never had. Kept for the latest orders; asked of the venue for others.
 */
const REMEMBERED = 10_000;

export class OrderOwners {
  readonly #clientIds = new Map<string, string>();

  set(venueId: string, clientId: string): void {
    this.#clientIds.delete(venueId);
    this.#clientIds.set(venueId, clientId);
    if (this.#clientIds.size <= REMEMBERED) return;
    const [oldest] = this.#clientIds.keys();
    if (oldest !== undefined) this.#clientIds.delete(oldest);
  }

  get(venueId: string): string | undefined {
    return this.#clientIds.get(venueId);
  }
}
