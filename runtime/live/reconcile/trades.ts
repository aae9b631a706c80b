/** The venue's list of trades: what filled of the run's orders and was not told, and what others traded beside it. */
import { ownerOf } from '../client-id.ts';
import { fillKey } from '../heard.ts';
import type { VenueFill } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import { OVERLAP_MS } from './books.ts';
import type { Findings } from './findings.ts';
import { Strangers } from './strangers.ts';

/** The venue stamps trades by its own clock, of which ours is a measurement: none is before an agreement by less. */
const CLOCK_MS = 1000;

export class Trades {
  readonly #run: LiveRun;
  readonly #findings: Findings;
  /** By number of the instrument. */
  readonly #strangers = new Map<number, Strangers>();
  readonly #readUntilMs = new Map<number, number>();

  constructor(run: LiveRun, findings: Findings) {
    this.#run = run;
    this.#findings = findings;
  }

  /** Takes in what has filled of the run's orders and was not told. */
  async read(instrument: number): Promise<void> {
    const { venue, binding } = this.#run.parts;
    const symbol = this.#run.symbolOf(instrument);
    const { live, fromTick } = this.#run.parts.trader;
    const known = this.#run.books.agreedMs(instrument) ?? live.openMs(fromTick);
    const startedMs = venue.now();
    const since = Math.floor(Math.max(known, this.#readUntilMs.get(instrument) ?? known) - OVERLAP_MS);
    const fills = await venue.fills(symbol, since);
    this.#readUntilMs.set(instrument, startedMs);
    const strangers = this.#strangersOf(instrument);
    strangers.trades.readFrom(since);
    for (const fill of fills) {
      // Also of orders that are over for so long that nothing more is kept of them.
      if (this.#run.hasSeen(fillKey(fill))) continue;
      const order = fill.clientId === undefined ? undefined : this.#run.orderOf(fill.clientId);
      if (order === undefined) {
        const owner = ownerOf(fill.clientId, binding.runId);
        if (owner === 'another run') await this.#findings.anotherRun(instrument, `traded ${wordsOf(fill)}`);
        if (fill.timeMs >= Math.max(known - CLOCK_MS, since)) strangers.note(fill);
        continue;
      }
      await this.#findings.tell('missed fill', instrument, `${wordsOf(fill)}: taken in`, { repaired: true });
      await this.#run.onVenue({ type: 'fill', fill });
    }
  }

  /** Until when they were read last, by the venue's clock. */
  readUntilMs(instrument: number): number | undefined {
    return this.#readUntilMs.get(instrument);
  }

  /** Signed base quantity that others traded since the books agreed. */
  ofOthers(instrument: number): number {
    return this.#strangersOf(instrument).sum;
  }

  /** What others traded is accounted for. */
  forgetOthers(instrument: number): void {
    this.#strangersOf(instrument).sum = 0;
  }

  #strangersOf(instrument: number): Strangers {
    const known = this.#strangers.get(instrument) ?? new Strangers();
    this.#strangers.set(instrument, known);
    return known;
  }
}

function wordsOf({ side, quantity, price, symbol, tradeId }: VenueFill): string {
  return `trade ${tradeId} (${side} ${quantity} ${symbol} at ${price})`;
}
