/** What a run holds by its ledger against what the venue says is held: positions of perpetuals, coins of spot. */
import { addExactly } from '../../engine/decimal.ts';
import type { LiveRun } from '../run.ts';
import { of } from '../store/rows.ts';
import { compareHoldings, type HoldingsDifference } from './differences.ts';
import type { Findings } from './findings.ts';
import { isDust } from './real-fill.ts';
import { CONFIRM_MS } from './repair.ts';
import type { Trades } from './trades.ts';

/** How often it is journaled that books and venue agree. */
const AGREED_EVERY_MS = 600_000;
/** Looks that are given up because something came in meanwhile. */
const MOST_LOOKS = 5;

export class Holdings {
  readonly #run: LiveRun;
  readonly #findings: Findings;
  readonly #trades: Trades;

  constructor(run: LiveRun, findings: Findings, trades: Trades) {
    this.#run = run;
    this.#findings = findings;
    this.#trades = trades;
  }

  /** Tells each difference, and does what follows from it. */
  async reconcile(instruments: readonly number[]): Promise<void> {
    const first = await this.#compared(instruments);
    if (first.size === 0) return;
    // What is seen twice, with nothing under way, is there.
    await this.#run.parts.sleep(CONFIRM_MS);
    for (const instrument of first.keys()) await this.#trades.read(instrument);
    for (const [instrument, difference] of await this.#compared([...first.keys()])) {
      const before = first.get(instrument);
      if (before === undefined || before.kind !== difference.kind) continue;
      if (sameNumber(before.quantity, difference.quantity)) await this.#act(instrument, difference);
    }
  }

  /** Of instruments with nothing under way; what is dust is nothing. */
  async #compared(instruments: readonly number[]): Promise<ReadonlyMap<number, HoldingsDifference>> {
    const { venue } = this.#run.parts;
    const differences = new Map<number, HoldingsDifference>();
    for (let look = 1; look <= MOST_LOOKS; look++) {
      const quiet = instruments.filter(instrument => !this.isUnderWay(instrument));
      if (quiet.length === 0) return differences;
      const seq = this.#run.seq;
      const held = await venue.positions(quiet.map(instrument => this.#run.symbolOf(instrument)));
      if (this.#run.seq !== seq) continue;
      for (const [index, instrument] of quiet.entries()) {
        const quantity = held[index]?.quantity;
        if (quantity === undefined) continue;
        const difference = this.#compare(instrument, quantity);
        if (difference !== undefined) differences.set(instrument, difference);
      }
      return differences;
    }
    return differences;
  }

  /** Something of it may fill or end at any moment. */
  isUnderWay(instrument: number): boolean {
    return this.#run.parts.trader.orders.some(
      ({ order, status }) =>
        this.#run.instrumentOf(order.id) === instrument && (status !== 'working' || order.type === 'market'),
    );
  }

  #compare(instrument: number, there: number): HoldingsDifference | undefined {
    const { trader, venue } = this.#run.parts;
    const { books } = this.#run;
    const isSpot = trader.run.plan.instruments[instrument]?.market === 'spot';
    const ledger = this.#ownOf(instrument);
    const venueQuantity = this.withoutOthers(instrument, there);
    const { mark } = trader.position(instrument);
    const context = { steps: this.#run.stepsOf(instrument), reducesFreely: venue.abilities.reduceOnly };
    books.beside.set(instrument, addExactly(venueQuantity, -ledger));
    if (!books.isKnown(instrument) && isSpot && ledger === 0 && books.lastFillMs(instrument) === undefined) {
      // Coins that were there before the run are none of its business.
      void this.#run.take({
        type: 'foreign',
        ...of(instrument),
        quantity: venueQuantity,
        orders: [],
        why: 'there before',
      });
      if (venueQuantity !== 0) {
        const facts = { symbol: this.#run.symbolOf(instrument), quantity: venueQuantity };
        this.#run.notice('info', 'held before the run: not touched, not counted', facts);
      }
      return undefined;
    }
    const difference = compareHoldings({
      ledger,
      accepted: books.foreign(instrument).quantity,
      venue: venueQuantity,
      traded: this.#trades.ofOthers(instrument),
      isSpot,
      isDust: quantity => isDust(quantity, mark, context),
    });
    if (difference !== undefined && difference.kind !== 'dust') return difference;
    this.#trades.forgetOthers(instrument);
    this.#noteAgreement(instrument);
    return undefined;
  }

