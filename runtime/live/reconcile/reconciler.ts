/**
 * Holds what a run believes against what its venue says: orders, fills, positions, balances. Each difference is told,
 * journaled and repaired where that is safe; where it is not, entries of the instrument wait for a person. Orders and
 * positions of others are never touched. Runs at the start, every minute, after each reconnect, and when an order was unknown.
 */
import { isReducing } from '../../engine/events.ts';
import type { ActualOrder } from '../../engine/orders.ts';
import type { VenueOrderState } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import { OVERLAP_MS } from './books.ts';
import { ANSWERS } from './differences.ts';
import { convertFees } from './fees.ts';
import { Findings, type Found } from './findings.ts';
import { Holdings } from './holdings.ts';
import { isSure, OwnOrders } from './own-orders.ts';
import { Trades } from './trades.ts';
import { Unwanted } from './unwanted.ts';

/** What the account lacks by less than this share is fees and the like that are on their way. */
const SHORT = 0.01;

export class Reconciler {
  readonly #run: LiveRun;
  readonly #findings: Findings;
  readonly #trades: Trades;
  readonly #holdings: Holdings;
  readonly #own: OwnOrders;
  readonly #unwanted: Unwanted;
  #isShortOfCash = false;
  #going: Promise<readonly Found[]> | undefined;
  #again = false;

