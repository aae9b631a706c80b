/** The batch journal: records in one growable array, in the order in which things happened. */
import { createHash } from 'node:crypto';
import type { Journal } from '../engine/ports.ts';
import { refusalCode } from '../engine/refusals.ts';
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
  const head = encodeHeader(header);
  let bytes = new Uint8Array(Math.max(FIRST_CAPACITY, head.length * 2));
  let view = new DataView(bytes.buffer);
  bytes.set(head);
  let length = head.length;

  const grow = (): void => {
    const larger = new Uint8Array(bytes.length * 2);
    larger.set(bytes);
    bytes = larger;
    view = new DataView(bytes.buffer);
  };
  const number = (at: number, value: number): void => {
    // Every NaN is written as the one canonical NaN.
    view.setFloat64(at, Number.isNaN(value) ? Number.NaN : value, true);
  };
  const record = (
    kind: number,
    detail: number,
    reason: number,
    tick: number,
    order: number,
    rule: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ): void => {
    if (length + RECORD_BYTES > bytes.length) grow();
    const at = length;
    length += RECORD_BYTES;
    view.setUint8(at + FIELD.kind, kind);
    view.setUint8(at + FIELD.detail, detail);
    view.setUint16(at + FIELD.reason, reason, true);
    view.setUint32(at + FIELD.tick, tick, true);
    view.setUint32(at + FIELD.order, order, true);
    view.setInt32(at + FIELD.rule, rule, true);
    number(at + FIELD.a, a);
    number(at + FIELD.b, b);
    number(at + FIELD.c, c);
    number(at + FIELD.d, d);
  };

  return {
    bytes: () => bytes.subarray(0, length),
    intent(tick, { order, role, side, type, rule, quantity, price, reference }) {
      const detail = ROLES.indexOf(role) | (side === 'short' ? SHORT_BIT : 0);
      record(KIND.intent, detail, ORDER_TYPES.indexOf(type), tick, order, rule, quantity, price, reference, 0);
    },
    gone(tick, order, why) {
      record(KIND.gone, 0, DEPARTURES.indexOf(why), tick, order, -1, 0, 0, 0, 0);
    },
    fill(event, direction, reason, rule) {
      const detail = (direction === -1 ? SALE_BIT : 0) | (event.maker ? MAKER_BIT : 0) | MOMENT_BITS[event.moment];
      const { tick, order, price, quantity, fee, slippage } = event;
      record(KIND.fill, detail, FILL_REASONS.indexOf(reason), tick, order, rule, price, quantity, fee, slippage);
    },
    cut(tick, order, asked, given) {
      record(KIND.cut, 0, 0, tick, order, -1, asked, given, 0, 0);
    },
    refusal(tick, order, rule, reason) {
      record(KIND.refusal, 0, refusalCode(reason), tick, order, rule, 0, 0, 0, 0);
    },
    levels(tick, { stop, hold, targets }) {
      record(KIND.levels, 0, 0, tick, 0, -1, stop, hold, 0, 0);
      targets.forEach(({ price, quantity }, part) => {
        record(KIND.target, 0, 0, tick, part, -1, price, quantity, 0, 0);
      });
    },
    funding({ tick, rate, price, amount }) {
      record(KIND.funding, 0, 0, tick, 0, -1, rate, price, amount, 0);
    },
    liquidation({ tick, moment, level, price }) {
      record(KIND.liquidation, MOMENT_BITS[moment], 0, tick, 0, -1, level, price, 0, 0);
    },
    halt(tick, cause, flattens) {
      record(KIND.halt, flattens ? 1 : 0, refusalCode(cause), tick, 0, -1, 0, 0, 0, 0);
    },
    resume(tick) {
      record(KIND.resume, 0, 0, tick, 0, -1, 0, 0, 0, 0);
    },
  };
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
