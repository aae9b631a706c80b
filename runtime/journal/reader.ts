/** Reads a journal back into plain objects: for `--json`, for tests, for a replay. */
import type { Moment, OrderRole } from '../engine/events.ts';
import { REFUSALS, type Refusal } from '../engine/refusals.ts';
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

export interface JournaledFill {
  readonly kind: 'fill';
  readonly tick: number;
  readonly order: number;
  readonly rule: number;
  readonly side: 'buy' | 'sell';
  readonly reason: Fill['reason'];
  readonly moment: Moment;
  readonly maker: boolean;
  readonly price: number;
  readonly quantity: number;
  readonly fee: number;
  readonly slippage: number;
}

type RecordBody =
  | {
      readonly kind: 'intent';
      readonly tick: number;
      readonly order: number;
      readonly rule: number;
      readonly role: OrderRole;
      readonly side: 'long' | 'short';
      readonly type: 'market' | 'limit' | 'stop';
      readonly quantity: number;
      readonly price?: number;
      readonly reference: number;
    }
  | { readonly kind: 'gone'; readonly tick: number; readonly order: number; readonly why: 'expired' | 'cancelled' }
  | JournaledFill
  | {
      readonly kind: 'cut';
      readonly tick: number;
      readonly order: number;
      readonly asked: number;
      readonly given: number;
    }
  | {
      readonly kind: 'refusal';
      readonly tick: number;
      readonly order: number;
      readonly rule: number;
      readonly reason: Refusal;
    }
  | { readonly kind: 'levels'; readonly tick: number; readonly stop?: number; readonly holdBars?: number }
  | {
      readonly kind: 'target';
      readonly tick: number;
      readonly part: number;
      readonly price?: number;
      readonly quantity: number;
    }
  | {
      readonly kind: 'funding';
      readonly tick: number;
      readonly rate: number;
      readonly price: number;
      readonly amount: number;
    }
  | {
      readonly kind: 'liquidation';
      readonly tick: number;
      readonly moment: Moment;
      readonly level: number;
      readonly price: number;
    }
  | {
      readonly kind: 'income';
      readonly tick: number;
      readonly of: (typeof INCOMES)[number];
      readonly amount: number;
    }
  | { readonly kind: 'halt'; readonly tick: number; readonly cause: Refusal; readonly flattens: boolean }
  | { readonly kind: 'resume'; readonly tick: number };

/** `instrument`: its number in the plan, in a journal of several; absent in records about the account as a whole. */
export type JournalRecord = RecordBody & { readonly instrument?: number };

/** The bytes are not a journal that this version can read. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

export function readJournal(bytes: Uint8Array): { header: JournalHeader; records: readonly JournalRecord[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isJournal = bytes.length >= PREAMBLE_BYTES && new TextDecoder().decode(bytes.subarray(0, 8)) === MAGIC;
  if (!isJournal) throw new JournalError('not a journal');
  const size = recordBytes(view);
  const start = firstRecord(view);
  if (start > bytes.length || (bytes.length - start) % size !== 0) throw new JournalError('a journal cut short');
  const header: JournalHeader = JSON.parse(new TextDecoder().decode(bytes.subarray(PREAMBLE_BYTES, start)));
  return { header, records: readRecords(bytes.subarray(start), size) };
}

/** Records without their header; `size`: of one of them. */
export function readRecords(bytes: Uint8Array, size: number = RECORD_BYTES[VERSION.one]): readonly JournalRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: JournalRecord[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    records.push({ ...readRecord(view, at), ...instrumentOf(view, at, size) });
  }
  return records;
}

/** Length of a journal's records, by its version. */
export function recordBytes(view: DataView): number {
  const version = view.getUint32(8, true);
  if (version === VERSION.one || version === VERSION.several) return RECORD_BYTES[version];
  throw new JournalError(`journal of version ${version}; this program reads ${VERSION.one} and ${VERSION.several}`);
}

/** The instrument that a record is about, where it says so. */
export function instrumentAt(view: DataView, at: number, size: number): number {
  return size > RECORD_BYTES[VERSION.one] ? view.getInt32(at + FIELD.instrument, true) : WHOLE_ACCOUNT;
}

