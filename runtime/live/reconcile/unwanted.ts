/** Open orders at the venue that a run does not want: its own that are lost, and those of others. */
import { addExactly } from '../../engine/decimal.ts';
import { ownerOf } from '../client-id.ts';
import type { VenueOrderState } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import type { Findings } from './findings.ts';
import type { Holdings } from './holdings.ts';
import { quietly } from './repair.ts';

export class Unwanted {
  readonly #run: LiveRun;
  readonly #findings: Findings;
  readonly #holdings: Holdings;

  constructor(run: LiveRun, findings: Findings, holdings: Holdings) {
    this.#run = run;
    this.#findings = findings;
    this.#holdings = holdings;
  }

  /** An open order that the run does not want. */
  async settle(instrument: number, there: VenueOrderState): Promise<void> {
    const { venue, binding, trader } = this.#run.parts;
    const { clientId, venueId } = there;
    const id = clientId === undefined ? undefined : this.#run.orderOf(clientId);
    if (
      id !== undefined &&
      this.#run.clientIds.get(id) === clientId &&
      trader.orders.some(({ order }) => order.id === id)
    )
      return;
    const owner = ownerOf(clientId, binding.runId);
    if (this.#run.books.foreign(instrument).orders.includes(venueId)) return;
    if (owner === 'this run' && clientId !== undefined) {
      if (await this.#protectsOthers(instrument, there)) return this.#leaveProtection(instrument, there);
      await this.#findings.tell('lost cancel', instrument, `order ${clientId} still works at the venue: cancelled`, {
        repaired: true,
      });
      return quietly(this.#run, venue.cancel(there.symbol, clientId, venueId));
    }
    if (owner === 'another run') return this.#findings.anotherRun(instrument, `has an order there (${clientId})`);
    const { side, type, quantity, price } = there;
    const at = Number.isNaN(price) ? '' : ` at ${price}`;
    const symbol = this.#run.symbolOf(instrument);
    const text = `order ${venueId} (${side} ${quantity} ${symbol}, ${type}${at}) is not of this run: it is left alone, and no entry is made in ${symbol} until \`vela release ${symbol}\``;
    await this.#findings.halt('foreign order', instrument, text, venueId);
  }

  /**
   * A journal that was put back from a backup knows nothing of what was opened after it, nor of the stop that protects it:
   * until a person has said whose that is, the stop stays.
   */
  async #protectsOthers(instrument: number, { clientId, side }: VenueOrderState): Promise<boolean> {
    const { venue, trader } = this.#run.parts;
    if (clientId === undefined || this.#run.remembered.orderOf(clientId) !== undefined) return false;
    const symbol = this.#run.symbolOf(instrument);
    const held = (await venue.positions([symbol])).find(position => position.symbol === symbol)?.quantity ?? 0;
    const beside = addExactly(this.#holdings.withoutOthers(instrument, held), -trader.position(instrument).quantity);
    return beside !== 0 && side === (beside > 0 ? 'sell' : 'buy');
  }

  #leaveProtection(instrument: number, { venueId, side, type, quantity, price }: VenueOrderState): Promise<void> {
    const symbol = this.#run.symbolOf(instrument);
    const at = Number.isNaN(price) ? '' : ` at ${price}`;
    const text = `order ${venueId} (${side} ${quantity} ${symbol}, ${type}${at}) is of this run, and its journal does not know it: it was sent after the backup that the journal was put back from. It stays, since it may protect what is held beside the run; no entry is made in ${symbol} until \`vela adopt ${symbol}\` (the run takes that over) or \`vela release ${symbol}\` (both are yours)`;
    return this.#findings.halt('foreign order', instrument, text, venueId);
  }

  /** Somebody on the way has sent an order once more, and the venue has taken both. */
  doneTwice(instrument: number, symbol: string, clientId: string): Promise<void> {
    const text = `the venue has done order ${clientId} twice: more ${symbol} are held than was decided, with their stop; no entry is made in ${symbol} until \`vela adopt ${symbol}\` (the run keeps them) or \`vela release ${symbol}\` (they are yours)`;
    return this.#findings.halt('order done twice', instrument, text, clientId);
  }
}
