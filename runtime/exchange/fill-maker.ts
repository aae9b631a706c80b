/** From an order and the price that it met to a fill: slippage, fee, and what the cash can pay for. */
import { feeOn, slipped } from '../engine/costs.ts';
import type { FillEvent, Moment, Order, OrderRejected } from '../engine/events.ts';
import { entryFee } from '../engine/intents.ts';
import { freeCash, type Ledger, sideOf } from '../engine/ledger.ts';
import type { Market } from '../engine/market.ts';
import type { Settings } from '../engine/settings.ts';
import { affordable } from '../engine/sizing.ts';
import type { Slippage } from '../engine/slippage.ts';
import { isReducing } from './matching.ts';

/** Prices that come into the cache together. */
const LINE = 8;
/** With fewer ticks than that to a fill, fetching a price is cheaper for all ticks at once than for each fill alone. */
const TICKS_A_FILL = 256;

export class FillMaker {
  /** What was read ahead; kept, so that the reads are made. */
  readAhead = 0;

  readonly #market: Market;
  readonly #settings: Settings;
  /** The venue's own record of the account is the ledger. */
  readonly #account: Readonly<Ledger>;
  readonly #slippage: Pick<Slippage, 'at'>;
  /** Fills since the last block of ticks began. */
  #count = 0;
  /** The fill that was told last: one object for all, which is read before there is another. */
  readonly #event: { -readonly [K in keyof FillEvent]: FillEvent[K] } = {
    type: 'fill',
    order: 0,
    tick: 0,
    moment: 'open',
    price: 0.5,
    quantity: 0.5,
    cutFrom: undefined,
    fee: 0.5,
    slippage: 0.5,
    maker: false,
  };

  constructor(market: Market, settings: Settings, account: Readonly<Ledger>, slippage: Pick<Slippage, 'at'>) {
    this.#market = market;
    this.#settings = settings;
    this.#account = account;
    this.#slippage = slippage;
  }

  /**
   * To be called when ticks [from, to) are about to be played. Nothing but fills reads opens, so each lies far away in
   * memory: where the ticks before brought many fills, they are all fetched now, which takes less time than waiting for
   * one after the other.
   */
  beginBlock(from: number, to: number): void {
    const isBusy = this.#count > (to - from) / TICKS_A_FILL;
    this.#count = 0;
    if (!isBusy) return;
    const { open } = this.#market.bars;
    let sum = 0;
    for (let tick = from; tick < to; tick += LINE) sum += open[tick] as number;
    this.readAhead = sum;
  }

  /** What an order gets that meets the price `at`. The fill is valid until the next one is made. */
  fill(order: Order, at: number, moment: Moment, tick: number): FillEvent | OrderRejected {
    const { slippageIs } = this.#settings;
    // The slippage is the one known when the order was decided: at the last close, or at this one.
    const decided = moment === 'close' ? tick : tick - 1;
    const price = order.type === 'limit' ? at : slipped(order.direction, at, this.#slippage.at(decided), slippageIs);
    const rate = entryFee(this.#settings, order.type);
    if (!closes(this.#account, order)) return this.#opening(order, moment, tick, at, price, rate);
    const held = Math.abs(this.#account.position);
    const quantity = isReducing(order.role) ? Math.min(order.quantity, held) : held;
    return this.#made(order, moment, tick, at, price, quantity, rate);
  }

  /** The same for a market order at the open of a tick, which closes all that is held or opens where nothing is. */
  fillAtOpen(order: Order, tick: number): FillEvent | OrderRejected {
    const { taker, slippageIs } = this.#settings;
    const at = this.#market.bars.open[tick] as number;
    const price = slipped(order.direction, at, this.#slippage.at(tick - 1), slippageIs);
    if (!isReducing(order.role)) return this.#opening(order, 'open', tick, at, price, taker);
    return this.#made(order, 'open', tick, at, price, Math.abs(this.#account.position), taker);
  }

  #opening(
    order: Order,
    moment: Moment,
    tick: number,
    at: number,
    price: number,
    rate: number,
  ): FillEvent | OrderRejected {
    const { leverage, steps } = this.#settings;
    const quantity = affordable(order.quantity, freeCash(this.#account), price, leverage, rate, steps);
    if (quantity === 0) return { type: 'orderRejected', order: order.id, tick, reason: 'not enough cash' };
    const fill = this.#made(order, moment, tick, at, price, quantity, rate);
    if (quantity < order.quantity) fill.cutFrom = order.quantity;
    return fill;
  }

  #made(order: Order, moment: Moment, tick: number, at: number, price: number, quantity: number, rate: number) {
    this.#count += 1;
    const fill = this.#event;
    fill.order = order.id;
    fill.tick = tick;
    fill.moment = moment;
    fill.price = price;
    fill.quantity = quantity;
    fill.cutFrom = undefined;
    fill.fee = feeOn(price, quantity, rate);
    fill.slippage = Math.abs(price - at) * quantity;
    fill.maker = order.type === 'limit';
    return fill;
  }
}

/** Whether an order is against what is held. One that could also open does so with a second fill at the same price. */
export function closes({ position }: Readonly<Ledger>, { direction }: Order): boolean {
  return position !== 0 && sideOf(position) === -direction;
}
