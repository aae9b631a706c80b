/**
 * What holds the books of a run that is going on against its venue: every minute, after each reconnect, when an order is no
 * longer unknown. Also takes the wishes of people, and says when an order has been unknown for long.
 */
import type { Companion, SessionView } from '../companion.ts';
import { unknownOrder } from '../guard/causes.ts';
import { VenueError } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import { answerWish, pendingWishes, type WishFile } from '../wishes.ts';
import { grant } from './grant.ts';

export interface ReconciliationPace {
  readonly everyMs: number;
  readonly wishesMs: number;
  readonly watchMs: number;
  /** How long an order may be unknown before it is said. */
  readonly unknownMs: number;
}

const PACE: ReconciliationPace = { everyMs: 60_000, wishesMs: 200, watchMs: 1000, unknownMs: 60_000 };

/** What makes the books doubtful before the minute is over: an order that was refused may be about coins that are gone. */
const DOUBTS: ReadonlySet<string> = new Set([
  'venue connected',
  'venue reconnected',
  'feed reconnected',
  'order rejected',
]);

export function reconciliation(pace: ReconciliationPace = PACE): Companion {
  let books: RunningBooks | undefined;
  return {
    start: async session => {
      books = new RunningBooks(session, pace);
      await books.start();
    },
    notice: ({ what }) => {
      if (DOUBTS.has(what)) books?.soon();
    },
    stop: () => books?.stop(),
  };
}

class RunningBooks {
  readonly #session: SessionView;
  readonly #run: LiveRun;
  readonly #pace: ReconciliationPace;
  readonly #timers: NodeJS.Timeout[] = [];
  /** By number of the order: since when it has been unknown, on the run's clock. */
  readonly #unknown = new Map<number, { readonly sinceMs: number; readonly instrument: number }>();
  #work: Promise<void> = Promise.resolve();
  #isGranting = false;
  /** One waits for the one that goes on. */
  #isDue = false;
  #isOver = false;

  constructor(session: SessionView, pace: ReconciliationPace) {
    this.#session = session;
    this.#run = session.opened.run;
    this.#pace = pace;
  }

  async start(): Promise<void> {
    await this.#grantAll();
    const { everyMs, wishesMs, watchMs } = this.#pace;
    this.#timers.push(
      setInterval(() => this.soon(), everyMs),
      setInterval(() => this.#beside(this.#grantAll()), wishesMs),
      setInterval(() => this.#beside(this.#watchUnknown()), watchMs),
    );
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#work;
  }

  soon(): void {
    if (this.#isOver || this.#isDue || this.#run.parts.venue.abilities.tellsAgain === true) return;
    this.#isDue = true;
    this.#work = this.#work.then(() => {
      this.#isDue = false;
      return this.#reconcile();
    });
  }

  async #reconcile(): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.#run.reconciler.now();
    } catch (error) {
      if (error instanceof VenueError) this.#run.notice('warning', 'not reconciled', { why: error.message }, 'errors');
      else this.#session.fail(error);
    }
  }

  // -------------------------------------------------------------- wishes

  async #grantAll(): Promise<void> {
    if (this.#isGranting) return;
    this.#isGranting = true;
    try {
      for (const file of pendingWishes(this.#session.folder)) await this.#grant(file);
    } finally {
      this.#isGranting = false;
    }
  }

  async #grant(file: WishFile): Promise<void> {
    const { folder } = this.#session;
    const known = this.#run.books.answers.get(file.id);
    if (known !== undefined) return answerWish(folder, known);
    const answer = { id: file.id, ...(await grant(this.#run, file.wish)) };
    await this.#run.take({ type: 'wish', file, answer });
    await this.#run.parts.rows.durable();
    const { type } = file.wish;
    this.#run.notice(answer.outcome === 'done' ? 'warning' : 'info', `${type} ${answer.outcome}`, {
      by: file.by,
      text: answer.text,
    });
    answerWish(folder, answer);
  }

  // -------------------------------------------------------------- unknown orders

  async #watchUnknown(): Promise<void> {
    const { trader, clock } = this.#run.parts;
    const now = clock();
    const unknown = trader.orders.filter(({ status }) => status === 'unknown');
    const ids = new Set(unknown.map(({ order }) => order.id));
    for (const { order } of unknown) {
      if (!this.#unknown.has(order.id))
        this.#unknown.set(order.id, { sinceMs: now, instrument: this.#run.instrumentOf(order.id) });
    }
    const resolved = [...this.#unknown].filter(([id]) => !ids.has(id));
    for (const [id] of resolved) this.#unknown.delete(id);
    for (const { instrument } of resolved.map(([, known]) => known)) {
      if (![...this.#unknown.values()].some(other => other.instrument === instrument))
        await this.#run.guard.end('unknown order', instrument);
    }
    // Whatever became of it, the books are looked at.
    if (resolved.length > 0) this.soon();
    for (const [id, { sinceMs, instrument }] of this.#unknown) {
      if (now - sinceMs < this.#pace.unknownMs) continue;
      const clientId = this.#run.clientIds.get(id) ?? '';
      const text = unknownOrder(clientId, this.#run.symbolOf(instrument));
      await this.#run.guard.begin('unknown order', text, instrument);
    }
  }

  #beside(work: Promise<void>): void {
    work.catch((error: unknown) => this.#session.fail(error));
  }
}
