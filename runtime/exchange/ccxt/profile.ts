/**
 * What is particular to a venue, in one file each: how its client is set up, what calls weigh, how an order is written,
 * what its stream says. Everything else is the same for all.
 */
import type { VenueAbilities, VenueEvent, VenueOrder } from '../../live/ports.ts';
import type { CcxtExchange } from './classes.ts';
import type { ReasonWords } from './errors.ts';
import type { LimiterSettings } from './limiter.ts';
import type { Numbered } from './numbering.ts';
import type { Span } from './spans.ts';

export type CallName =
  | 'markets'
  | 'time'
  | 'bars'
  | 'place'
  | 'cancel'
  | 'order'
  | 'openOrders'
  | 'owners'
  | 'fills'
  | 'balances'
  | 'positions'
  | 'income'
  | 'funding'
  | 'price'
  | 'permissions';

/** How ccxt is asked for an order. */
export interface Placement {
  readonly type: 'market' | 'limit';
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  readonly price: number | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface KeyPermissions {
  readonly canTrade: boolean;
  /** Money or coins can leave the account with this key. */
  readonly canWithdraw: boolean;
  /** What else about the account keeps a run from it. */
  readonly refusal?: string;
}

/** A bar as the venue's stream tells it. */
export interface StreamBar {
  readonly marketId: string;
  readonly openMs: number;
  readonly periodMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** The venue's own word that nothing more will change. */
  readonly closed: boolean;
}

/** A trade of the market, of venues that stream no bars. */
export interface StreamTrade {
  readonly marketId: string;
  readonly timeMs: number;
  readonly price: number;
  readonly quantity: number;
}

/** What one message of the venue's streams says; an order's symbol is still the venue's own name. */
export type StreamNews =
  | { readonly type: 'bar'; readonly bar: StreamBar }
  | { readonly type: 'trade'; readonly trade: StreamTrade }
  /** From now on all trades of the market are told. */
  | { readonly type: 'trades begin'; readonly marketId: string }
  | {
      readonly type: 'user';
      readonly marketId: string;
      readonly event: VenueEvent;
      /** The venue's number of the order, where the event itself has none. */
      readonly venueId?: string;
      /** The venue's number of what a conditional order has become: the event's client id may be any. */
      readonly triggeredAs?: string;
    }
  /** The venue has taken a subscription to market data. */
  | { readonly type: 'subscribed' }
  /** Whose order a number of the venue's is. */
  | { readonly type: 'owner'; readonly venueId: string; readonly clientId: string }
  /** Something of this market's orders changed and the message does not say all: look them up. */
  | { readonly type: 'look'; readonly marketId: string }
  /** Messages before this one were lost. */
  | { readonly type: 'lost' }
  /** The user stream is no longer what it was. */
  | { readonly type: 'user ended'; readonly why: string };

export interface ListedIncome extends Omit<Extract<VenueEvent, { type: 'income' }>, 'type' | 'symbol'> {
  readonly marketId: string;
}

/** Whose a triggered order is: the venue's number of it, and the client id of the conditional one. */
export interface ConditionalOwner {
  readonly venueId: string;
  readonly clientId: string;
}

/** Asks for one page of a list: each counts its weight, and is asked again by itself. */
export type AskPage = <T>(ask: () => Promise<T>) => Promise<T>;

export type StreamKind = 'market' | 'user';

export interface UserStream {
  /** Resolves when the venue has confirmed the subscription. */
  readonly ready: Promise<void>;
  /** Settles when the stream has ended; rejects with what ended it. */
  readonly ended: Promise<void>;
}

export interface VenueProfile {
  readonly name: string;
  readonly kind: 'spot' | 'perpetual';
  readonly abilities: VenueAbilities;
  /** Calls that ccxt would make and that are not needed. */
  readonly hasNot?: readonly string[];
  /** The venue's clock, where ccxt's own call is too coarse. */
  time?(exchange: CcxtExchange): Promise<number>;
  /** ccxt's options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Addresses of REST are redirected on their way; those of streams in ccxt's own table, of which these are the roots. */
  readonly streamUrls: readonly (readonly string[])[];
  readonly usedWeightHeader: string | undefined;
  /** What it counts by shorter times than a minute. */
  readonly spans: readonly Span[];
  readonly limits: LimiterSettings;
  readonly weights: Readonly<Record<CallName, number>>;
  readonly reasons: ReasonWords;
  /** Most bars of one answer. */
  readonly barsPerCall: number;
  placement(order: VenueOrder, exchange: CcxtExchange): Placement;
  permissions(exchange: CcxtExchange): Promise<KeyPermissions>;
  /** Conditional orders are in lists of their own, with numbers of their own. */
  readonly keepsConditionalApart: boolean;
  /** Orders by our id, in every place where they may be: ccxt's parameters of each, ordinary ones first. */
  readonly lookups: readonly ((clientId: string) => Readonly<Record<string, unknown>>)[];
  /** Lists of open orders, in the same order as `lookups`. */
  readonly openOrderLists: readonly Readonly<Record<string, unknown>>[];
  /** Cancels by the venue's number, where ccxt does not pass on why it was refused. */
  cancel?(exchange: CcxtExchange, venueId: string): Promise<unknown>;
  /** Cancels by our id, in the same places as `lookups`. */
  readonly cancels: readonly ((clientId: string) => Readonly<Record<string, unknown>>)[];
  /** Where a venue finds no order by our id: the order among its latest, as ccxt gives it. */
  find?(exchange: CcxtExchange, symbol: string, clientId: string, now: number, page: AskPage): Promise<unknown>;
  /** It cancels by its own number alone. */
  readonly cancelsByVenueId?: boolean;
  /** As `fetchBalance` gives them, where ccxt reads the first page alone. */
  balances?(exchange: CcxtExchange, page: AskPage): Promise<unknown>;
  /** All trades of the account in a market since an instant, page by page, as ccxt gives them; some may come twice. */
  trades(exchange: CcxtExchange, symbol: string, sinceMs: number, page: AskPage): Promise<readonly unknown[]>;
  /** The venue's number of what a conditional order has become, from the order as the venue gave it. */
  actualOrder?(info: unknown): string | undefined;
  /** Whose the orders are that conditional ones of a market have become: of those placed in the week before an instant, or until now. */
  conditionalOwners?(
    exchange: CcxtExchange,
    symbol: string,
    beforeMs: number | undefined,
  ): Promise<readonly ConditionalOwner[]>;
  /** Whether an order came of a conditional one; from the order as the venue gave it. */
  wasConditional?(info: unknown): boolean;
  /** When a market ends, where the venue has announced it and ccxt does not pass it on; from the market as the venue gave it. */
  endOf?(info: unknown): number | undefined;
  /** Money that came or went without a trade, of all markets, since an instant; absent where there is none. */
  income?(exchange: CcxtExchange, sinceMs: number, page: AskPage): Promise<readonly ListedIncome[]>;
  /** Reads a message of a stream; also what ccxt would not pass on. */
  news(message: Readonly<Record<string, unknown>>): readonly StreamNews[];
  /** A message's number, of venues that count them. */
  numbered?(message: Readonly<Record<string, unknown>>): Numbered | undefined;
  /** What the stream of this address carries. */
  streamKinds(url: string): readonly StreamKind[];
  /** Subscribes to our own orders. */
  user(exchange: CcxtExchange, symbols: readonly string[]): UserStream;
  /** Subscribes to a market's bars or trades; settles when the stream has ended. */
  market(exchange: CcxtExchange, symbols: readonly string[], timeframe: string): Promise<void>;
}
