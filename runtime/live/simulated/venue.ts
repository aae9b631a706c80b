/**
 * The simulated exchange as a venue: it takes orders by client id, keeps an account of its own, and remembers both when
 * the run that uses it dies. Bars are played to it one at a time, and while one is played it tells what happens in it and
 * waits each time until the run has answered, so that the life of a bar is that of a backtest.
 */

import type { MarketFacts } from '../../data/series.ts';
import type { EngineEvent, Order } from '../../engine/events.ts';
import { isReducing } from '../../exchange/matching.ts';
import { decode, encode } from '../codec.ts';
import type { LiveGrid } from '../grid.ts';
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
import type { OpenExchange, PlayedExchange } from './exchange.ts';
import type { Part, VenueMemory } from './memory.ts';

export interface SimulatedVenueParts {
  /** For people: whose bars it lives by. */
  readonly name?: string;
  /** Of all instruments, by their numbers in the plan. */
  readonly symbols: readonly string[];
  /** Of its own: bars are played to it before the run takes them in. */
  readonly live: LiveGrid;
  readonly exchange: OpenExchange;
  readonly facts: (symbol: string) => MarketFacts;
  readonly memory: VenueMemory;
}

/** What there is of an instrument at a tick. */
export interface PlayedBar {
  readonly bar: LiveBar | undefined;
  readonly mark: MarkPrices | undefined;
}

/** An order that works at the venue. */
interface Working {
  readonly order: Order;
  readonly instrument: number;
  /** The client id that it was placed under last. */
  readonly clientId: string;
}

interface State {
  readonly exchange: object;
  readonly working: readonly Working[];
  readonly tick: number;
  readonly told: number;
}

export class SimulatedVenue implements Venue {
  readonly name: string;
  readonly abilities: VenueAbilities = {
    clientIdRule: { pattern: /^[A-Za-z0-9]+$/, longest: 36 },
    orderTypes: new Set(['market', 'limit', 'stop']),
    amends: true,
    reduceOnly: true,
    orderValidityMs: 0,
    reverses: true,
    tellsAgain: true,
  };

  readonly #parts: SimulatedVenueParts;
  readonly #exchange: PlayedExchange;
  /** By number of the order. */
  readonly #working: Map<number, Working>;
  /** Ticks up to here may have been played by the process before this one. */
  readonly #playedBefore: number;
  #tick: number;
  #told: number;

  constructor(parts: SimulatedVenueParts) {
    const { memory, live } = parts;
    const kept = memory.state();
    const state = kept === undefined ? undefined : decode<State>(kept);
    this.#parts = parts;
    this.name = parts.name ?? 'simulated';
    this.#exchange = parts.exchange(live, state?.exchange);
    this.#working = new Map(state?.working.map(working => [working.order.id, working]));
    this.#told = state?.told ?? 0;
    this.#tick = state?.tick ?? -1;
    this.#playedBefore = this.#tick;
  }

  get ambiguousFills(): number {
    return this.#exchange.ambiguousFills;
  }

