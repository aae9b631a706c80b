/**
 * The matching engine behind the local venue's protocols: one account, markets whose prices are moved by recorded bars,
 * orders that rest, trigger and fill. Prices move continuously between the points of a bar, and jump at its open.
 */
import { type Amount, amount, least, ONE, over, size, times } from './amount.ts';
import type { VenueClock } from './clock.ts';
import type { VenueBar, VenueMarket } from './market.ts';

export type OrderType = 'market' | 'limit' | 'stop' | 'stop limit' | 'take profit' | 'take profit limit';
export type OrderStatus = 'new' | 'partial' | 'filled' | 'cancelled' | 'expired' | 'rejected';

export interface OrderRequest {
  readonly symbol: string;
  readonly clientId: string;
  readonly side: 'buy' | 'sell';
  readonly type: OrderType;
  readonly quantity: Amount;
  readonly price?: Amount | undefined;
  readonly trigger?: Amount | undefined;
  readonly timeInForce?: 'GTC' | 'IOC' | 'FOK' | undefined;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  /** A stop for all that is held when it triggers. */
  readonly closePosition?: boolean;
}

export interface RestingOrder extends OrderRequest {
  readonly id: number;
  readonly createdMs: number;
  updatedMs: number;
  status: OrderStatus;
  filled: Amount;
  /** Quote paid or received so far. */
  quoteFilled: Amount;
  /** A conditional order whose trigger has been reached. */
  triggered: boolean;
  /** What a triggered conditional order is known by at venues that keep those in a list of their own. */
  actualId: number | undefined;
  /** Shares in which it fills, one a move of the price; scripted. */
  pieces: Amount[];
}

export interface VenueTrade {
  readonly id: number;
  readonly order: RestingOrder;
  readonly price: Amount;
  readonly quantity: Amount;
  readonly fee: Amount;
  readonly feeCurrency: string;
  readonly maker: boolean;
  readonly realized: Amount;
  readonly timeMs: number;
}

export interface Income {
  readonly id: number;
  readonly symbol: string;
  readonly kind: 'FUNDING_FEE' | 'TRANSFER' | 'COMMISSION';
  readonly amount: Amount;
  readonly currency: string;
  readonly timeMs: number;
}

export interface Funding {
  readonly symbol: string;
  readonly rate: Amount;
  readonly price: Amount;
  readonly timeMs: number;
}

export interface PerpetualPosition {
  quantity: Amount;
  entry: Amount;
}

/** Why the venue refuses, in its own numbers. */
export class VenueRefusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export type ExchangeEvent =
  | {
      readonly type: 'order';
      readonly order: RestingOrder;
      readonly execution: 'NEW' | 'CANCELED' | 'EXPIRED' | 'REJECTED';
    }
  | { readonly type: 'triggered'; readonly order: RestingOrder }
  | { readonly type: 'trade'; readonly trade: VenueTrade }
  | { readonly type: 'balances' }
  | { readonly type: 'kline'; readonly symbol: string; readonly bar: VenueBar; readonly closed: boolean }
  | { readonly type: 'price'; readonly symbol: string; readonly price: Amount; readonly quantity: Amount };

interface Listing {
  readonly market: VenueMarket;
  /** Finished bars, in order. */
  readonly bars: VenueBar[];
  current: VenueBar | undefined;
  price: Amount;
  trading: boolean;
  /** The venue has announced that the market ends then. */
  endsMs: number | undefined;
}

const MAX_OPEN_CONDITIONAL = 5;

export class LocalExchange {
  readonly clock: VenueClock;
  readonly periodMs: number;
  readonly listings = new Map<string, Listing>();
  readonly orders: RestingOrder[] = [];
  readonly trades: VenueTrade[] = [];
  readonly income: Income[] = [];
  readonly fundings: Funding[] = [];
  readonly balances = new Map<string, Amount>();
  readonly positions = new Map<string, PerpetualPosition>();
  readonly leverage = new Map<string, number>();
  /** Shares in which the next orders fill, one list an order; what its shares leave out stays open. */
  readonly nextPieces: Amount[][] = [];
  /** Market orders wait for the next price instead of taking the last one: as a backtest fills them. */
  fillsAtNextPrice = false;
  /** Fees are paid in this coin, at its price in the quote, instead of in what is traded. */
  feeCoin: string | undefined;
  #next = 1;
  readonly #listeners = new Set<(event: ExchangeEvent) => void>();

