/** The `Venue` port over ccxt: orders out, states and events in. */
import { decimalOf, numberOf, parseDecimal } from '../../engine/decimal.ts';
import {
  type Venue,
  VenueError,
  type VenueFill,
  type VenueMarket,
  type VenueOrder,
  type VenueOrderState,
  type VenueOrderStatus,
} from '../../live/ports.ts';
import type { Connection } from './connection.ts';
import { marketOf } from './facts.ts';
import type { Urgency } from './limiter.ts';
import { listen } from './listen.ts';
import type { AskPage, ConditionalOwner } from './profile.ts';

/** What ccxt gives for an order, as far as it is read here; any of it may be missing. */
interface CcxtOrder {
  readonly id?: string;
  readonly clientOrderId?: string;
  readonly status?: string;
  readonly side?: string;
  readonly type?: string;
  readonly price?: number;
  readonly triggerPrice?: number;
  readonly amount?: number;
  readonly filled?: number;
  readonly timestamp?: number;
  readonly lastUpdateTimestamp?: number;
  readonly info?: unknown;
}

interface CcxtTrade {
  readonly id?: string;
  readonly order?: string;
  readonly side?: string;
  readonly price?: number;
  readonly amount?: number;
  readonly timestamp?: number;
  readonly takerOrMaker?: string;
  readonly fee?: { readonly cost?: number; readonly currency?: string };
}

