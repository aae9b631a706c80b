/**
 * The simulated exchange as a venue: it takes orders by client id, keeps an account of its own, and remembers both when
 * the run that uses it dies. Bars are played to it one at a time, and while one is played it tells what happens in it and
 * waits each time until the run has answered, so that the life of a bar is that of a backtest.
 */
import type { EngineEvent, Order } from '../../engine/events.ts';
import { createLedger, type Ledger } from '../../engine/ledger.ts';
import type { Settings } from '../../engine/settings.ts';
import type { Slippage } from '../../engine/slippage.ts';
import { isReducing } from '../../exchange/matching.ts';
import { type ExchangeSnapshot, SimulatedExchange } from '../../exchange/simulated.ts';
import { decode, encode } from '../codec.ts';
import type { LiveMarket } from '../market.ts';
import {
  type LiveBar,
  type MarkPrices,
  type Sink,
  type Venue,
  type VenueAbilities,
  VenueError,
  type VenueEvent,
  type VenueMarket,
  type VenueOrder,
  type VenueOrderState,
  type VenueOrderStatus,
} from '../ports.ts';
import { record } from './account.ts';
import type { Part, VenueMemory } from './memory.ts';

export interface SimulatedVenueParts {
  readonly symbol: string;
  /** Of its own: bars are played to it before the run takes them in. */
  readonly live: LiveMarket;
  readonly settings: Settings;
  /** What slippage was known to be at a decision. */
  readonly slippage: Pick<Slippage, 'at'>;
  readonly market: VenueMarket;
  readonly memory: VenueMemory;
}

interface State {
  readonly exchange: ExchangeSnapshot;
  readonly account: Ledger;
  /** By number of the order: the client id it was placed under last. */
  readonly clientIds: readonly (readonly [number, string])[];
  readonly told: number;
}

export class SimulatedVenue implements Venue {
  readonly name = 'simulated';
  readonly abilities: VenueAbilities = {
    clientIdRule: { pattern: /^[A-Za-z0-9]+$/, longest: 36 },
    orderTypes: new Set(['market', 'limit', 'stop']),
    amends: true,
    reduceOnly: true,
    orderValidityMs: 0,
  };

  readonly #parts: SimulatedVenueParts;
  readonly #account: Ledger;
  readonly #exchange: SimulatedExchange;
  readonly #orders = new Map<number, Order>();
  readonly #clientIds: Map<number, string>;
  /** Ticks up to here may have been played by the process before this one. */
  readonly #playedBefore: number;
  #tick: number;
  #told = 0;

  constructor(parts: SimulatedVenueParts) {
    const { memory, settings, live, slippage } = parts;
    const kept = memory.state();
    const state = kept === undefined ? undefined : decode<State>(kept);
    this.#parts = parts;
    this.#account = state?.account ?? createLedger(settings.capital, settings.leverage);
    this.#exchange = new SimulatedExchange(live.market, settings, this.#account, slippage);
    this.#clientIds = new Map(state?.clientIds);
    if (state !== undefined) {
      this.#exchange.restore(state.exchange);
      for (const { order } of state.exchange.orders) this.#orders.set(order.id, order);
      this.#told = state.told;
    }
    this.#tick = state?.exchange.tick ?? -1;
    this.#playedBefore = this.#tick;
  }

  get ambiguousFills(): number {
    return this.#exchange.ambiguousFills;
  }

