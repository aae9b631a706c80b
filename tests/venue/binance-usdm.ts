/**
 * Binance USD-M futures: https://developers.binance.com/docs/derivatives/usds-margined-futures
 *
 * Conditional orders live in a list of their own with ids of their own; what they become when they trigger is an ordinary
 * order with another number and, here, another client id, so that nothing can rely on more than the documents promise.
 */
import { type Amount, amount, over, readAmount, size, text, times } from './amount.ts';
import {
  accountTrades,
  type BinanceKey,
  byTime,
  checkKey,
  checkSignature,
  klines,
  marketStream,
  orderCounts,
  refuse,
  statusOf,
  type ToldTime,
  WEEK_MS,
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
import type { Counted, Protocol, Route, StreamClient, StreamSession, VenueRequest } from './protocol.ts';

const REST = 'fapi.binance.com';
const STREAM = 'fstream.binance.com';
const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/;
const countOrders = orderCounts([
  [300, 10],
  [1200, 60],
]);
const SETTLEMENTS: Counted = {
  name: 'settlements',
  most: 500,
  perMs: 300_000,
  refusal: JSON.stringify({ code: -1003, msg: 'Too many requests.' }),
};
const MAINTENANCE = 0.004;
/** What it calls the end of a market that has none. */
const NEVER_MS = 4_133_404_800_000;

const ORDINARY: Readonly<Record<string, OrderType>> = { MARKET: 'market', LIMIT: 'limit' };
const CONDITIONAL: Readonly<Record<string, OrderType>> = {
  STOP_MARKET: 'stop',
  STOP: 'stop limit',
  TAKE_PROFIT_MARKET: 'take profit',
  TAKE_PROFIT: 'take profit limit',
};

export interface UsdmControls {
  /** Long and short at once. */
  hedged: boolean;
  /** How far marks lie above traded prices. */
  markAbove: Amount;
  /** Listen keys that are valid. */
  readonly listenKeys: Set<string>;
  /** Ends all listen keys, as after an hour without a renewal. */
  expireListenKeys(): void;
}

export function binanceUsdm(
  exchange: LocalExchange,
  key: BinanceKey,
  told: ToldTime,
): { readonly protocol: Protocol; readonly controls: UsdmControls } {
  const now = () => exchange.clock.now();
  const streams = new Set<{ readonly listenKey: string; readonly client: StreamClient }>();
  const controls: UsdmControls = {
    hedged: false,
    markAbove: 0n,
    listenKeys: new Set(),
    expireListenKeys: () => {
      for (const { listenKey, client } of streams)
        client.send('listenKeyExpired', { e: 'listenKeyExpired', E: now(), listenKey });
      controls.listenKeys.clear();
    },
  };
  const route = (method: string, path: string, weight: number, isSigned: boolean, handle: Route['handle']): Route => ({
    method,
    host: REST,
    path,
    weight,
    isSigned,
    handle,
  });
  const isConditional = (order: RestingOrder) => order.trigger !== undefined;
  const find = ({ params }: VenueRequest, isOpen: boolean): RestingOrder => {
    const { symbol, orderId, origClientOrderId } = params;
    // The documents do not say which of those that share an id: the oldest.
    const found = exchange.orders.find(
      order =>
        order.symbol === symbol &&
        (isConditional(order) ? order.actualId !== undefined : true) &&
        (orderId === undefined
          ? clientIdOf(order) === origClientOrderId
          : String(order.actualId ?? order.id) === orderId) &&
        (!isOpen || exchange.openOrders().includes(order)),
    );
    if (found === undefined)
      throw isOpen ? new VenueRefusal(-2011, 'Unknown order sent.') : new VenueRefusal(-2013, 'Order does not exist.');
    return found;
  };
  const findAlgo = ({ params }: VenueRequest, isOpen: boolean): RestingOrder => {
    const found = exchange.orders.find(
      order =>
        isConditional(order) &&
        (params.algoId === undefined ? order.clientId === params.clientAlgoId : String(order.id) === params.algoId) &&
        (!isOpen || (exchange.openOrders().includes(order) && !order.triggered)),
    );
    if (found === undefined)
      throw isOpen ? new VenueRefusal(-2011, 'Unknown order sent.') : new VenueRefusal(-2013, 'Order does not exist.');
    return found;
  };
  const mark = (symbol: string) => exchange.listing(symbol).price + controls.markAbove;
  const place = (request: VenueRequest, types: Readonly<Record<string, OrderType>>, clientId: string | undefined) => {
    if (key.canTrade === false) throw new VenueRefusal(-2015, 'Invalid API-key, IP, or permissions for action.');
    return exchange.place(readOrder(request, types, clientId ?? ''));
  };

  const routes: readonly Route[] = [
    route('GET', '/fapi/v1/time', 1, false, () => ({ serverTime: now() + told.aheadMs })),
    route('GET', '/fapi/v1/exchangeInfo', 1, false, () => ({
      timezone: 'UTC',
      serverTime: now(),
      rateLimits: [],
      exchangeFilters: [],
      assets: [],
      symbols: [...exchange.listings.values()].map(({ market, trading, endsMs }) =>
        symbolInfo(market, trading, endsMs),
      ),
    })),
    route('GET', '/fapi/v1/klines', 2, false, request => klines(exchange, request)),
    route('GET', '/fapi/v1/markPriceKlines', 2, false, request => klines(exchange, request, controls.markAbove)),
    route('GET', '/fapi/v1/premiumIndex', 1, false, ({ params }) => ({
      symbol: params.symbol,
      markPrice: text(mark(params.symbol ?? '')),
      indexPrice: text(mark(params.symbol ?? '')),
      lastFundingRate: '0.00010000',
      nextFundingTime: 0,
      interestRate: '0.00010000',
      time: now(),
    })),
    route('GET', '/fapi/v1/fundingRate', 1, false, ({ params }) =>
      exchange.fundings
        .filter(({ symbol, timeMs }) => symbol === params.symbol && timeMs >= Number(params.startTime ?? 0))
        .map(({ symbol, rate, price, timeMs }) => ({
          symbol,
          fundingRate: text(rate),
          fundingTime: timeMs,
          markPrice: text(price),
        })),
    ),
    { ...restrictions(key), host: 'api.binance.com' },
    route('GET', '/fapi/v1/positionSide/dual', 30, true, () => ({ dualSidePosition: controls.hedged })),
    route('GET', '/fapi/v1/leverageBracket', 1, true, () =>
      [...exchange.listings.keys()].map(symbol => ({
        symbol,
        brackets: [
          {
            bracket: 1,
            initialLeverage: 125,
            notionalCap: 50_000,
            notionalFloor: 0,
            maintMarginRatio: MAINTENANCE,
            cum: 0,
          },
        ],
      })),
    ),
    route('POST', '/fapi/v1/leverage', 1, true, ({ params }) => {
      const leverage = Number(params.leverage);
      if (!(leverage >= 1 && leverage <= 125)) throw new VenueRefusal(-4028, `Leverage ${leverage} is not valid`);
      exchange.leverage.set(params.symbol ?? '', leverage);
      return { leverage, maxNotionalValue: '1000000', symbol: params.symbol };
    }),
    route('GET', '/fapi/v3/account', 5, true, () => ({
      totalWalletBalance: text(exchange.total('USDT')),
      assets: [...exchange.balances.keys()].map(asset => ({
        asset,
        walletBalance: text(exchange.total(asset)),
        unrealizedProfit: '0.00000000',
        marginBalance: text(exchange.total(asset)),
        maintMargin: '0.00000000',
        initialMargin: '0.00000000',
        availableBalance: text(exchange.total(asset)),
        updateTime: now(),
      })),
      positions: [],
    })),
    route('GET', '/fapi/v3/positionRisk', 5, true, () =>
      [...exchange.positions].map(([symbol, position]) => {
        const price = mark(symbol);
        const leverage = exchange.leverage.get(symbol) ?? 20;
        const notional = times(position.quantity, price);
        return {
          symbol,
          positionSide: 'BOTH',
          positionAmt: text(position.quantity),
          entryPrice: text(position.entry),
          breakEvenPrice: text(position.entry),
          markPrice: text(price),
          unRealizedProfit: text(times(position.quantity, price - position.entry)),
          liquidationPrice: '0',
          isolatedMargin: '0',
          notional: text(notional),
          marginAsset: 'USDT',
          isolatedWallet: '0',
          initialMargin: text(size(notional) / BigInt(leverage)),
          maintMargin: text(times(size(notional), amount(String(MAINTENANCE)))),
          positionInitialMargin: text(size(notional) / BigInt(leverage)),
          openOrderInitialMargin: '0',
          adl: 1,
          bidNotional: '0',
          askNotional: '0',
          updateTime: now(),
        };
      }),
    ),
    route('POST', '/fapi/v1/order', 0, true, request => {
      const order = place(request, ORDINARY, request.params.newClientOrderId);
      return ordinary(order);
    }),
    route('GET', '/fapi/v1/order', 1, true, request => ordinary(find(request, false))),
    route('DELETE', '/fapi/v1/order', 1, true, request => {
      const order = find(request, true);
      exchange.cancel(order);
      return ordinary(order);
    }),
    route('GET', '/fapi/v1/openOrders', 1, true, ({ params }) =>
      exchange
        .openOrders(params.symbol)
        .filter(order => !isConditional(order) || order.triggered)
        .map(ordinary),
    ),
    route('POST', '/fapi/v1/algoOrder', 0, true, request => {
      if (request.params.algoType !== 'CONDITIONAL')
        throw new VenueRefusal(-1102, "Mandatory parameter 'algoType' was not sent.");
      return algo(place(request, CONDITIONAL, request.params.clientAlgoId));
    }),
    route('GET', '/fapi/v1/algoOrder', 1, true, request => algo(findAlgo(request, false))),
    route('DELETE', '/fapi/v1/algoOrder', 1, true, request => {
      const order = findAlgo(request, true);
      exchange.cancel(order);
      return { algoId: order.id, clientAlgoId: order.clientId, code: '200', msg: 'success' };
    }),
    route('GET', '/fapi/v1/openAlgoOrders', 1, true, ({ params }) =>
      exchange
        .openOrders(params.symbol)
        .filter(order => isConditional(order) && !order.triggered)
        .map(algo),
    ),
    route('GET', '/fapi/v1/allAlgoOrders', 5, true, ({ params }) => {
      const to = Number(params.endTime ?? now());
      const from = Number(params.startTime ?? to - WEEK_MS);
      if (to - from > WEEK_MS) throw new VenueRefusal(-4166, 'Search window is restricted to recent 7 days only.');
      return exchange.orders
        .filter(order => isConditional(order) && order.symbol === params.symbol)
        .filter(({ createdMs }) => createdMs >= from && createdMs <= to)
        .slice(-Math.min(Number(params.limit ?? 500), 1000))
        .map(algo);
    }),
    route('GET', '/fapi/v1/userTrades', 5, true, request => accountTrades(exchange, request, true).map(tradeRow)),
    route('GET', '/fapi/v1/income', 30, true, ({ params }) =>
      byTime(
        exchange.income.filter(
          ({ symbol, kind }) => (params.symbol ?? symbol) === symbol && (params.incomeType ?? kind) === kind,
        ),
        params,
        { usual: 100, weekly: true, pages: Number(params.page ?? 1) - 1 },
      ).map(({ id, symbol, kind, amount: paid, currency, timeMs }) => ({
        symbol,
        incomeType: kind,
        income: text(paid),
        asset: currency,
        time: timeMs,
        info: kind,
        tranId: id,
        tradeId: '',
      })),
    ),
    ...(['POST', 'PUT'] as const).map(method =>
      route(method, '/fapi/v1/listenKey', 1, false, request => {
        checkKey(key.key, request);
        const [present] = controls.listenKeys;
        if (method === 'PUT' && present === undefined) throw new VenueRefusal(-1125, 'This listenKey does not exist.');
        const listenKey = present ?? `listen${exchange.clock.now()}${Math.trunc(performance.now() * 1000)}`;
        controls.listenKeys.add(listenKey);
        return { listenKey };
      }),
    ),
  ];

  function connect(client: StreamClient): StreamSession {
    if (!client.path.startsWith('/private/')) return marketStream(exchange, client);
    const listenKey = new URLSearchParams(client.path.split('?')[1]).get('listenKey') ?? '';
    // It is opened all the same, and says nothing.
    if (!controls.listenKeys.has(listenKey)) return { receive: () => {}, closed: () => {} };
    const stream = { listenKey, client };
    streams.add(stream);
    const stop = exchange.on(event => {
      for (const message of userEvents(event, exchange)) client.send(message.e, message);
    });
    return {
      receive: () => {},
      closed: () => {
        streams.delete(stream);
        stop();
      },
    };
  }

  const protocol: Protocol = {
    hosts: [REST, STREAM],
    routes,
    authenticate: request => checkSignature(key, request, now()),
    refuse,
    weightLimit: 2400,
    counted: found => (found.path === '/fapi/v1/fundingRate' ? [SETTLEMENTS] : countOrders(found)),
    headers: used => ({ 'x-mbx-used-weight-1m': String(used) }),
    connect,
  };
  return { protocol, controls };
}

function restrictions(key: BinanceKey): Omit<Route, 'host'> {
  return {
    method: 'GET',
    path: '/sapi/v1/account/apiRestrictions',
    weight: 1,
    isSigned: true,
    handle: () => ({
      ipRestrict: false,
      enableReading: true,
      enableWithdrawals: key.canWithdraw === true,
      permitsUniversalTransfer: false,
      enableFutures: key.canTrade !== false,
      enableSpotAndMarginTrading: false,
    }),
  };
}

function symbolInfo(market: VenueMarket, trading: boolean, endsMs = NEVER_MS) {
  return {
    symbol: market.symbol,
    pair: market.symbol,
    contractType: 'PERPETUAL',
    deliveryDate: endsMs,
    onboardDate: 1_569_398_400_000,
    status: trading ? 'TRADING' : 'SETTLING',
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset: market.base,
    quoteAsset: market.quote,
    marginAsset: market.quote,
    pricePrecision: 2,
    quantityPrecision: 3,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    triggerProtect: '0.0500',
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: text(market.tick), maxPrice: '1000000', tickSize: text(market.tick) },
      { filterType: 'LOT_SIZE', minQty: text(market.minQuantity), maxQty: '1000', stepSize: text(market.lot) },
      {
        filterType: 'MARKET_LOT_SIZE',
        minQty: text(market.minQuantity),
        maxQty: text(market.mostAtMarket),
        stepSize: text(market.lot),
      },
      { filterType: 'MAX_NUM_ORDERS', limit: 200 },
      { filterType: 'MAX_NUM_ALGO_ORDERS', limit: 10 },
      { filterType: 'MIN_NOTIONAL', notional: text(market.minNotional) },
    ],
    orderTypes: [...Object.keys(ORDINARY), ...Object.keys(CONDITIONAL), 'TRAILING_STOP_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
  };
}

