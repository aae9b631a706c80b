/** The batch journal: records chunk by chunk, in the order in which things happened, hashed as chunks fill. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Sign } from '../engine/costs.ts';
import type { FillEvent, FundingEvent, IncomeEvent, LiquidationEvent } from '../engine/events.ts';
import type { Journal, JournalLevels, JournalOrder } from '../engine/ports.ts';
import { type Refusal, refusalCode } from '../engine/refusals.ts';
import type { Fill } from '../engine/result.ts';
import {
  DEPARTURES,
  FIELD,
  FILL_REASONS,
  INCOMES,
  type JournalHeader,
  KIND,
  MAGIC,
  MAKER_BIT,
  MOMENT_BITS,
  ORDER_TYPES,
  PREAMBLE_BYTES,
  RECORD_BYTES,
  ROLES,
  SALE_BIT,
  SHORT_BIT,
  VERSION,
  WHOLE_ACCOUNT,
} from './format.ts';

type Version = keyof typeof RECORD_BYTES;

export interface JournalWriter extends Journal {
  /** Length of one record. */
  readonly recordBytes: number;
  /** Header and records so far, in one piece. */
  bytes(): Uint8Array;
  /** What `journalHash` says of `bytes`. */
  hash(): string;
  /** The records from a place on, counted in bytes behind the header. */
  recordsFrom(start: number): Uint8Array;
  /** Takes in records that were written by another writer, behind those that are there. */
  takeOver(records: Uint8Array): void;
}

/** A journal whose records say which instrument they are about. */
export interface JournalOfSeveral extends JournalWriter {
  /** Number of the instrument that the next record is about; after that it is the account as a whole again. */
  instrument: number;
}

const CHUNK_RECORDS = 1024;

export function createJournal(header: JournalHeader): JournalWriter {
  return new BatchJournal(header, VERSION.one);
}

export function createJournalOfSeveral(header: JournalHeader): JournalOfSeveral {
  return new BatchJournal(header, VERSION.several);
}

class BatchJournal implements JournalOfSeveral {
  instrument = WHOLE_ACCOUNT;
  readonly #namesInstruments: boolean;
  readonly recordBytes: number;
  readonly #chunkBytes: number;
  /** The header and the chunks that are full; their hash grows with them. */
  readonly #done: Uint8Array[];
  readonly #hash = createHash('sha256');
  /** The chunk that is being filled, as bytes, as 32-bit words and as numbers: records are aligned to 8. */
  #bytes: Uint8Array;
  #words: Int32Array;
  #numbers: Float64Array;
  #length = 0;

  constructor(header: JournalHeader, version: Version) {
    const head = encodeHeader(header, version);
    this.#namesInstruments = version === VERSION.several;
    this.recordBytes = RECORD_BYTES[version];
    this.#chunkBytes = CHUNK_RECORDS * this.recordBytes;
    this.#bytes = new Uint8Array(this.#chunkBytes);
    this.#words = new Int32Array(this.#bytes.buffer);
    this.#numbers = new Float64Array(this.#bytes.buffer);
    this.#done = [head];
    this.#hash.update(head);
  }

