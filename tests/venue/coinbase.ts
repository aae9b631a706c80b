/** Coinbase Advanced Trade: https://docs.cdp.coinbase.com/advanced-trade. Requests carry a token signed with ES256. */
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { type Amount, amount, number, over, readAmount, shortText } from './amount.ts';
import {
  type LocalExchange,
  type OrderRequest,
  type OrderType,
  type RestingOrder,
  VenueRefusal,
  type VenueTrade,
} from './exchange.ts';
import type { HttpAnswer } from './faults.ts';
import type { VenueMarket } from './market.ts';
import type { Counted, Protocol, Route, StreamClient, StreamSession, VenueRequest } from './protocol.ts';

const REST = 'api.coinbase.com';
const STREAM = 'advanced-trade-ws.coinbase.com';
const GRANULARITY: Readonly<Record<string, number>> = {
  ONE_MINUTE: 60_000,
  FIVE_MINUTE: 300_000,
  FIFTEEN_MINUTE: 900_000,
  ONE_HOUR: 3_600_000,
  ONE_DAY: 86_400_000,
};
const MOST_CANDLES = 350;
/** A stream on which nothing was sent for so long is ended. */
const IDLE_MS = 90_000;
const HEARTBEAT_MS = 1000;
/** Markets in USDC of their own: others have the book of those in USD, whose name their trades go by. */
const OWN_USDC: ReadonlySet<string> = new Set(['USDT-USDC', 'EURC-USDC']);

const TOO_MANY = JSON.stringify({ error: 'rate_limit_exceeded', message: 'too many requests' });
const OF_AN_ACCOUNT: Counted = { name: 'account', most: 30, perMs: 1000, refusal: TOO_MANY };
const OF_EVERYBODY: Counted = { name: 'everybody', most: 10, perMs: 1000, refusal: TOO_MANY };

/** How the market's trades are told. */
function toldAs(id: string): string {
  return id.endsWith('-USDC') && !OWN_USDC.has(id) ? id.slice(0, -1) : id;
}

export interface CoinbaseKey {
  /** `organizations/…/apiKeys/…` */
  readonly name: string;
  readonly secret: string;
  readonly publicKey: KeyObject;
  readonly canTransfer: boolean;
}

export function coinbaseKey(canTransfer = false): CoinbaseKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    name: 'organizations/CANARY0b1c2d/apiKeys/9f8e7d6c',
    secret: privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
    publicKey: createPublicKey(privateKey),
    canTransfer,
  };
}

class Unauthorized extends Error {}

