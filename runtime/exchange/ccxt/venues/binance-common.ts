/** What Binance's spot and futures have in common. */
import type { ReasonWords } from '../errors.ts';
import type { StreamBar, VenueProfile } from '../profile.ts';

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

/** Out of Binance, or to another account there. Whatever is not stated plainly of withdrawals counts as possible. */
export function canMoveMoney(restrictions: Readonly<Record<string, unknown>>): boolean {
  const { enableWithdrawals, enableInternalTransfer, permitsUniversalTransfer } = restrictions;
  return enableWithdrawals !== false || enableInternalTransfer === true || permitsUniversalTransfer === true;
}

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

/** The most that a page of trades or of income holds. */
export const PAGE = 1000;
export const WEEK_MS = 7 * 86_400_000;

/** What is read of an entry of a list, to go on behind it. */
interface Entry {
  readonly id: string;
  readonly timeMs: number;
}

interface ListWays<T> {
  /** One call gives what came within so long of its beginning. */
  readonly windowMs: number;
  readonly now: () => number;
  readonly entryOf: (listed: T) => Entry;
  /** A page of what came at or after an instant, oldest first. */
  readonly since: (sinceMs: number) => Promise<readonly T[]>;
  /** What follows pages that hold one millisecond alone: how many there were, and the entries of the last. */
  readonly behind: (atMs: number, pages: number, last: readonly Entry[]) => Promise<readonly T[]>;
}

/**
 * A list of the account from an instant on; some entries may come twice. A full page may leave entries of its last
 * millisecond out: the next begins with that millisecond, and where that one fills a page, goes on behind it.
 */
export async function readList<T>(fromMs: number, { windowMs, now, entryOf, since, behind }: ListWays<T>) {
  const found: T[] = [];
  for (let sinceMs = fromMs; ; ) {
    let page = await since(sinceMs);
    found.push(...page);
    const isOneInstant = () => page.length >= PAGE && page.every(each => entryOf(each).timeMs === sinceMs);
    for (let pages = 1; isOneInstant(); pages++) {
      page = await behind(sinceMs, pages, page.map(entryOf));
      found.push(...page);
    }
    const isFull = page.length >= PAGE;
    sinceMs = isFull ? Math.max(sinceMs, ...page.map(each => entryOf(each).timeMs)) : sinceMs + windowMs;
    if (!isFull && sinceMs >= now()) return found;
  }
}

interface ListedTrade {
  readonly id?: string | undefined;
  readonly timestamp?: number | undefined;
}

/** Trades of the account in a market, by ccxt; `windowMs`: how much of the past one call gives. */
export function accountTrades(windowMs: number): VenueProfile['trades'] {
  return (exchange, symbol, fromMs, page) =>
    readList<ListedTrade>(fromMs, {
      windowMs,
      now: () => exchange.milliseconds(),
      entryOf: ({ id, timestamp }) => ({ id: textOf(id), timeMs: timestamp ?? 0 }),
      since: sinceMs => page(() => exchange.fetchMyTrades(symbol, sinceMs, PAGE)),
      behind: (_, __, last) => {
        const fromId = last.map(({ id }) => id).reduce((a, b) => (BigInt(a) > BigInt(b) ? a : b));
        return page(() => exchange.fetchMyTrades(symbol, undefined, PAGE, { fromId }));
      },
    });
}
