/**
 * Trades of others in an instrument of the run: coins that came or went with one were bought or sold, others were paid in or
 * out. A venue is read over and over, each time from a little before the last; each trade counts once, and those that cannot
 * be read again are forgotten.
 */
import { addExactly } from '../../engine/decimal.ts';
import { fillKey } from '../heard.ts';
import type { VenueFill } from '../ports.ts';

export class Strangers {
  /** Signed base quantity since the books agreed. */
  sum = 0;
  /** By key of the fill, its time. */
  readonly #seen = new Map<string, number>();

  note(fill: VenueFill): void {
    const key = fillKey(fill);
    if (this.#seen.has(key)) return;
    this.#seen.set(key, fill.timeMs);
    this.sum = addExactly(this.sum, fill.side === 'buy' ? fill.quantity : -fill.quantity);
  }

  /** Nothing before this instant is read any more. */
  readFrom(timeMs: number): void {
    for (const [key, atMs] of this.#seen) if (atMs < timeMs) this.#seen.delete(key);
  }

  /** Trades that are remembered. */
  get size(): number {
    return this.#seen.size;
  }
}
