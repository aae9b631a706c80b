/** The batch journal: records in one growable array, in the order in which things happened. */
import { createHash } from 'node:crypto';
import type { Sign } from '../engine/costs.ts';
import type { FillEvent, FundingEvent, LiquidationEvent } from '../engine/events.ts';
import type { Journal, JournalIntent, JournalLevels } from '../engine/ports.ts';
import { type Refusal, refusalCode } from '../engine/refusals.ts';
import type { Fill } from '../engine/result.ts';
import {
  DEPARTURES,
  FIELD,
  FILL_REASONS,
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
} from './format.ts';

export interface JournalWriter extends Journal {
  /** Header and records so far. */
  bytes(): Uint8Array;
}

const FIRST_CAPACITY = 1 << 16;

export function createJournal(header: JournalHeader): JournalWriter {
  return new BatchJournal(encodeHeader(header));
}

class BatchJournal implements JournalWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length: number;

  constructor(head: Uint8Array) {
    this.#bytes = new Uint8Array(Math.max(FIRST_CAPACITY, head.length * 2));
    this.#view = new DataView(this.#bytes.buffer);
    this.#bytes.set(head);
    this.#length = head.length;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  intent(tick: number, intent: JournalIntent): void {
    const { order, role, side, type, rule } = intent;
    const detail = codeOf(ROLES, role) | (side === 'short' ? SHORT_BIT : 0);
    const at = this.#begin(KIND.intent, detail, codeOf(ORDER_TYPES, type), tick, order, rule);
    this.#number(at + FIELD.a, intent.quantity);
    this.#number(at + FIELD.b, intent.price);
    this.#number(at + FIELD.c, intent.reference);
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
    const at = this.#length;
    if (at + RECORD_BYTES > this.#bytes.length) this.#grow();
    this.#length = at + RECORD_BYTES;
    const view = this.#view;
    view.setUint8(at + FIELD.kind, kind);
    view.setUint8(at + FIELD.detail, detail);
    view.setUint16(at + FIELD.reason, reason, true);
    view.setUint32(at + FIELD.tick, tick, true);
    view.setUint32(at + FIELD.order, order, true);
    view.setInt32(at + FIELD.rule, rule, true);
    return at;
  }

  /** Every NaN is written as the one canonical NaN. */
  #number(at: number, value: number): void {
    this.#view.setFloat64(at, Number.isNaN(value) ? Number.NaN : value, true);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Place in a short table; written out, since it is asked for at each record. */
function codeOf<T>(table: readonly T[], value: T): number {
  for (let code = 0; code < table.length; code++) if (table[code] === value) return code;
  throw new Error(`${value} has no code`);
}

function encodeHeader({ planHash, params, capital, dataHash, costs, span }: JournalHeader): Uint8Array {
  const sorted = <T>(values: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const header = { planHash, params: sorted(params), capital, dataHash, costs: sorted(costs), span };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(PREAMBLE_BYTES + padded).fill(0x20);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(8, VERSION, true);
  view.setUint32(12, padded, true);
  bytes.set(json, PREAMBLE_BYTES);
  return bytes;
}

/** SHA-256 over header and records, hex. */
export function journalHash(journal: Uint8Array): string {
  return createHash('sha256').update(journal).digest('hex');
}
