/** What Binance's spot and futures protocols share: keys and signatures, time, names of states, klines, streams. */
import { createHmac } from 'node:crypto';
import { type Amount, text } from './amount.ts';
import { type LocalExchange, type RestingOrder, VenueRefusal, type VenueTrade } from './exchange.ts';
import type { HttpAnswer } from './faults.ts';
import type { VenueBar } from './market.ts';
import type { Counted, Route, StreamClient, StreamSession, VenueRequest } from './protocol.ts';

export interface BinanceKey {
  readonly key: string;
  readonly secret: string;
  /** The key may take money out of the account. */
  readonly canWithdraw?: boolean;
  /** It may move money to another account there. */
  readonly canTransfer?: boolean;
  readonly canTrade?: boolean;
}

/** What the venue tells of its time is this much ahead of what it reckons with. */
export interface ToldTime {
  aheadMs: number;
}

const DEFAULT_WINDOW_MS = 5000;
const FUTURE_MS = 1000;
const INTERVALS: Readonly<Record<number, string>> = {
  1000: '1s',
  60000: '1m',
  300000: '5m',
  900000: '15m',
  3600000: '1h',
  14400000: '4h',
  86400000: '1d',
};

export function intervalOf(periodMs: number): string {
  const interval = INTERVALS[periodMs];
  if (interval === undefined) throw new Error(`no interval of ${periodMs} ms`);
  return interval;
}

/** Of everything but the signature, as it was sent. */
export function checkSignature({ key, secret }: BinanceKey, request: VenueRequest, now: number): void {
  checkKey(key, request);
  const sent = [request.query, request.body].filter(part => part !== '').join('');
  const payload = sent.replace(/&?signature=[^&]*/, '');
  checkTime(request.params, now);
  if (createHmac('sha256', secret).update(payload).digest('hex') !== request.params.signature)
    throw new VenueRefusal(-1022, 'Signature for this request is not valid.');
}

export function checkKey(key: string, request: VenueRequest): void {
  if (request.headers['x-mbx-apikey'] !== key)
    throw new VenueRefusal(-2015, 'Invalid API-key, IP, or permissions for action.');
}

export function checkTime(params: Readonly<Record<string, unknown>>, now: number): void {
  const timestamp = Number(params.timestamp);
  const window = Number(params.recvWindow ?? DEFAULT_WINDOW_MS);
  if (!Number.isFinite(timestamp)) throw new VenueRefusal(-1102, "Mandatory parameter 'timestamp' was not sent.");
  if (timestamp >= now + FUTURE_MS)
    throw new VenueRefusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  if (now - timestamp > window)
    throw new VenueRefusal(-1021, 'Timestamp for this request is outside of the recvWindow.');
}

/** Of the WebSocket API: over the parameters in alphabetical order. */
export function checkSocketSignature(
  { key, secret }: BinanceKey,
  params: Readonly<Record<string, unknown>>,
  now: number,
) {
  if (params.apiKey !== key) throw new VenueRefusal(-2015, 'Invalid API-key, IP, or permissions for action.');
  checkTime(params, now);
  const payload = Object.keys(params)
    .filter(name => name !== 'signature')
    .sort()
    .map(name => `${name}=${params[name]}`)
    .join('&');
  if (createHmac('sha256', secret).update(payload).digest('hex') !== params.signature)
    throw new VenueRefusal(-1022, 'Signature for this request is not valid.');
}

export function refuse(error: unknown): HttpAnswer {
  if (!(error instanceof VenueRefusal)) throw error;
  const status = error.code === -2015 ? 401 : 400;
  return { status, body: JSON.stringify({ code: error.code, msg: error.message }) };
}

const STATUS = {
  new: 'NEW',
  partial: 'PARTIALLY_FILLED',
  filled: 'FILLED',
  cancelled: 'CANCELED',
  expired: 'EXPIRED',
  rejected: 'REJECTED',
} as const;

/** New orders, whatever becomes of them. */
export function orderCounts(limits: readonly (readonly [most: number, seconds: number])[]) {
  return ({ method, path }: Route): readonly Counted[] =>
    method === 'POST' && /\/(order|algoOrder)$/.test(path)
      ? limits.map(([most, seconds]) => ({
          name: `orders ${seconds}`,
          most,
          perMs: seconds * 1000,
          refusal: JSON.stringify({
            code: -1015,
            msg: `Too many new orders; current limit is ${most} orders per ${seconds} SECOND.`,
          }),
        }))
      : [];
}

export function statusOf(order: RestingOrder): string {
  return STATUS[order.status];
}

