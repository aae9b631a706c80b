/**
 * The simulated exchange of a portfolio: turns the bars of a tick into events, member by member in the order of their
 * symbols.
 *
 *   of each member: settlements · the end of its listing · liquidation at the open
 *   market orders at the open: all that take off, then all that add
 *   of each member: liquidation inside the bar
 *   (after the close) orders that fill at the close, again what takes off first
 *
 * Orders of a member without a bar wait. After each event the engine answers before the tick goes on, so that what it adds
 * once it has taken off is there in time for the same open.
 */
import { feeOn, fundingPayment, type Sign, slipped } from '../engine/costs.ts';
import {
  type Command,
  type EngineEvent,
  type FillEvent,
  isReducing,
  type Moment,
  type Order,
} from '../engine/events.ts';
import { type Ledger, marginOf, sideOf } from '../engine/ledger.ts';
import { affordable } from '../engine/sizing.ts';
import { isLiquidated, type Liquidation, liquidationOf } from '../exchange/liquidation.ts';
import { type Balances, freeCashOf } from './account.ts';
import { isTradable, type Member } from './member.ts';
import { memberPlace } from './orders.ts';
import type { PortfolioSettings } from './settings.ts';

/** Of a member, what the venue knows: its own record of what is held is `ledger`. */
export type ExchangeMember = Pick<
  Member,
  'number' | 'market' | 'firstTick' | 'endTick' | 'steps' | 'maintenance' | 'slippage' | 'leavers' | 'ledger'
>;

export interface ExchangeParts {
  readonly settings: Omit<PortfolioSettings, 'members' | 'rebalances' | 'limits'>;
  readonly members: readonly ExchangeMember[];
}

/** Parts of a tick's life, in order. What fills at the close comes after the engine has decided. */
const PHASE = {
  before: 0,
  closings: 1,
  waiting: 2,
  openings: 3,
  inside: 4,
  idle: 5,
  closeClosings: 6,
  closeOpenings: 7,
} as const;
type Phase = (typeof PHASE)[keyof typeof PHASE];

const NEXT: Readonly<Record<Phase, Phase>> = {
  [PHASE.before]: PHASE.closings,
  [PHASE.closings]: PHASE.waiting,
  [PHASE.waiting]: PHASE.openings,
  [PHASE.openings]: PHASE.inside,
  [PHASE.inside]: PHASE.idle,
  [PHASE.idle]: PHASE.idle,
  [PHASE.closeClosings]: PHASE.closeOpenings,
  [PHASE.closeOpenings]: PHASE.idle,
};

/** What is left of the cash by the arithmetic alone, as a share of the capital, buys nothing. */
const ARTEFACT = 1e-12;

/** What rests of a member, and what of its own the exchange remembers. */
interface Desk {
  closing: Order | undefined;
  opening: Order | undefined;
  /** The closing one waits for a bar, and the engine knows. */
  isTold: boolean;
  /** Settlements that have been looked at. */
  settlements: number;
  hasLeft: boolean;
}

export interface PortfolioExchangeSnapshot {
  readonly desks: readonly Desk[];
  readonly answers: readonly EngineEvent[];
  readonly phase: Phase;
  readonly place: number;
  readonly tick: number;
}

export class PortfolioExchange {
  readonly #settings: ExchangeParts['settings'];
  readonly #members: readonly ExchangeMember[];
  readonly #balances: Balances;
  /** Settlements or liquidations may come. */
  readonly #hasEvents: boolean;
  /** Ticks at which a listing ends. */
  readonly #ends: ReadonlySet<number>;
  /** By place of the member. */
  #desks: readonly Desk[];
  readonly #answers: EngineEvent[] = [];
  #orders = 0;
  #phase: Phase = PHASE.idle;
  /** Of the member that is looked at. */
  #place = 0;
  #tick = -1;