  constructor(clock: VenueClock, periodMs: number) {
    this.clock = clock;
    this.periodMs = periodMs;
  }

  list(market: VenueMarket, price: Amount): void {
    this.listings.set(market.symbol, { market, bars: [], current: undefined, price, trading: true, endsMs: undefined });
  }

  listing(symbol: string): Listing {
    const listing = this.listings.get(symbol);
    if (listing === undefined) throw new VenueRefusal(-1121, 'Invalid symbol.');
    return listing;
  }

  deposit(currency: string, quantity: Amount): void {
    this.balances.set(currency, this.total(currency) + quantity);
    this.#tell({ type: 'balances' });
  }

  total(currency: string): Amount {
    return this.balances.get(currency) ?? 0n;
  }

  /** What open orders hold back: quote for buys, base for sells; of perpetuals the margin. */
  locked(currency: string): Amount {
    let sum = 0n;
    for (const order of this.openOrders()) {
      const { market } = this.listing(order.symbol);
      const rest = order.quantity - order.filled;
      if (market.kind !== 'spot') continue;
      if (order.side === 'sell' && market.base === currency) sum += rest;
      if (order.side === 'buy' && market.quote === currency) sum += times(rest, order.price ?? order.trigger ?? 0n);
    }
    return sum;
  }

  free(currency: string): Amount {
    return this.total(currency) - this.locked(currency);
  }

  openOrders(symbol?: string): readonly RestingOrder[] {
    return this.orders.filter(
      order =>
        (order.status === 'new' || order.status === 'partial') && (symbol === undefined || order.symbol === symbol),
    );
  }

  position(symbol: string): PerpetualPosition {
    const position = this.positions.get(symbol) ?? { quantity: 0n, entry: 0n };
    this.positions.set(symbol, position);
    return position;
  }

