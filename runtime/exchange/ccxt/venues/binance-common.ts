/** What Binance's spot and futures have in common. */
import type { ReasonWords } from '../errors.ts';
import type { StreamBar } from '../profile.ts';

/** A request that arrives later than this after it was signed is refused: a placement cannot come to life after it. */
export const RECV_WINDOW_MS = 3000;
/** Binance takes a timestamp that is up to a second ahead of its clock. */
export const ORDER_VALIDITY_MS = RECV_WINDOW_MS + 1000;

export const BINANCE_REASONS: ReasonWords = [
  [/would (immediately )?trigger/i, 'price already through'],
  [/MAX_NUM_(ALGO_)?ORDERS|MAX_POSITION|max open order limit|"code":\s*-2025/i, 'too many orders'],
  [/insufficient|-2018|-2019/i, 'insufficient funds'],
  [/Filter failure|-1111|-1013|-4164|-4014|-4003/i, 'invalid order'],
  [/Unknown order|does not exist|-2011|-2013/i, 'no such order'],
];

export function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `15m`, `4h`; NaN for a month, which has no fixed length. */
export function intervalMs(interval: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smhdw])$/.exec(interval) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? Number.NaN);
}

/** A `kline` message; ccxt drops its `x`, which says that the bar is closed. */
export function barOf(message: Readonly<Record<string, unknown>>): StreamBar | undefined {
  const data = (message.data ?? message) as Readonly<Record<string, unknown>>;
  if (data.e !== 'kline') return undefined;
  const k = data.k as Readonly<Record<string, unknown>>;
  return {
    marketId: textOf(k.s),
    openMs: Number(k.t),
    periodMs: intervalMs(textOf(k.i)),
    open: Number(k.o),
    high: Number(k.h),
    low: Number(k.l),
    close: Number(k.c),
    volume: Number(k.v),
    closed: k.x === true,
  };
}

/** The answer to SUBSCRIBE. */
export function isSubscribed(message: Readonly<Record<string, unknown>>): boolean {
  return message.result === null && message.id !== undefined;
}