  constructor(run: LiveRun) {
    this.#run = run;
    this.#findings = new Findings(run);
    this.#trades = new Trades(run, this.#findings);
    this.#holdings = new Holdings(run, this.#findings, this.#trades);
    this.#own = new OwnOrders(run, this.#findings, this.#trades, () => {
      this.#again = true;
    });
    this.#unwanted = new Unwanted(run, this.#findings, this.#holdings);
  }

  /** One after another; asked for while one goes on, it is done once more after that. Rejects with a `VenueError`. */
  now(isStart = false): Promise<readonly Found[]> {
    if (this.#going !== undefined) {
      this.#again = true;
      return this.#going;
    }
    this.#going = this.#all(isStart).finally(() => {
      this.#going = undefined;
    });
    return this.#going;
  }

  async #all(isStart: boolean): Promise<readonly Found[]> {
    this.#findings.take();
    do {
      this.#again = false;
      await this.#once(isStart);
    } while (this.#again);
    return this.#findings.take();
  }

  async #once(isStart: boolean): Promise<void> {
    const { trader, venue } = this.#run.parts;
    if (isStart) this.#own.start();
    if (isStart) await this.#haltAgain();
    for (const instrument of trader.traded) await this.#orders(instrument);
    // What a simulated venue has done is told when its bar comes round; until then it may be ahead.
    if (venue.abilities.tellsAgain !== true) {
      await this.#holdings.reconcile(trader.traded);
      for (const instrument of trader.traded) await this.#holdings.writeOffDust(instrument);
      await this.#income();
      await this.#cash();
      await convertFees(this.#run);
    }
    // What was there before the run is known from now on, whatever happens to the process.
    if (isStart) await this.#run.parts.rows.durable();
    this.#run.tally.counts.reconciliations += 1;
  }

  /** What entries waited for before this process waits on. */
  async #haltAgain(): Promise<void> {
    for (const [instrument, { kind, text }] of this.#run.books.halts) {
      await this.#run.guard.begin(ANSWERS[kind].halts ?? 'foreign', text, instrument);
    }
  }

  async #orders(instrument: number): Promise<void> {
    const { venue, trader } = this.#run.parts;
    const symbol = this.#run.symbolOf(instrument);
    const before = trader.orders.filter(({ order }) => this.#run.instrumentOf(order.id) === instrument);
    const changes = new Map(before.map(({ order: { id } }) => [id, this.#run.sender.changesOf(id)]));
    const open = await venue.openOrders(symbol);
    this.#findings.keepForeign(instrument, new Set(open.map(({ venueId }) => venueId)));
    await this.#trades.read(instrument);
    const sorted = before.sort(byUrgency(open, this.#run));
    for (const actual of sorted) await this.#own.settle(instrument, actual, { open, changes });
    // Of those that were known it has been seen to, and what was read of them is old by now.
    const known = new Set(before.map(({ order: { id } }) => this.#run.clientIds.get(id)));
    const others = open.filter(({ clientId }) => clientId === undefined || !known.has(clientId));
    for (const order of others) await this.#unwanted.settle(instrument, order);
  }

  /** Funding and the like, also of the time in which no run was going on. */
  async #income(): Promise<void> {
    const { venue, trader, binding } = this.#run.parts;
    const since = this.#run.books.lastIncomeMs ?? trader.live.openMs(trader.fromTick);
    const symbols = trader.traded.map(instrument => this.#run.symbolOf(instrument));
    const entries = (await venue.income?.(symbols, since - OVERLAP_MS)) ?? [];
    for (const entry of entries) if (binding.symbols.includes(entry.symbol)) await this.#run.onVenue(entry);
  }

  /** The account has to have what the ledger says the run has; what it has beyond that is others'. */
  async #cash(): Promise<void> {
    const { trader, venue } = this.#run.parts;
    const { currency, account, run, traded } = trader;
    const isSpot = run.plan.instruments[traded[0] ?? 0]?.market === 'spot';
    const bound = traded.reduce((sum, instrument) => {
      const { quantity, entry } = trader.position(instrument);
      return sum + (isSpot && quantity !== 0 ? quantity * entry : 0);
    }, 0);
    const { seq } = this.#run;
    const total = (await venue.balances()).find(balance => balance.currency === currency)?.total ?? 0;
    const needed = account.balance - bound;
    const isShort =
      this.#run.seq === seq && total < needed * (1 - SHORT) && !traded.some(each => this.#holdings.isUnderWay(each));
    if (!isShort) {
      this.#isShortOfCash = false;
      return;
    }
    if (this.#isShortOfCash) return;
    this.#isShortOfCash = true;
    const text = `the account has ${total} ${currency}, and the run ${Number(needed.toPrecision(12))}: what was taken out is not counted, and orders may be refused for want of it`;
    await this.#findings.tell('withdrawal', traded[0] ?? 0, text, {});
  }

  /** Takes in what has filled of the run's orders and was not told. */
  readFills(instrument: number): Promise<void> {
    return this.#trades.read(instrument);
  }

  /** Something of it may fill or end at any moment. */
  isUnderWay(instrument: number): boolean {
    return this.#holdings.isUnderWay(instrument);
  }

  /** What the venue has, less what other instruments of the run hold of the same coin. */
  withoutOthers(instrument: number, there: number): number {
    return this.#holdings.withoutOthers(instrument, there);
  }

  /** Somebody on the way has sent an order once more, and the venue has taken both. */
  doneTwice(instrument: number, symbol: string, clientId: string): Promise<void> {
    return this.#unwanted.doneTwice(instrument, symbol, clientId);
  }

  /** A person has said what is to be: what was seen counts as known, and entries wait no more. */
  async lift(instrument: number): Promise<void> {
    this.#trades.forgetOthers(instrument);
    this.#findings.settled(instrument);
    await this.#run.guard.end('foreign', instrument);
    await this.#run.guard.end('claimed twice', instrument);
  }
}

/**
 * Protection and exits before everything else. Of those, what may never have left comes before what may hold its room, and
 * that before what is there: what the run asks for when it knows of that needs room too.
 */
function byUrgency(open: readonly VenueOrderState[], run: LiveRun): (a: ActualOrder, b: ActualOrder) => number {
  const there = new Set(open.map(({ clientId }) => clientId));
  const rank = (known: ActualOrder) => {
    const isThere = there.has(run.clientIds.get(known.order.id) ?? '');
    if (!isSure(known) && !isThere) return 0;
    return known.status === 'leaving' && isThere ? 1 : 2;
  };
  return (a, b) => {
    const ofRole = Number(isReducing(b.order.role)) - Number(isReducing(a.order.role));
    return ofRole === 0 ? rank(a) - rank(b) : ofRole;
  };
}
