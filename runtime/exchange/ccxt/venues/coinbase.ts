/**
 * Coinbase Advanced Trade. https://docs.cdp.coinbase.com/advanced-trade
 *
 * No bars by stream (trades are, and bars are built of them), no look-up and no cancel by our id, no stops at market: a stop
 * is a stop-limit whose limit lies so far beyond its trigger that it takes at market but for a landslide.
 */
import { VenueError, type VenueEvent, type VenueOrder } from '../../../live/ports.ts';
import type { CcxtExchange } from '../classes.ts';
import type { ReasonWords } from '../errors.ts';
import type { Numbered } from '../numbering.ts';
import type { AskPage, KeyPermissions, Placement, StreamNews, UserStream, VenueProfile } from '../profile.ts';
import { textOf } from './binance-common.ts';

/** A token lives for two minutes: a request that was signed may still arrive until then. */
const ORDER_VALIDITY_MS = 125_000;
/** The limit of a stop, beyond its trigger. */
const STOP_ROOM = 0.05;
/** An order is looked for among those of this time, as a stop may have rested for long; so many pages at most. */
const SEARCHED_MS = 90 * 86_400_000;
const SEARCHED_PAGES = 20;

const REASONS: ReasonWords = [
  [/STOP_PRICE_(ABOVE|BELOW)_LAST_TRADE_PRICE/i, 'price already through'],
  [/INSUFFICIENT_FUND/i, 'insufficient funds'],
  [
    /INVALID_(SIZE|PRICE|LIMIT_PRICE|STOP_PRICE|ORDER)|_PRECISION|_TOO_SMALL|_TOO_LARGE|_SIZE|INVALID_ARGUMENT/i,
    'invalid order',
  ],
  [/OPEN_ORDERS_LIMIT|TOO_MANY/i, 'too many orders'],
  [/orderID was not found|UNKNOWN_CANCEL_ORDER|ORDER_IS_(FULLY_FILLED|ALREADY_CANCELLED)/i, 'no such order'],
  [/TRADING_DISABLED|PRODUCT_NOT|INVALID_PRODUCT|CANCEL_ONLY/i, 'not trading'],
];

export const COINBASE: VenueProfile = {
  name: 'coinbase',
  kind: 'spot',
  abilities: {
    clientIdRule: { pattern: /^[a-zA-Z0-9-_]+$/, longest: 128 },
    orderTypes: new Set(['market', 'limit', 'stop']),
    amends: false,
    reduceOnly: false,
    orderValidityMs: ORDER_VALIDITY_MS,
  },
  hasNot: ['fetchCurrencies'],
  // A market order to buy is for a quantity, as everywhere else.
  options: { createMarketBuyOrderRequiresPrice: false },
  time: async exchange => {
    const { v3PublicGetBrokerageTime } = exchange as unknown as { v3PublicGetBrokerageTime(): Promise<unknown> };
    const { epochMillis } = (await v3PublicGetBrokerageTime.call(exchange)) as { readonly epochMillis?: unknown };
    return Number(epochMillis);
  },
  streamUrls: [['api', 'ws']],
  usedWeightHeader: undefined,
  limits: { weightPerMinute: 600, reserve: 0.2, pauseMs: 1000, longestWaitMs: 5000 },
  // Ten requests a second of everybody, thirty of an account; less, for some are under way for longer than others.
  spans: [
    { calls: { markets: 3, time: 1, bars: 1, price: 1 }, most: 4, perMs: 500 },
    {
      calls: { markets: 1, place: 1, cancel: 1, order: 1, openOrders: 1, fills: 1, balances: 1, permissions: 1 },
      most: 5,
      perMs: 200,
    },
  ],
  weights: {
    markets: 4,
    time: 1,
    bars: 1,
    place: 1,
    cancel: 1,
    order: 1,
    openOrders: 1,
    owners: 0,
    fills: 1,
    balances: 1,
    positions: 1,
    income: 1,
    funding: 1,
    price: 1,
    permissions: 1,
  },
  reasons: REASONS,
  barsPerCall: 300,
  placement,
  permissions,
  keepsConditionalApart: false,
  lookups: [],
  find,
  openOrderLists: [{}],
  cancels: [],
  cancelsByVenueId: true,
  cancel,
  balances,
  trades,
  news,
  numbered,
  streamKinds: () => ['market', 'user'],
  user,
  market: async (exchange, symbols) => {
    const first = exchange.watchTradesForSymbols([...symbols]);
    keepOpen(exchange);
    await first;
    for (;;) await exchange.watchTradesForSymbols([...symbols]);
  },
};