function readOrder(
  { params }: VenueRequest,
  types: Readonly<Record<string, OrderType>>,
  clientId: string,
): OrderRequest {
  const { symbol = '', side, type = '', timeInForce } = params;
  const kind = types[type];
  if (kind === undefined)
    throw CONDITIONAL[type] === undefined
      ? new VenueRefusal(-1116, 'Invalid orderType.')
      : new VenueRefusal(
          -4120,
          'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.',
        );
  if (side !== 'BUY' && side !== 'SELL') throw new VenueRefusal(-1117, 'Invalid side.');
  if (!CLIENT_ID.test(clientId)) throw new VenueRefusal(-4015, 'Client order id is not valid.');
  const needed = (name: string): Amount => {
    const value = readAmount(params[name]);
    if (value === undefined)
      throw new VenueRefusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
    return value;
  };
  const closePosition = params.closePosition === 'true';
  const isLimit = kind.endsWith('limit');
  return {
    symbol,
    clientId,
    side: side === 'BUY' ? 'buy' : 'sell',
    type: kind,
    quantity: closePosition ? 0n : needed('quantity'),
    price: isLimit ? needed('price') : undefined,
    trigger: types === CONDITIONAL ? needed('triggerPrice') : undefined,
    timeInForce: timeInForce === 'GTX' ? undefined : (timeInForce as 'GTC' | undefined),
    postOnly: timeInForce === 'GTX',
    reduceOnly: params.reduceOnly === 'true',
    closePosition,
  };
}