export function ccxtVenue(connection: Connection): Venue {
  const { profile, exchange, read, once, time, owners } = connection;

  async function place(order: VenueOrder, leaves?: () => void) {
    const { type, side, quantity, price, params } = profile.placement(order, exchange);
    checkSteps(connection, order);
    const urgency: Urgency = order.reduceOnly || order.order.type === 'stop' ? 'protection' : 'ordinary';
    const send = () => exchange.createOrder(order.symbol, type, side, quantity, price, { ...params });
    const answer = (await once('place', urgency, send, leaves)) as CcxtOrder;
    // An answer without a number says nothing about the order.
    if (answer.id === undefined) throw new VenueError('unknown', 'the venue took the order without naming it');
    const isApart = profile.keepsConditionalApart && order.order.type === 'stop';
    if (!isApart) owners.set(answer.id, order.clientId);
    return { venueId: answer.id };
  }

  async function cancel(symbol: string, clientId: string, venueId: string | undefined): Promise<void> {
    await cancelled(symbol, clientId, venueId);
  }

  /** Gives the venue's number of what it has cancelled, if it says one. */
  async function cancelled(symbol: string, clientId: string, venueId: string | undefined): Promise<string | undefined> {
    if (profile.cancelsByVenueId === true) {
      const id = venueId ?? (await lookup(symbol, clientId))?.venueId;
      if (id === undefined) throw new VenueError('rejected', 'there is no such order', 'no such order');
      const send = async () => (profile.cancel ?? ((_, of) => exchange.cancelOrder(of, symbol)))(exchange, id);
      await once('cancel', 'protection', send);
      return id;
    }
    // Where conditional orders are apart, what is not in one list is in the other.
    for (const [i, params] of profile.cancels.entries()) {
      try {
        const ask = () => exchange.cancelOrder('', symbol, { ...params(clientId) });
        return ((await once('cancel', 'protection', ask)) as CcxtOrder).id;
      } catch (error) {
        if (!isNoSuchOrder(error)) throw error;
        if (i < profile.cancels.length - 1) continue;
        const actual = await actualOf(symbol, clientId);
        if (actual === undefined) throw error;
        await once('cancel', 'protection', () => exchange.cancelOrder(actual, symbol));
        return actual;
      }
    }
    return undefined;
  }

  /** Number of the order that a conditional one of ours has become, which is in neither list under our id. */
  async function actualOf(symbol: string, clientId: string): Promise<string | undefined> {
    const { actualOrder, lookups } = profile;
    if (actualOrder === undefined) return undefined;
    for (const params of lookups) {
      try {
        const order = await read('order', () => exchange.fetchOrder('', symbol, { ...params(clientId) }), 'protection');
        const actual = actualOrder(order.info) ?? (await triggeredOf(symbol, clientId));
        if (actual !== undefined) return actual;
      } catch (error) {
        if (!isNoSuchOrder(error)) throw error;
      }
    }
    return undefined;
  }

  /**
   * Cancels and places anew under the same id, which is free again once the order is no longer open. When the second half
   * fails, the order is gone, and that is told.
   */
  async function amend(order: VenueOrder, venueId: string) {
    const { symbol, clientId } = order;
    if (!profile.abilities.amends)
      throw new VenueError('not sent', `${profile.name} changes no order: cancel it and place another`);
    checkSteps(connection, order);
    const { replaced } = connection;
    // That it is gone may be told before the answer, and after it by a number that a process before this one never heard.
    replaced.add(venueId).add(clientId);
    try {
      replaced.add((await cancelled(symbol, clientId, venueId)) ?? venueId);
    } catch (error) {
      replaced.delete(venueId);
      throw error;
    } finally {
      replaced.delete(clientId);
    }
    for (const oldest of replaced) if (replaced.size <= MOST_REPLACED || !replaced.delete(oldest)) break;
    try {
      return await place(order);
    } catch (error) {
      const isUnknown = error instanceof VenueError && error.kind === 'unknown';
      const gone = { type: 'gone', clientId, why: 'cancelled', timeMs: time.now() } as const;
      // Of one that may exist it is not said: the next reconciliation finds it, or that it is not there.
      if (!isUnknown) connection.tellNews({ type: 'user', marketId: String(exchange.market(symbol).id), event: gone });
      throw error;
    }
  }

  async function lookup(symbol: string, clientId: string): Promise<VenueOrderState | undefined> {
    const { find } = profile;
    if (find !== undefined) {
      const page: AskPage = ask => read('order', ask, 'protection');
      const found = await find(exchange, symbol, clientId, time.now(), page);
      return found === undefined ? undefined : stateOf(symbol, found as CcxtOrder);
    }
    for (const [i, params] of profile.lookups.entries()) {
      try {
        const ask = () => exchange.fetchOrder('', symbol, { ...params(clientId) });
        const order = (await read('order', ask, 'protection')) as CcxtOrder;
        const state = stateOf(symbol, order);
        if (state.clientId !== clientId) continue;
        const became = await whatItBecame(symbol, order, state);
        if (became.status === 'open') return became;
        // An amended order has taken the id of one that is over, and which of the two a look-up finds is not said.
        const open = await openIn(symbol, profile.openOrderLists[i] ?? {});
        return open.find(each => each.clientId === clientId) ?? became;
      } catch (error) {
        if (!isNoSuchOrder(error)) throw error;
      }
    }
    return undefined;
  }

  /** A conditional order that has triggered is as far as the order that it became. */
  async function whatItBecame(symbol: string, order: CcxtOrder, state: VenueOrderState): Promise<VenueOrderState> {
    const { clientId, type, status } = state;
    const isOver = clientId !== undefined && type === 'stop' && status !== 'open';
    const actual = profile.actualOrder?.(order.info) ?? (isOver ? await triggeredOf(symbol, clientId) : undefined);
    if (actual === undefined || clientId === undefined) {
      if (clientId !== undefined && !(profile.keepsConditionalApart && state.type === 'stop'))
        owners.set(state.venueId, clientId);
      return state;
    }
    owners.set(actual, clientId);
    const became = stateOf(
      symbol,
      (await read('order', () => exchange.fetchOrder(actual, symbol), 'protection')) as CcxtOrder,
    );
    return { ...state, status: became.status, quantity: became.quantity, filled: became.filled };
  }

  async function openIn(symbol: string, list: Readonly<Record<string, unknown>>): Promise<readonly VenueOrderState[]> {
    const ask = () => exchange.fetchOpenOrders(symbol, undefined, undefined, { ...list });
    const orders = await read('openOrders', ask, 'protection');
    return orders.map(order => stateOf(symbol, order as CcxtOrder));
  }

  async function openOrders(symbol: string): Promise<readonly VenueOrderState[]> {
    const states: VenueOrderState[] = [];
    for (const params of profile.openOrderLists) states.push(...(await openIn(symbol, params)));
    return profile.conditionalOwners === undefined ? states : Promise.all(states.map(state => asItWasSent(state)));
  }

  /** What a conditional order has become is listed under another number and another id: it is still the one that was sent. */
  async function asItWasSent(state: VenueOrderState): Promise<VenueOrderState> {
    const { symbol, venueId, type, clientId } = state;
    // Nothing else is at market and open.
    if (type !== 'market') return state;
    if (owners.get(venueId) === undefined) {
      await readOwners(symbol);
      if (owners.get(venueId) === undefined) owners.set(venueId, clientId ?? '');
    }
    const owner = owners.get(venueId) ?? '';
    if (owner === '' || owner === clientId) return state;
    return (await lookup(symbol, owner)) ?? state;
  }

  /** Whose the orders are that conditional ones have become, of those placed in the week before an instant. */
  async function readOwners(symbol: string, beforeMs?: number): Promise<readonly ConditionalOwner[]> {
    const { conditionalOwners } = profile;
    if (conditionalOwners === undefined) return [];
    const found = await read('owners', () => conditionalOwners(exchange, symbol, beforeMs), 'protection');
    for (const owner of found) owners.set(owner.venueId, owner.clientId);
    return found;
  }

  /** What a conditional order of ours has become that was amended: a look-up may have found the one before it. */
  async function triggeredOf(symbol: string, clientId: string): Promise<string | undefined> {
    return (await readOwners(symbol)).find(owner => owner.clientId === clientId)?.venueId;
  }

  async function fills(symbol: string, sinceMs: number, urgency?: Urgency): Promise<readonly VenueFill[]> {
    const found = new Map<string, VenueFill>();
    const trades = await profile.trades(exchange, symbol, Math.floor(sinceMs), ask => read('fills', ask, urgency));
    for (const trade of trades) {
      const fill = fillOf(symbol, trade as CcxtTrade);
      if (fill.timeMs >= sinceMs && !found.has(fill.tradeId)) found.set(fill.tradeId, await withOwner(fill));
    }
    return [...found.values()].sort((a, b) => a.timeMs - b.timeMs || compareIds(a.tradeId, b.tradeId));
  }

  /** Trades name the venue's number of the order alone: whose it is may have to be asked. */
  async function withOwner(fill: VenueFill): Promise<VenueFill> {
    const { symbol, venueId } = fill;
    if (owners.get(venueId) === undefined) await readOwners(symbol);
    if (owners.get(venueId) === undefined) {
      const order = (await read('order', () => exchange.fetchOrder(venueId, symbol), 'protection')) as CcxtOrder;
      // A stop may have rested for long before it triggered.
      for (let weeks = 1; profile.wasConditional?.(order.info) === true && weeks < LONGEST_RESTED_WEEKS; weeks++) {
        await readOwners(symbol, time.now() - weeks * WEEK_MS);
        if (owners.get(venueId) !== undefined) break;
      }
      if (owners.get(venueId) === undefined) owners.set(venueId, order.clientOrderId ?? '');
    }
    const clientId = owners.get(venueId) ?? '';
    return clientId === '' ? fill : { ...fill, clientId };
  }

  /** Of all the account, in order of time; those of other markets than these are left out. */
  async function income(symbols: readonly string[], sinceMs: number, urgency?: Urgency) {
    const { income: list } = profile;
    if (list === undefined) return [];
    const symbolOf = new Map(symbols.map(symbol => [String(exchange.market(symbol).id), symbol]));
    const entries = await list(exchange, Math.floor(sinceMs), ask => read('income', ask, urgency));
    return entries
      .flatMap(({ marketId, ...entry }) => {
        const symbol = symbolOf.get(marketId);
        return symbol === undefined ? [] : [{ type: 'income' as const, symbol, ...entry }];
      })
      .sort((a, b) => a.timeMs - b.timeMs);
  }

  async function rate(currency: string, into: string): Promise<number> {
    const settled = profile.kind === 'perpetual' ? `:${into}` : '';
    const symbol = `${currency}/${into}${settled}`;
    if (exchange.markets?.[symbol] === undefined)
      throw new VenueError('rejected', `${profile.name} has no market ${symbol}`, 'not trading');
    const { last } = await read('price', () => exchange.fetchTicker(symbol));
    if (last === undefined || !(last > 0))
      throw new VenueError('unknown', `${profile.name} told of no price of ${symbol}`);
    return last;
  }

  async function positions(symbols: readonly string[]) {
    if (profile.kind === 'spot') {
      const held = await balances();
      return symbols.map(symbol => {
        const base = exchange.market(symbol).base;
        return { symbol, quantity: held.find(({ currency }) => currency === base)?.total ?? 0, entry: Number.NaN };
      });
    }
    const found = await read('positions', () => exchange.fetchPositions([...symbols]), 'protection');
    return symbols.map(symbol => {
      const open = found.filter(position => position.symbol === symbol && (position.contracts ?? 0) !== 0);
      if (open.length > 1)
        throw new VenueError(
          'rejected',
          `${symbol} is held long and short at once: hedge mode is not supported`,
          'other',
        );
      const [position] = open;
      const quantity = (position?.contracts ?? 0) * (position?.contractSize ?? 1);
      return {
        symbol,
        quantity: position?.side === 'short' ? -quantity : quantity,
        entry: position?.entryPrice ?? Number.NaN,
      };
    });
  }

  async function balances() {
    const page: AskPage = ask => read('balances', ask, 'protection');
    const listed = profile.balances?.(exchange, page) ?? page(() => exchange.fetchBalance());
    const answer = (await listed) as {
      readonly total?: Readonly<Record<string, number>>;
      readonly free?: Readonly<Record<string, number>>;
    };
    if (answer.total === undefined) throw new VenueError('unknown', 'the venue told of no balances');
    return Object.entries(answer.total).map(([currency, total]) => ({
      currency,
      total,
      free: answer.free?.[currency] ?? total,
    }));
  }

  let lastRound: object | undefined;
  async function market(symbol: string, round?: object): Promise<VenueMarket> {
    const isRead = round !== undefined && round === lastRound;
    const found = await marketOf(connection, symbol, !isRead);
    lastRound = round;
    return found;
  }

  return {
    name: profile.name,
    abilities: profile.abilities,
    now: time.now,
    market,
    place,
    amend,
    cancel,
    lookup,
    openOrders,
    fills: (symbol, sinceMs) => fills(symbol, sinceMs),
    income: (symbols, sinceMs) => income(symbols, sinceMs),
    rate,
    positions,
    balances,
    listen: (symbols, sink, signal) => listen(connection, { fills, income }, symbols, sink, signal),
    close: connection.close,
  };
}

