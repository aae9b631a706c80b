/** Binance spot: https://developers.binance.com/docs/binance-spot-api-docs */
import { type Amount, over, readAmount, text, times } from './amount.ts';
import {
  accountTrades,
  type BinanceKey,
  checkSignature,
  checkSocketSignature,
  klines,
  marketStream,
  orderCounts,
  refuse,
  statusOf,
  type ToldTime,
} from './binance.ts';
import {
  type ExchangeEvent,
  type LocalExchange,
  type OrderRequest,
  type OrderType,
  type RestingOrder,
  VenueRefusal,
  type VenueTrade,
} from './exchange.ts';
import type { VenueMarket } from './market.ts';
import type { Protocol, Route, StreamClient, StreamSession, VenueRequest } from './protocol.ts';

const REST = 'api.binance.com';
const STREAM = 'stream.binance.com:9443';
const SOCKET_API = 'ws-api.binance.com:443';
const CLIENT_ID = /^[a-zA-Z0-9-_]{1,36}$/;

const TYPES: Readonly<Record<string, OrderType>> = {
  MARKET: 'market',
  LIMIT: 'limit',
  LIMIT_MAKER: 'limit',
  STOP_LOSS: 'stop',
  STOP_LOSS_LIMIT: 'stop limit',
  TAKE_PROFIT: 'take profit',
  TAKE_PROFIT_LIMIT: 'take profit limit',
};

export function binanceSpot(exchange: LocalExchange, key: BinanceKey, told: ToldTime): Protocol {
  const now = () => exchange.clock.now();
  const route = (method: string, path: string, weight: number, isSigned: boolean, handle: Route['handle']): Route => ({
    method,
    host: REST,
    path,
    weight,
    isSigned,
    handle,
  });
  const find = ({ params }: VenueRequest, isOpen: boolean): RestingOrder => {
    const { symbol, orderId, origClientOrderId } = params;
    exchange.listing(symbol ?? '');
    // The documents do not say which of those that share an id: the oldest.
    const found = exchange.orders.find(
      order =>
        order.symbol === symbol &&
        (orderId === undefined ? order.clientId === origClientOrderId : String(order.id) === orderId) &&
        (!isOpen || exchange.openOrders().includes(order)),
    );
    if (found === undefined)
      throw isOpen ? new VenueRefusal(-2011, 'Unknown order sent.') : new VenueRefusal(-2013, 'Order does not exist.');
    return found;
  };
  const routes: readonly Route[] = [
    route('GET', '/api/v3/time', 1, false, () => ({ serverTime: now() + told.aheadMs })),
    route('GET', '/api/v3/exchangeInfo', 20, false, () => ({
      timezone: 'UTC',
      serverTime: now(),
      rateLimits: [],
      exchangeFilters: [],
      symbols: [...exchange.listings.values()].map(({ market, trading }) => symbolInfo(market, trading)),
    })),
    route('GET', '/api/v3/klines', 2, false, request => klines(exchange, request)),
    route('GET', '/api/v3/account', 20, true, () => ({
      makerCommission: 10,
      takerCommission: 10,
      canTrade: true,
      canWithdraw: true,
      canDeposit: true,
      updateTime: now(),
      accountType: 'SPOT',
      balances: balances(exchange),
      permissions: ['SPOT'],
    })),
    route('GET', '/sapi/v1/account/apiRestrictions', 1, true, () => ({
      ipRestrict: false,
      createTime: 1_600_000_000_000,
      enableReading: true,
      enableWithdrawals: key.canWithdraw === true,
      enableInternalTransfer: key.canTransfer === true,
      enableMargin: false,
      enableFutures: false,
      permitsUniversalTransfer: false,
      enableVanillaOptions: false,
      enableSpotAndMarginTrading: key.canTrade !== false,
    })),
    route('POST', '/api/v3/order', 1, true, request => {
      if (key.canTrade === false) throw new VenueRefusal(-2015, 'Invalid API-key, IP, or permissions for action.');
      const order = exchange.place(readOrder(request, exchange));
      return placed(
        order,
        exchange.trades.filter(trade => trade.order.id === order.id),
      );
    }),
    route('GET', '/api/v3/order', 4, true, request => queried(find(request, false))),
    route('DELETE', '/api/v3/order', 1, true, request => {
      const order = find(request, true);
      exchange.cancel(order);
      return {
        ...queried(order),
        origClientOrderId: order.clientId,
        clientOrderId: `cancel-${order.id}`,
        transactTime: now(),
      };
    }),
    route('GET', '/api/v3/openOrders', 6, true, ({ params }) => exchange.openOrders(params.symbol).map(queried)),
    route('GET', '/api/v3/allOrders', 20, true, ({ params }) =>
      exchange.orders.filter(({ symbol }) => symbol === params.symbol).map(queried),
    ),
    route('GET', '/api/v3/ticker/24hr', 2, false, ({ params }) => ({
      symbol: params.symbol,
      lastPrice: text(exchange.listing(params.symbol ?? '').price),
      closeTime: now(),
    })),
    route('GET', '/api/v3/myTrades', 20, true, request => accountTrades(exchange, request, false).map(tradeRow)),
  ];
  return {
    hosts: [REST, STREAM, SOCKET_API],
    routes,
    authenticate: request => checkSignature(key, request, now()),
    refuse,
    weightLimit: 6000,
    counted: orderCounts([[100, 10]]),
    headers: used => ({ 'x-mbx-used-weight-1m': String(used) }),
    connect: client =>
      client.host === SOCKET_API ? userStream(exchange, key, client) : marketStream(exchange, client),
  };
}