/** Of an order in the matching engine. */
function clientIdOf(order: RestingOrder): string {
  return order.actualId === undefined ? order.clientId : `algo-${order.actualId}`;
}

function typeName(order: RestingOrder): string {
  const types = order.trigger === undefined ? ORDINARY : CONDITIONAL;
  return Object.keys(types).find(name => types[name] === order.type) ?? '';
}

function average(order: RestingOrder): Amount {
  return order.filled === 0n ? 0n : over(order.quoteFilled, order.filled);
}

function ordinary(order: RestingOrder) {
  return {
    orderId: order.actualId ?? order.id,
    symbol: order.symbol,
    status: statusOf(order),
    clientOrderId: clientIdOf(order),
    price: text(order.price ?? 0n),
    avgPrice: text(average(order)),
    origQty: text(order.quantity),
    executedQty: text(order.filled),
    cumQuote: text(order.quoteFilled),
    timeInForce: order.timeInForce ?? 'GTC',
    type: order.price === undefined ? 'MARKET' : 'LIMIT',
    reduceOnly: order.reduceOnly === true,
    closePosition: false,
    side: order.side.toUpperCase(),
    positionSide: 'BOTH',
    stopPrice: '0',
    workingType: 'CONTRACT_PRICE',
    priceProtect: false,
    origType: typeName(order),
    time: order.createdMs,
    updateTime: order.updatedMs,
  };
}