  bytes(): Uint8Array {
    return Buffer.concat([...this.#done, this.#open()]);
  }

  hash(): string {
    return this.#hash.copy().update(this.#open()).digest('hex');
  }

  recordsFrom(start: number): Uint8Array {
    const full = this.#done.length - 1;
    const first = Math.min(full, Math.floor(start / this.#chunkBytes));
    const offset = start - first * this.#chunkBytes;
    // A run asks after each input, and mostly there is nothing new.
    if (first === full) return this.#open().slice(offset);
    const [head, ...rest] = this.#done.slice(1 + first);
    return Buffer.concat([...(head === undefined ? [] : [head.subarray(offset)]), ...rest, this.#open()]);
  }

  takeOver(records: Uint8Array): void {
    for (let from = 0; from < records.length; from += this.recordBytes) {
      const at = this.#begin(0, 0, 0, 0, 0, 0);
      this.#bytes.set(records.subarray(from, from + this.recordBytes), at);
    }
  }

  #open(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  intent(tick: number, order: JournalOrder, rule: number, reference: number): void {
    const { role, type, direction } = order;
    const opens = role === 'enter' || role === 'add';
    const isShort = opens ? direction === -1 : direction === 1;
    const detail = codeOf(ROLES, role) | (isShort ? SHORT_BIT : 0);
    const at = this.#begin(KIND.intent, detail, codeOf(ORDER_TYPES, type), tick, order.id, rule);
    this.#number(at + FIELD.a, order.quantity);
    this.#number(at + FIELD.b, order.price);
    this.#number(at + FIELD.c, reference);
  }

  gone(tick: number, order: number, why: (typeof DEPARTURES)[number]): void {
    this.#begin(KIND.gone, 0, codeOf(DEPARTURES, why), tick, order, -1);
  }

  fill(event: FillEvent, direction: Sign, reason: Fill['reason'], rule: number): void {
    const detail = (direction === -1 ? SALE_BIT : 0) | (event.maker ? MAKER_BIT : 0) | MOMENT_BITS[event.moment];
    const at = this.#begin(KIND.fill, detail, codeOf(FILL_REASONS, reason), event.tick, event.order, rule);
    this.#number(at + FIELD.a, event.price);
    this.#number(at + FIELD.b, event.quantity);
    this.#number(at + FIELD.c, event.fee);
    this.#number(at + FIELD.d, event.slippage);
  }

  cut(tick: number, order: number, asked: number, given: number): void {
    const at = this.#begin(KIND.cut, 0, 0, tick, order, -1);
    this.#number(at + FIELD.a, asked);
    this.#number(at + FIELD.b, given);
  }

  refusal(tick: number, order: number, rule: number, reason: Refusal): void {
    this.#begin(KIND.refusal, 0, refusalCode(reason), tick, order, rule);
  }

  levels(tick: number, { stop, hold, targets }: JournalLevels): void {
    const at = this.#begin(KIND.levels, 0, 0, tick, 0, -1);
    this.#number(at + FIELD.a, stop);
    this.#number(at + FIELD.b, hold);
    targets.forEach(({ price, quantity }, part) => {
      const place = this.#begin(KIND.target, 0, 0, tick, part, -1);
      this.#number(place + FIELD.a, price);
      this.#number(place + FIELD.b, quantity);
    });
  }

  funding({ tick, rate, price, amount }: FundingEvent): void {
    const at = this.#begin(KIND.funding, 0, 0, tick, 0, -1);
    this.#number(at + FIELD.a, rate);
    this.#number(at + FIELD.b, price);
    this.#number(at + FIELD.c, amount);
  }

  income({ tick, kind, amount }: IncomeEvent): void {
    const at = this.#begin(KIND.income, 0, codeOf(INCOMES, kind), tick, 0, -1);
    this.#number(at + FIELD.a, amount);
  }

  liquidation({ tick, moment, level, price }: LiquidationEvent): void {
    const at = this.#begin(KIND.liquidation, MOMENT_BITS[moment], 0, tick, 0, -1);
    this.#number(at + FIELD.a, level);
    this.#number(at + FIELD.b, price);
  }

  halt(tick: number, cause: Refusal, flattens: boolean): void {
    this.#begin(KIND.halt, flattens ? 1 : 0, refusalCode(cause), tick, 0, -1);
  }

  resume(tick: number): void {
    this.#begin(KIND.resume, 0, 0, tick, 0, -1);
  }

  /** Starts a record, whose numbers are 0 until they are written, and returns where. */
  #begin(kind: number, detail: number, reason: number, tick: number, order: number, rule: number): number {
    if (this.#length === this.#chunkBytes) this.#next();
    const at = this.#length;
    this.#length = at + this.recordBytes;
    const words = this.#words;
    const word = at / WORD_BYTES;
    words[word + FIELD.kind / WORD_BYTES] = kind | (detail << 8) | (reason << 16);
    words[word + FIELD.tick / WORD_BYTES] = tick;
    words[word + FIELD.order / WORD_BYTES] = order;
    words[word + FIELD.rule / WORD_BYTES] = rule;
    if (this.#namesInstruments) {
      words[word + FIELD.instrument / WORD_BYTES] = this.instrument;
      this.instrument = WHOLE_ACCOUNT;
    }
    return at;
  }

  /** Every NaN is written as the one canonical NaN. */
  #number(at: number, value: number): void {
    this.#numbers[at / NUMBER_BYTES] = Number.isNaN(value) ? Number.NaN : value;
  }

  #next(): void {
    this.#hash.update(this.#bytes);
    this.#done.push(this.#bytes);
    this.#bytes = new Uint8Array(this.#chunkBytes);
    this.#words = new Int32Array(this.#bytes.buffer);
    this.#numbers = new Float64Array(this.#bytes.buffer);
    this.#length = 0;
  }
}

/** Memory is little-endian, as the kernel's is, and so are the records. */
const WORD_BYTES = 4;
const NUMBER_BYTES = 8;

/** Place in a short table; written out, since it is asked for at each record. */
function codeOf<T>(table: readonly T[], value: T): number {
  for (let code = 0; code < table.length; code++) if (table[code] === value) return code;
  throw new Error(`${value} has no code`);
}

/** A journal put together from records that were kept apart from their header. `ofSeveral`: they name instruments. */
export function journalOf(header: JournalHeader, records: Uint8Array, ofSeveral = false): Uint8Array {
  return Buffer.concat([encodeHeader(header, ofSeveral ? VERSION.several : VERSION.one), records]);
}

function encodeHeader(
  { planHash, params, capital, dataHash, costs, span, models }: JournalHeader,
  version: Version,
): Uint8Array {
  const sorted = <T>(values: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const header = {
    planHash,
    params: sorted(params),
    capital,
    dataHash,
    costs: sorted(costs),
    span,
    ...(models && { models }),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(PREAMBLE_BYTES + padded).fill(0x20);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(8, version, true);
  view.setUint32(12, padded, true);
  bytes.set(json, PREAMBLE_BYTES);
  return bytes;
}

/** SHA-256 over header and records, hex. */
export function journalHash(journal: Uint8Array): string {
  return createHash('sha256').update(journal).digest('hex');
}
