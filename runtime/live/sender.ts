/**
 * What a run wants, carried out at its venue: placements, which are never repeated, cancels and amendments. Gives what is to
 * be journaled of each.
 */
import type { EngineEvent, Order } from '../engine/events.ts';
import { isReducing } from '../exchange/matching.ts';
import { refusalOf } from './heard.ts';
import { VenueError } from './ports.ts';
import type { LiveRun, Notice } from './run.ts';
import type { Input, IntentRow } from './store/rows.ts';

/** Between attempts at a cancel, whose repetition does no harm. */
const CANCEL_AGAIN_MS = 500;
const MOST_CANCELS = 20;
/** Between the two look-ups that tell whether an order exists. */
export const LOOKUP_APART_MS = 2000;

const COUNT_OF = { rejected: 'rejected', 'not sent': 'errors', unknown: 'unknown' } as const;

function factsOf({ id, role, type, direction, price, quantity }: Order, clientId: string): Notice['facts'] {
  const side = direction === 1 ? 'buy' : 'sell';
  return { order: id, role, type, side, quantity, ...(!Number.isNaN(price) && { price }), clientId };
}

export class Sender {
  readonly #run: LiveRun;
  /** Orders whose fate is being found out. */
  #asking = 0;

  constructor(run: LiveRun) {
    this.#run = run;
  }

  /** Does what an intent says; gives what is to be journaled of it. */
  async carryOut({ command, clientId, instrument = 0 }: IntentRow): Promise<Input | undefined> {
    const symbol = this.#run.symbolOf(instrument);
    switch (command.type) {
      case 'place':
        return this.#place(command.order, clientId, symbol);
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

  async #place(order: Order, clientId: string, symbol: string): Promise<Input> {
    const { venue } = this.#run.parts;
    try {
      const reduceOnly = isReducing(order.role);
      const { venueId } = await venue.place({ symbol, clientId, order, reduceOnly });
      this.#run.notice('order', 'order placed', { symbol, ...factsOf(order, clientId) }, 'placed');
      return { type: 'placed', order: order.id, clientId, venueId };
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      return { type: 'event', event: await this.#failed(order, clientId, symbol, error) };
    }
  }

  /** A placement is never repeated: it was refused, it did not leave, or it has to be looked up. */
  async #failed(order: Order, clientId: string, symbol: string, error: VenueError): Promise<EngineEvent> {
    const tick = this.#run.parts.trader.live.length;
    const facts = { order: order.id, symbol, role: order.role, why: error.message };
    const isRejected = error.kind === 'rejected';
    this.#run.notice(isRejected ? 'warning' : 'alert', `order ${error.kind}`, facts, COUNT_OF[error.kind]);
    if (error.kind === 'rejected') {
      return { type: 'orderRejected', order: order.id, tick, reason: refusalOf(error.reason) };
    }
    if (error.kind === 'not sent') return { type: 'orderLost', order: order.id, tick, late: false };
    // Found out beside the run, which goes on: entries wait, exits do not.
    this.#asking += 1;
    void this.resolveUnknown(order.id, clientId, symbol)
      .catch((error: unknown) => this.#run.parts.failed?.(error))
      .finally(() => {
        this.#asking -= 1;
      });
    return { type: 'orderUnknown', order: order.id };
  }

  /** Resolves when of every order that was sent it is known what became of it. */
  async idle(): Promise<void> {
    while (this.#asking > 0) await this.#run.parts.sleep(1);
  }

  /** Looks an order up until it is certain what became of it, and tells the engine. */
  async resolveUnknown(order: number, clientId: string, symbol: string): Promise<void> {
    const { venue, sleep, trader } = this.#run.parts;
    await sleep(venue.abilities.orderValidityMs);
    for (let missed = 0; missed < 2; ) {
      try {
        const found = await venue.lookup(symbol, clientId);
        if (found !== undefined)
          return await this.#run.take({ type: 'placed', order, clientId, venueId: found.venueId });
        missed += 1;
      } catch (error) {
        if (!(error instanceof VenueError)) throw error;
        this.#run.notice('alert', 'order cannot be looked up', { order, why: error.message }, 'errors');
      }
      if (missed < 2) await sleep(venue.abilities.orderValidityMs === 0 ? 0 : LOOKUP_APART_MS);
    }
    await this.#run.take({ type: 'event', event: { type: 'orderLost', order, tick: trader.live.length, late: false } });
  }

  async #amend(order: Order, clientId: string, symbol: string): Promise<Input | undefined> {
    const { venue } = this.#run.parts;
    const reduceOnly = isReducing(order.role);
    try {
      const venueId = this.#run.venueIds.get(clientId) ?? '';
      const changed = await venue.amend({ symbol, clientId, order, reduceOnly }, venueId);
      this.#run.venueIds.set(clientId, changed.venueId);
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      // Filled or gone: that is told, or found at the next reconciliation.
      this.#run.notice('warning', `amendment ${error.kind}`, { order: order.id, why: error.message }, 'errors');
    }
    return undefined;
  }

  async #cancel(order: number, clientId: string, symbol: string): Promise<void> {
    const { venue, sleep } = this.#run.parts;
    for (let attempt = 1; ; attempt++) {
      try {
        return await venue.cancel(symbol, clientId, this.#run.venueIds.get(clientId));
      } catch (error) {
        if (!(error instanceof VenueError)) throw error;
        this.#run.notice('warning', `cancel ${error.kind}`, { order, why: error.message }, 'errors');
        if (error.kind === 'rejected' || attempt === MOST_CANCELS) return;
      }
      await sleep(CANCEL_AGAIN_MS);
    }
  }
}
