/**
 * The simulated exchange: turns each bar into events, in the order of a bar's life.
 *
 *   settlements · liquidation and resting stops that the open has passed · market exits · market entries · resting limits
 *   that the open has passed · the path of the bar in two sweeps · expiry · (after the close) orders that fill at the close
 *
 * The path inside a bar is not known. Under `both_hit: worst` it goes the way that hurts the position first, under `best`
 * the other way; on each sweep the level nearest to the open comes first. A position opened inside the bar is tested
 * against its stop and liquidation only, over the whole bar. After each event the engine answers before the bar goes on.
 */

import { fundingPayment, type Sign } from '../engine/costs.ts';
import type {
  Command,
  EngineEvent,
  FillEvent,
  LiquidationEvent,
  Moment,
  Order,
  OrderRejected,
} from '../engine/events.ts';
import { type Ledger, sideOf } from '../engine/ledger.ts';
import { isHeld, type Market } from '../engine/market.ts';
import type { Settings } from '../engine/settings.ts';
import type { Slippage } from '../engine/slippage.ts';
import type { Triggers } from '../engine/stretch.ts';
import { Book, type HeldOrder } from './book.ts';
import { closes, FillMaker } from './fill-maker.ts';
import { isLiquidated, liquidationOf } from './liquidation.ts';
import { distanceFrom, isReducing, limitPrice, limitReached, stopPrice, stopTouched, triggerSide } from './matching.ts';
import type { Exchange } from './port.ts';

/** Parts of a bar's life, in order. What fills at the close comes after the engine has decided. */
const PHASE = {
  settlements: 0,
  openLiquidation: 1,
  openStops: 2,
  marketExits: 3,
  marketEntries: 4,
  openLimits: 5,
  firstSweep: 6,
  secondSweep: 7,
  expiry: 8,
  idle: 9,
  closeFills: 10,
} as const;
type Phase = (typeof PHASE)[keyof typeof PHASE];

export interface ExchangeSnapshot {
  readonly orders: readonly HeldOrder[];
  readonly answers: readonly EngineEvent[];
  readonly phase: Phase;
  readonly tick: number;
  readonly firstWay: Sign;
  readonly pathPrice: number;
  readonly openedInside: boolean;
  readonly retest: boolean;
  readonly countedAmbiguous: boolean;
  readonly settlement: number;
  readonly ambiguousFills: number;
}

export class SimulatedExchange implements Exchange {
  /** Bars of traded time in which stop and target could both have filled. */
  ambiguousFills = 0;
  readonly fills: FillMaker;

  readonly #market: Market;
  readonly #settings: Settings;
  /** The venue's own record of the account is the ledger. */
  readonly #account: Readonly<Ledger>;
  readonly #book: Book;
  readonly #answers: EngineEvent[] = [];
  /** There is a margin that can be lost. */
  readonly #hasMargin: boolean;
  #phase: Phase = PHASE.idle;
  #tick = -1;
  #settlement = 0;
  /** Way of the first sweep of this bar's path. */
  #firstWay: Sign = -1;
  /** Where the market is, as far as the path has been walked. */
  #pathPrice = Number.NaN;
  /** The position was opened inside this bar. */
  #openedInside = false;
  /** Something was bought into inside this bar: its stop is to be tested over the whole bar. */
  #retest = false;
  #countedAmbiguous = false;

  constructor(market: Market, settings: Settings, account: Readonly<Ledger>, slippage: Pick<Slippage, 'at'>) {
    this.#market = market;
    this.#settings = settings;
    this.#account = account;
    this.#book = new Book(market);
    this.fills = new FillMaker(market, settings, account, slippage);
    this.#hasMargin = !Number.isNaN(settings.maintenance);
  }

  /** Starts the bar of a tick; `receive` then plays it. */
  openBar(tick: number): void {
    this.#tick = tick;
    this.#phase = this.#market.fundingTicks.length > 0 ? PHASE.settlements : this.#afterSettlements();
    this.#openedInside = false;
    this.#retest = false;
    this.#countedAmbiguous = false;
  }

  /** To be called for a held bar that was not known of before: by whoever has the bars one at a time. */
  holdBar(tick: number): void {
    this.#book.postpone(tick);
  }

