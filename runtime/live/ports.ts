/**
 * The world as a run sees it: a feed that tells of bars, and a venue that takes orders. Recorded bars and the simulated
 * exchange stand behind the same two ports as a venue's WebSocket and REST; a run does not know which it has.
 *
 * Both tell what happens through a sink. The promise that a sink returns resolves when the run has done all that follows
 * from the event, its orders sent: recorded bars wait for it, so that a bar's life is played in order; a real venue does
 * not.
 */

import type { MarketFacts } from '../data/series.ts';
import type { Moment, Order } from '../engine/events.ts';

// ---------------------------------------------------------------- market data

/** A bar of the base clock. Times are the venue's, UTC milliseconds. */
export interface LiveBar {
  readonly openMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Of perpetuals: the mark price over the same time; absent where the venue gives none. */
  readonly mark?: MarkPrices;
}

export interface MarkPrices {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Of whom an event speaks: the symbol as the strategy writes it. */
interface About {
  readonly symbol: string;
}

export type FeedEvent =
  /**
   * The bar is complete, by the venue's flag or by the first bar after it. In order of time, none twice; a gap after a
   * reconnect has been filled before the next one is told. `receivedMs`: the venue's clock when it was known here.
   */
  | (About & { readonly type: 'bar'; readonly bar: LiveBar; readonly receivedMs: number })
  /** No bar exists for this time although it has passed: the venue says so, or the bars around it do. */
  | (About & {
      readonly type: 'missing';
      readonly openMs: number;
      readonly receivedMs: number;
      readonly mark?: MarkPrices;
    })
  /** A bar that was told before has other values now; the run keeps what it used, the catalog keeps both. */
  | (About & { readonly type: 'revised'; readonly bar: LiveBar; readonly receivedMs: number })
  /** No bar by its deadline; told once, until one comes. */
  | (About & { readonly type: 'stale'; readonly dueMs: number })
  /** A settlement of a perpetual: the rate as a fraction of notional, paid by longs when positive. */
  | (About & { readonly type: 'funding'; readonly timeMs: number; readonly rate: number })
  /**
   * The venue's clock less ours, measured anew; `jumpMs`: less what it was taken for until now. A jump of over 500 ms halts
   * entries until it is measured again.
   */
  | {
      readonly type: 'clock';
      readonly offsetMs: number;
      readonly uncertaintyMs: number;
      readonly jumpMs?: number;
    }
  /** Where the market is while a bar goes on; once a second at most. Nothing is decided on it but what protects. */
  | (About & { readonly type: 'price'; readonly price: number })
  | { readonly type: 'disconnected'; readonly why: string }
  | { readonly type: 'reconnected' }
  /** Recorded bars have come to their end; a venue's never do. */
  | { readonly type: 'ended' };

export type Sink<Event> = (event: Event) => Promise<void>;

export interface FeedRequest {
  readonly symbols: readonly string[];
  /** Length of a bar. */
  readonly periodMs: number;
  /** The open of the first bar that is told: what lies before it is known already. */
  readonly fromMs: number;
}

/** The rate as a fraction of notional, paid by longs when positive. */
export interface Settlement {
  readonly timeMs: number;
  readonly rate: number;
}

export interface Feed {
  /** Real bars that open in [fromMs, toMs), in order, from storage or by REST: for warm-up and for what was missed. */
  history(symbol: string, periodMs: number, fromMs: number, toMs: number): Promise<readonly LiveBar[]>;
  /** Of perpetuals: settlements from an instant on, in order; absent where bars bring theirs with them. */
  settlements?(symbol: string, fromMs: number): Promise<readonly Settlement[]>;
  /** Tells the sink until the signal aborts or the feed ends. Rejects only for what no reconnect can mend. */
  follow(request: FeedRequest, sink: Sink<FeedEvent>, signal: AbortSignal): Promise<void>;
}

// ---------------------------------------------------------------- orders

/**
 * Why a call of the venue did not do what was asked:
 * - `rejected`: the venue says no, definitely; nothing exists of it.
 * - `not sent`: it did not leave this process (a limiter, a lost connection before a byte was written), or the venue turned
 *   it away before it read what was asked (its limits, its clock). It may be sent anew.
 * - `unknown`: it may have arrived. Never repeated; looked up by its client id instead.
 */
export type VenueErrorKind = 'rejected' | 'not sent' | 'unknown';

/** What a definite no was about; each has its own answer. */
export type RejectReason =
  | 'insufficient funds'
  /** Price, quantity or notional break the venue's rules. */
  | 'invalid order'
  /** A stop whose trigger the price has passed already: the position must be closed at market at once. */
  | 'price already through'
  | 'too many orders'
  | 'not trading'
  | 'authentication'
  | 'permission'
  /** Of a cancel or an amendment: it is filled, cancelled or was never there. */
  | 'no such order'
  | 'other';

export class VenueError extends Error {
  override readonly name = 'VenueError';
  readonly kind: VenueErrorKind;
  /** Of a rejection. */
  readonly reason: RejectReason | undefined;
  constructor(kind: VenueErrorKind, message: string, reason?: RejectReason, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.kind = kind;
    this.reason = reason;
  }
}

/** What is sent. Prices and quantities lie on the venue's steps already. */
export interface VenueOrder {
  readonly symbol: string;
  /** Ours, unique for all time; within the venue's length and alphabet (`clientIdRule`). */
  readonly clientId: string;
  readonly order: Order;
  /** Can only make the position smaller; asked of the venue where it knows that. */
  readonly reduceOnly: boolean;
}

export type VenueOrderStatus = 'open' | 'filled' | 'cancelled' | 'expired' | 'rejected';

/** An order as the venue has it. */
export interface VenueOrderState {
  readonly symbol: string;
  /** As the venue gives it back: ours, or whatever another program chose; absent when it has none. */
  readonly clientId?: string;
  readonly venueId: string;
  readonly status: VenueOrderStatus;
  readonly side: 'buy' | 'sell';
  readonly type: 'market' | 'limit' | 'stop' | 'other';
  /** NaN where there is none. */
  readonly price: number;
  readonly quantity: number;
  readonly filled: number;
  readonly timeMs: number;
}

export interface VenueFill {
  readonly symbol: string;
  /** The venue's number of the trade: the same fill may be told more than once, by stream and by look-up. */
  readonly tradeId: string;
  readonly venueId: string;
  readonly clientId?: string;
  readonly side: 'buy' | 'sell';
  readonly price: number;
  readonly quantity: number;
  readonly fee: number;
  /** A fee in the base coin makes the quantity smaller; in a third one it is converted and journaled. */
  readonly feeCurrency: string;
  readonly maker: boolean;
  readonly timeMs: number;
  /** What only a simulated venue knows of a fill: its bar, the moment in it, what slippage and missing cash took. */
  readonly simulated?: {
    readonly tick: number;
    readonly moment: Moment;
    readonly slippage: number;
    readonly cutFrom?: number;
  };
}

export interface VenuePosition {
  readonly symbol: string;
  /** Signed base quantity. */
  readonly quantity: number;
  /** NaN on spot. */
  readonly entry: number;
}

export interface VenueBalance {
  readonly currency: string;
  readonly free: number;
  readonly total: number;
}

export type VenueEvent =
  | { readonly type: 'accepted'; readonly clientId: string; readonly venueId: string }
  | { readonly type: 'fill'; readonly fill: VenueFill }
  /** An order is over without being filled whole. */
  | { readonly type: 'gone'; readonly clientId: string; readonly why: 'cancelled' | 'expired'; readonly timeMs: number }
  /** Told after it had been accepted: a stop that the venue could not trigger, a post-only order that would have taken. */
  | {
      readonly type: 'rejected';
      readonly clientId: string;
      readonly reason: RejectReason;
      readonly message: string;
      readonly timeMs?: number;
    }
  /** The order rests: its market does not trade now. */
  | { readonly type: 'waits'; readonly clientId: string }
  /** An instrument is traded no more. `sale`: what was held was sold at its last price. */
  | {
      readonly type: 'delisted';
      readonly id: string;
      readonly symbol: string;
      readonly timeMs: number;
      readonly sale?: {
        readonly price: number;
        readonly quantity: number;
        readonly fee: number;
        readonly slippage: number;
      };
    }
  | {
      readonly type: 'liquidated';
      readonly id: string;
      readonly symbol: string;
      /** Mark price at which the venue stepped in, and the price at which it took the position over. */
      readonly level: number;
      readonly price: number;
      readonly timeMs: number;
      readonly moment: Moment;
    }
  /** Funding, interest, rebates, from the income history; each once, keyed by its id. */
  | {
      readonly type: 'income';
      readonly id: string;
      readonly symbol: string;
      readonly kind: 'funding' | 'interest' | 'rebate' | 'other';
      readonly amount: number;
      readonly currency: string;
      readonly timeMs: number;
      /** Of funding, where the venue says them. */
      readonly rate?: number;
      readonly price?: number;
    }
  /** From now on what happens is not told, until it is said that it is again. */
  | { readonly type: 'disconnected'; readonly why: string }
  /** Whatever happened meanwhile was not told: reconcile. */
  | { readonly type: 'reconnected' }
  /** Reads and new orders are refused until then: rely on what rests at the venue. */
  | { readonly type: 'blind'; readonly untilMs: number; readonly why: string };

/** What a venue can do; checked when the strategy is bound, not when the first order is refused. */
export interface VenueAbilities {
  readonly clientIdRule: { readonly pattern: RegExp; readonly longest: number };
  /** Order types that rest at the venue. Where `stop` is missing, a position has no protection there. */
  readonly orderTypes: ReadonlySet<Order['type']>;
  readonly amends: boolean;
  readonly reduceOnly: boolean;
  /** How long a placement that is under way can still arrive; after that, two look-ups tell whether it exists. */
  readonly orderValidityMs: number;
  /** An entry against a position closes it and opens its quantity; elsewhere its quantity is that of both. */
  readonly reverses?: true;
  /** What a run has not heard of its orders is told again without being asked for: of a simulated venue, bar by bar. */
  readonly tellsAgain?: true;
}

export interface VenueMarket {
  readonly symbol: string;
  readonly facts: MarketFacts;
  readonly isTrading: boolean;
  /** An announced settlement or delisting. */
  readonly endsMs?: number;
}

/** All of it rejects with a `VenueError`. Reads retry inside, within a budget; nothing that changes something does. */
export interface Venue {
  readonly name: string;
  readonly abilities: VenueAbilities;
  /** The venue's clock, UTC milliseconds: a monotonic clock plus the offset measured last. */
  now(): number;
  /** Read anew; of one `round` the venue is asked once for all its markets. */
  market(symbol: string, round?: object): Promise<VenueMarket>;

