/**
 * The exchange behind a simulated venue, with the account of the one who trades there. It plays the ticks of a grid; whose
 * orders, and in which order, is that of the engine that it stands opposite to.
 */
import type { EngineEvent, Order } from '../../engine/events.ts';
import { createLedger, type Ledger } from '../../engine/ledger.ts';
import { closes } from '../../exchange/fill-maker.ts';
import { type ExchangeSnapshot, SimulatedExchange } from '../../exchange/simulated.ts';
import { balanceOf } from '../../portfolio/account.ts';
import { type ExchangeMember, PortfolioExchange, type PortfolioExchangeSnapshot } from '../../portfolio/exchange.ts';
import type { LiveGrid } from '../grid.ts';
import type { LiveTrader } from '../live-trader.ts';
import { PortfolioTrader } from '../portfolio-trader.ts';
import { Trader } from '../trader.ts';
import { record } from './account.ts';

export interface PlayedExchange {
  readonly currency: string;
  readonly balance: number;
  readonly ambiguousFills: number;
  /** Starts the bars of a tick, which the grid holds; `receive` then plays them. Gives whether orders live longer now. */
  openTick(tick: number): boolean;
  /** The tick is over: orders that come from now on were decided at its close. */
  closeTick(tick: number): void;
  place(order: Order, instrument: number): void;
  amend(order: Order): void;
  cancel(order: number): void;
  receive(): EngineEvent | undefined;
  /** Whether an order is against what is held of its instrument. */
  closes(order: Order, instrument: number): boolean;
  /** Moves the account by an event that is about to be told. `order`: the one that it is of. */
  record(event: EngineEvent, order: Order | undefined, instrument: number): void;
  position(instrument: number): Pick<Ledger, 'position' | 'entry'>;
  /** All that it keeps; plain data, which only itself can read. */
  snapshot(): object;
}

/** Opens the exchange on the venue's own bars, as it was when it was kept. */
export type OpenExchange = (live: LiveGrid, kept: object | undefined) => PlayedExchange;

/** Stands opposite to a trader; what slippage was known at its decisions, the exchange knows from it. */
export function exchangeFor(trader: LiveTrader): OpenExchange {
  if (trader instanceof Trader) return (live, kept) => new ExchangeOfOne(trader, live, kept);
  if (trader instanceof PortfolioTrader) return (live, kept) => new ExchangeOfSeveral(trader, live, kept);
  throw new Error('there is no simulated exchange for this trader');
}

interface KeptOfOne {
  readonly exchange: ExchangeSnapshot;
  readonly account: Ledger;
}

class ExchangeOfOne implements PlayedExchange {
  readonly currency: string;
  readonly #trader: Trader;
  readonly #live: LiveGrid;
  readonly #account: Ledger;
  readonly #exchange: SimulatedExchange;

  constructor(trader: Trader, live: LiveGrid, kept: object | undefined) {
    const state = kept as KeptOfOne | undefined;
    const { settings, slippage, traded } = trader;
    this.currency = settings.currency;
    this.#trader = trader;
    this.#live = live;
    this.#account = state?.account ?? createLedger(settings.capital, settings.leverage);
    this.#exchange = new SimulatedExchange(live.market(traded[0]).market, settings, this.#account, slippage);
    if (state !== undefined) this.#exchange.restore(state.exchange);
  }

  get balance(): number {
    return this.#account.balance;
  }

  get ambiguousFills(): number {
    return this.#exchange.ambiguousFills;
  }

  openTick(tick: number): boolean {
    const { market } = this.#live.market(this.#trader.traded[0]);
    const last = tick === 0 ? Number.NaN : (market.mark.close[tick - 1] as number);
    if (!Number.isNaN(last)) this.#account.mark = last;
    const isHeld = market.held[tick] === 1;
    if (isHeld) this.#exchange.holdBar(tick);
    this.#exchange.openBar(tick);
    return isHeld;
  }

  closeTick(tick: number): void {
    this.#exchange.closeBar(tick);
  }

  place(order: Order): void {
    this.#exchange.send([{ type: 'place', order }]);
  }

  amend(order: Order): void {
    this.#exchange.send([{ type: 'amend', order }]);
  }

  cancel(order: number): void {
    this.#exchange.send([{ type: 'cancel', order }]);
  }

  receive(): EngineEvent | undefined {
    return this.#exchange.receive();
  }

  closes(order: Order): boolean {
    return closes(this.#account, order);
  }

  record(event: EngineEvent, order: Order | undefined): void {
    record(this.#account, event, order, this.#trader.settings.steps);
  }

  position(instrument: number): Pick<Ledger, 'position' | 'entry'> {
    return instrument === this.#trader.traded[0] ? this.#account : { position: 0, entry: Number.NaN };
  }

  snapshot(): KeptOfOne {
    return { exchange: this.#exchange.snapshot(), account: this.#account };
  }
}

interface KeptOfSeveral {
  readonly exchange: PortfolioExchangeSnapshot;
  /** By place of the member. */
  readonly accounts: readonly Ledger[];
}

class ExchangeOfSeveral implements PlayedExchange {
  readonly currency: string;
  readonly ambiguousFills = 0;
  readonly #capital: number;
  readonly #members: readonly ExchangeMember[];
  readonly #exchange: PortfolioExchange;

  constructor({ settings }: PortfolioTrader, live: LiveGrid, kept: object | undefined) {
    const state = kept as KeptOfSeveral | undefined;
    this.currency = settings.currency;
    this.#capital = settings.capital;
    this.#members = settings.members.map((member, place) => ({
      ...member,
      market: live.market(member.number).market,
      ledger: state?.accounts[place] ?? createLedger(0, settings.leverage),
    }));
    this.#exchange = new PortfolioExchange({ settings, members: this.#members });
    if (state !== undefined) this.#exchange.restore(state.exchange);
  }

  get balance(): number {
    return balanceOf({ capital: this.#capital, members: this.#members });
  }

  openTick(tick: number): boolean {
    for (const { market, ledger } of this.#members) {
      const last = tick === 0 ? Number.NaN : (market.mark.close[tick - 1] as number);
      if (!Number.isNaN(last)) ledger.mark = last;
    }
    this.#exchange.openTick(tick);
    return false;
  }

  closeTick(tick: number): void {
    this.#exchange.closeTick(tick);
  }

  place(order: Order): void {
    this.#exchange.send([{ type: 'place', order }]);
  }

  /** Orders at market are filled or cancelled, never changed. */
  amend(): void {
    throw new Error('an order of a portfolio cannot be amended');
  }

  cancel(order: number): void {
    this.#exchange.send([{ type: 'cancel', order }]);
  }

  receive(): EngineEvent | undefined {
    return this.#exchange.receive();
  }

  closes(order: Order, instrument: number): boolean {
    return closes(this.#member(instrument).ledger, order);
  }

  record(event: EngineEvent, order: Order | undefined, instrument: number): void {
    const { ledger, steps } = this.#member(instrument);
    record(ledger, event, order, steps);
  }

  position(instrument: number): Pick<Ledger, 'position' | 'entry'> {
    const member = this.#members.find(({ number }) => number === instrument);
    return member?.ledger ?? { position: 0, entry: Number.NaN };
  }

  #member(instrument: number): ExchangeMember {
    const member = this.#members.find(({ number }) => number === instrument);
    if (member === undefined) throw new Error(`instrument ${instrument} is not a member of the portfolio`);
    return member;
  }

  snapshot(): KeptOfSeveral {
    return { exchange: this.#exchange.snapshot(), accounts: this.#members.map(({ ledger }) => ledger) };
  }
}