function placement({ clientId, order, symbol }: VenueOrder, exchange: CcxtExchange): Placement {
  const side = order.direction > 0 ? 'buy' : 'sell';
  const base = { side, quantity: order.quantity } as const;
  switch (order.type) {
    case 'market':
      return {
        ...base,
        type: 'market',
        price: undefined,
        params: {
          client_order_id: clientId,
          order_configuration: { market_market_ioc: { base_size: exchange.amountToPrecision(symbol, order.quantity) } },
        },
      };
    case 'limit':
      return { ...base, type: 'limit', price: order.price, params: { client_order_id: clientId } };
    case 'stop':
      return {
        ...base,
        type: 'limit',
        price: order.price * (1 + order.direction * STOP_ROOM),
        params: { client_order_id: clientId, stopLossPrice: order.price },
      };
  }
}

async function permissions(exchange: CcxtExchange): Promise<KeyPermissions> {
  const { v3PrivateGetBrokerageKeyPermissions } = exchange as unknown as {
    v3PrivateGetBrokerageKeyPermissions(): Promise<unknown>;
  };
  const answer = (await v3PrivateGetBrokerageKeyPermissions.call(exchange)) as Record<string, unknown>;
  return { canTrade: answer.can_trade === true, canWithdraw: answer.can_transfer !== false };
}

/** The newest come first. */
async function find(exchange: CcxtExchange, symbol: string, clientId: string, now: number, page: AskPage) {
  const isIt = (order: { readonly clientOrderId?: unknown }) => order.clientOrderId === clientId;
  const open = (await page(() => exchange.fetchOpenOrders(symbol))).find(isIt);
  if (open !== undefined) return open;
  const { v3PrivateGetBrokerageOrdersHistoricalBatch: orders } = exchange as unknown as {
    v3PrivateGetBrokerageOrdersHistoricalBatch(params: Raw): Promise<Raw>;
  };
  const market = exchange.market(symbol);
  const asked = { product_id: market.id, start_date: new Date(now - SEARCHED_MS).toISOString(), limit: PAGE };
  let cursor = '';
  for (let pages = 0; pages < SEARCHED_PAGES; pages++) {
    const answer = await page(() => orders.call(exchange, { ...asked, ...(cursor !== '' && { cursor }) }));
    // An answer without a list does not say that there is no such order.
    if (!Array.isArray(answer.orders)) throw new VenueError('unknown', 'the venue told of no orders');
    const found = exchange.parseOrders(list(answer.orders), market).find(isIt);
    const next = answer.has_next === true ? textOf(answer.cursor) : '';
    if (found !== undefined || next === '' || next === cursor) return found;
    cursor = next;
  }
  return undefined;
}

const PAGE = 250;

/** One account for each currency there is: more than a page of them. */
async function balances(exchange: CcxtExchange, page: AskPage): Promise<unknown> {
  const { v3PrivateGetBrokerageAccounts: accounts, parseCustomBalance } = exchange as unknown as {
    v3PrivateGetBrokerageAccounts(params: Raw): Promise<Raw>;
    parseCustomBalance(answer: Raw): unknown;
  };
  const found: Raw[] = [];
  for (let cursor = ''; ; ) {
    const answer = await page(() => accounts.call(exchange, { limit: PAGE, ...(cursor !== '' && { cursor }) }));
    // An answer without a list is not an account without money.
    if (!Array.isArray(answer.accounts)) throw new VenueError('unknown', 'the venue told of no accounts');
    found.push(...list(answer.accounts));
    const next = answer.has_next === true ? textOf(answer.cursor) : '';
    if (next === '' || next === cursor) return parseCustomBalance.call(exchange, { accounts: found });
    cursor = next;
  }
}

/** The newest come first; a page without a cursor is the last. */
async function trades(exchange: CcxtExchange, symbol: string, sinceMs: number, page: AskPage) {
  const { v3PrivateGetBrokerageOrdersHistoricalFills: fills } = exchange as unknown as {
    v3PrivateGetBrokerageOrdersHistoricalFills(params: Raw): Promise<Raw>;
  };
  const market = exchange.market(symbol);
  const asked = {
    product_id: market.id,
    start_sequence_timestamp: new Date(sinceMs).toISOString(),
    limit: PAGE,
  };
  const found: unknown[] = [];
  for (let cursor = ''; ; ) {
    const answer = await page(() => fills.call(exchange, { ...asked, ...(cursor !== '' && { cursor }) }));
    // An answer without a list does not say that nothing has filled.
    if (!Array.isArray(answer.fills)) throw new VenueError('unknown', 'the venue told of no fills');
    found.push(...exchange.parseTrades(list(answer.fills), market));
    const next = textOf(answer.cursor);
    if (next === '' || next === cursor) return found;
    cursor = next;
  }
}

function list(value: unknown): Raw[] {
  return Array.isArray(value) ? (value as Raw[]) : [];
}

