/**
 * What a venue's own record says of a run, held against what a run promises, as it happens there: no order twice, never more
 * than was decided, no entry after the day's loss, no position without its stop. It knows nothing of what the run believes.
 */
import { number } from '../../../venue/amount.ts';
import type { ExchangeEvent, LocalExchange, RestingOrder } from '../../../venue/exchange.ts';

export interface Promises {
  /** Most that a decision asks for. */
  readonly size: number;
  /** Of the account's money, as fractions: what may be held, and what a day may lose. */
  readonly position: number;
  readonly dailyLoss: number;
  readonly capital: number;
}

export interface VenueRecord {
  /** What was broken, in words. */
  readonly broken: readonly string[];
  /** Signed quantity that the run's own trades have left. */
  readonly own: number;
  /** The same of all others' trades. */
  readonly others: number;
  /** Longest that what is the run's was without a stop of its size, on the run's clock. */
  longestBareMs(): number;
  /** Longest that a stop of the run's had triggered and not filled. */
  longestStuckMs(): number;
  /** Orders of the run that work there. */
  openOwn(): readonly RestingOrder[];
  stop(): void;
}

/** One that opens or closes, and one stop. */
const MOST_ORDERS = 2;
const SAME = 1e-9;

/** `clock`: milliseconds on the run's clock; `isOurs`: of an order's client id, whether the run has sent it. */
export function recordOf(
  exchange: LocalExchange,
  symbol: string,
  { size, position, dailyLoss, capital }: Promises,
  clock: () => number,
  isOurs: (clientId: string) => boolean,
): VenueRecord {
  const { market } = exchange.listing(symbol);
  const isSpot = market.kind === 'spot';
  const lot = number(market.lot);
  const broken = new Set<string>();
  const ids = new Set<string>();
  let own = 0;
  let others = 0;
  /** What own trades have brought and cost. */
  let cash = 0;
  const bare = spans(clock);
  const stuck = spans(clock);

  const isOwn = ({ clientId }: { readonly clientId: string }) => isOurs(clientId);
  const openOwn = () => exchange.openOrders(symbol).filter(isOwn);
  const price = () => number(exchange.listing(symbol).price);
  const profit = () => cash + own * price();
  const held = () => number(isSpot ? exchange.total(market.base) : exchange.position(symbol).quantity);

  function heard(event: ExchangeEvent): void {
    if (event.type === 'order' && event.order.symbol === symbol && isOwn(event.order)) heardOrder(event);
    if (event.type === 'trade' && event.trade.order.symbol === symbol) heardTrade(event.trade);
    look();
  }

  function heardOrder({ order, execution }: Extract<ExchangeEvent, { type: 'order' }>): void {
    if (execution !== 'NEW') return;
    // An amendment is another order with the same id.
    if (order.type === 'market' && ids.has(order.clientId)) broken.add('an order twice');
    ids.add(order.clientId);
    if (openOwn().length > MOST_ORDERS) broken.add('more orders than it may have');
    if (order.side === 'buy' && profit() <= -dailyLoss * capital) broken.add('an entry beyond the loss of a day');
  }

  function heardTrade({
    order,
    quantity,
    price: at,
    fee,
    feeCurrency,
  }: Extract<ExchangeEvent, { type: 'trade' }>['trade']) {
    const sign = order.side === 'buy' ? 1 : -1;
    const inBase = isSpot && feeCurrency === market.base;
    const moved = sign * number(quantity) - (inBase ? number(fee) : 0);
    if (!isOwn(order)) {
      others += moved;
      return;
    }
    own += moved;
    cash -= sign * number(quantity) * number(at) + (feeCurrency === market.quote ? number(fee) : 0);
    if (own > size + SAME) broken.add('more than was decided');
    if (own < -SAME) broken.add('less than nothing');
    if (own * number(at) > position * (capital + profit())) broken.add('more than the limit of a position');
  }

  /** Of what is the run's as much as is there. */
  function look(): void {
    const mine = Math.min(own, Math.max(0, held()));
    const stops = openOwn().filter(({ trigger, side }) => trigger !== undefined && side === 'sell');
    const stopped = stops.reduce((sum, order) => sum + number(order.quantity - order.filled), 0);
    bare.look(mine >= lot && stopped < Math.floor(mine / lot + SAME) * lot - SAME);
    stuck.look(stops.some(({ triggered }) => triggered));
  }

  const stop = exchange.on(heard);
  const timer = setInterval(look, 5);
  return {
    get broken() {
      return [...broken];
    },
    get own() {
      return own;
    },
    get others() {
      return others;
    },
    longestBareMs: bare.longestMs,
    longestStuckMs: stuck.longestMs,
    openOwn,
    stop: () => {
      stop();
      clearInterval(timer);
    },
  };
}

/** How long something was so without a break. */
function spans(clock: () => number) {
  let sinceMs = Number.NaN;
  let longest = 0;
  return {
    look: (isSo: boolean) => {
      const now = clock();
      if (!isSo) sinceMs = Number.NaN;
      else if (Number.isNaN(sinceMs)) sinceMs = now;
      if (now - sinceMs > longest) longest = now - sinceMs;
    },
    longestMs: () => longest,
  };
}