function instrumentOf(view: DataView, at: number, size: number): { readonly instrument?: number } {
  const instrument = instrumentAt(view, at, size);
  return instrument === WHOLE_ACCOUNT ? {} : { instrument };
}

/** Where the records of a journal begin. */
export function firstRecord(view: DataView): number {
  return PREAMBLE_BYTES + view.getUint32(12, true);
}

export function isFill(view: DataView, at: number): boolean {
  return view.getUint8(at + FIELD.kind) === KIND.fill;
}

export function readFill(view: DataView, at: number): JournaledFill {
  const detail = view.getUint8(at + FIELD.detail);
  return {
    kind: 'fill',
    tick: view.getUint32(at + FIELD.tick, true),
    order: view.getUint32(at + FIELD.order, true),
    rule: view.getInt32(at + FIELD.rule, true),
    side: detail & SALE_BIT ? 'sell' : 'buy',
    reason: entry(FILL_REASONS, view.getUint16(at + FIELD.reason, true)),
    moment: momentOf(detail),
    maker: (detail & MAKER_BIT) !== 0,
    price: view.getFloat64(at + FIELD.a, true),
    quantity: view.getFloat64(at + FIELD.b, true),
    fee: view.getFloat64(at + FIELD.c, true),
    slippage: view.getFloat64(at + FIELD.d, true),
  };
}

function readRecord(view: DataView, at: number): RecordBody {
  const kind = view.getUint8(at + FIELD.kind);
  const detail = view.getUint8(at + FIELD.detail);
  const reason = view.getUint16(at + FIELD.reason, true);
  const tick = view.getUint32(at + FIELD.tick, true);
  const order = view.getUint32(at + FIELD.order, true);
  const rule = view.getInt32(at + FIELD.rule, true);
  const a = view.getFloat64(at + FIELD.a, true);
  const b = view.getFloat64(at + FIELD.b, true);
  const c = view.getFloat64(at + FIELD.c, true);
  switch (kind) {
    case KIND.intent:
      return {
        kind: 'intent',
        tick,
        order,
        rule,
        role: entry(ROLES, detail & ~SHORT_BIT),
        side: detail & SHORT_BIT ? 'short' : 'long',
        type: entry(ORDER_TYPES, reason),
        quantity: a,
        ...present('price', b),
        reference: c,
      };
    case KIND.gone:
      return { kind: 'gone', tick, order, why: entry(DEPARTURES, reason) };
    case KIND.fill:
      return readFill(view, at);
    case KIND.cut:
      return { kind: 'cut', tick, order, asked: a, given: b };
    case KIND.refusal:
      return { kind: 'refusal', tick, order, rule, reason: entry(REFUSALS, reason) };
    case KIND.levels:
      return { kind: 'levels', tick, ...present('stop', a), ...present('holdBars', b) };
    case KIND.target:
      return { kind: 'target', tick, part: order, ...present('price', a), quantity: b };
    case KIND.funding:
      return { kind: 'funding', tick, rate: a, price: b, amount: c };
    case KIND.income:
      return { kind: 'income', tick, of: entry(INCOMES, reason), amount: a };
    case KIND.liquidation:
      return { kind: 'liquidation', tick, moment: momentOf(detail), level: a, price: b };
    case KIND.halt:
      return { kind: 'halt', tick, cause: entry(REFUSALS, reason), flattens: detail === 1 };
    case KIND.resume:
      return { kind: 'resume', tick };
    default:
      throw new JournalError(`a record of unknown kind ${kind}`);
  }
}

function entry<T>(table: readonly T[], index: number): T {
  const found = table[index];
  if (found === undefined) throw new JournalError(`a record with an unknown code ${index}`);
  return found;
}

/** NaN in a record says that there is none. */
function present<K extends string>(key: K, value: number): { readonly [P in K]?: number } {
  return Number.isNaN(value) ? {} : ({ [key]: value } as { readonly [P in K]?: number });
}

function momentOf(detail: number): Moment {
  return detail & MOMENT_BITS.close ? 'close' : detail & MOMENT_BITS.inside ? 'inside' : 'open';
}