  /** Bars up to this one have been closed in the eyes of the run, which was interrupted after it. */
  resumeAfter(tick: number): void {
    if (tick < 0 || this.#tick > tick) return;
    this.#tick = tick;
    this.#exchange.closeTick(tick);
  }

  /** Takes a tick in without playing it: it was played before the run was interrupted. */
  seed(bars: readonly PlayedBar[]): void {
    for (const [instrument, { bar, mark }] of bars.entries()) this.#parts.live.append(instrument, bar, mark);
  }

  addFunding(instrument: number, timeMs: number, rate: number): void {
    this.#parts.live.market(instrument).addFunding(timeMs, rate);
  }

  /** Plays the next tick: of each instrument its bar, or that a bar is missing. */
  async play(bars: readonly PlayedBar[], sink: Sink<VenueEvent>): Promise<void> {
    const tick = this.#parts.live.length;
    this.seed(bars);
    await this.#tellAgain(tick, 'bar', sink);
    if (tick < this.#tick) return;
    if (tick > this.#tick) {
      this.#tick = tick;
      if (this.#exchange.openTick(tick)) this.#save({});
    }
    await this.#drain('bar', sink);
  }

  /** The tick is over: what is sent from now on was decided at its close. */
  closeTick(): void {
    if (this.#tick >= this.#parts.live.length) return;
    this.#exchange.closeTick(this.#tick);
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
    const working = this.#working.get(event.order);
    if (working === undefined || !isReducing(working.order.role) || this.#isClosing(working)) return event;
    return { type: 'orderCancelled', order: event.order, tick: event.tick, why: 'requested' };
  }

  /** Records an event of the exchange, and says it as a venue does. */
  #tell(event: EngineEvent, part: Part): VenueEvent {
    this.#told += 1;
    const working = 'order' in event && typeof event.order === 'number' ? this.#working.get(event.order) : undefined;
    const instrument = working?.instrument ?? instrumentOf(event);
    const told = this.#wordsOf(event, working, instrument, String(this.#told));
    const opens = event.type === 'fill' && working !== undefined && !this.#isClosing(working);
    this.#exchange.record(event, working?.order, instrument);
    const status = working && statusAfter(event, working.order, opens);
    if (working !== undefined && status !== undefined) this.#working.delete(working.order.id);
    this.#save({
      told: { number: this.#told, tick: this.#tick, part, event: told },
      ...(working !== undefined && { order: this.#stateOf(working, status ?? 'open', told) }),
    });
    return told;
  }

  #isClosing({ order, instrument }: Working): boolean {
    return this.#exchange.closes(order, instrument);
  }

  #wordsOf(event: EngineEvent, working: Working | undefined, instrument: number, id: string): VenueEvent {
    const { live } = this.#parts;
    const { currency } = this.#exchange;
    const symbol = this.#symbolOf(instrument);
    const clientId = working?.clientId ?? '';
    const timeMs = this.now();
    switch (event.type) {
      case 'fill': {
        if (working === undefined) throw new Error(`a fill of order ${event.order}, which the venue does not have`);
        const { tick, moment, price, quantity, fee, slippage, cutFrom, maker } = event;
        return {
          type: 'fill',
          fill: {
            symbol,
            tradeId: id,
            venueId: clientId,
            clientId,
            side: working.order.direction === 1 ? 'buy' : 'sell',
            price,
            quantity,
            fee,
            feeCurrency: currency,
            maker,
            timeMs: live.openMs(moment === 'close' ? tick + 1 : tick),
            simulated: { tick, moment, slippage, ...(cutFrom !== undefined && { cutFrom }) },
          },
        };
      }
      case 'orderCancelled':
        return { type: 'gone', clientId, why: event.why === 'expired' ? 'expired' : 'cancelled', timeMs };
      case 'orderRejected': {
        const reason = event.reason === 'not enough cash' ? 'insufficient funds' : 'other';
        return { type: 'rejected', clientId, reason, message: event.reason, timeMs };
      }
      case 'orderWaits':
        return { type: 'waits', clientId };
      case 'delisted': {
        const { tick, sale } = event;
        return { type: 'delisted', id, symbol, timeMs: live.openMs(tick), ...(sale !== undefined && { sale }) };
      }
      case 'funding': {
        const { amount, rate, price } = event;
        const at = live.openMs(event.tick);
        return { type: 'income', id, symbol, kind: 'funding', amount, currency, timeMs: at, rate, price };
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
      working: [...this.#working.values()],
      tick: this.#tick,
      told: this.#told,
    };
    this.#parts.memory.save({ ...change, state: encode(state) });
  }

  #symbolOf(instrument: number): string {
    return this.#parts.symbols[instrument] ?? '';
  }

  #stateOf({ order, instrument, clientId }: Working, status: VenueOrderStatus, event?: VenueEvent): VenueOrderState {
    return {
      symbol: this.#symbolOf(instrument),
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

  async market(symbol: string): Promise<VenueMarket> {
    return { symbol, facts: this.#parts.facts(symbol), isTrading: true };
  }

  async place({ order, clientId, symbol }: VenueOrder, leaves?: () => void): Promise<{ readonly venueId: string }> {
    leaves?.();
    if (this.#working.has(order.id))
      throw new VenueError('rejected', `order ${order.id} works already`, 'invalid order');
    const working = { order, clientId, instrument: this.#parts.symbols.indexOf(symbol) };
    this.#working.set(order.id, working);
    this.#exchange.place(order, working.instrument);
    this.#save({ order: this.#stateOf(working, 'open') });
    return { venueId: clientId };
  }

  async amend({ order, clientId }: VenueOrder): Promise<{ readonly venueId: string }> {
    const known = this.#working.get(order.id);
    if (known === undefined) throw new VenueError('rejected', `no order ${clientId} works`, 'no such order');
    const working = { ...known, order };
    this.#working.set(order.id, working);
    this.#exchange.amend(order);
    this.#save({ order: this.#stateOf(working, 'open') });
    return { venueId: clientId };
  }

  async cancel(_symbol: string, clientId: string): Promise<void> {
    const working = [...this.#working.values()].find(each => each.clientId === clientId);
    if (working === undefined) throw new VenueError('rejected', `no order ${clientId} works`, 'no such order');
    this.#exchange.cancel(working.order.id);
    this.#save({});
  }

  async lookup(_symbol: string, clientId: string): Promise<VenueOrderState | undefined> {
    return this.#parts.memory.order(clientId);
  }

  async openOrders(symbol: string): Promise<readonly VenueOrderState[]> {
    const instrument = this.#parts.symbols.indexOf(symbol);
    return [...this.#working.values()]
      .filter(working => working.instrument === instrument)
      .map(working => this.#stateOf(working, 'open'));
  }

  /** None: what a run has not heard is told again when its bar comes round. */
  async fills() {
    return [];
  }

  async positions(symbols: readonly string[]) {
    return symbols.map(symbol => {
      const { position: quantity, entry } = this.#exchange.position(this.#parts.symbols.indexOf(symbol));
      return { symbol, quantity, entry };
    });
  }

  async balances() {
    const { balance, currency } = this.#exchange;
    return [{ currency, free: balance, total: balance }];
  }

  /** It tells while bars are played. */
  async listen(): Promise<void> {}

  async close(): Promise<void> {
    this.#parts.memory.close();
  }
}

function instrumentOf(event: EngineEvent): number {
  return 'instrument' in event ? (event.instrument ?? 0) : 0;
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