const WEEK_MS = 7 * 86_400_000;
/** The venue lists what was placed in the last ninety days. */
const LONGEST_RESTED_WEEKS = 13;
/** Orders that were replaced and whose end the venue may still tell of. */
const MOST_REPLACED = 10_000;

function isNoSuchOrder(error: unknown): boolean {
  return error instanceof VenueError && error.reason === 'no such order';
}

/** Trades are numbered upward; numbers longer than a double holds are compared by length, then digits. */
function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** ccxt would cut what does not lie on a step; what was decided and journaled must be what is sent. */
function checkSteps(connection: Connection, asked: VenueOrder): void {
  const { exchange, profile, sorter } = connection;
  const { symbol, order } = asked;
  checkSize(connection, asked);
  const lies = (sent: () => string | undefined, meant: number) => {
    try {
      return numberOf(parseDecimal(sent() ?? '')) === numberOf(decimalOf(meant));
    } catch (error) {
      // Of less than a step ccxt says so by itself.
      throw sorter.sort(error);
    }
  };
  const quantityLies = lies(() => exchange.amountToPrecision(symbol, order.quantity), order.quantity);
  const priceLies = order.type === 'market' || lies(() => exchange.priceToPrecision(symbol, order.price), order.price);
  if (!quantityLies || !priceLies)
    throw new VenueError('rejected', `price or quantity lies between two steps of ${profile.name}`, 'invalid order');
}

