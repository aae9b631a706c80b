/**
 * Binance USD-M futures. https://developers.binance.com/docs/derivatives/usds-margined-futures
 *
 * Stops are conditional orders in a list of their own, with numbers and client ids of their own; what one becomes when it
 * triggers is told by `ALGO_UPDATE` and by the list of conditional orders, and nowhere else.
 */
import type { VenueEvent, VenueOrder } from '../../../live/ports.ts';
import type { CcxtExchange } from '../classes.ts';
import type {
  AskPage,
  KeyPermissions,
  ListedIncome,
  Placement,
  StreamNews,
  UserStream,
  VenueProfile,
} from '../profile.ts';
import {
  accountTrades,
  BINANCE_REASONS,
  barOf,
  canMoveMoney,
  isSubscribed,
  ORDER_VALIDITY_MS,
  PAGE,
  RECV_WINDOW_MS,
  readList,
  textOf,
  WEEK_MS,
} from './binance-common.ts';

export const BINANCE_USDM: VenueProfile = {
  name: 'binanceusdm',
  kind: 'perpetual',
  abilities: {
    // The longest that conditional orders take, too.
    clientIdRule: { pattern: /^[.A-Z:/a-z0-9_-]+$/, longest: 36 },
    orderTypes: new Set(['market', 'limit', 'stop']),
    amends: true,
    reduceOnly: true,
    orderValidityMs: ORDER_VALIDITY_MS,
  },
  options: {
    fetchCurrencies: false,
    recvWindow: RECV_WINDOW_MS,
    watchPositions: { fetchPositionsSnapshot: false, awaitPositionsSnapshot: false },
  },
  streamUrls: [['api', 'ws']],
  usedWeightHeader: 'x-mbx-used-weight-1m',
  limits: { weightPerMinute: 2400, reserve: 0.2, pauseMs: 60_000, longestWaitMs: 5000 },
  // Three hundred orders in ten seconds and 1200 in a minute, less some room for what others send.
  spans: [
    { calls: { place: 1 }, most: 270, perMs: 10_000 },
    { calls: { place: 1 }, most: 1080, perMs: 60_000 },
  ],
  weights: {
    markets: 1,
    time: 1,
    bars: 5,
    place: 1,
    cancel: 1,
    order: 1,
    openOrders: 1,
    owners: 5,
    fills: 5,
    balances: 5,
    positions: 6,
    income: 30,
    // It has a limit of its own: 500 in five minutes.
    funding: 1,
    price: 1,
    permissions: 31,
  },
  reasons: BINANCE_REASONS,
  barsPerCall: 1000,
  placement,
  permissions,
  keepsConditionalApart: true,
  lookups: [clientId => ({ origClientOrderId: clientId }), clientId => ({ clientAlgoId: clientId, conditional: true })],
  openOrderLists: [{}, { conditional: true }],
  cancels: [clientId => ({ origClientOrderId: clientId }), clientId => ({ clientAlgoId: clientId, conditional: true })],
  trades: accountTrades(WEEK_MS),
  actualOrder,
  conditionalOwners,
  wasConditional: info => CONDITIONAL.test(textOf((info as Readonly<Record<string, unknown>> | undefined)?.origType)),
  endOf,
  income,
  news,
  streamKinds: url => [url.includes('/private/') ? 'user' : 'market'],
  user,
  market: async (exchange, symbols, timeframe) => {
    const topics = symbols.map(symbol => [symbol, timeframe]);
    for (;;) await exchange.watchOHLCVForSymbols(topics);
  },
};

/** Stops trigger on the traded price, as in a backtest, and take at market. */
function placement({ clientId, order, reduceOnly }: VenueOrder): Placement {
  const isStop = order.type === 'stop';
  return {
    type: order.type === 'limit' ? 'limit' : 'market',
    side: order.direction > 0 ? 'buy' : 'sell',
    quantity: order.quantity,
    price: order.type === 'limit' ? order.price : undefined,
    params: {
      ...(isStop ? { clientAlgoId: clientId, stopLossPrice: order.price } : { newClientOrderId: clientId }),
      ...(reduceOnly && { reduceOnly: true }),
    },
  };
}