/** Throws unless it was signed with the key, for this request, and now. */
function checkToken(token: string, key: CoinbaseKey, uri: string | undefined, nowMs: number): void {
  const [head = '', body = '', signature = ''] = token.split('.');
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${body}`),
    { key: key.publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) throw new Unauthorized('signature');
  const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const now = nowMs / 1000;
  if (kid !== key.name || claims.sub !== key.name || alg !== 'ES256') throw new Unauthorized('key');
  if (uri !== undefined && claims.uri !== uri) throw new Unauthorized(`uri ${claims.uri} is not ${uri}`);
  if (claims.nbf > now + 5 || claims.exp < now) throw new Unauthorized('time');
}

export function coinbase(exchange: LocalExchange, key: CoinbaseKey): Protocol {
  const now = () => exchange.clock.now();
  const iso = (timeMs: number) => new Date(timeMs).toISOString();
  const route = (method: string, path: string, isSigned: boolean, handle: Route['handle']): Route => ({
    method,
    host: REST,
    path: `/api/v3/brokerage/${path}`,
    weight: 1,
    isSigned,
    handle,
  });
  const routes: readonly Route[] = [
    route('GET', 'time', false, () => ({
      iso: iso(now()),
      epochSeconds: String(Math.floor(now() / 1000)),
      epochMillis: String(now()),
    })),
    route('GET', 'market/products', false, ({ params }) => ({
      products: (params.product_type ?? 'SPOT') === 'SPOT' ? [...exchange.listings.values()].map(product) : [],
    })),
    route('GET', 'market/products/:product_id/candles', false, ({ params }) => ({
      candles: candles(exchange, params),
    })),
    route('GET', 'transaction_summary', true, () => ({
      fee_tier: { taker_fee_rate: '0.006', maker_fee_rate: '0.004' },
    })),
    route('GET', 'key_permissions', true, () => ({
      can_view: true,
      can_trade: true,
      can_transfer: key.canTransfer,
      portfolio_uuid: 'p',
    })),
    route('GET', 'accounts', true, ({ params }) => {
      const { rows, cursor } = pageOf([...exchange.balances.keys()], params, { usual: 49, most: 250 });
      const accounts = rows.map(currency => ({
        uuid: `account-${currency}`,
        name: `${currency} Wallet`,
        currency,
        available_balance: { value: shortText(exchange.free(currency)), currency },
        hold: { value: shortText(exchange.locked(currency)), currency },
        active: true,
        type: 'ACCOUNT_TYPE_CRYPTO',
        ready: true,
      }));
      return { accounts, has_next: cursor !== '', cursor };
    }),
    route('POST', 'orders', true, request => {
      const order = exchange.place(readOrder(request, exchange));
      return {
        success: true,
        success_response: {
          order_id: String(order.id),
          product_id: order.symbol,
          side: order.side.toUpperCase(),
          client_order_id: order.clientId,
        },
        order_configuration: configuration(order),
      };
    }),
    route('POST', 'orders/batch_cancel', true, ({ params }) => ({
      results: (params.order_ids as unknown as string[]).map(id => {
        const order = exchange.openOrders().find(open => String(open.id) === id);
        if (order === undefined) {
          const past = exchange.orders.find(each => String(each.id) === id);
          return { success: false, failure_reason: REFUSED_CANCEL[past?.status ?? 'new'], order_id: id };
        }
        exchange.cancel(order);
        return { success: true, failure_reason: 'UNKNOWN_CANCEL_FAILURE_REASON', order_id: id };
      }),
    })),
    route('GET', 'orders/historical/batch', true, ({ params }) => {
      const { product_id, order_status, start_date } = params;
      const found = exchange.orders
        .filter(({ symbol }) => product_id === undefined || symbol === product_id)
        .filter(order => order_status === undefined || statusOf(order) === order_status)
        .filter(({ createdMs }) => start_date === undefined || createdMs >= Date.parse(start_date))
        .toReversed();
      const { rows, cursor } = pageOf(found, params, { usual: 100, most: 250 });
      return { orders: rows.map(orderRow), has_next: cursor !== '', cursor };
    }),
    route('GET', 'orders/historical/fills', true, ({ params }) => {
      const { product_id, start_sequence_timestamp: since } = params;
      const found = exchange.trades
        .filter(({ order }) => product_id === undefined || order.symbol === product_id)
        .filter(({ timeMs }) => since === undefined || timeMs >= Date.parse(since))
        .toReversed();
      const { rows, cursor } = pageOf(found, params, { usual: 100, most: 250 });
      return { fills: rows.map(fillRow), cursor };
    }),
    route('GET', 'orders/historical/:order_id', true, ({ params }) => {
      const order = exchange.orders.find(({ id }) => String(id) === params.order_id);
      if (order === undefined) throw new NotFound();
      return { order: orderRow(order) };
    }),
  ];

  return {
    hosts: [REST, STREAM],
    routes,
    authenticate: ({ method, host, path, headers }) => {
      const [, token = ''] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
      checkToken(token, key, `${method} ${host}${path}`, now());
    },
    refuse,
    weightLimit: 10_000,
    counted: ({ isSigned }) => [isSigned ? OF_AN_ACCOUNT : OF_EVERYBODY],
    headers: () => ({}),
    connect: client => stream(exchange, key, client),
  };
}

class NotFound extends Error {}

/** A page of a list and where the next begins; no cursor: there is none. */
function pageOf<T>(
  rows: readonly T[],
  { limit, cursor }: VenueRequest['params'],
  { usual, most }: { readonly usual: number; readonly most: number },
) {
  const from = Number(cursor ?? 0);
  const to = from + Math.min(Number(limit ?? usual), most);
  return { rows: rows.slice(from, to), cursor: to < rows.length ? String(to) : '' };
}

const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/insufficient/i, 'PREVIEW_INSUFFICIENT_FUND'],
  [/trigger/i, 'PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE'],
  [/PRICE_FILTER/, 'PREVIEW_INVALID_PRICE_PRECISION'],
  [/LOT_SIZE/, 'PREVIEW_INVALID_SIZE_PRECISION'],
  [/NOTIONAL/, 'PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL'],
  [/closed/i, 'TRADING_DISABLED'],
];

function refuse(error: unknown): HttpAnswer {
  if (error instanceof Unauthorized)
    return { status: 401, body: JSON.stringify({ error: 'unauthorized', message: '' }) };
  if (error instanceof NotFound) {
    const message = 'order with this orderID was not found';
    return { status: 404, body: JSON.stringify({ error: 'NOT_FOUND', error_details: message, message }) };
  }
  if (!(error instanceof VenueRefusal)) throw error;
  const reason = REFUSALS.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'UNKNOWN_FAILURE_REASON';
  // An order is refused in an answer of 200.
  const response = { error: reason, message: error.message, error_details: '', preview_failure_reason: reason };
  return { status: 200, body: JSON.stringify({ success: false, error_response: response }) };
}

function product({ market, price, trading }: { market: VenueMarket; price: Amount; trading: boolean }) {
  return {
    product_id: market.symbol,
    price: shortText(price),
    base_increment: shortText(market.lot),
    quote_increment: shortText(market.tick),
    price_increment: shortText(market.tick),
    quote_min_size: shortText(market.minNotional),
    quote_max_size: '150000000',
    base_min_size: shortText(market.minQuantity),
    base_max_size: '3400',
    base_name: market.base,
    quote_name: market.quote,
    watched: false,
    is_disabled: false,
    new: false,
    status: 'online',
    cancel_only: false,
    limit_only: false,
    post_only: false,
    trading_disabled: !trading,
    auction_mode: false,
    product_type: 'SPOT',
    quote_currency_id: market.quote,
    base_currency_id: market.base,
    alias: '',
    alias_to: [],
  };
}

function candles(exchange: LocalExchange, params: VenueRequest['params']) {
  const { product_id = '', start, end, granularity = '' } = params;
  if (GRANULARITY[granularity] !== exchange.periodMs) throw new VenueRefusal(-1, 'granularity');
  const { bars, current } = exchange.listing(product_id);
  return (current === undefined ? bars : [...bars, current])
    .filter(({ openMs }) => openMs >= Number(start) * 1000 && openMs <= Number(end) * 1000)
    .slice(0, MOST_CANDLES)
    .map(bar => ({
      start: String(bar.openMs / 1000),
      low: shortText(bar.low),
      high: shortText(bar.high),
      open: shortText(bar.open),
      close: shortText(bar.close),
      volume: shortText(bar.volume),
    }))
    .toReversed();
}

// ---------------------------------------------------------------- orders

interface Configuration {
  readonly base_size?: string;
  readonly quote_size?: string;
  readonly limit_price?: string;
  readonly stop_price?: string;
  readonly post_only?: boolean;
}

const TYPES: Readonly<Record<string, OrderType>> = {
  market_market_ioc: 'market',
  limit_limit_gtc: 'limit',
  stop_limit_stop_limit_gtc: 'stop limit',
};

function readOrder({ params }: VenueRequest, exchange: LocalExchange): OrderRequest {
  const { product_id: symbol = '', client_order_id: clientId = '', side } = params;
  const [name = '', given = {}] =
    Object.entries((params.order_configuration ?? {}) as unknown as Record<string, Configuration>)[0] ?? [];
  const type = TYPES[name];
  if (type === undefined || clientId === '') throw new VenueRefusal(-1, 'configuration');
  const { market, price: last } = exchange.listing(symbol);
  const size = readAmount(given.base_size);
  const quote = readAmount(given.quote_size);
  const quantity = size ?? (quote === undefined ? undefined : (over(quote, last) / market.lot) * market.lot);
  if (quantity === undefined) throw new VenueRefusal(-1013, 'LOT_SIZE');
  return {
    symbol,
    clientId,
    side: side === 'BUY' ? 'buy' : 'sell',
    type,
    quantity,
    price: type === 'market' ? undefined : amount(given.limit_price ?? ''),
    trigger: type === 'stop limit' ? amount(given.stop_price ?? '') : undefined,
    postOnly: given.post_only === true,
  };
}

function configuration(order: RestingOrder): Readonly<Record<string, Configuration>> {
  const base_size = shortText(order.quantity);
  const limit_price = shortText(order.price ?? 0n);
  if (order.type === 'market') return { market_market_ioc: { base_size } };
  if (order.trigger === undefined)
    return { limit_limit_gtc: { base_size, limit_price, post_only: order.postOnly === true } };
  return { stop_limit_stop_limit_gtc: { base_size, limit_price, stop_price: shortText(order.trigger) } };
}

const STATUS = {
  new: 'OPEN',
  partial: 'OPEN',
  filled: 'FILLED',
  cancelled: 'CANCELLED',
  expired: 'EXPIRED',
  rejected: 'FAILED',
} as const;

/** Why what is not open is not cancelled; `new`: it was never there. */
const REFUSED_CANCEL = {
  new: 'UNKNOWN_CANCEL_ORDER',
  partial: 'UNKNOWN_CANCEL_ORDER',
  filled: 'ORDER_IS_FULLY_FILLED',
  cancelled: 'ORDER_IS_ALREADY_CANCELLED',
  expired: 'UNKNOWN_CANCEL_ORDER',
  rejected: 'UNKNOWN_CANCEL_ORDER',
} as const;

function statusOf(order: RestingOrder): string {
  return STATUS[order.status];
}

function average(order: RestingOrder): string {
  return order.filled === 0n ? '0' : shortText(over(order.quoteFilled, order.filled));
}

function typeOf({ type }: RestingOrder): string {
  return type === 'stop limit' ? 'STOP_LIMIT' : type.toUpperCase();
}

function orderRow(order: RestingOrder) {
  return {
    order_id: String(order.id),
    product_id: order.symbol,
    order_configuration: configuration(order),
    side: order.side.toUpperCase(),
    client_order_id: order.clientId,
    status: statusOf(order),
    time_in_force: order.type === 'market' ? 'IMMEDIATE_OR_CANCEL' : 'GOOD_UNTIL_CANCELLED',
    created_time: new Date(order.createdMs).toISOString(),
    completion_percentage: String(Math.round((100 * number(order.filled)) / number(order.quantity))),
    filled_size: shortText(order.filled),
    average_filled_price: average(order),
    number_of_fills: '0',
    filled_value: shortText(order.quoteFilled),
    total_fees: '0',
    order_type: typeOf(order),
    product_type: 'SPOT',
  };
}

function fillRow({ id, order, price, quantity, fee, maker, timeMs }: VenueTrade) {
  return {
    entry_id: `e${id}`,
    trade_id: String(id),
    order_id: String(order.id),
    trade_time: new Date(timeMs).toISOString(),
    trade_type: 'FILL',
    price: shortText(price),
    size: shortText(quantity),
    commission: shortText(fee),
    product_id: order.symbol,
    sequence_timestamp: new Date(timeMs).toISOString(),
    liquidity_indicator: maker ? 'MAKER' : 'TAKER',
    size_in_quote: false,
    side: order.side.toUpperCase(),
  };
}

// ---------------------------------------------------------------- streams

function stream(exchange: LocalExchange, key: CoinbaseKey, client: StreamClient): StreamSession {
  const products = new Set<string>();
  let isUser = false;
  let sequence = 0;
  let trade = 0;
  let beats = 0;
  let isBeating = false;
  let saidMs = exchange.clock.now();
  const send = (channel: string, events: readonly unknown[]) => {
    saidMs = exchange.clock.now();
    client.send(channel, {
      channel,
      client_id: '',
      timestamp: new Date(exchange.clock.now()).toISOString(),
      sequence_num: sequence++,
      events,
    });
  };
  const beating = setInterval(() => {
    if (isBeating) send('heartbeats', [{ current_time: '', heartbeat_counter: beats++ }]);
    else if (exchange.clock.now() - saidMs > IDLE_MS) client.close();
  }, HEARTBEAT_MS);
  beating.unref();
  const stop = exchange.on(event => {
    if (event.type === 'price' && products.has(event.symbol)) {
      const time = new Date(exchange.clock.now()).toISOString();
      const { symbol, price, quantity } = event;
      const told = {
        trade_id: String(++trade),
        product_id: toldAs(symbol),
        price: shortText(price),
        size: shortText(quantity),
        side: 'BUY',
        time,
      };
      send('market_trades', [{ type: 'update', trades: [told] }]);
    }
    if (!isUser) return;
    if (event.type === 'order') send('user', [{ type: 'update', orders: [userRow(event.order)] }]);
    if (event.type === 'trade') send('user', [{ type: 'update', orders: [userRow(event.trade.order)] }]);
  });
  return {
    receive: message => {
      const { channel, product_ids, jwt } = message as { channel: string; product_ids: string[]; jwt?: string };
      if (channel === 'user') {
        try {
          checkToken(jwt ?? '', key, undefined, exchange.clock.now());
        } catch {
          client.send('error', { type: 'error', message: 'authentication failure' });
          return;
        }
        isUser = true;
        send('subscriptions', [{ subscriptions: { user: ['*'] } }]);
        send('user', [{ type: 'snapshot', orders: exchange.openOrders().map(userRow) }]);
      } else if (channel === 'heartbeats') {
        isBeating = true;
        send('subscriptions', [{ subscriptions: { heartbeats: ['heartbeats'] } }]);
      } else {
        for (const id of product_ids) products.add(id);
        send('subscriptions', [{ subscriptions: { [channel]: product_ids } }]);
      }
    },
    closed: () => {
      clearInterval(beating);
      stop();
    },
  };
}

function userRow(order: RestingOrder) {
  return {
    order_id: String(order.id),
    client_order_id: order.clientId,
    cumulative_quantity: shortText(order.filled),
    leaves_quantity: shortText(order.quantity - order.filled),
    avg_price: average(order),
    total_fees: '0',
    status: statusOf(order),
    product_id: order.symbol,
    creation_time: new Date(order.createdMs).toISOString(),
    order_side: order.side.toUpperCase(),
    order_type: typeOf(order),
  };
}