/** What could not be sold at market in one order, which is how a position is closed in need, is not bought in one. */
function checkSize({ exchange, profile }: Connection, { symbol, order, reduceOnly }: VenueOrder): void {
  const { limits } = exchange.market(symbol) as {
    readonly limits?: { readonly market?: { readonly max?: number | undefined } | undefined };
  };
  const most = limits?.market?.max ?? 0;
  if (reduceOnly || !(most > 0) || order.quantity <= most) return;
  const why = `${profile.name} takes no more than ${most} of ${symbol} at market: an entry of ${order.quantity} could not be closed in one order`;
  throw new VenueError('rejected', why, 'invalid order');
}

const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  open: 'open',
  closed: 'filled',
  canceled: 'cancelled',
  canceling: 'open',
  PENDING: 'open',
  QUEUED: 'open',
  CANCEL_QUEUED: 'open',
  expired: 'expired',
  rejected: 'rejected',
};

function stateOf(symbol: string, order: CcxtOrder): VenueOrderState {
  const status = STATUS[order.status ?? ''];
  const { id, side, amount } = order;
  if (status === undefined || id === undefined || (side !== 'buy' && side !== 'sell'))
    throw new VenueError('unknown', 'the venue told of an order that cannot be read');
  const trigger = order.triggerPrice ?? 0;
  return {
    symbol,
    ...(order.clientOrderId !== undefined && { clientId: order.clientOrderId }),
    venueId: id,
    status,
    side,
    type: trigger > 0 ? 'stop' : order.type === 'market' || order.type === 'limit' ? order.type : 'other',
    price: trigger > 0 ? trigger : (order.price ?? Number.NaN),
    // Of an order for an amount of quote there is none.
    quantity: amount ?? Number.NaN,
    filled: order.filled ?? 0,
    timeMs: order.timestamp ?? order.lastUpdateTimestamp ?? Number.NaN,
  };
}

function fillOf(symbol: string, trade: CcxtTrade): VenueFill {
  const { id, order, side, price, amount, timestamp, fee } = trade;
  if (
    id === undefined ||
    order === undefined ||
    (side !== 'buy' && side !== 'sell') ||
    price === undefined ||
    amount === undefined ||
    timestamp === undefined
  )
    throw new VenueError('unknown', 'the venue told of a trade that cannot be read');
  return {
    symbol,
    tradeId: id,
    venueId: order,
    side,
    price,
    quantity: amount,
    fee: fee?.cost ?? 0,
    feeCurrency: fee?.currency ?? '',
    maker: trade.takerOrMaker === 'maker',
    timeMs: timestamp,
  };
}