  on(listener: (event: ExchangeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // -------------------------------------------------------------- orders

  /** Takes an order or refuses it; a market order has filled when this returns. */
  place(request: OrderRequest): RestingOrder {
    const listing = this.listing(request.symbol);
    this.#check(request, listing);
    const now = this.clock.now();
    const order: RestingOrder = {
      ...request,
      id: this.#next++,
      createdMs: now,
      updatedMs: now,
      status: 'new',
      filled: 0n,
      quoteFilled: 0n,
      triggered: false,
      actualId: undefined,
      pieces: this.nextPieces.shift() ?? [ONE],
    };
    this.orders.push(order);
    this.#tell({ type: 'order', order, execution: 'NEW' });
    if (order.type === 'market' && !this.fillsAtNextPrice) this.#takeAll(order, listing.price);
    if (order.type === 'limit' && crosses(order, listing.price)) this.#fill(order, listing.price, false);
    this.#finishTaking(order);
    return order;
  }

  cancel(order: RestingOrder): void {
    if (!this.openOrders().includes(order)) throw new VenueRefusal(-2011, 'Unknown order sent.');
    this.#end(order, 'cancelled', 'CANCELED');
  }

  #check(request: OrderRequest, { market, price: last, trading }: Listing): void {
    if (!trading) throw new VenueRefusal(-1013, 'Market is closed.');
    const { type, side, quantity, price, trigger } = request;
    const wholeSteps = (value: Amount, step: Amount) => value % step === 0n;
    if (request.closePosition !== true) {
      if (quantity < market.minQuantity || !wholeSteps(quantity, market.lot))
        throw new VenueRefusal(-1013, 'Filter failure: LOT_SIZE');
    }
    if (price === undefined && quantity > market.mostAtMarket)
      throw market.kind === 'spot'
        ? new VenueRefusal(-1013, 'Filter failure: MARKET_LOT_SIZE')
        : new VenueRefusal(-4005, 'Quantity greater than max quantity.');
    for (const value of [price, trigger])
      if (value !== undefined && (value <= 0n || !wholeSteps(value, market.tick)))
        throw new VenueRefusal(-1013, 'Filter failure: PRICE_FILTER');
    const notional = times(quantity, price ?? trigger ?? last);
    if (request.reduceOnly !== true && request.closePosition !== true && notional < market.minNotional)
      throw market.kind === 'spot'
        ? new VenueRefusal(-1013, 'Filter failure: NOTIONAL')
        : new VenueRefusal(
            -4164,
            `Order's notional must be no smaller than ${number5(market.minNotional)} (unless you choose reduce only).`,
          );
    if (trigger !== undefined && isThrough(request, last)) {
      throw market.kind === 'spot'
        ? new VenueRefusal(-2010, 'Stop price would trigger immediately.')
        : new VenueRefusal(-2021, 'Order would immediately trigger.');
    }
    if (request.postOnly === true && crosses(request, last)) {
      throw market.kind === 'spot'
        ? new VenueRefusal(-2010, 'Order would immediately match and take.')
        : new VenueRefusal(
            -5022,
            'Due to the order could not be executed as maker, the Post Only order will be rejected.',
          );
    }
    const open = this.openOrders(request.symbol);
    if (open.some(order => order.clientId === request.clientId))
      throw market.kind === 'spot'
        ? new VenueRefusal(-2010, 'Duplicate order sent.')
        : new VenueRefusal(-4116, 'ClientOrderId is duplicated.');
    if (trigger !== undefined && open.filter(order => order.trigger !== undefined).length >= MAX_OPEN_CONDITIONAL)
      throw market.kind === 'spot'
        ? new VenueRefusal(-1013, 'Filter failure: MAX_NUM_ALGO_ORDERS')
        : new VenueRefusal(-2025, 'Reach max open order limit.');
    if (market.kind === 'perpetual') this.#checkMargin(request, notional, market);
    else if (side === 'sell' ? this.free(market.base) < quantity : this.free(market.quote) < notional)
      throw new VenueRefusal(-2010, 'Account has insufficient balance for requested action.');
    if (type === 'market' && last === 0n) throw new VenueRefusal(-2010, 'No price.');
  }

  #checkMargin(request: OrderRequest, notional: Amount, market: VenueMarket): void {
    const held = this.position(request.symbol).quantity;
    const signed = request.side === 'buy' ? request.quantity : -request.quantity;
    if (request.closePosition === true) return;
    if (request.reduceOnly === true) {
      // A conditional one is judged when it triggers.
      if (request.trigger === undefined && (held === 0n || held > 0n === signed > 0n))
        throw new VenueRefusal(-2022, 'ReduceOnly Order is rejected.');
      return;
    }
    const reduces = held !== 0n && held > 0n !== signed > 0n && size(signed) <= size(held);
    const leverage = BigInt(this.leverage.get(request.symbol) ?? 20);
    if (!reduces && this.total(market.quote) < notional / leverage)
      throw new VenueRefusal(-2019, 'Margin is insufficient.');
  }

  // -------------------------------------------------------------- prices

  /** A trade of the market at this price; `jump`: nothing traded between the last price and it. */
  move(symbol: string, price: Amount, jump = false, quantity: Amount = ONE): void {
    const listing = this.listing(symbol);
    listing.price = price;
    this.#tell({ type: 'price', symbol, price, quantity });
    // Resting stops first, then what waits at market, then limits: as venues do when a price moves through all of them.
    const justTriggered = new Set<RestingOrder>();
    for (const order of this.openOrders(symbol)) {
      if (order.trigger === undefined || order.triggered || !isThrough(order, price)) continue;
      order.triggered = true;
      order.actualId = this.#next++;
      this.#tell({ type: 'triggered', order: { ...order } });
      justTriggered.add(order);
      const at = jump ? price : order.trigger;
      if (order.price === undefined || crosses(order, at)) this.#trigger(order, at);
    }
    for (const order of this.openOrders(symbol)) {
      if (justTriggered.has(order)) continue;
      if (order.type === 'market') this.#takeAll(order, price);
      else if (order.triggered && (order.type === 'stop' || order.type === 'take profit'))
        this.#fill(order, price, false);
      else if ((order.trigger === undefined || order.triggered) && isPassed(order, price))
        this.#fill(order, jump ? better(order, price) : (order.price ?? price), true);
    }
  }