  /** Bars up to this one have been closed in the eyes of the run, which was interrupted after it. */
  resumeAfter(tick: number): void {
    if (tick < 0 || this.#tick > tick) return;
    this.#tick = tick;
    this.#exchange.closeBar(tick);
  }

  /** Takes a bar in without playing it: it was played before the run was interrupted. */
  seed(bar: LiveBar | undefined, mark: MarkPrices | undefined): void {
    this.#parts.live.append(bar, mark);
  }

  addFunding(timeMs: number, rate: number): void {
    this.#parts.live.addFunding(timeMs, rate);
  }

  /** Plays the next bar, or that a bar is missing. */
  async play(bar: LiveBar | undefined, mark: MarkPrices | undefined, sink: Sink<VenueEvent>): Promise<void> {
    const { live } = this.#parts;
    const tick = live.length;
    live.append(bar, mark);
    await this.#tellAgain(tick, 'bar', sink);
    if (tick < this.#tick) return;
    if (tick > this.#tick) {
      const last = tick === 0 ? Number.NaN : (live.market.mark.close[tick - 1] as number);
      if (!Number.isNaN(last)) this.#account.mark = last;
      this.#tick = tick;
      if (bar === undefined) this.#exchange.holdBar(tick);
      this.#exchange.openBar(tick);
      if (bar === undefined) this.#save({});
    }
    await this.#drain('bar', sink);
  }

  /** The bar is over: what is sent from now on was decided at its close. */
  closeBar(): void {
    if (this.#tick >= this.#parts.live.length) return;
    this.#exchange.closeBar(this.#tick);
  }

  /** Tells what follows from orders that were sent at the close. */
  async settle(sink: Sink<VenueEvent>): Promise<void> {
    await this.#tellAgain(this.#parts.live.length - 1, 'after', sink);
    if (this.#tick < this.#parts.live.length) await this.#drain('after', sink);
  }

  /** What the process before this one may not have heard. */
  async #tellAgain(tick: number, part: Part, sink: Sink<VenueEvent>): Promise<void> {
    if (tick > this.#playedBefore) return;
    for (const { event } of this.#parts.memory.eventsOf(tick, part)) await sink(event);
  }

  async #drain(part: Part, sink: Sink<VenueEvent>): Promise<void> {
    for (let event = this.#exchange.receive(); event !== undefined; event = this.#exchange.receive()) {
      await sink(this.#tell(this.#reduceOnly(event), part));
    }
  }

  /** An order that can only reduce is cancelled where there is nothing left for it to reduce. */
  #reduceOnly(event: EngineEvent): EngineEvent {
    if (event.type !== 'fill') return event;
    const order = this.#orders.get(event.order);
    if (order === undefined || !isReducing(order.role) || this.#isClosing(order)) return event;
    return { type: 'orderCancelled', order: order.id, tick: event.tick, why: 'requested' };
  }

  /** Records an event of the exchange, and says it as a venue does. */
  #tell(event: EngineEvent, part: Part): VenueEvent {
    this.#told += 1;
    const id = 'order' in event ? event.order : 0;
    const order = typeof id === 'number' ? this.#orders.get(id) : id;
    const told = this.#wordsOf(event, order, String(this.#told));
    const opens = event.type === 'fill' && order !== undefined && !this.#isClosing(order);
    record(this.#account, event, order, this.#parts.settings.steps);
    const status = order && statusAfter(event, order, opens);
    if (order !== undefined && status !== undefined) this.#orders.delete(order.id);
    this.#save({
      told: { number: this.#told, tick: this.#tick, part, event: told },
      ...(order !== undefined && { order: this.#stateOf(order, status ?? 'open', told) }),
    });
    return told;
  }

  #isClosing({ direction }: Order): boolean {
    return Math.sign(this.#account.position) === -direction;
  }

  #wordsOf(event: EngineEvent, order: Order | undefined, id: string): VenueEvent {
    const { symbol, live, settings } = this.#parts;
    const timeMs = this.now();
    switch (event.type) {
      case 'fill': {
        if (order === undefined) throw new Error(`a fill of order ${event.order}, which the venue does not have`);
        const { tick, moment, price, quantity, fee, slippage, cutFrom, maker } = event;
        return {
          type: 'fill',
          fill: {
            symbol,
            tradeId: id,
            venueId: this.#clientIdOf(order.id),
            clientId: this.#clientIdOf(order.id),
            side: order.direction === 1 ? 'buy' : 'sell',
            price,
            quantity,
            fee,
            feeCurrency: settings.currency,
            maker,
            timeMs: live.openMs(moment === 'close' ? tick + 1 : tick),
            simulated: { tick, moment, slippage, ...(cutFrom !== undefined && { cutFrom }) },
          },
        };
      }
      case 'orderCancelled': {
        const why = event.why === 'expired' ? 'expired' : 'cancelled';
        return { type: 'gone', clientId: this.#clientIdOf(event.order), why, timeMs };
      }
      case 'orderRejected':
        return {
          type: 'rejected',
          clientId: this.#clientIdOf(event.order),
          reason: event.reason === 'not enough cash' ? 'insufficient funds' : 'other',
          message: event.reason,
          timeMs,
        };
      case 'funding': {
        const { amount, rate, price } = event;
        return {
          type: 'income',
          id,
          symbol,
          kind: 'funding',
          amount,
          currency: settings.currency,
          timeMs: live.openMs(event.tick),
          rate,
          price,
        };
      }
      case 'liquidation': {
        const { level, price, moment, tick } = event;
        return { type: 'liquidated', id, symbol, level, price, moment, timeMs: live.openMs(tick) };
      }
      default:
        throw new Error(`the simulated exchange tells of ${event.type}`);
    }
  }

  #save(change: Omit<Parameters<VenueMemory['save']>[0], 'state'>): void {
    const state: State = {
      exchange: this.#exchange.snapshot(),
      account: this.#account,
      clientIds: [...this.#clientIds].filter(([id]) => this.#orders.has(id)),
      told: this.#told,
    };
    this.#parts.memory.save({ ...change, state: encode(state) });
  }

  #clientIdOf(order: number): string {
    return this.#clientIds.get(order) ?? '';
  }

  #stateOf(order: Order, status: VenueOrderStatus, event?: VenueEvent): VenueOrderState {
    const clientId = this.#clientIdOf(order.id);
    return {
      symbol: this.#parts.symbol,
      clientId,
      venueId: clientId,
      status,
      side: order.direction === 1 ? 'buy' : 'sell',
      type: order.type,
      price: order.price,
      quantity: order.quantity,
      filled: event?.type === 'fill' ? event.fill.quantity : 0,
      timeMs: this.now(),
    };
  }

  // -------------------------------------------------------------- the port

  now(): number {
    return this.#tick < 0 ? this.#parts.live.openMs(0) : this.#parts.live.openMs(this.#tick + 1);
  }

  async market(): Promise<VenueMarket> {
    return this.#parts.market;
  }

  async place({ order, clientId }: VenueOrder): Promise<{ readonly venueId: string }> {
    if (this.#orders.has(order.id))
      throw new VenueError('rejected', `order ${order.id} works already`, 'invalid order');
    this.#orders.set(order.id, order);
    this.#clientIds.set(order.id, clientId);
    this.#exchange.send([{ type: 'place', order }]);
    this.#save({ order: this.#stateOf(order, 'open') });
    return { venueId: clientId };
  }

  async amend({ order, clientId }: VenueOrder): Promise<{ readonly venueId: string }> {
    if (!this.#orders.has(order.id)) throw new VenueError('rejected', `no order ${clientId} works`, 'no such order');
    this.#orders.set(order.id, order);
    this.#exchange.send([{ type: 'amend', order }]);
    this.#save({ order: this.#stateOf(order, 'open') });
    return { venueId: clientId };
  }

  async cancel(_symbol: string, clientId: string): Promise<void> {
    const id = [...this.#orders.keys()].find(order => this.#clientIdOf(order) === clientId);
    if (id === undefined) throw new VenueError('rejected', `no order ${clientId} works`, 'no such order');
    this.#exchange.send([{ type: 'cancel', order: id }]);
    this.#save({});
  }

  async lookup(_symbol: string, clientId: string): Promise<VenueOrderState | undefined> {
    return this.#parts.memory.order(clientId);
  }

  async openOrders(): Promise<readonly VenueOrderState[]> {
    return [...this.#orders.values()].map(order => this.#stateOf(order, 'open'));
  }

  /** None: what a run has not heard is told again when its bar comes round. */
  async fills() {
    return [];
  }

  async positions() {
    const { position: quantity, entry } = this.#account;
    return [{ symbol: this.#parts.symbol, quantity, entry }];
  }

  async balances() {
    const { balance } = this.#account;
    return [{ currency: this.#parts.settings.currency, free: balance, total: balance }];
  }

  /** It tells while bars are played. */
  async listen(): Promise<void> {}

  async close(): Promise<void> {
    this.#parts.memory.close();
  }
}

/** What an event leaves of its order; undefined while it goes on. The first half of a reversal leaves it standing. */
function statusAfter(event: EngineEvent, order: Order, opens: boolean): VenueOrderStatus | undefined {
  switch (event.type) {
    case 'fill':
      return opens || isReducing(order.role) ? 'filled' : undefined;
    case 'orderCancelled':
      return event.why === 'expired' ? 'expired' : 'cancelled';
    case 'orderRejected':
      return 'rejected';
    default:
      return undefined;
  }
}