function algoStatus(order: RestingOrder): string {
  if (order.status === 'filled') return 'FINISHED';
  if (order.triggered) return order.status === 'new' || order.status === 'partial' ? 'TRIGGERED' : 'FINISHED';
  return statusOf(order);
}

function algo(order: RestingOrder) {
  return {
    algoId: order.id,
    clientAlgoId: order.clientId,
    algoType: 'CONDITIONAL',
    orderType: typeName(order),
    symbol: order.symbol,
    side: order.side.toUpperCase(),
    positionSide: 'BOTH',
    timeInForce: order.timeInForce ?? 'GTC',
    quantity: text(order.quantity),
    algoStatus: algoStatus(order),
    actualOrderId: order.actualId === undefined ? '' : String(order.actualId),
    actualPrice: text(average(order)),
    triggerPrice: text(order.trigger ?? 0n),
    price: text(order.price ?? 0n),
    icebergQuantity: null,
    selfTradePreventionMode: 'EXPIRE_MAKER',
    workingType: 'CONTRACT_PRICE',
    priceMatch: 'NONE',
    closePosition: order.closePosition === true,
    priceProtect: false,
    reduceOnly: order.reduceOnly === true,
    createTime: order.createdMs,
    updateTime: order.updatedMs,
    triggerTime: order.triggered ? order.updatedMs : 0,
    goodTillDate: 0,
  };
}