  /** Opens a bar: the price jumps to its open. */
  openBar(symbol: string, bar: VenueBar): void {
    const { open, openMs } = bar;
    this.listing(symbol).current = { openMs, open, high: open, low: open, close: open, volume: 0n };
    this.move(symbol, open, true, bar.volume / 4n);
    this.#tellBar(symbol, false);
  }

  /** Through a point of the bar. */
  touch(symbol: string, price: Amount, volume: Amount): void {
    const listing = this.listing(symbol);
    const { current } = listing;
    if (current === undefined) throw new Error(`no bar of ${symbol} is open`);
    listing.current = {
      ...current,
      high: current.high > price ? current.high : price,
      low: current.low < price ? current.low : price,
      close: price,
      volume: current.volume + volume,
    };
    this.move(symbol, price, false, volume);
    this.#tellBar(symbol, false);
  }

  /** Ends the bar; `silently`: no message says so. */
  closeBar(symbol: string, bar: VenueBar, silently = false): void {
    const listing = this.listing(symbol);
    listing.current = undefined;
    listing.bars.push(bar);
    if (!silently) this.#tell({ type: 'kline', symbol, bar, closed: true });
  }

  #tellBar(symbol: string, closed: boolean): void {
    const { current } = this.listing(symbol);
    if (current !== undefined) this.#tell({ type: 'kline', symbol, bar: current, closed });
  }

  /** Funding of a perpetual at the present price. */
  settleFunding(symbol: string, rate: Amount): void {
    const { market, price } = this.listing(symbol);
    this.fundings.push({ symbol, rate, price, timeMs: this.clock.now() });
    const paid = times(times(this.position(symbol).quantity, price), rate);
    if (paid === 0n) return;
    this.balances.set(market.quote, this.total(market.quote) - paid);
    this.income.push({
      id: this.#next++,
      symbol,
      kind: 'FUNDING_FEE',
      amount: -paid,
      currency: market.quote,
      timeMs: this.clock.now(),
    });
    this.#tell({ type: 'balances' });
  }

  // -------------------------------------------------------------- fills

  #trigger(order: RestingOrder, price: Amount): void {
    if (order.closePosition === true || order.reduceOnly === true) {
      const held = this.position(order.symbol).quantity;
      if (held === 0n || held > 0n !== (order.side === 'sell')) {
        this.#end(order, 'expired', 'EXPIRED');
        return;
      }
    }
    this.#fill(order, price, false);
  }

  #takeAll(order: RestingOrder, price: Amount): void {
    while (order.pieces.length > 0 && order.filled < order.quantity) this.#fill(order, price, false);
    if (order.filled < order.quantity) this.#end(order, 'expired', 'EXPIRED');
  }

  #finishTaking(order: RestingOrder): void {
    if (order.status !== 'new' && order.status !== 'partial') return;
    if (order.timeInForce === 'IOC' || order.timeInForce === 'FOK') this.#end(order, 'expired', 'EXPIRED');
  }

  #fill(order: RestingOrder, price: Amount, maker: boolean): void {
    const share = order.pieces.shift();
    if (share === undefined) return;
    const { market } = this.listing(order.symbol);
    const whole = order.closePosition === true ? size(this.position(order.symbol).quantity) : order.quantity;
    const wanted = share === ONE ? whole - order.filled : (times(whole, share) / market.lot) * market.lot;
    const held = size(this.position(order.symbol).quantity);
    const limit = order.reduceOnly === true && market.kind === 'perpetual' ? held : whole;
    const quantity = least(least(wanted, whole - order.filled), limit);
    if (quantity <= 0n) return;
    const value = times(quantity, price);
    const feeRate = maker ? market.makerFee : market.takerFee;
    const inBase = market.kind === 'spot' && order.side === 'buy' && market.feesInQuote !== true;
    const { feeCoin } = this;
    const fee =
      feeCoin === undefined
        ? times(inBase ? quantity : value, feeRate)
        : over(times(value, feeRate), this.listing(`${feeCoin}${market.quote}`).price);
    const realized =
      market.kind === 'spot'
        ? this.#exchangeSpot(market, order.side, quantity, value)
        : this.#book(order, quantity, price);
    const feeCurrency = feeCoin ?? (inBase ? market.base : market.quote);
    this.balances.set(feeCurrency, this.total(feeCurrency) - fee);
    order.filled += quantity;
    order.quoteFilled += value;
    order.updatedMs = this.clock.now();
    order.status = order.filled >= whole ? 'filled' : 'partial';
    const trade: VenueTrade = {
      id: this.#next++,
      order: { ...order },
      price,
      quantity,
      fee,
      feeCurrency,
      maker,
      realized,
      timeMs: this.clock.now(),
    };
    this.trades.push(trade);
    this.#tell({ type: 'trade', trade });
    this.#tell({ type: 'balances' });
  }

  #exchangeSpot(market: VenueMarket, side: 'buy' | 'sell', quantity: Amount, value: Amount): Amount {
    const sign = side === 'buy' ? 1n : -1n;
    this.balances.set(market.base, this.total(market.base) + sign * quantity);
    this.balances.set(market.quote, this.total(market.quote) - sign * value);
    return 0n;
  }

  #book(order: RestingOrder, quantity: Amount, price: Amount): Amount {
    const { market } = this.listing(order.symbol);
    const position = this.position(order.symbol);
    const signed = order.side === 'buy' ? quantity : -quantity;
    const before = position.quantity;
    const after = before + signed;
    let realized = 0n;
    if (before !== 0n && before > 0n !== signed > 0n) {
      const closed = least(size(signed), size(before));
      realized = times(closed, before > 0n ? price - position.entry : position.entry - price);
      if (size(signed) > size(before)) position.entry = price;
    } else position.entry = over(times(size(before), position.entry) + times(quantity, price), size(after));
    position.quantity = after;
    if (after === 0n) position.entry = 0n;
    this.balances.set(market.quote, this.total(market.quote) + realized);
    return realized;
  }

  #end(order: RestingOrder, status: 'cancelled' | 'expired', execution: 'CANCELED' | 'EXPIRED'): void {
    order.status = status;
    order.updatedMs = this.clock.now();
    this.#tell({ type: 'order', order: { ...order }, execution });
  }

  #tell(event: ExchangeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function number5(value: Amount): string {
  return (value / amount('1')).toString();
}

/** A limit order that the price satisfies at once. */
function crosses({ side, price }: OrderRequest, last: Amount): boolean {
  return price !== undefined && (side === 'buy' ? last <= price : last >= price);
}

/** Price traded through a resting limit, not merely at it. */
function isPassed({ side, price }: OrderRequest, now: Amount): boolean {
  return price !== undefined && (side === 'buy' ? now < price : now > price);
}

function better({ side, price }: OrderRequest, now: Amount): Amount {
  if (price === undefined) return now;
  return side === 'buy' ? least(price, now) : price > now ? price : now;
}

/** Upward: a stop of a buy, a take-profit of a sale. */
function looksUp({ type, side }: OrderRequest): boolean {
  return type.startsWith('stop') === (side === 'buy');
}

function isThrough(order: OrderRequest, last: Amount): boolean {
  if (order.trigger === undefined) return false;
  return looksUp(order) ? last >= order.trigger : last <= order.trigger;
}
