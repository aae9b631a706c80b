/**
 * Trades of others in an instrument of the run: coins that came or went with one were bought or sold, others were paid in or
 * out.
 */
import { addExactly } from '../../engine/decimal.ts';
import { OnceEach } from '../../exchange/once-each.ts';
import { fillKey } from '../heard.ts';
import type { VenueFill } from '../ports.ts';

export class Strangers {
  readonly trades = new OnceEach();
  /** Signed base quantity since the books agreed. */
  sum = 0;

  note(fill: VenueFill): void {
    if (!this.trades.isNew(fillKey(fill), fill.timeMs)) return;
    this.sum = addExactly(this.sum, fill.side === 'buy' ? fill.quantity : -fill.quantity);
  }
}
