/**
 * The way of every request: redirected where a rehearsal asks for it, its answer checked before ccxt sees it, what it says
 * of limits told to the limiter.
 */
import { HollowAnswer, NotSent, ServerFailure, TurnedAway } from './errors.ts';
import type { Limiter } from './limiter.ts';
import { redirected } from './redirect.ts';

interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBufferLike>;
}

export interface TransportSettings {
  readonly redirect: string | undefined;
  /** Headers that say how much weight the present minute has cost. */
  readonly usedWeightHeader: string | undefined;
  /** Hears that a request is handed to the network now, from within the call that makes it. */
  readonly leaves: () => void;
  /** The venue's clock. */
  readonly now: () => number;
}

/** Connections that never came to be: not a byte of the request was written. */
const UNCONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export type Fetch = (url: string, request: RequestInit) => Promise<Answer>;

export function transport({ redirect, usedWeightHeader, leaves, now }: TransportSettings, limiter: Limiter): Fetch {
  return async (url, { method, headers, body, signal }) => {
    leaves();
    const sentMs = now();
    const response = await fetch(redirect === undefined ? url : redirected(url, redirect), {
      method: method ?? 'GET',
      headers: headers ?? {},
      body: body ?? null,
      signal: signal ?? null,
      // A venue does not send us elsewhere; what is signed must not go there.
      redirect: 'error',
    }).catch((error: unknown) => {
      if (isUnconnected(error)) throw new NotSent('no connection to the venue', { cause: error });
      throw error;
    });
    const { status, statusText } = response;
    const used = Number(usedWeightHeader === undefined ? Number.NaN : response.headers.get(usedWeightHeader));
    if (used > 0) limiter.reported(used, sentMs);
    if (status === 429 || status === 418) {
      const seconds = Number(response.headers.get('retry-after'));
      limiter.refused(seconds > 0 ? seconds * 1000 : undefined, status === 418);
      const words = await response.text().catch(() => '');
      throw new TurnedAway(`the venue answered with ${status} ${statusText} ${words}`);
    }
    // Whatever a venue's table of errors makes of it: a server that failed does not say what it had done.
    if (status >= 500 || status === 408) throw new ServerFailure(`the venue answered with ${status} ${statusText}`);
    const text = await response.text();
    if (status === 200 && !/^\s*[[{]/.test(text))
      throw new HollowAnswer('the venue answered with nothing that can be read');
    return {
      status,
      statusText,
      headers: response.headers,
      text: async () => text,
      arrayBuffer: async () => new TextEncoder().encode(text).buffer,
    };
  };
}

function isUnconnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { cause } = error;
  const causes = cause instanceof AggregateError ? cause.errors : [cause];
  return (
    causes.length > 0 && causes.every(each => UNCONNECTED.has(String((each as { code?: unknown } | undefined)?.code)))
  );
}