/** What no answer says of a cancel leaves it open whether the order is there. */
async function cancel(exchange: CcxtExchange, venueId: string): Promise<void> {
  const { v3PrivatePostBrokerageOrdersBatchCancel: send } = exchange as unknown as {
    v3PrivatePostBrokerageOrdersBatchCancel(params: Raw): Promise<Raw>;
  };
  const [result] = list((await send.call(exchange, { order_ids: [venueId] })).results);
  if (result === undefined) throw new VenueError('unknown', 'the venue told of no result of the cancel');
  const why = textOf(result.failure_reason);
  // Somebody has asked for it already, and it is under way.
  if (result.success === true || why === 'DUPLICATE_CANCEL_REQUEST') return;
  const [, reason] = REASONS.find(([words]) => words.test(why)) ?? [];
  throw new VenueError('rejected', `the venue did not cancel the order: ${why}`, reason ?? 'other');
}

/** Without its own pings the venue ends a stream on which nothing has happened for a minute. */
function keepOpen(exchange: CcxtExchange): void {
  const { subscribe } = exchange as unknown as { subscribe(channel: string, isPrivate: boolean): Promise<unknown> };
  // It never resolves; that the stream has ended is heard by those who wait for something.
  subscribe.call(exchange, 'heartbeats', false).catch(() => undefined);
}

function user(exchange: CcxtExchange): UserStream {
  // ccxt would take one that ends while it is on its way.
  (exchange.options as Record<string, unknown>).wsToken = undefined;
  // The venue answers a subscription with a snapshot of open orders, none among them or many.
  const ready = exchange.watchOrders().then(() => {});
  keepOpen(exchange);
  const ended = ready.then(async () => {
    for (;;) await exchange.watchOrders();
  });
  return { ready, ended };
}

type Raw = Readonly<Record<string, unknown>>;

function news(message: Raw): readonly StreamNews[] {
  const events = list(message.events);
  if (message.channel === 'subscriptions') return events.flatMap(beginnings);
  if (message.channel === 'market_trades')
    return events.filter(({ type }) => type === 'update').flatMap(event => tradesNews(event.trades));
  if (message.channel === 'user')
    return events.filter(({ type }) => type === 'update').flatMap(({ orders }) => list(orders).flatMap(orderNews));
  return [];
}

function beginnings({ subscriptions }: Raw): readonly StreamNews[] {
  const markets = (subscriptions as Readonly<Record<string, unknown>> | undefined)?.market_trades;
  return (Array.isArray(markets) ? markets : [])
    .flatMap(marketId => marketsOf(textOf(marketId)))
    .map(marketId => ({ type: 'trades begin', marketId }));
}

function numbered({ channel, sequence_num: number }: Raw): Numbered | undefined {
  return typeof number === 'number' ? { channel: textOf(channel), number } : undefined;
}

/** Markets in USDC have the book of those in USD, and their trades come under that name. */
function marketsOf(marketId: string): readonly string[] {
  return marketId.endsWith('-USD') ? [marketId, `${marketId}C`] : [marketId];
}

/** The newest comes first. */
function tradesNews(told: unknown): readonly StreamNews[] {
  return list(told)
    .toReversed()
    .flatMap(({ product_id, time, price, size }) =>
      marketsOf(textOf(product_id)).map(marketId => ({
        type: 'trade',
        trade: { marketId, timeMs: Date.parse(textOf(time)), price: Number(price), quantity: Number(size) },
      })),
    );
}

/** Sums of what is filled are told, not fills: those are looked up. */
function orderNews(order: Raw): readonly StreamNews[] {
  const marketId = textOf(order.product_id);
  const clientId = textOf(order.client_order_id);
  const venueId = textOf(order.order_id);
  const timeMs = Date.parse(textOf(order.creation_time));
  const user = (event: VenueEvent): StreamNews => ({ type: 'user', marketId, event });
  const look: readonly StreamNews[] = Number(order.cumulative_quantity) > 0 ? [{ type: 'look', marketId }] : [];
  const owner: StreamNews = { type: 'owner', venueId, clientId };
  switch (order.status) {
    case 'PENDING':
    case 'OPEN':
      return [owner, ...(look.length > 0 ? look : [user({ type: 'accepted', clientId, venueId })])];
    case 'CANCELLED':
      return [owner, ...look, user({ type: 'gone', clientId, why: 'cancelled', timeMs })];
    case 'EXPIRED':
      return [owner, ...look, user({ type: 'gone', clientId, why: 'expired', timeMs })];
    case 'FAILED':
      return [
        owner,
        ...look,
        user({ type: 'rejected', clientId, reason: 'other', message: textOf(order.reject_reason) }),
      ];
    default:
      return [owner, ...look];
  }
}
