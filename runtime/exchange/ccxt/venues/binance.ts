/** Binance spot. https://developers.binance.com/docs/binance-spot-api-docs */
import type { VenueEvent, VenueOrder } from '../../../live/ports.ts';
import type { CcxtExchange } from '../classes.ts';
import type { KeyPermissions, Placement, StreamNews, UserStream, VenueProfile } from '../profile.ts';
import {
  accountTrades,
  BINANCE_REASONS,
  barOf,
  canMoveMoney,
  isSubscribed,
  ORDER_VALIDITY_MS,
  RECV_WINDOW_MS,
  textOf,
} from './binance-common.ts';

export const BINANCE: VenueProfile = {
  name: 'binance',
  kind: 'spot',
  abilities: {
    clientIdRule: { pattern: /^[a-zA-Z0-9-_]+$/, longest: 36 },
    orderTypes: new Set(['market', 'limit', 'stop']),
    amends: true,
    reduceOnly: false,
    orderValidityMs: ORDER_VALIDITY_MS,
  },
  options: {
    defaultType: 'spot',
    fetchMarkets: { types: ['spot'] },
    fetchMargins: false,
    fetchCurrencies: false,
    recvWindow: RECV_WINDOW_MS,
  },
  streamUrls: [['api', 'ws']],
  usedWeightHeader: 'x-mbx-used-weight-1m',
  limits: { weightPerMinute: 6000, reserve: 0.2, pauseMs: 60_000, longestWaitMs: 5000 },
  // A hundred orders in ten seconds, less some room for what others send.
  spans: [{ calls: { place: 1 }, most: 90, perMs: 10_000 }],
  weights: {
    markets: 20,
    time: 1,
    bars: 2,
    place: 1,
    cancel: 1,
    order: 4,
    openOrders: 6,
    owners: 0,
    fills: 20,
    balances: 20,
    positions: 20,
    income: 0,
    funding: 0,
    price: 2,
    permissions: 1,
  },
  reasons: BINANCE_REASONS,
  barsPerCall: 1000,
  placement,
  permissions,
  keepsConditionalApart: false,
  lookups: [clientId => ({ origClientOrderId: clientId })],
  openOrderLists: [{}],
  cancels: [clientId => ({ origClientOrderId: clientId })],
  trades: accountTrades(Number.POSITIVE_INFINITY),
  news,
  streamKinds: url => [url.includes('/ws-api/') ? 'user' : 'market'],
  user,
  market: async (exchange, symbols, timeframe) => {
    const topics = symbols.map(symbol => [symbol, timeframe]);
    for (;;) await exchange.watchOHLCVForSymbols(topics);
  },
};

/** Stops are STOP_LOSS orders: they take at market when the last price reaches the trigger. */
function placement({ clientId, order }: VenueOrder): Placement {
  const isStop = order.type === 'stop';
  return {
    type: order.type === 'limit' ? 'limit' : 'market',
    side: order.direction > 0 ? 'buy' : 'sell',
    quantity: order.quantity,
    // A market order with a price is an order for an amount of quote, to ccxt.
    price: order.type === 'limit' ? order.price : undefined,
    params: { newClientOrderId: clientId, ...(isStop && { stopLossPrice: order.price }) },
  };
}

async function permissions(exchange: CcxtExchange): Promise<KeyPermissions> {
  const ask = (exchange as unknown as { sapiGetAccountApiRestrictions(): Promise<unknown> })
    .sapiGetAccountApiRestrictions;
  const answer = (await ask.call(exchange)) as Record<string, unknown>;
  return {
    canTrade: answer.enableSpotAndMarginTrading === true,
    canWithdraw: canMoveMoney(answer),
  };
}

function user(exchange: CcxtExchange): UserStream {
  const ready = exchange.authenticate({ type: 'spot' }) as Promise<void>;
  const ended = ready.then(async () => {
    for (;;) await exchange.watchOrders();
  });
  return { ready, ended };
}

function news(message: Readonly<Record<string, unknown>>): readonly StreamNews[] {
  const bar = barOf(message);
  if (bar !== undefined) return [{ type: 'bar', bar }];
  if (isSubscribed(message)) return [{ type: 'subscribed' }];
  const event = (message.event ?? message) as Readonly<Record<string, unknown>>;
  if (event.e === 'eventStreamTerminated') return [{ type: 'user ended', why: 'the venue ended the stream' }];
  if (event.e !== 'executionReport') return [];
  const marketId = textOf(event.s);
  return reportEvents(event).map(found => ({ type: 'user', marketId, event: found, venueId: textOf(event.i) }));
}

/** https://developers.binance.com/docs/binance-spot-api-docs/user-data-stream#order-update */
function reportEvents(event: Readonly<Record<string, unknown>>): readonly VenueEvent[] {
  // Of a cancelled order `c` is the id of the cancel, and `C` its own.
  const original = textOf(event.C);
  const clientId = original === '' ? textOf(event.c) : original;
  const venueId = textOf(event.i);
  const timeMs = Number(event.T);
  switch (event.x) {
    case 'NEW':
      return [{ type: 'accepted', clientId, venueId }];
    case 'TRADE':
      return [
        {
          type: 'fill',
          fill: {
            symbol: textOf(event.s),
            tradeId: textOf(event.t),
            venueId,
            clientId,
            side: event.S === 'BUY' ? 'buy' : 'sell',
            price: Number(event.L),
            quantity: Number(event.l),
            fee: Number(event.n),
            feeCurrency: textOf(event.N),
            maker: event.m === true,
            timeMs,
          },
        },
      ];
    case 'CANCELED':
      return [{ type: 'gone', clientId, why: 'cancelled', timeMs }];
    case 'EXPIRED':
    case 'TRADE_PREVENTION':
      return [{ type: 'gone', clientId, why: 'expired', timeMs }];
    case 'REJECTED':
      return [{ type: 'rejected', clientId, reason: 'other', message: textOf(event.r) }];
    default:
      return [];
  }
}