export function klineRow(bar: VenueBar, periodMs: number): readonly unknown[] {
  const { openMs, open, high, low, close, volume } = bar;
  return [
    openMs,
    text(open),
    text(high),
    text(low),
    text(close),
    text(volume),
    openMs + periodMs - 1,
    '0',
    1,
    '0',
    '0',
    '0',
  ];
}

export function klines(exchange: LocalExchange, { params }: VenueRequest, shift: Amount = 0n): readonly unknown[] {
  const { symbol = '', interval, startTime, endTime, limit } = params;
  if (interval !== intervalOf(exchange.periodMs)) throw new VenueRefusal(-1120, 'Invalid interval.');
  const { bars, current } = exchange.listing(symbol);
  const all = current === undefined ? bars : [...bars, current];
  const from = Number(startTime ?? Number.NEGATIVE_INFINITY);
  const to = Number(endTime ?? Number.POSITIVE_INFINITY);
  const found = all.filter(({ openMs }) => openMs >= from && openMs <= to);
  const most = Number(limit ?? 500);
  return (startTime === undefined ? found.slice(-most) : found.slice(0, most)).map(bar =>
    klineRow(shifted(bar, shift), exchange.periodMs),
  );
}

function shifted(bar: VenueBar, by: Amount): VenueBar {
  return { ...bar, open: bar.open + by, high: bar.high + by, low: bar.low + by, close: bar.close + by };
}

/** Market streams: SUBSCRIBE and UNSUBSCRIBE of kline streams, in the words of both spot and futures. */
export function marketStream(exchange: LocalExchange, client: StreamClient): StreamSession {
  const topics = new Set<string>();
  const interval = intervalOf(exchange.periodMs);
  const stop = exchange.on(event => {
    if (event.type !== 'kline' || !topics.has(`${event.symbol.toLowerCase()}@kline_${interval}`)) return;
    const { symbol, bar, closed } = event;
    const k = {
      t: bar.openMs,
      T: bar.openMs + exchange.periodMs - 1,
      s: symbol,
      i: interval,
      f: 1,
      L: 2,
      o: text(bar.open),
      c: text(bar.close),
      h: text(bar.high),
      l: text(bar.low),
      v: text(bar.volume),
      n: 2,
      x: closed,
      q: '0',
      V: '0',
      Q: '0',
      B: '0',
    };
    client.send(closed ? 'kline closed' : 'kline open', { e: 'kline', E: exchange.clock.now(), s: symbol, k });
  });
  return {
    receive: ({ method, params, id }) => {
      for (const topic of (params ?? []) as string[]) {
        if (method === 'SUBSCRIBE') topics.add(topic);
        else topics.delete(topic);
      }
      client.send('answer', { result: null, id });
    },
    closed: stop,
  };
}

export const WEEK_MS = 7 * 86_400_000;

/** Rows of a list that is asked for by time: oldest first, no more than the limit. `weekly`: a week from its beginning. */
export function byTime<T extends { readonly timeMs: number }>(
  rows: readonly T[],
  { startTime, endTime, limit }: VenueRequest['params'],
  { usual, weekly, pages = 0 }: { readonly usual: number; readonly weekly: boolean; readonly pages?: number },
): readonly T[] {
  const from = Number(startTime ?? 0);
  const to = Math.min(Number(endTime ?? Number.POSITIVE_INFINITY), weekly ? from + WEEK_MS : Number.POSITIVE_INFINITY);
  const most = Math.min(Number(limit ?? usual), MOST_ROWS);
  return rows.filter(({ timeMs }) => timeMs >= from && timeMs <= to).slice(pages * most, (pages + 1) * most);
}

const MOST_ROWS = 1000;

/** Trades by time, or from a number on; both at once are refused. */
export function accountTrades(
  exchange: LocalExchange,
  { params }: VenueRequest,
  weekly: boolean,
): readonly VenueTrade[] {
  const { symbol, orderId, fromId } = params;
  const trades = exchange.trades
    .filter(({ order }) => order.symbol === symbol)
    .filter(({ order }) => orderId === undefined || String(order.actualId ?? order.id) === orderId);
  if (fromId === undefined) return byTime(trades, params, { usual: 500, weekly });
  if (params.startTime !== undefined || params.endTime !== undefined)
    throw new VenueRefusal(-1128, 'Combination of optional parameters invalid.');
  return byTime(
    trades.filter(({ id }) => id >= Number(fromId)),
    params,
    { usual: 500, weekly: false },
  );
}
