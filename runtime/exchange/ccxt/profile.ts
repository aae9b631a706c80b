/**
 * What is particular to a venue, in one file each: how its client is set up, what calls weigh, how an order is written,
 * what its stream says. Everything else is the same for all.
 */
import type { VenueAbilities, VenueEvent, VenueOrder } from '../../live/ports.ts';
import type { CcxtExchange } from './classes.ts';
import type { ReasonWords } from './errors.ts';
import type { LimiterSettings } from './limiter.ts';

export type CallName =
  | 'markets'
  | 'time'
  | 'bars'
  | 'place'
  | 'cancel'
  | 'order'
  | 'openOrders'
  | 'fills'
  | 'balances'
  | 'positions'
  | 'income'
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
  | { readonly type: 'user'; readonly marketId: string; readonly event: VenueEvent }
  /** Something of this market's orders changed and the message does not say all: look them up. */
  | { readonly type: 'look'; readonly marketId: string }
  /** The user stream is no longer what it was. */
  | { readonly type: 'user ended'; readonly why: string };

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
  /** ccxt's options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Addresses of REST are redirected on their way; those of streams in ccxt's own table, of which these are the roots. */
  readonly streamUrls: readonly (readonly string[])[];
  readonly usedWeightHeader: string | undefined;
  readonly limits: LimiterSettings;
  readonly weights: Readonly<Record<CallName, number>>;
  readonly reasons: ReasonWords;
  /** Most bars of one answer. */
  readonly barsPerCall: number;
  placement(order: VenueOrder): Placement;
  permissions(exchange: CcxtExchange): Promise<KeyPermissions>;
  /** Orders by our id, in every place where they may be: one call of ccxt each. */
  readonly lookups: readonly { readonly params: (clientId: string) => Readonly<Record<string, unknown>> }[];
  /** Further lists of open orders: conditional ones. */
  readonly openOrderLists: readonly Readonly<Record<string, unknown>>[];
  cancelParams(clientId: string, wasConditional: boolean): Readonly<Record<string, unknown>>;
  /** Reads a message of a stream; also what ccxt would not pass on. */
  news(message: Readonly<Record<string, unknown>>): readonly StreamNews[];
  isUserStream(url: string): boolean;
  /** Subscribes to our own orders. */
  user(exchange: CcxtExchange, symbols: readonly string[]): UserStream;
  /** Subscribes to a market's bars or trades; settles when the stream has ended. */
  market(exchange: CcxtExchange, symbols: readonly string[], timeframe: string): Promise<void>;
}
