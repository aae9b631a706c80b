/**
 * What a run keeps of its venue besides orders and ledger, all of it from its journal: what is there and is not the run's,
 * how far fills have been read, fees that wait to be converted, what entries are halted by.
 */
import { addExactly } from '../../engine/decimal.ts';
import type { EngineEvent, FeeIn } from '../../engine/events.ts';
import type { Input } from '../store/rows.ts';
import type { WishAnswer } from '../wishes.ts';
import type { DifferenceKind } from './differences.ts';

/** What is at the venue in an instrument and is none of the run's, by a person's word or because it was there before. */
export interface Foreign {
  /** Signed base quantity. */
  readonly quantity: number;
  /** The venue's numbers of orders. */
  readonly orders: readonly string[];
}

export const NOTHING_FOREIGN: Foreign = { quantity: 0, orders: [] };

/** Why entries of an instrument wait for a person. */
export interface Halt {
  readonly kind: DifferenceKind;
  readonly text: string;
  readonly sinceMs: number;
}

export interface BooksSnapshot {
  readonly foreign: ReadonlyMap<number, Foreign>;
  readonly lastFillMs: ReadonlyMap<number, number>;
  readonly agreedMs: ReadonlyMap<number, number>;
  readonly unconverted: ReadonlyMap<string, FeeIn & { readonly instrument: number }>;
  readonly halts: ReadonlyMap<number, Halt>;
  readonly answers: ReadonlyMap<string, WishAnswer>;
  readonly lastIncomeMs: number | undefined;
}

/** What is known to have happened last is read again from so long before: a venue may list a trade late. */
export const OVERLAP_MS = 60_000;
/** Who listens reads of money by itself, and may be behind where that fails; never by a day. */
const INCOME_BACK_MS = 86_400_000;
/** Fees that wait to be converted, each by itself; beyond that they are added up. */
const MOST_FEES = 200;
/** One wish after another is granted and answered, so all but the last have been answered; some more for good measure. */
const MOST_ANSWERS = 32;

export class Books {
  /** By number of the instrument; absent: it has not been looked at yet. */
  readonly #foreign = new Map<number, Foreign>();
  readonly #lastFillMs = new Map<number, number>();
  readonly #agreedMs = new Map<number, number>();
  /** The venue's time of the last money that came or went without a trade; undefined before the first. */
  lastIncomeMs: number | undefined;
  /** By key of the fill, or of many together. */
  readonly unconverted = new Map<string, FeeIn & { readonly instrument: number }>();
  readonly halts = new Map<number, Halt>();
  /** By id of the wish, what was answered: a process that died before it could say so says it when it is back. */
  readonly answers = new Map<string, WishAnswer>();
  /** What was there at the last look and is not the run's, accepted or not; only for those who look at the run. */
  readonly beside = new Map<number, number>();

  isKnown(instrument: number): boolean {
    return this.#foreign.has(instrument);
  }

  foreign(instrument: number): Foreign {
    return this.#foreign.get(instrument) ?? NOTHING_FOREIGN;
  }

  /** The venue's time of the last fill that was taken in; undefined before the first. */
  lastFillMs(instrument: number): number | undefined {
    return this.#lastFillMs.get(instrument);
  }

  /** The venue's time at which books and venue agreed last; undefined: never. */
  agreedMs(instrument: number): number | undefined {
    return this.#agreedMs.get(instrument);
  }

  /**
   * Of what happened before this instant of the venue's clock the venue is asked no more: fills of an instrument, or money
   * that came or went without a trade.
   */
  readFromMs(instrument: number | undefined): number {
    const [known, backMs] =
      instrument === undefined ? [this.lastIncomeMs, INCOME_BACK_MS] : [this.agreedMs(instrument), OVERLAP_MS];
    return known === undefined ? Number.NEGATIVE_INFINITY : Math.floor(known - backMs);
  }

  /** The same when it comes and when it is replayed. */
  apply(input: Input): void {
    switch (input.type) {
      case 'foreign': {
        const { instrument = 0, quantity, orders } = input;
        this.#foreign.set(instrument, { quantity, orders });
        if (input.why === 'adopted' || input.why === 'released') this.halts.delete(instrument);
        break;
      }
      case 'difference': {
        const { instrument = 0, kind, text, atMs, halts } = input;
        if (halts && !this.halts.has(instrument)) this.halts.set(instrument, { kind, text, sinceMs: atMs });
        break;
      }
      case 'event': {
        const { event, then, key, atMs, instrument = 0 } = input;
        if (event.type === 'fill' && atMs !== undefined)
          this.#lastFillMs.set(instrument, Math.max(atMs, this.#lastFillMs.get(instrument) ?? atMs));
        if (event.type === 'fill' && event.feeIn !== undefined && key !== undefined) {
          const quantity = addExactly(event.feeIn.quantity, feeIn(then));
          this.unconverted.set(key, { ...event.feeIn, quantity, instrument });
          this.#addUpFees();
        }
        const isMoney = event.type === 'funding' || event.type === 'income';
        if (isMoney && atMs !== undefined) this.lastIncomeMs = Math.max(atMs, this.lastIncomeMs ?? atMs);
        if (event.type === 'income' && key !== undefined) this.unconverted.delete(key.replace(/^fee of /, ''));
        break;
      }
      case 'agreed':
        this.#agreedMs.set(input.instrument ?? 0, input.atMs);
        break;
      case 'wish':
        this.answers.set(input.answer.id, input.answer);
        for (const id of this.answers.keys()) {
          if (this.answers.size <= MOST_ANSWERS) break;
          this.answers.delete(id);
        }
        break;
      default:
        break;
    }
  }

  /** Of a coin that has no price for months, the oldest become one. */
  #addUpFees(): void {
    for (const [key, { currency, quantity, instrument }] of this.unconverted) {
      if (this.unconverted.size <= MOST_FEES) return;
      const sum = `fees in ${currency} of ${instrument}`;
      if (key === sum) continue;
      this.unconverted.delete(key);
      const before = this.unconverted.get(sum)?.quantity ?? 0;
      this.unconverted.set(sum, { currency, quantity: addExactly(before, quantity), instrument });
    }
  }

  snapshot(): BooksSnapshot {
    return {
      foreign: this.#foreign,
      lastFillMs: this.#lastFillMs,
      agreedMs: this.#agreedMs,
      unconverted: this.unconverted,
      halts: this.halts,
      answers: this.answers,
      lastIncomeMs: this.lastIncomeMs,
    };
  }

  restore(snapshot: BooksSnapshot): void {
    fill(this.#foreign, snapshot.foreign);
    fill(this.#lastFillMs, snapshot.lastFillMs);
    fill(this.#agreedMs, snapshot.agreedMs);
    fill(this.unconverted, snapshot.unconverted);
    fill(this.halts, snapshot.halts);
    fill(this.answers, snapshot.answers);
    this.lastIncomeMs = snapshot.lastIncomeMs;
  }
}

function feeIn(event: EngineEvent | undefined): number {
  return event?.type === 'fill' ? (event.feeIn?.quantity ?? 0) : 0;
}

function fill<K, V>(map: Map<K, V>, from: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of from) map.set(key, value);
}