  /** Resolves when the venue has taken the order; `leaves` hears when it is handed to the network. */
  place(order: VenueOrder, leaves?: () => void): Promise<{ readonly venueId: string }>;
  /** Another price or quantity for an order that rests; the venue may give it another number of its own. */
  amend(order: VenueOrder, venueId: string): Promise<{ readonly venueId: string }>;
  /** Resolves when the venue has taken the wish; `gone` follows, or the fill that came before it. */
  cancel(symbol: string, clientId: string, venueId: string | undefined): Promise<void>;

  /** By our id, among open, closed and conditional orders; undefined when the venue knows of none. */
  lookup(symbol: string, clientId: string): Promise<VenueOrderState | undefined>;
  openOrders(symbol: string): Promise<readonly VenueOrderState[]>;
  /** Fills of the account in a market since an instant, in order. */
  fills(symbol: string, sinceMs: number): Promise<readonly VenueFill[]>;
  /** Money that came or went without a trade since an instant, in order; absent where that is told otherwise. */
  income?(
    symbols: readonly string[],
    sinceMs: number,
  ): Promise<readonly Extract<VenueEvent, { readonly type: 'income' }>[]>;
  positions(symbols: readonly string[]): Promise<readonly VenuePosition[]>;
  /** Price of one unit of a currency in another; absent where fees are always paid in the account's. */
  rate?(currency: string, into: string): Promise<number>;
  balances(): Promise<readonly VenueBalance[]>;

  /** Tells of our orders until the signal aborts. Rejects only for what no reconnect can mend. */
  listen(symbols: readonly string[], sink: Sink<VenueEvent>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