function tradeRow({ id, order, price, quantity, fee, feeCurrency, maker, realized, timeMs }: VenueTrade) {
  return {
    symbol: order.symbol,
    id,
    orderId: order.actualId ?? order.id,
    side: order.side.toUpperCase(),
    price: text(price),
    qty: text(quantity),
    realizedPnl: text(realized),
    quoteQty: text(times(price, quantity)),
    commission: text(fee),
    commissionAsset: feeCurrency,
    time: timeMs,
    positionSide: 'BOTH',
    buyer: order.side === 'buy',
    maker,
  };
}

// ---------------------------------------------------------------- user data

type UserMessage = { readonly e: string } & Readonly<Record<string, unknown>>;

function userEvents(event: ExchangeEvent, exchange: LocalExchange): readonly UserMessage[] {
  switch (event.type) {
    case 'order': {
      const { order, execution } = event;
      if (order.trigger === undefined) return [update(order, execution, undefined, exchange)];
      if (order.actualId === undefined) return [algoUpdate(order, exchange)];
      return [update(order, execution, undefined, exchange), algoUpdate(order, exchange)];
    }
    case 'triggered':
      return [algoUpdate(event.order, exchange), update(event.order, 'NEW', undefined, exchange)];
    case 'trade': {
      const { order } = event.trade;
      const message = update(order, 'TRADE', event.trade, exchange);
      return order.trigger !== undefined && order.status === 'filled'
        ? [message, algoUpdate(order, exchange)]
        : [message];
    }
    case 'balances':
      return [accountUpdate(exchange)];
    default:
      return [];
  }
}

