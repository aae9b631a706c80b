/**
 * The journal's bytes. Little-endian, versioned, fixed records:
 *
 *   "VELAJRNL"  u32 version  u32 length of the header text  header (UTF-8 JSON, padded with spaces to 8)  records…
 *
 * A record is 48 bytes: u8 kind, u8 detail, u16 reason, u32 tick, u32 order, i32 rule, then four f64 `a b c d` whose
 * meaning depends on the kind. In version 2, of runs that trade several instruments, it is 56 bytes: i32 instrument (its
 * number in the plan, -1 for the account as a whole) and four bytes of nothing follow. Nothing of it depends on a clock, a path or a run's name, so equal runs have equal bytes;
 * `journalHash` is SHA-256 over all of them. Kinds, details and reasons are appended, never renumbered.
 */
import type { OrderRole } from '../engine/events.ts';
import type { Fill } from '../engine/result.ts';

export const MAGIC = 'VELAJRNL';
/** Of a run that trades one instrument, and of one that trades several. */
export const VERSION = { one: 1, several: 2 } as const;
export const PREAMBLE_BYTES = 16;
export const RECORD_BYTES = { [VERSION.one]: 48, [VERSION.several]: 56 } as const;
/** The instrument of a record that is about the account as a whole. */
export const WHOLE_ACCOUNT = -1;

export const FIELD = {
  kind: 0,
  detail: 1,
  reason: 2,
  tick: 4,
  order: 8,
  rule: 12,
  a: 16,
  b: 24,
  c: 32,
  d: 40,
  instrument: 48,
} as const;

export const KIND = {
  /** detail: role and side · reason: order type · a quantity · b price (NaN: market) · c reference price. */
  intent: 1,
  /** reason: 0 expired, 1 cancelled. */
  gone: 2,
  /** detail: bit 0 sale, bit 1 maker, bit 2 inside the bar, bit 3 at its close · reason · a price · b quantity · c fee · d slippage. */
  fill: 3,
  /** a quantity asked for · b given. */
  cut: 4,
  /** reason: position in REFUSALS. */
  refusal: 5,
  /** a stop · b bars of the time exit; NaN is none. */
  levels: 6,
  /** order: number of the part · a price · b quantity. */
  target: 7,
  /** a rate · b price · c amount received. */
  funding: 8,
  /** a level · b price at which the venue takes over. */
  liquidation: 9,
  /** detail: 1 when the position is flattened too · reason: position in REFUSALS. */
  halt: 10,
  resume: 11,
  /** reason: position in INCOMES · a amount received. */
  income: 12,
} as const;

export const ROLES: readonly OrderRole[] = ['enter', 'add', 'reduce', 'exit', 'stop', 'target'];
export const ORDER_TYPES = ['market', 'limit', 'stop'] as const;
export const FILL_REASONS: readonly Fill['reason'][] = [
  'entry',
  'add',
  'reduce',
  'signal',
  'stop',
  'trail',
  'target',
  'hold',
  'flatten',
  'reverse',
  'liquidation',
  'limit exit',
  'end of data',
  'adopted',
  'released',
  'taken',
  'dust',
];
export const INCOMES = ['interest', 'rebate', 'fee', 'other'] as const;
export const DEPARTURES = ['expired', 'cancelled'] as const;
export const MOMENT_BITS = { open: 0, inside: 4, close: 8 } as const;
export const SALE_BIT = 1;
export const MAKER_BIT = 2;
export const SHORT_BIT = 128;

/** What a journal is bound to. Numbers are f64, written as JSON writes them. */
export interface JournalHeader {
  readonly planHash: string;
  readonly params: Readonly<Record<string, number>>;
  readonly capital: number;
  readonly dataHash: string;
  readonly costs: Readonly<Record<string, string | number>>;
  /** `firstMs`: the open of tick 0. */
  readonly span: { readonly fromTick: number; readonly toTick: number; readonly firstMs: number };
  /** Whose predictions the run read; absent where it read none. */
  readonly models?: readonly JournalModel[];
}

/** A model of a run: its versions, and from when on each answered. */
export interface JournalModel {
  readonly model: string;
  /** `approximate`: other bits on another machine; then `predictor` names what answered here. */
  readonly promise: 'exact' | 'approximate';
  readonly predictor?: string;
  readonly versions: readonly { readonly id: string; readonly activeFrom: string }[];
}