function symbolInfo(market: VenueMarket, trading: boolean) {
  return {
    symbol: market.symbol,
    status: trading ? 'TRADING' : 'BREAK',
    baseAsset: market.base,
    baseAssetPrecision: 8,
    quoteAsset: market.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    orderTypes: Object.keys(TYPES),
    icebergAllowed: true,
    ocoAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: text(market.tick),
        maxPrice: '1000000.00000000',
        tickSize: text(market.tick),
      },
      { filterType: 'LOT_SIZE', minQty: text(market.minQuantity), maxQty: '9000.00000000', stepSize: text(market.lot) },
      {
        filterType: 'MARKET_LOT_SIZE',
        minQty: '0.00000000',
        maxQty: text(market.mostAtMarket),
        stepSize: '0.00000000',
      },
      {
        filterType: 'NOTIONAL',
        minNotional: text(market.minNotional),
        applyMinToMarket: true,
        maxNotional: '9000000.00000000',
      },
      { filterType: 'MAX_NUM_ORDERS', maxNumOrders: 200 },
      { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: 5 },
    ],
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
  };
}

function balances(exchange: LocalExchange) {
  return [...exchange.balances.keys()].map(asset => ({
    asset,
    free: text(exchange.free(asset)),
    locked: text(exchange.locked(asset)),
  }));
}

function needed(params: VenueRequest['params'], name: string): Amount {
  const value = readAmount(params[name]);
  if (params[name] === undefined)
    throw new VenueRefusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  if (value === undefined) throw new VenueRefusal(-1111, `Parameter '${name}' has too much precision.`);
  return value;
}

function readOrder({ params }: VenueRequest, exchange: LocalExchange): OrderRequest {
  const { symbol = '', side, type = '', timeInForce, newClientOrderId = '' } = params;
  const kind = TYPES[type];
  if (kind === undefined) throw new VenueRefusal(-1116, 'Invalid orderType.');
  if (side !== 'BUY' && side !== 'SELL') throw new VenueRefusal(-1117, 'Invalid side.');
  if (!CLIENT_ID.test(newClientOrderId))
    throw new VenueRefusal(-1100, "Illegal characters found in parameter 'newClientOrderId'.");
  const isLimit = kind.endsWith('limit');
  const isConditional = kind !== 'market' && kind !== 'limit';
  if (isLimit && type !== 'LIMIT_MAKER' && timeInForce === undefined)
    throw new VenueRefusal(-1102, "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed.");
  if (!isLimit && params.price !== undefined)
    throw new VenueRefusal(-1106, "Parameter 'price' sent when not required.");
  const { market, price } = exchange.listing(symbol);
  const quoteQuantity = params.quoteOrderQty === undefined ? undefined : needed(params, 'quoteOrderQty');
  return {
    symbol,
    clientId: newClientOrderId,
    side: side === 'BUY' ? 'buy' : 'sell',
    type: kind,
    quantity:
      quoteQuantity === undefined ? needed(params, 'quantity') : (over(quoteQuantity, price) / market.lot) * market.lot,
    price: isLimit ? needed(params, 'price') : undefined,
    trigger: isConditional ? needed(params, 'stopPrice') : undefined,
    timeInForce: timeInForce as 'GTC' | undefined,
    postOnly: type === 'LIMIT_MAKER',
  };
}

function typeName({ type, postOnly }: RestingOrder): string {
  if (postOnly === true) return 'LIMIT_MAKER';
  return Object.keys(TYPES).find(name => TYPES[name] === type) ?? '';
}