  /** All that the rest of its life depends on besides market and account; plain data. */
  snapshot(): ExchangeSnapshot {
    return {
      orders: this.#book.orders.map(held => ({ ...held })),
      answers: [...this.#answers],
      phase: this.#phase,
      tick: this.#tick,
      firstWay: this.#firstWay,
      pathPrice: this.#pathPrice,
      openedInside: this.#openedInside,
      retest: this.#retest,
      countedAmbiguous: this.#countedAmbiguous,
      settlement: this.#settlement,
      ambiguousFills: this.ambiguousFills,
    };
  }

  restore(snapshot: ExchangeSnapshot): void {
    this.#book.restore(snapshot.orders);
    this.#answers.splice(0, this.#answers.length, ...snapshot.answers);
    this.#phase = snapshot.phase;
    this.#tick = snapshot.tick;
    this.#firstWay = snapshot.firstWay;
    this.#pathPrice = snapshot.pathPrice;
    this.#openedInside = snapshot.openedInside;
    this.#retest = snapshot.retest;
    this.#countedAmbiguous = snapshot.countedAmbiguous;
    this.#settlement = snapshot.settlement;
    this.ambiguousFills = snapshot.ambiguousFills;
  }

  /** The bar is over: orders sent from now on are decided at its close. */
  closeBar(tick: number): void {
    this.#tick = tick;
    this.#phase = this.#settings.fill === 'this_close' && !isHeld(this.#market, tick) ? PHASE.closeFills : PHASE.idle;
  }

  send(commands: readonly Command[]): void {
    for (const command of commands) {
      switch (command.type) {
        case 'place': // it takes every order at once, so it does not say so
          this.#book.place(command.order, this.#tick);
          break;
        case 'amend':
          this.#book.amend(command.order);
          break;
        case 'cancel':
          this.#cancel(command.order);
          break;
        case 'cancelAll':
          for (const { order } of [...this.#book.orders]) this.#cancel(order.id);
          break;
        case 'setTimer': // no deadline passes between two bars
          break;
      }
    }
  }

  receive(): EngineEvent | undefined {
    if (this.#answers.length > 0) return this.#answers.shift();
    while (this.#phase !== PHASE.idle) {
      const event = this.#play();
      if (event !== undefined) return event;
      this.#phase = this.#nextPhase();
    }
    return undefined;
  }

  #nextPhase(): Phase {
    switch (this.#phase) {
      case PHASE.settlements:
        return this.#afterSettlements();
      case PHASE.openLiquidation:
        return PHASE.openStops;
      case PHASE.openStops:
        return PHASE.marketExits;
      case PHASE.marketExits:
        return PHASE.marketEntries;
      case PHASE.marketEntries:
        return this.#isQuietInside() ? PHASE.idle : PHASE.openLimits;
      case PHASE.openLimits:
        this.#beginPath();
        return PHASE.firstSweep;
      case PHASE.firstSweep:
        return PHASE.secondSweep;
      case PHASE.secondSweep:
        return PHASE.expiry;
      default:
        return PHASE.idle;
    }
  }

  /** Without a resting order and without a margin to lose, a bar is its open and its close. */
  #isQuietInside(): boolean {
    return this.#book.resting === 0 && !(this.#hasMargin && this.#account.position !== 0);
  }

  #afterSettlements(): Phase {
    if (isHeld(this.#market, this.#tick)) return PHASE.idle;
    return this.#isQuietInside() ? PHASE.marketExits : PHASE.openLiquidation;
  }

  // -------------------------------------------------------------- what the scheduler asks

  /** A market order waits for the next open. */
  get hasMarketOrder(): boolean {
    return this.#book.hasMarketOrder;
  }

  /** First tick from `tick` on at which a settlement or an expiry is due; Infinity when there is none. */
  nextDue(tick: number): number {
    const due = this.#book.nextExpiry();
    if (this.#account.position === 0 || !this.#settings.chargesFunding) return due;
    const { fundingTicks } = this.#market;
    while (this.#settlement < fundingTicks.length && (fundingTicks[this.#settlement] as number) < tick)
      this.#settlement++;
    return Math.min(due, fundingTicks[this.#settlement] ?? Number.POSITIVE_INFINITY);
  }

  /** Prices at which a resting order or a liquidation may act; wider is never wrong. */
  setTriggers(triggers: Triggers): void {
    triggers.down = Number.NEGATIVE_INFINITY;
    triggers.up = Number.POSITIVE_INFINITY;
    triggers.markDown = Number.NEGATIVE_INFINITY;
    triggers.markUp = Number.POSITIVE_INFINITY;
    this.#book.tighten(triggers);
    if (!this.#hasMargin) return;
    const liquidation = liquidationOf(this.#account, this.#settings.maintenance);
    if (liquidation === undefined) return;
    if (this.#account.position > 0) triggers.markDown = liquidation.level;
    else triggers.markUp = liquidation.level;
  }

  // -------------------------------------------------------------- the life of a bar

  #play(): EngineEvent | undefined {
    switch (this.#phase) {
      case PHASE.settlements:
        return this.#settle();
      case PHASE.openLiquidation:
        return this.#liquidateAtOpen();
      case PHASE.openStops:
        return this.#fillAtOpen('stop');
      case PHASE.marketExits:
        return this.#fillAtMarket(true);
      case PHASE.marketEntries:
        return this.#fillAtMarket(false);
      case PHASE.openLimits:
        return this.#fillAtOpen('limit');
      case PHASE.firstSweep:
        return this.#sweep(this.#firstWay);
      case PHASE.secondSweep:
        return this.#sweep(this.#firstWay === 1 ? -1 : 1);
      case PHASE.expiry:
        return this.#expire();
      case PHASE.closeFills:
        return this.#fillAtMarket(true) ?? this.#fillAtMarket(false);
      case PHASE.idle:
        return undefined;
    }
  }

  #settle(): EngineEvent | undefined {
    const { fundingTicks, fundingRates, mark } = this.#market;
    const tick = this.#tick;
    while (this.#settlement < fundingTicks.length && (fundingTicks[this.#settlement] as number) <= tick) {
      const index = this.#settlement++;
      const isDue = fundingTicks[index] === tick && this.#settings.chargesFunding;
      const { position } = this.#account;
      if (!isDue || position === 0) continue;
      const open = mark.open[tick] as number;
      const price = Number.isNaN(open) ? this.#account.mark : open;
      const rate = fundingRates[index] as number;
      return { type: 'funding', tick, rate, price, amount: fundingPayment(position, price, rate) };
    }
    return undefined;
  }

  #liquidateAtOpen(): LiquidationEvent | undefined {
    const side = sideOf(this.#account.position);
    const liquidation = liquidationOf(this.#account, this.#settings.maintenance);
    if (side === 0 || liquidation === undefined) return undefined;
    const passed = isLiquidated(side, liquidation.level, this.#market.mark.open[this.#tick] as number);
    return passed ? { type: 'liquidation', tick: this.#tick, moment: 'open', ...liquidation } : undefined;
  }

  /** Resting orders that the open has passed fill at the open; those that protect come first. */
  #fillAtOpen(type: 'stop' | 'limit'): EngineEvent | undefined {
    const open = this.#open();
    let first: Order | undefined;
    for (const { order } of this.#book.orders) {
      if (order.type !== type || !this.#isReachedBy(open, order)) continue;
      if (first === undefined || (isReducing(order.role) && !isReducing(first.role))) first = order;
    }
    return first && this.#fill(first, open, 'open');
  }

  #fillAtMarket(reducing: boolean): EngineEvent | undefined {
    const atClose = this.#phase === PHASE.closeFills;
    for (const { order } of this.#book.orders) {
      if (order.type !== 'market' || isReducing(order.role) !== reducing) continue;
      if (!atClose) return this.#fill(order, this.#open(), 'open');
      return this.#fill(order, this.#market.bars.close[this.#tick] as number, 'close');
    }
    return undefined;
  }

  #beginPath(): void {
    const side = sideOf(this.#account.position);
    const adverse: Sign = side === -1 ? 1 : -1;
    this.#firstWay = this.#settings.bothHit === 'worst' ? adverse : adverse === 1 ? -1 : 1;
    this.#pathPrice = this.#open();
  }

  /** The nearest level that the bar reached on its way up or down; `undefined` when the sweep is over. */
  #sweep(way: Sign): EngineEvent | undefined {
    if (this.#retest) {
      this.#retest = false;
      const hit = this.#protection();
      if (hit !== undefined) return hit;
    }
    // A position opened inside the bar has been tested against what can hurt it; the rest waits for the next bar.
    if (this.#openedInside) return undefined;
    const open = this.#open();
    let nearest: Order | undefined;
    let distance = Number.POSITIVE_INFINITY;
    for (const { order } of this.#book.orders) {
      if (order.type === 'market' || triggerSide(order) !== way || !this.#isReached(order)) continue;
      const away = distanceFrom(open, order.price, way);
      const comesFirst = away < distance || (away === distance && order.role === 'stop');
      if (comesFirst) {
        nearest = order;
        distance = away;
      }
    }
    const liquidation = this.#liquidationInside(way);
    if (liquidation !== undefined && distanceFrom(open, liquidation.level, way) < distance) {
      this.#noteAmbiguity(way);
      return liquidation;
    }
    if (nearest === undefined) return undefined;
    if (isReducing(nearest.role)) this.#noteAmbiguity(way);
    return this.#fillInside(nearest);
  }

  /** The stop or the liquidation of a position that was bought into inside this bar. */
  #protection(): EngineEvent | undefined {
    const side = sideOf(this.#account.position);
    if (side === 0) return undefined;
    const way: Sign = side === 1 ? -1 : 1;
    const stop = this.#book.find(order => order.type === 'stop' && isReducing(order.role) && this.#isReached(order));
    const liquidation = this.#liquidationInside(way);
    const open = this.#open();
    const liquidationFirst =
      liquidation !== undefined &&
      (stop === undefined || distanceFrom(open, liquidation.level, way) < distanceFrom(open, stop.price, way));
    if (liquidationFirst) return liquidation;
    return stop && this.#fillInside(stop);
  }

  #liquidationInside(way: Sign): LiquidationEvent | undefined {
    const side = sideOf(this.#account.position);
    if (side === 0 || way === side) return undefined;
    const liquidation = liquidationOf(this.#account, this.#settings.maintenance);
    const { low, high } = this.#market.mark;
    const extreme = (side === 1 ? low : high)[this.#tick] as number;
    if (liquidation === undefined || !isLiquidated(side, liquidation.level, extreme)) return undefined;
    return { type: 'liquidation', tick: this.#tick, moment: 'inside', ...liquidation };
  }

  /** Counts a bar in which a level on this way fills although one on the other way would have closed the position too. */
  #noteAmbiguity(way: Sign): void {
    if (this.#countedAmbiguous) return;
    const other: Sign = way === 1 ? -1 : 1;
    const both =
      this.#book.find(
        order =>
          order.type !== 'market' && isReducing(order.role) && triggerSide(order) === other && this.#isReached(order),
      ) !== undefined || this.#liquidationInside(other) !== undefined;
    if (!both) return;
    this.#countedAmbiguous = true;
    this.ambiguousFills += 1;
  }

  #isReached(order: Order): boolean {
    const { low, high } = this.#market.bars;
    return this.#isReachedBy((triggerSide(order) === 1 ? high : low)[this.#tick] as number, order);
  }

  #isReachedBy(price: number, { type, direction, price: level }: Order): boolean {
    return type === 'stop'
      ? stopTouched(direction, level, price)
      : limitReached(direction, level, price, this.#settings.touch);
  }

  #expire(): EngineEvent | undefined {
    const expired = this.#book.expiredBy(this.#tick);
    if (expired === undefined) return undefined;
    this.#book.remove(expired);
    return { type: 'orderCancelled', order: expired.id, tick: this.#tick, why: 'expired' };
  }

  // -------------------------------------------------------------- fills

  #fillInside(order: Order): EngineEvent {
    const { type, direction, price } = order;
    const at =
      type === 'stop' ? stopPrice(direction, price, this.#pathPrice) : limitPrice(direction, price, this.#open());
    this.#pathPrice = at;
    return this.#fill(order, at, 'inside');
  }

  #fill(order: Order, at: number, moment: Moment): FillEvent | OrderRejected {
    const opens = !closes(this.#account, order);
    // The first half of a reversal leaves the order standing: its second half opens at the same price.
    if (opens || isReducing(order.role)) this.#book.remove(order);
    const event = this.fills.fill(order, at, moment, this.#tick);
    if (opens && moment === 'inside' && event.type === 'fill') {
      this.#retest = true;
      this.#openedInside ||= this.#account.position === 0;
    }
    return event;
  }

  #open(): number {
    return this.#market.bars.open[this.#tick] as number;
  }

  #cancel(id: number): void {
    const order = this.#book.find(each => each.id === id);
    if (order === undefined) return;
    this.#book.remove(order);
    this.#answers.push({ type: 'orderCancelled', order: id, tick: this.#tick, why: 'requested' });
  }
}
