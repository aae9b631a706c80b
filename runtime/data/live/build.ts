/**
 * Bars out of trades, for venues whose streams have none. A bar that was watched from before its first trade to its end is
 * whole; any other is fetched.
 */
import type { LiveBar } from '../../live/ports.ts';

export interface BuiltBar {
  readonly bar: LiveBar;
  /** The first trade after it has been seen, and the stream was there for all of it. */
  readonly isWhole: boolean;
}

export class BarBuilder {
  readonly #periodMs: number;
  #bar: LiveBar | undefined;
  /** Trades from this instant on have been seen without a break. */
  #watchedFromMs: number;

  constructor(periodMs: number, watchedFromMs: number) {
    this.#periodMs = periodMs;
    this.#watchedFromMs = watchedFromMs;
  }

  /** The stream was broken until now: the bar under way is not whole. */
  restart(watchedFromMs: number): void {
    this.#watchedFromMs = watchedFromMs;
    this.#bar = undefined;
  }

  /** The bars that the trade ends or changes, the ended one first. */
  add(timeMs: number, price: number, quantity: number): readonly BuiltBar[] {
    const openMs = Math.floor(timeMs / this.#periodMs) * this.#periodMs;
    const bar = this.#bar;
    // A trade that comes late belongs to a bar that is over; whether that bar changes, a look by REST tells.
    if (bar !== undefined && openMs < bar.openMs) return [];
    if (bar === undefined || openMs > bar.openMs) {
      this.#bar = { openMs, open: price, high: price, low: price, close: price, volume: quantity };
      const ended = bar === undefined ? [] : [{ bar, isWhole: bar.openMs >= this.#watchedFromMs }];
      return [...ended, { bar: this.#bar, isWhole: false }];
    }
    this.#bar = {
      ...bar,
      high: Math.max(bar.high, price),
      low: Math.min(bar.low, price),
      close: price,
      volume: bar.volume + quantity,
    };
    return [{ bar: this.#bar, isWhole: false }];
  }
}
