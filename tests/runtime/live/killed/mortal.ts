/**
 * A process that dies at a write of its journal, played in this one: from then on nothing of it reaches the journal or the
 * venue. `before`: what was not yet safe is lost, as when the machine's memory is. `after`: the write is safe, and nothing has
 * been done about it yet. What is written in one go reaches the disk as one: the thread of the journal is handed it as one.
 */
import type { Venue } from '../../../../runtime/live/ports.ts';
import type { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import type { Input, RowSink } from '../../../../runtime/live/store/rows.ts';
import { withCalls } from '../guard/support.ts';

export interface Death {
  /** Number of the write; infinite: it lives. */
  readonly at: number;
  readonly kind: 'before' | 'after';
}

export const LIVES: Death = { at: Number.POSITIVE_INFINITY, kind: 'before' };

/** The thread of the journal lets no row wait for longer, ten times as long. */
const COMMIT_AFTER_MS = 20;

export class Killed extends Error {}

export class Mortal {
  writes = 0;
  /** All that was written is on the disk. */
  isSafe = true;
  isDead = false;
  /** The rows of this moment still get to the disk, and nothing else happens. */
  #isDying = false;
  readonly #death: Death;
  readonly #fatal = Promise.withResolvers<never>();
  #onDeath: (error: Killed) => void = () => {};

  constructor(death: Death) {
    this.#death = death;
    this.#fatal.promise.catch(() => {});
  }

  onDeath(hear: (error: Killed) => void): void {
    this.#onDeath = hear;
  }

  #die(): void {
    this.isDead = true;
    const error = new Killed(`${this.#death.kind} write ${this.#death.at}`);
    this.#fatal.reject(error);
    this.#onDeath(error);
  }

  /** Counts a write; gives whether it still gets to the disk. */
  #write(): { readonly isLast: boolean } {
    this.writes += 1;
    return { isLast: this.writes === this.#death.at };
  }

  rows(database: JournalDatabase): RowSink {
    let held: (() => void)[] = [];
    let timer: NodeJS.Timeout | undefined;
    const commit = () => {
      clearTimeout(timer);
      timer = undefined;
      if (this.isDead) return;
      for (const write of held) write();
      held = [];
      database.commit();
      this.isSafe = true;
    };
    return {
      append: row => {
        if (this.isDead) return;
        held.push(() => database.append(row));
        this.isSafe = false;
        timer ??= setTimeout(commit, COMMIT_AFTER_MS);
        if (!this.#write().isLast) return;
        if (this.#death.kind === 'before') return this.#die();
        this.#isDying = true;
        queueMicrotask(() => {
          commit();
          this.#die();
        });
      },
      snapshot: row => {
        if (!this.isDead) held.push(() => database.snapshot(row));
      },
      durable: async () => {
        if (this.isDead || this.#isDying) return this.#fatal.promise;
        commit();
      },
      close: async () => {
        if (!this.isDead) commit();
        this.isDead = true;
        database.abandon();
      },
    };
  }

  /** The writes that protection makes before the journal is replayed. */
  append(append: (input: Input) => Promise<void>): (input: Input) => Promise<void> {
    return async input => {
      if (this.isDead) return this.#fatal.promise;
      const { isLast } = this.#write();
      if (!isLast || this.#death.kind === 'after') await append(input);
      if (!isLast) return;
      this.#die();
      return this.#fatal.promise;
    };
  }

  readonly sleep = (ms: number): Promise<void> => {
    const slept = new Promise<void>(resolve => {
      if (ms > 0) setTimeout(resolve, ms);
      else setImmediate(resolve);
    });
    return Promise.race([slept, this.#fatal.promise]);
  };

  #call<T>(ask: () => Promise<T>): Promise<T> {
    return this.isDead || this.#isDying ? this.#fatal.promise : Promise.race([ask(), this.#fatal.promise]);
  }

  /** Of which nothing more is asked, and which tells nothing more. */
  venue(venue: Venue): Venue {
    const { income, rate } = venue;
    return withCalls(venue, {
      market: symbol => this.#call(() => venue.market(symbol)),
      place: order => this.#call(() => venue.place(order)),
      amend: (order, id) => this.#call(() => venue.amend(order, id)),
      cancel: (symbol, clientId, id) => this.#call(() => venue.cancel(symbol, clientId, id)),
      lookup: (symbol, clientId) => this.#call(() => venue.lookup(symbol, clientId)),
      openOrders: symbol => this.#call(() => venue.openOrders(symbol)),
      fills: (symbol, since) => this.#call(() => venue.fills(symbol, since)),
      positions: symbols => this.#call(() => venue.positions(symbols)),
      balances: () => this.#call(() => venue.balances()),
      listen: (symbols, sink, signal) =>
        venue.listen(symbols, event => (this.isDead ? Promise.resolve() : sink(event)), signal),
      ...(income !== undefined && {
        income: (symbols, since) => this.#call(() => income.call(venue, symbols, since)),
      }),
      ...(rate !== undefined && { rate: (currency, into) => this.#call(() => rate.call(venue, currency, into)) }),
    });
  }
}