  /** Now and then: what happened before the last of them need not be read again. */
  #noteAgreement(instrument: number): void {
    const atMs = this.#trades.readUntilMs(instrument);
    const before = this.#run.books.agreedMs(instrument) ?? Number.NEGATIVE_INFINITY;
    if (atMs === undefined || atMs - before < AGREED_EVERY_MS) return;
    void this.#run.take({ type: 'agreed', ...of(instrument), atMs });
  }

  /** By the ledger, what is too little for an order included. */
  #ownOf(instrument: number): number {
    const { quantity, dust = 0 } = this.#run.parts.trader.position(instrument);
    return dust === 0 ? quantity : addExactly(quantity, dust);
  }

  /** What the venue has, less what other instruments of the run hold of the same coin. */
  withoutOthers(instrument: number, there: number): number {
    const { instruments } = this.#run.parts.trader.run.plan;
    const about = instruments[instrument];
    if (about?.market !== 'spot') return there;
    let rest = there;
    for (const [other, { base, market }] of instruments.entries())
      if (other !== instrument && base === about.base && market === 'spot')
        rest = addExactly(rest, -this.#ownOf(other));
    return rest;
  }

  /** A position that has become too little for an order can be closed by none: rules see flat. */
  async writeOffDust(instrument: number): Promise<void> {
    const { trader, venue } = this.#run.parts;
    const { quantity, mark } = trader.position(instrument);
    const context = { steps: this.#run.stepsOf(instrument), reducesFreely: venue.abilities.reduceOnly };
    const isWorking = trader.orders.some(({ order }) => this.#run.instrumentOf(order.id) === instrument);
    if (quantity === 0 || isWorking || !(mark > 0) || !isDust(Math.abs(quantity), mark, context)) return;
    const symbol = this.#run.symbolOf(instrument);
    await this.#findings.tell('dust', instrument, `${quantity} ${symbol} are too little for an order: written down`, {
      repaired: true,
    });
    const event = { type: 'dust', ...this.#run.about(instrument), tick: trader.live.length, price: mark } as const;
    await this.#run.take({ type: 'event', event });
  }

  async #act(instrument: number, { kind, quantity, accepted, own, halts }: HoldingsDifference): Promise<void> {
    const { books } = this.#run;
    const { trader } = this.#run.parts;
    const symbol = this.#run.symbolOf(instrument);
    const { quantity: ledger, mark, dust = 0 } = trader.position(instrument);
    const known = books.foreign(instrument);
    if (accepted !== known.quantity) {
      const why = kind === 'deposit' ? 'deposit' : 'withdrawal';
      await this.#run.take({ type: 'foreign', ...of(instrument), quantity: accepted, orders: known.orders, why });
    }
    const isMore = quantity > 0;
    if (!halts) {
      const text = `${Math.abs(quantity)} of ${symbol} ${isMore ? 'came to' : 'left'} the account: not the run's, not counted`;
      return this.#findings.tell(kind, instrument, text, { repaired: true });
    }
    const held = Math.abs(ledger);
    const isTaken = Math.abs(own) < Math.abs(addExactly(ledger, dust));
    const rest = isTaken ? Math.sign(ledger) * Math.max(0, addExactly(Math.abs(own), -Math.abs(dust))) : ledger;
    const text = isTaken
      ? `${Math.abs(addExactly(ledger, -rest))} of the ${held} ${symbol} that this run holds were closed beside it: it goes on with ${Math.abs(rest)}, and makes no entry in ${symbol} until \`vela adopt ${symbol}\` or \`vela release ${symbol}\``
      : `${quantity} ${symbol} at the venue are not of this run: they are left alone, and no entry is made in ${symbol} until \`vela adopt ${symbol}\` (it takes them over) or \`vela release ${symbol}\` (it leaves them)`;
    await this.#findings.halt(kind, instrument, text, String(quantity));
    if (!isTaken || rest === ledger) return;
    const event = {
      type: 'adjust',
      ...this.#run.about(instrument),
      tick: trader.live.length,
      position: rest,
      price: mark,
      why: 'taken',
    } as const;
    await this.#run.take({ type: 'event', event });
  }
}

/** Up to the arithmetic; NaN is the same as NaN. */
function sameNumber(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}
