/**
 * What a failed call means. ccxt's hierarchy has two halves: an `ExchangeError` is the venue's word and final; an
 * `OperationFailed` (network, time-out, limits, maintenance, clock) says nothing about whether the request did its work.
 * A read may be asked again; a placement never.
 */
import { type RejectReason, VenueError } from '../../live/ports.ts';
import type { CcxtErrors } from './classes.ts';
import type { Redact } from './keys.ts';

/** Thrown before a byte has left: by the limiter, or when no connection came to be. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

/** An answer of 200 with nothing in it, or with something that is no JSON: ccxt takes some of them for empty results. */
export class HollowAnswer extends Error {
  override readonly name = 'HollowAnswer';
}

/** An answer of 5xx: the request may have done its work. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure';
}

/** An answer of 429 or 418: the venue turned the request away for the number of requests before it, and did nothing. */
export class TurnedAway extends Error {
  override readonly name = 'TurnedAway';
}

/** Words of a venue that say more than ccxt's class does; first match counts. */
export type ReasonWords = readonly (readonly [RegExp, RejectReason])[];

export interface ErrorSorter {
  /** The venue itself says that it does nothing now. */
  isDown(error: unknown): boolean;
  /** Thrown by the client itself: no word of the venue, and nothing of the network. */
  isClients(error: unknown): boolean;
  /** Placements, cancels and reads alike: what is known after the call. */
  sort(error: unknown): VenueError;
  /** May be asked again, if it was a read; how long to wait at least, as far as the kind of error says. */
  retry(error: unknown): { readonly waitMs: number; readonly isClock: boolean } | undefined;
}

export function errorSorter(errors: CcxtErrors, words: ReasonWords, redact: Redact): ErrorSorter {
  const reasons: readonly (readonly [keyof CcxtErrors, RejectReason])[] = [
    ['OrderImmediatelyFillable', 'price already through'],
    ['OrderNotFound', 'no such order'],
    ['InsufficientFunds', 'insufficient funds'],
    ['InvalidOrder', 'invalid order'],
    ['PermissionDenied', 'permission'],
    ['AuthenticationError', 'authentication'],
    ['MarketClosed', 'not trading'],
    ['BadSymbol', 'not trading'],
  ];

  /** What was sorted already and said that the venue does nothing now. */
  const sortedDown = new WeakSet<object>();

  function sort(error: unknown): VenueError {
    const sorted = meaning(error);
    if (isDown(error)) sortedDown.add(sorted);
    return sorted;
  }

  function meaning(error: unknown): VenueError {
    if (error instanceof VenueError) return error;
    const message = redact(textOf(error));
    // A venue that counts requests, or looks at when they were signed, does so before it acts on them.
    if (error instanceof NotSent || error instanceof TurnedAway || error instanceof errors.InvalidNonce)
      return new VenueError('not sent', message);
    // The cause stays out: it holds the message with everything in it.
    if (!(error instanceof errors.ExchangeError)) return new VenueError('unknown', message);
    // Ids are never used twice: an order with this id is the one that was to be placed.
    if (error instanceof errors.DuplicateOrderId || /duplicate/i.test(message))
      return new VenueError('unknown', message);
    const word = words.find(([pattern]) => pattern.test(message))?.[1];
    const final: Error = error;
    const reason = word ?? reasons.find(([name]) => final instanceof errors[name])?.[1] ?? 'other';
    return new VenueError('rejected', message, reason);
  }

  function retry(error: unknown) {
    if (error instanceof errors.InvalidNonce) return { waitMs: 0, isClock: true };
    if (error instanceof TurnedAway) return { waitMs: 1000, isClock: false };
    if (error instanceof errors.DDoSProtection || error instanceof errors.RateLimitExceeded)
      return { waitMs: 1000, isClock: false };
    if (error instanceof errors.ExchangeNotAvailable || error instanceof ServerFailure)
      return { waitMs: 250, isClock: false };
    if (error instanceof errors.OperationFailed || error instanceof HollowAnswer || error instanceof NotSent)
      return { waitMs: 100, isClock: false };
    return undefined;
  }
  const isDown = (error: unknown) =>
    error instanceof errors.ExchangeNotAvailable ||
    error instanceof ServerFailure ||
    (error instanceof VenueError && sortedDown.has(error));
  const known = [errors.BaseError, VenueError, NotSent, TurnedAway, HollowAnswer, ServerFailure];
  const isClients = (error: unknown) => !known.some(of => error instanceof of);
  return { sort, retry, isDown, isClients };
}

/** ccxt puts the address with all its parameters into its words. */
const QUERY = /(https?:\/\/[^\s?]+)\?\S*/g;

function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(QUERY, '$1');
}
