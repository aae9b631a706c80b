/**
 * What is to be so whatever a run went through, read from the venue's own record: no order doubled, limits kept, no entry
 * where none may be made, no position without its stop for longer than the deadline while a process is there.
 */
import { DEADLINE_MS } from '../../../../runtime/live/guard/protection.ts';
import { number } from '../../../venue/amount.ts';
import type { ExchangeEvent, RestingOrder, VenueTrade } from '../../../venue/exchange.ts';
import { DUST } from './histories.ts';
import { heldBy, isOwn, type Stage } from './stage.ts';

/** Prices move between decision and fill. */
const MOVED = 1.002;
/** A look of the guard, and the way of an exit to the venue. */
const REACTION_MS = 2000;
/** Of this machine. */
const MOST_PASSED_MS = 20;

export class Judge {
  readonly wrongs: string[] = [];
  /** Of the run, one a fill, by market: side, quantity, price. */
  readonly #trades = new Map<string, string[]>();
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

  /** What traded in different markets may come in any order. */
  get trades(): readonly string[] {
    const { markets } = this.#stage.ground;
    return markets.flatMap(({ id }) => this.#trades.get(id) ?? []);
  }

  get isBare(): boolean {
    const { adopted, ground, market } = this.#stage;
    if (!ground.hasStops) return false;
    const own = this.#stage.ownOf(market);
    const needed = Math.abs(own) - adopted;
    if (needed < DUST) return false;
    const side = own > 0 ? 'sell' : 'buy';
    let stopped = 0;
    for (const order of this.openOrders) {
      if (order.trigger !== undefined && order.side === side) stopped += number(order.quantity - order.filled);
    }
    return stopped < needed - DUST;
  }

  get openOrders(): readonly RestingOrder[] {
    return this.#stage.local.exchange.openOrders().filter(isOwn);
  }

  #heard(event: ExchangeEvent): void {
    if (event.type === 'trade') this.#traded(event.trade);
    if (event.type !== 'price' && event.type !== 'kline') this.look();
  }

  #traded(trade: VenueTrade): void {
    const { order, price, quantity } = trade;
    if (!isOwn(order)) return;
    const { ground } = this.#stage;
    const { symbol } = order;
    const own = this.#stage.ownOf(symbol);
    const before = own - heldBy(trade, ground);
    const text = `${order.side} ${number(quantity)} ${symbol} at ${number(price)}`;
    this.#trades.set(symbol, [...(this.#trades.get(symbol) ?? []), text]);
    const isOpening = Math.abs(own) > Math.abs(before) + DUST || own * before < -(DUST ** 2);
    if (!isOpening) {
      if (Math.abs(own) < DUST) this.#stage.adopted = 0;
      return;
    }
    const share = this.#stage.weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
    if (share > ground.mostExposure * MOVED) this.wrongs.push(`exposure ${share.toFixed(4)} after ${text}`);
    if (this.#stage.isHalted) this.wrongs.push(`an entry where none may be made: ${text}`);
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