async function permissions(exchange: CcxtExchange): Promise<KeyPermissions> {
  const { sapiGetAccountApiRestrictions } = exchange as unknown as {
    sapiGetAccountApiRestrictions(): Promise<unknown>;
  };
  const answer = (await sapiGetAccountApiRestrictions.call(exchange)) as Record<string, unknown>;
  const { hedged } = (await exchange.fetchPositionMode()) as { readonly hedged?: boolean };
  return {
    canTrade: answer.enableFutures === true,
    canWithdraw: canMoveMoney(answer),
    ...(hedged !== false && { refusal: 'the account is in hedge mode: set it to one-way mode at the venue' }),
  };
}

/** The ordinary order that a conditional one has become. */
function actualOrder(info: unknown): string | undefined {
  const id = textOf((info as Readonly<Record<string, unknown>> | undefined)?.actualOrderId);
  return id === '' || id === '0' ? undefined : id;
}

/** What the venue calls the end of a perpetual that has none. */
const NEVER_MS = 4_133_404_800_000;

/** A perpetual that is to be delisted has another date of delivery; ccxt knows that of futures alone. */
function endOf(info: unknown): number | undefined {
  const atMs = Number((info as Readonly<Record<string, unknown>> | undefined)?.deliveryDate);
  return atMs > 0 && atMs < NEVER_MS ? atMs : undefined;
}

async function conditionalOwners(exchange: CcxtExchange, symbol: string, beforeMs: number | undefined) {
  const { fapiPrivateGetAllAlgoOrders } = exchange as unknown as {
    fapiPrivateGetAllAlgoOrders(params: Readonly<Record<string, unknown>>): Promise<unknown>;
  };
  const endTime = beforeMs === undefined ? undefined : Math.floor(beforeMs);
  const answer = await fapiPrivateGetAllAlgoOrders.call(exchange, {
    symbol: exchange.market(symbol).id,
    limit: PAGE,
    // Unsaid it is the last week.
    ...(endTime !== undefined && { startTime: endTime - WEEK_MS, endTime }),
  });
  const orders = (Array.isArray(answer) ? answer : []) as readonly Readonly<Record<string, unknown>>[];
  return orders.flatMap(order => {
    const actual = actualOrder(order);
    return actual === undefined ? [] : [{ venueId: actual, clientId: textOf(order.clientAlgoId) }];
  });
}

/** Profits, fees of trades and transfers are known by other ways. */
const INCOMES: Readonly<Record<string, ListedIncome['kind']>> = {
  FUNDING_FEE: 'funding',
  COMMISSION_REBATE: 'rebate',
  API_REBATE: 'rebate',
  REFERRAL_KICKBACK: 'rebate',
  AUTO_EXCHANGE: 'other',
  INSURANCE_CLEAR: 'other',
};

type IncomeRow = Readonly<Record<string, unknown>>;

/** Of all kinds in one list, fees and profits of each trade among them. */
async function income(exchange: CcxtExchange, fromMs: number, page: AskPage): Promise<readonly ListedIncome[]> {
  const { fapiPrivateGetIncome } = exchange as unknown as {
    fapiPrivateGetIncome(params: Readonly<Record<string, unknown>>): Promise<unknown>;
  };
  const ask = async (params: Readonly<Record<string, unknown>>) => {
    const answer = await page(() => fapiPrivateGetIncome.call(exchange, { limit: PAGE, ...params }));
    return (Array.isArray(answer) ? answer : []) as readonly IncomeRow[];
  };
  const rows = await readList<IncomeRow>(fromMs, {
    windowMs: WEEK_MS,
    now: () => exchange.milliseconds(),
    entryOf: row => ({ id: incomeId(row), timeMs: Number(row.time) }),
    since: startTime => ask({ startTime }),
    behind: (startTime, pages) => ask({ startTime, page: pages + 1 }),
  });
  const found = new Map<string, ListedIncome>();
  for (const row of rows) {
    const kind = INCOMES[textOf(row.incomeType)];
    if (kind === undefined) continue;
    const id = incomeId(row);
    const currency = String(exchange.safeCurrencyCode(textOf(row.asset)));
    const amount = Number(row.income);
    found.set(id, { id, marketId: textOf(row.symbol), kind, amount, currency, timeMs: Number(row.time) });
  }
  return [...found.values()];
}

/** Numbers are the venue's own within each type. */
function incomeId({ incomeType, tranId }: IncomeRow): string {
  return `${textOf(incomeType)} ${textOf(tranId)}`;
}

