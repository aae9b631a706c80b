/**
 * What goes wrong, by script: each fault waits for the requests it is meant for and is used up by them. Between the moment
 * at which an order takes effect and the moment at which its sender hears of it, everything can happen.
 */
import type { VenueRequest } from './protocol.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpFault {
  /** `POST /api/v3/order`, or the end of it. */
  readonly on: string;
  /** Of these alone, by their parameters. */
  readonly of?: (params: VenueRequest['params']) => boolean;
  /** Before or after the request has done its work. */
  readonly when: 'before' | 'after';
  /**
   * `silence`: the connection stays open without a word; `cut`: it is closed without one. `delay`: an answer, late. `twice`:
   * somebody on the way sends the request once more, and the venue does both.
   */
  readonly answer: 'silence' | 'cut' | 'delay' | 'twice' | HttpAnswer;
  readonly delayMs?: number;
  /** What a delay waits for instead. */
  readonly until?: Promise<unknown>;
  /** Once when unsaid. */
  readonly times?: number;
}

export type SocketFault =
  /** The next messages of a stream come twice. */
  | { readonly kind: 'twice'; times: number }
  /** The next message waits until the one after it has been sent. */
  | { readonly kind: 'swap'; times: number }
  /** The next messages are lost. */
  | { readonly kind: 'lose'; times: number };

export class Faults {
  readonly #http: { readonly fault: HttpFault; left: number }[] = [];
  /** The kind of stream they are meant for: a part of the event's name. */
  readonly sockets: { readonly on: string; readonly fault: SocketFault }[] = [];

  add(fault: HttpFault): void {
    this.#http.push({ fault, left: fault.times ?? 1 });
  }

  addSocket(on: string, fault: SocketFault): void {
    this.sockets.push({ on, fault });
  }

  clear(): void {
    this.#http.length = 0;
    this.sockets.length = 0;
  }

  /** The fault of this request, used up by it. */
  take(request: string, params: VenueRequest['params']): HttpFault | undefined {
    const found = this.#http.find(
      ({ fault, left }) => left > 0 && request.endsWith(fault.on) && fault.of?.(params) !== false,
    );
    if (found === undefined) return undefined;
    found.left--;
    return found.fault;
  }

  takeSocket(event: string): SocketFault | undefined {
    const found = this.sockets.find(({ on, fault }) => fault.times > 0 && event.includes(on))?.fault;
    if (found !== undefined) found.times--;
    return found;
  }
}
