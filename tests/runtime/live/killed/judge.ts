/**
 * What is to be so whatever a run went through, read from the venue's own record: no order doubled, limits kept, no entry
 * where none may be made, no position without its stop for longer than the deadline while a process is there.
 */
import { DEADLINE_MS } from '../../../../runtime/live/guard/protection.ts';
import { number } from '../../../venue/amount.ts';
import type { ExchangeEvent, RestingOrder, VenueTrade } from '../../../venue/exchange.ts';
import { DUST } from './histories.ts';
import { heldBy, isOwn, MARKET, type Stage } from './stage.ts';

/** Share of the equity that the strategies cap their exposure at; prices move between decision and fill. */
const MOST_EXPOSURE = 0.5 * 1.002;
/** A look of the guard, and the way of an exit to the venue. */
const REACTION_MS = 2000;
/** Of this machine. */
const MOST_PASSED_MS = 20;

export class Judge {
  readonly wrongs: string[] = [];
  /** Of the run, one a fill: side, quantity, price. */
  readonly trades: string[] = [];
  longestBareMs = 0;
  readonly #stage: Stage;
  readonly #leave: () => void;
  #bareMs = 0;
  #lookedMs = 0;
  #isAlive = false;
  /** Requests that had come when the process began. */
  #askedBefore = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#leave = stage.local.exchange.on(event => this.#heard(event));
  }

  /** A process has begun; from its first request on it is there. */
  alive(): void {
    this.#isAlive = true;
    this.#askedBefore = this.#stage.local.server.requests.length;
    this.look();
  }

  dead(): void {
    this.look();
    this.#isAlive = false;
    this.#bareMs = 0;
  }

  close(): void {
    this.dead();
    this.#leave();
    if (this.longestBareMs > DEADLINE_MS + REACTION_MS)
      this.wrongs.push(`a position was without its stop for ${Math.round(this.longestBareMs)} ms`);
  }

  /** Held for the run, as the venue has it. */
  get own(): number {
    return this.#stage.held - this.#stage.others;
  }

  get isBare(): boolean {
    const { adopted } = this.#stage;
    const needed = Math.abs(this.own) - adopted;
    if (needed < DUST) return false;
    const side = this.own > 0 ? 'sell' : 'buy';
    let stopped = 0;
    for (const order of this.openOrders) {
      if (order.trigger !== undefined && order.side === side) stopped += number(order.quantity - order.filled);
    }
    return stopped < needed - DUST;
  }

  get openOrders(): readonly RestingOrder[] {
    return this.#stage.local.exchange.openOrders(MARKET).filter(isOwn);
  }

  #heard(event: ExchangeEvent): void {
    if (event.type === 'trade') this.#traded(event.trade);
    if (event.type !== 'price' && event.type !== 'kline') this.look();
  }

  #traded(trade: VenueTrade): void {
    const { order, price, quantity } = trade;
    if (!isOwn(order)) return;
    const { own } = this;
    const before = own - heldBy(trade);
    this.trades.push(`${order.side} ${number(quantity)} at ${number(price)}`);
    const isOpening = Math.abs(own) > Math.abs(before) + DUST || own * before < -(DUST ** 2);
    if (!isOpening) {
      if (Math.abs(own) < DUST) this.#stage.adopted = 0;
      return;
    }
    const { exchange } = this.#stage.local;
    const at = number(price);
    const { quantity: held, entry } = exchange.position(MARKET);
    const equity = number(exchange.total('USDT')) + (this.#stage.kind === 'spot' ? this.#stage.held * at : 0);
    const whole = equity + number(held) * (at - number(entry));
    const share = (Math.abs(own) * at) / whole;
    if (share > MOST_EXPOSURE) this.wrongs.push(`exposure ${share.toFixed(4)} after ${this.trades.at(-1)}`);
    if (this.#stage.isHalted) this.wrongs.push(`an entry where none may be made: ${this.trades.at(-1)}`);
  }

  /** Again and again: what the machine lets pass between two looks is not the run's time. */
  look(): void {
    const { clock, local } = this.#stage;
    const now = clock.ranMs();
    const passedMs = Math.min(now - this.#lookedMs, MOST_PASSED_MS * clock.speed);
    this.#lookedMs = now;
    const isThere = this.#isAlive && local.server.requests.length > this.#askedBefore;
    this.#bareMs = isThere && this.isBare ? this.#bareMs + passedMs : 0;
    this.longestBareMs = Math.max(this.longestBareMs, this.#bareMs);
  }
}