function user(exchange: CcxtExchange): UserStream {
  // A fresh key for each connection: one that has run out is not noticed otherwise.
  (exchange.options as Record<string, unknown>).future = { listenKey: undefined, lastAuthenticatedTime: 0 };
  const authenticated = exchange.authenticate({ type: 'future', subType: 'linear' }) as Promise<void>;
  let isOver = false;
  const ended = authenticated
    .then(async () => {
      for (;;) await exchange.watchOrders();
    })
    .finally(() => {
      isOver = true;
    });
  const ready = authenticated.then(async () => {
    while (!isOver) {
      const client = Object.values(exchange.clients ?? {}).find(({ url }) => url.includes('/private/'));
      if (client !== undefined) return void (await client.connected);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  });
  return { ready: Promise.race([ready, ended]), ended };
}

function news(message: Readonly<Record<string, unknown>>): readonly StreamNews[] {
  const bar = barOf(message);
  if (bar !== undefined) return [{ type: 'bar', bar }];
  if (isSubscribed(message)) return [{ type: 'subscribed' }];
  if (message.e === 'listenKeyExpired') return [{ type: 'user ended', why: 'the listen key has run out' }];
  const order = (message.o ?? {}) as Readonly<Record<string, unknown>>;
  if (message.e === 'ALGO_UPDATE') return conditionalNews(order, Number(message.T));
  if (message.e === 'ORDER_TRADE_UPDATE') return orderNews(order);
  return [];
}

/** Names of conditional types, as the original type of an ordinary order. */
const CONDITIONAL = /^(STOP|TAKE_PROFIT|TRAILING_STOP)/;

function orderNews(order: Readonly<Record<string, unknown>>): readonly StreamNews[] {
  const clientId = textOf(order.c);
  const venueId = textOf(order.i);
  const timeMs = Number(order.T);
  const about = {
    type: 'user',
    marketId: textOf(order.s),
    venueId,
    ...(CONDITIONAL.test(textOf(order.ot)) && { triggeredAs: venueId }),
  } as const;
  switch (order.x) {
    case 'NEW':
      return [{ ...about, event: { type: 'accepted', clientId, venueId } }];
    case 'TRADE':
    case 'CALCULATED':
      return [{ ...about, event: fillOf(order, clientId, venueId, timeMs) }];
    case 'CANCELED':
      return [{ ...about, event: { type: 'gone', clientId, why: 'cancelled', timeMs } }];
    case 'EXPIRED':
      return [{ ...about, event: { type: 'gone', clientId, why: 'expired', timeMs } }];
    default:
      return [];
  }
}

function fillOf(
  order: Readonly<Record<string, unknown>>,
  clientId: string,
  venueId: string,
  timeMs: number,
): VenueEvent {
  return {
    type: 'fill',
    fill: {
      symbol: textOf(order.s),
      tradeId: textOf(order.t),
      venueId,
      clientId,
      side: order.S === 'BUY' ? 'buy' : 'sell',
      price: Number(order.L),
      quantity: Number(order.l),
      fee: Number(order.n ?? 0),
      feeCurrency: textOf(order.N),
      maker: order.m === true,
      timeMs,
    },
  };
}

function conditionalNews(order: Readonly<Record<string, unknown>>, timeMs: number): readonly StreamNews[] {
  const clientId = textOf(order.caid);
  const marketId = textOf(order.s);
  const user = (event: VenueEvent): StreamNews => ({ type: 'user', marketId, event, venueId: textOf(order.aid) });
  const actual = textOf(order.ai);
  const owner: readonly StreamNews[] =
    actual === '' || actual === '0' ? [] : [{ type: 'owner', venueId: actual, clientId }];
  switch (order.X) {
    case 'NEW':
      return [user({ type: 'accepted', clientId, venueId: textOf(order.aid) })];
    case 'CANCELED':
      return [...owner, user({ type: 'gone', clientId, why: 'cancelled', timeMs })];
    case 'EXPIRED':
      return [...owner, user({ type: 'gone', clientId, why: 'expired', timeMs })];
    case 'REJECTED':
      return [user({ type: 'rejected', clientId, reason: 'other', message: textOf(order.rm), timeMs })];
    default:
      return owner;
  }
}