  constructor({ settings, members }: ExchangeParts) {
    this.#settings = settings;
    this.#members = members;
    this.#balances = { capital: settings.capital, members };
    this.#hasEvents = settings.chargesFunding || members.some(({ maintenance }) => !Number.isNaN(maintenance));
    this.#ends = new Set(members.map(({ endTick }) => endTick));
    this.#desks = members.map(() => ({
      closing: undefined,
      opening: undefined,
      isTold: false,
      settlements: 0,
      hasLeft: false,
    }));
  }

  /** Starts a tick; `receive` then plays it. */
  openTick(tick: number): void {
    this.#tick = tick;
    this.#go(PHASE.before);
    while (this.#isQuiet()) this.#go(NEXT[this.#phase]);
  }

  /** The tick is over: orders sent from now on are decided at its close. */
  closeTick(tick: number): void {
    this.#tick = tick;
    this.#go(this.#settings.fill === 'this_close' ? PHASE.closeClosings : PHASE.idle);
  }

  send(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === 'place') this.#take(command.order);
      if (command.type === 'cancel') this.#cancel(command.order);
    }
  }

  receive(): EngineEvent | undefined {
    if (this.#answers.length > 0) return this.#answers.shift();
    while (this.#phase !== PHASE.idle) {
      for (; this.#place < this.#members.length; this.#place++) {
        const event = this.#play(this.#members[this.#place] as ExchangeMember, this.#desks[this.#place] as Desk);
        if (event !== undefined) return event;
      }
      this.#go(NEXT[this.#phase]);
      while (this.#isQuiet()) this.#go(NEXT[this.#phase]);
    }
    return undefined;
  }

  /** Nothing can happen in this part of the tick, whoever is looked at. */
  #isQuiet(): boolean {
    switch (this.#phase) {
      case PHASE.before:
        return !this.#hasEvents && !this.#ends.has(this.#tick);
      case PHASE.inside:
        return !this.#hasEvents;
      case PHASE.idle:
        return false;
      default:
        return this.#orders === 0;
    }
  }

  /** All that the rest of its life depends on besides markets and accounts; plain data. */
  snapshot(): PortfolioExchangeSnapshot {
    return {
      desks: this.#desks.map(desk => ({ ...desk })),
      answers: [...this.#answers],
      phase: this.#phase,
      place: this.#place,
      tick: this.#tick,
    };
  }

  restore(snapshot: PortfolioExchangeSnapshot): void {
    this.#desks = snapshot.desks.map(desk => ({ ...desk }));
    this.#answers.splice(0, this.#answers.length, ...snapshot.answers);
    this.#phase = snapshot.phase;
    this.#place = snapshot.place;
    this.#tick = snapshot.tick;
    this.#orders = this.#desks.reduce(
      (sum, { closing, opening }) => sum + (closing === undefined ? 0 : 1) + (opening === undefined ? 0 : 1),
      0,
    );
  }

  #go(phase: Phase): void {
    this.#phase = phase;
    this.#place = 0;
  }

  // -------------------------------------------------------------- the life of a tick

  /** The next thing that happens to a member in this part of the tick; undefined: nothing more. */
  #play(member: ExchangeMember, desk: Desk): EngineEvent | undefined {
    const isAtOpen = this.#settings.fill === 'next_open';
    switch (this.#phase) {
      case PHASE.before:
        return this.#settle(member, desk) ?? this.#leaveListing(member, desk) ?? this.#liquidate(member, 'open');
      case PHASE.closings:
        return isAtOpen ? this.#close(member, desk, 'open') : undefined;
      case PHASE.waiting:
        return isAtOpen ? tellWaiting(desk) : undefined;
      case PHASE.openings:
        return isAtOpen ? this.#open(member, desk, 'open') : undefined;
      case PHASE.inside:
        return this.#liquidate(member, 'inside');
      case PHASE.closeClosings:
        return this.#close(member, desk, 'close');
      case PHASE.closeOpenings:
        return tellWaiting(desk) ?? this.#open(member, desk, 'close');
      case PHASE.idle:
        return undefined;
    }
  }

  /** Settlements due at the open are charged to what was held before it. */
  #settle({ number, market, ledger }: ExchangeMember, desk: Desk): EngineEvent | undefined {
    const { fundingTicks, fundingRates, mark } = market;
    const tick = this.#tick;
    while (desk.settlements < fundingTicks.length && (fundingTicks[desk.settlements] as number) <= tick) {
      const index = desk.settlements++;
      if (fundingTicks[index] !== tick || !this.#settings.chargesFunding || ledger.position === 0) continue;
      const open = mark.open[tick] as number;
      const price = Number.isNaN(open) ? ledger.mark : open;
      const rate = fundingRates[index] as number;
      const amount = fundingPayment(ledger.position, price, rate);
      return { type: 'funding', instrument: number, tick, rate, price, amount };
    }
    return undefined;
  }

  /** What is held when a listing has ended is sold at its last price, as of the first tick that has none. */
  #leaveListing(member: ExchangeMember, desk: Desk): EngineEvent | undefined {
    const tick = this.#tick;
    if (tick !== member.endTick || desk.hasLeft) return undefined;
    desk.hasLeft = true;
    const { ledger, market, leavers, number, slippage } = member;
    const delisted = { type: 'delisted', instrument: number, tick } as const;
    if (ledger.position === 0 || leavers === 'keep') return delisted;
    const last = market.bars.close[tick - 1] as number;
    const {
      price,
      quantity,
      fee,
      slippage: lost,
    } = this.#fill(ledger.position > 0 ? -1 : 1, Math.abs(ledger.position), last, slippage.at(tick - 1));
    return { ...delisted, sale: { price, quantity, fee, slippage: lost } };
  }

  /** The venue takes over a position whose margin and open loss no longer cover the maintenance. */
  #liquidate(member: ExchangeMember, moment: 'open' | 'inside'): EngineEvent | undefined {
    const { ledger, market, maintenance, number } = member;
    const side = sideOf(ledger.position);
    if (side === 0 || Number.isNaN(maintenance)) return undefined;
    const { open, low, high } = market.mark;
    const price = (moment === 'open' ? open : side === 1 ? low : high)[this.#tick] as number;
    const liquidation = this.#liquidationOf(ledger, maintenance);
    if (liquidation === undefined || !isLiquidated(side, liquidation.level, price)) return undefined;
    return { type: 'liquidation', instrument: number, tick: this.#tick, moment, ...liquidation };
  }

  /** Cash that is missing in the account is missing behind the position; what others hold does not protect it. */
  #liquidationOf(ledger: Ledger, maintenance: number): Liquidation | undefined {
    return liquidationOf({ ...ledger, balance: freeCashOf(this.#balances) + marginOf(ledger) }, maintenance);
  }

  // -------------------------------------------------------------- fills

  #close(member: ExchangeMember, desk: Desk, moment: 'open' | 'close'): EngineEvent | undefined {
    const order = desk.closing;
    if (order === undefined || !isTradable(member, this.#tick)) return undefined;
    this.#remove(desk, 'closing');
    const quantity = Math.min(order.quantity, Math.abs(member.ledger.position));
    if (!(quantity > 0)) return this.#cancelled(order);
    return this.#filled(order, member, moment, quantity);
  }

  #open(member: ExchangeMember, desk: Desk, moment: 'open' | 'close'): EngineEvent | undefined {
    const order = desk.opening;
    if (order === undefined || !isTradable(member, this.#tick)) return undefined;
    this.#remove(desk, 'opening');
    const { taker, leverage, slippageIs, capital } = this.#settings;
    const at = this.#priceAt(member, moment);
    const price = slipped(order.direction, at, this.#slippageAt(member, moment), slippageIs);
    const quantity = affordable(order.quantity, freeCashOf(this.#balances), price, leverage, taker, member.steps);
    if (quantity * price <= ARTEFACT * capital) {
      return { type: 'orderRejected', order: order.id, tick: this.#tick, reason: 'not enough cash' };
    }
    const event = this.#filled(order, member, moment, quantity);
    return quantity < order.quantity ? { ...event, cutFrom: order.quantity } : event;
  }

  #filled({ id, direction }: Order, member: ExchangeMember, moment: 'open' | 'close', quantity: number): FillEvent {
    const fill = this.#fill(direction, quantity, this.#priceAt(member, moment), this.#slippageAt(member, moment));
    return { type: 'fill', order: id, tick: this.#tick, moment, ...fill, maker: false };
  }

  #fill(direction: Sign, quantity: number, at: number, slippage: number) {
    const { taker, slippageIs } = this.#settings;
    const price = slipped(direction, at, slippage, slippageIs);
    return { price, quantity, fee: feeOn(price, quantity, taker), slippage: Math.abs(price - at) * quantity };
  }

  #priceAt({ market: { bars } }: ExchangeMember, moment: Moment): number {
    return (moment === 'close' ? bars.close : bars.open)[this.#tick] as number;
  }

  /** The slippage known when the order was decided: at the last close, or at this one. */
  #slippageAt({ slippage }: ExchangeMember, moment: Moment): number {
    return slippage.at(moment === 'close' ? this.#tick : this.#tick - 1);
  }

  // -------------------------------------------------------------- orders

  #take(order: Order): void {
    const desk = this.#desks[memberPlace(order)];
    if (desk === undefined) throw new Error(`an order in slot ${order.slot}, where no member is`);
    if (isReducing(order.role)) {
      desk.closing = order;
      desk.isTold = false;
    } else desk.opening = order;
    this.#orders += 1;
  }

  #cancel(id: number): void {
    for (const desk of this.#desks) {
      const part = desk.closing?.id === id ? 'closing' : desk.opening?.id === id ? 'opening' : undefined;
      if (part === undefined) continue;
      this.#remove(desk, part);
      this.#answers.push({ type: 'orderCancelled', order: id, tick: this.#tick, why: 'requested' });
    }
  }

  #cancelled({ id }: Order): EngineEvent {
    return { type: 'orderCancelled', order: id, tick: this.#tick, why: 'requested' };
  }

  #remove(desk: Desk, part: 'closing' | 'opening'): void {
    if (desk[part] === undefined) return;
    desk[part] = undefined;
    this.#orders -= 1;
  }
}

/** What takes off and has no bar to fill on holds up nobody. */
function tellWaiting(desk: Desk): EngineEvent | undefined {
  if (desk.closing === undefined || desk.isTold) return undefined;
  desk.isTold = true;
  return { type: 'orderWaits', order: desk.closing.id };
}
