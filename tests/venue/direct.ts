/**
 * The local venue's exchange as a `Venue`, without a network between: for histories by the hundred. What its stream would
 * tell waits until it is delivered, lost, doubled or swapped by whoever tests.
 */
import {
  type Sink,
  type Venue,
  VenueError,
  type VenueEvent,
  type VenueFill,
  type VenueOrder,
  type VenueOrderState,
} from '../../runtime/live/ports.ts';
import { amountOf, number, shortText } from './amount.ts';
import { type LocalExchange, type RestingOrder, VenueRefusal, type VenueTrade } from './exchange.ts';

/** What happens to the next placement. */
export type PlaceFault = 'arrives, unheard' | 'does not arrive, unheard' | 'refused';

export class DirectVenue implements Venue {
  readonly name = 'direct';
  readonly abilities: Venue['abilities'] = {
    clientIdRule: { pattern: /^[A-Za-z0-9]+$/, longest: 36 },
    orderTypes: new Set(['market', 'limit', 'stop']),
    amends: true,
    reduceOnly: false,
    orderValidityMs: 1,
  };
  /** Told to nobody yet. */
  readonly waiting: VenueEvent[] = [];
  readonly faults: PlaceFault[] = [];
  readonly #exchange: LocalExchange;
  readonly #symbol: string;
  readonly #market: string;
  readonly #replaced = new Set<number>();
  sink: Sink<VenueEvent> | undefined;

  constructor(exchange: LocalExchange, symbol: string) {
    this.#exchange = exchange;
    this.#symbol = symbol;
    this.#market = symbol.replace('/', '');
    exchange.on(event => {
      if (event.type === 'trade') this.waiting.push({ type: 'fill', fill: this.#fillOf(event.trade) });
      if (event.type !== 'order' || event.execution === 'NEW' || this.#replaced.has(event.order.id)) return;
      const why = event.execution === 'EXPIRED' ? 'expired' : 'cancelled';
      this.waiting.push({ type: 'gone', clientId: event.order.clientId, why, timeMs: this.now() });
    });
  }

  now(): number {
    return this.#exchange.clock.now();
  }

  /** The next message reaches whoever listens. */
  async deliver(): Promise<void> {
    const event = this.waiting.shift();
    if (event !== undefined) await this.sink?.(event);
  }

  async market(symbol: string) {
    const { tick, lot, minNotional } = this.#exchange.listing(this.#market).market;
    const facts = { tick: shortText(tick), lot: shortText(lot), minNotional: shortText(minNotional), maintenance: 0 };
    return { symbol, facts: { ...facts, source: 'test' }, isTrading: true };
  }

  async place({ order, clientId }: VenueOrder) {
    const fault = this.faults.shift();
    if (fault === 'refused') throw new VenueError('rejected', 'no', 'other');
    if (fault === 'does not arrive, unheard') throw new VenueError('unknown', 'no answer');
    const placed = this.#place(order, clientId);
    if (fault === 'arrives, unheard') throw new VenueError('unknown', 'no answer');
    return { venueId: String(placed.id) };
  }

  #place({ type, direction, quantity, price }: VenueOrder['order'], clientId: string): RestingOrder {
    try {
      return this.#exchange.place({
        symbol: this.#market,
        clientId,
        side: direction > 0 ? 'buy' : 'sell',
        type,
        quantity: amountOf(quantity),
        ...(type === 'limit' && { price: amountOf(price) }),
        ...(type === 'stop' && { trigger: amountOf(price) }),
      });
    } catch (error) {
      if (!(error instanceof VenueRefusal)) throw error;
      const isThrough = /immediately/.test(error.message);
      const reason = isThrough
        ? 'price already through'
        : /balance/.test(error.message)
          ? 'insufficient funds'
          : 'invalid order';
      throw new VenueError('rejected', error.message, reason);
    }
  }

  async amend({ order, clientId }: VenueOrder) {
    const open = this.#open(clientId);
    this.#replaced.add(open.id);
    this.#exchange.cancel(open);
    try {
      return { venueId: String(this.#place(order, clientId).id) };
    } catch (error) {
      this.waiting.push({ type: 'gone', clientId, why: 'cancelled', timeMs: this.now() });
      throw error;
    }
  }

  async cancel(_symbol: string, clientId: string) {
    this.#exchange.cancel(this.#open(clientId));
  }

  #open(clientId: string): RestingOrder {
    const open = this.#exchange.openOrders(this.#market).find(order => order.clientId === clientId);
    if (open === undefined) throw new VenueError('rejected', 'there is no such order', 'no such order');
    return open;
  }

  async lookup(_symbol: string, clientId: string) {
    const order = this.#exchange.orders.findLast(known => known.clientId === clientId);
    return order && this.#stateOf(order);
  }

  async openOrders() {
    return this.#exchange.openOrders(this.#market).map(order => this.#stateOf(order));
  }

  async fills(_symbol: string, sinceMs: number) {
    return this.#exchange.trades.filter(({ timeMs }) => timeMs >= sinceMs).map(trade => this.#fillOf(trade));
  }

  async positions() {
    const base = this.#symbol.split('/')[0] ?? '';
    return [{ symbol: this.#symbol, quantity: number(this.#exchange.total(base)), entry: Number.NaN }];
  }

  async balances() {
    return [...this.#exchange.balances].map(([currency, total]) => ({
      currency,
      total: number(total),
      free: number(this.#exchange.free(currency)),
    }));
  }

  async listen() {}
  async close() {}

  #stateOf(order: RestingOrder): VenueOrderState {
    const { type, status } = order;
    return {
      symbol: this.#symbol,
      clientId: order.clientId,
      venueId: String(order.id),
      status: status === 'new' || status === 'partial' ? 'open' : status,
      side: order.side,
      type: type === 'market' || type === 'limit' || type === 'stop' ? type : 'other',
      price: number(order.price ?? order.trigger ?? 0n) || Number.NaN,
      quantity: number(order.quantity),
      filled: number(order.filled),
      timeMs: order.updatedMs,
    };
  }

  #fillOf({ id, order, price, quantity, fee, feeCurrency, maker, timeMs }: VenueTrade): VenueFill {
    return {
      symbol: this.#symbol,
      tradeId: String(id),
      venueId: String(order.id),
      clientId: order.clientId,
      side: order.side,
      price: number(price),
      quantity: number(quantity),
      fee: number(fee),
      feeCurrency,
      maker,
      timeMs,
    };
  }
}