function queried(order: RestingOrder) {
  return {
    symbol: order.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientId,
    price: text(order.price ?? 0n),
    origQty: text(order.quantity),
    executedQty: text(order.filled),
    cummulativeQuoteQty: text(order.quoteFilled),
    status: statusOf(order),
    timeInForce: order.timeInForce ?? 'GTC',
    type: typeName(order),
    side: order.side.toUpperCase(),
    stopPrice: text(order.trigger ?? 0n),
    icebergQty: '0.00000000',
    time: order.createdMs,
    updateTime: order.updatedMs,
    isWorking: order.trigger === undefined || order.triggered,
    workingTime: order.createdMs,
    origQuoteOrderQty: '0.00000000',
    selfTradePreventionMode: 'EXPIRE_MAKER',
  };
}

function placed(order: RestingOrder, trades: readonly VenueTrade[]) {
  const { time, updateTime: _, isWorking: __, icebergQty: ___, ...answer } = queried(order);
  const fills = trades.map(({ price, quantity, fee, feeCurrency, id }) => ({
    price: text(price),
    qty: text(quantity),
    commission: text(fee),
    commissionAsset: feeCurrency,
    tradeId: id,
  }));
  return { ...answer, transactTime: time, fills };
}

function tradeRow({ id, order, price, quantity, fee, feeCurrency, maker, timeMs }: VenueTrade) {
  return {
    symbol: order.symbol,
    id,
    orderId: order.id,
    orderListId: -1,
    price: text(price),
    qty: text(quantity),
    quoteQty: text(times(price, quantity)),
    commission: text(fee),
    commissionAsset: feeCurrency,
    time: timeMs,
    isBuyer: order.side === 'buy',
    isMaker: maker,
    isBestMatch: true,
  };
}

// ---------------------------------------------------------------- user data

function userStream(exchange: LocalExchange, key: BinanceKey, client: StreamClient): StreamSession {
  let subscription: number | undefined;
  const stop = exchange.on(event => {
    if (subscription === undefined) return;
    const message = userEvent(event, exchange);
    if (message !== undefined) client.send(message.e, { subscriptionId: subscription, event: message });
  });
  return {
    receive: ({ id, method, params }) => {
      try {
        if (method !== 'userDataStream.subscribe.signature') throw new VenueRefusal(-1100, `Unknown method ${method}.`);
        checkSocketSignature(key, params as Record<string, unknown>, exchange.clock.now());
        subscription = 0;
        client.send('answer', { id, status: 200, result: { subscriptionId: subscription } });
      } catch (error) {
        if (!(error instanceof VenueRefusal)) throw error;
        client.send('answer', { id, status: 400, error: { code: error.code, msg: error.message } });
      }
    },
    closed: stop,
  };
}

function userEvent(event: ExchangeEvent, exchange: LocalExchange) {
  switch (event.type) {
    case 'order':
      return report(event.order, event.execution, undefined, exchange);
    case 'trade':
      return report(event.trade.order, 'TRADE', event.trade, exchange);
    case 'balances': {
      const time = exchange.clock.now();
      const B = balances(exchange).map(({ asset, free, locked }) => ({ a: asset, f: free, l: locked }));
      return { e: 'outboundAccountPosition', E: time, u: time, B };
    }
    default:
      return undefined;
  }
}

function report(order: RestingOrder, execution: string, trade: VenueTrade | undefined, exchange: LocalExchange) {
  const time = exchange.clock.now();
  return {
    e: 'executionReport',
    E: time,
    s: order.symbol,
    // A cancelled order is spoken of by the id of the cancel; its own is the original one.
    c: execution === 'CANCELED' ? `cancel-${order.id}` : order.clientId,
    S: order.side.toUpperCase(),
    o: typeName(order),
    f: order.timeInForce ?? 'GTC',
    q: text(order.quantity),
    p: text(order.price ?? 0n),
    P: text(order.trigger ?? 0n),
    F: '0.00000000',
    g: -1,
    C: execution === 'CANCELED' ? order.clientId : '',
    x: execution,
    X: statusOf(order),
    r: 'NONE',
    i: order.id,
    l: text(trade?.quantity ?? 0n),
    z: text(order.filled),
    L: text(trade?.price ?? 0n),
    n: text(trade?.fee ?? 0n),
    N: trade?.feeCurrency ?? null,
    T: trade?.timeMs ?? time,
    t: trade?.id ?? -1,
    w: order.status === 'new',
    m: trade?.maker ?? false,
    O: order.createdMs,
    Z: text(order.quoteFilled),
    Y: text(trade === undefined ? 0n : times(trade.price, trade.quantity)),
    Q: '0.00000000',
  };
}