function update(
  order: RestingOrder,
  execution: string,
  trade: VenueTrade | undefined,
  exchange: LocalExchange,
): UserMessage {
  const time = exchange.clock.now();
  return {
    e: 'ORDER_TRADE_UPDATE',
    E: time,
    T: time,
    o: {
      s: order.symbol,
      c: clientIdOf(order),
      S: order.side.toUpperCase(),
      o: order.price === undefined ? 'MARKET' : 'LIMIT',
      f: order.timeInForce ?? 'GTC',
      q: text(order.quantity),
      p: text(order.price ?? 0n),
      ap: text(average(order)),
      sp: '0',
      x: execution,
      X: statusOf(order),
      i: order.actualId ?? order.id,
      l: text(trade?.quantity ?? 0n),
      z: text(order.filled),
      L: text(trade?.price ?? 0n),
      N: trade?.feeCurrency ?? 'USDT',
      n: text(trade?.fee ?? 0n),
      T: trade?.timeMs ?? time,
      t: trade?.id ?? 0,
      b: '0',
      a: '0',
      m: trade?.maker ?? false,
      R: order.reduceOnly === true,
      wt: 'CONTRACT_PRICE',
      ot: typeName(order),
      ps: 'BOTH',
      cp: false,
      rp: text(trade?.realized ?? 0n),
    },
  };
}

function algoUpdate(order: RestingOrder, exchange: LocalExchange): UserMessage {
  const time = exchange.clock.now();
  return {
    e: 'ALGO_UPDATE',
    E: time,
    T: time,
    o: {
      caid: order.clientId,
      aid: order.id,
      at: 'CONDITIONAL',
      o: typeName(order),
      s: order.symbol,
      S: order.side.toUpperCase(),
      ps: 'BOTH',
      f: order.timeInForce ?? 'GTC',
      q: text(order.quantity),
      X: algoStatus(order),
      ai: order.actualId === undefined ? '' : String(order.actualId),
      ap: text(average(order)),
      aq: text(order.filled),
      act: '0',
      tp: text(order.trigger ?? 0n),
      p: text(order.price ?? 0n),
      wt: 'CONTRACT_PRICE',
      cp: order.closePosition === true,
      R: order.reduceOnly === true,
      rm: '',
    },
  };
}

function accountUpdate(exchange: LocalExchange): UserMessage {
  const time = exchange.clock.now();
  return {
    e: 'ACCOUNT_UPDATE',
    E: time,
    T: time,
    a: {
      m: 'ORDER',
      B: [...exchange.balances.keys()].map(asset => ({
        a: asset,
        wb: text(exchange.total(asset)),
        cw: text(exchange.total(asset)),
        bc: '0',
      })),
      P: [...exchange.positions].map(([symbol, { quantity, entry }]) => ({
        s: symbol,
        pa: text(quantity),
        ep: text(entry),
        bep: text(entry),
        cr: '0',
        up: '0',
        mt: 'cross',
        iw: '0',
        ps: 'BOTH',
      })),
    },
  };
}
