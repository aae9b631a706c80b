/** What a venue's protocol gives the server: routes, how it checks a request, how it says no, and its streams. */
import type { HttpAnswer } from './faults.ts';

export interface VenueRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Of the query and of a form or JSON body. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** As they were signed. */
  readonly query: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface Route {
  readonly method: string;
  readonly host: string;
  /** `:name` stands for any part of the path, which becomes a parameter. */
  readonly path: string;
  readonly weight: number;
  readonly isSigned: boolean;
  readonly handle: (request: VenueRequest) => unknown;
}

/** One connected client of a stream. */
export interface StreamClient {
  readonly host: string;
  readonly path: string;
  /** `name`: which event it is, for scripted faults. */
  send(name: string, message: unknown): void;
  close(): void;
}

export interface StreamSession {
  receive(message: Readonly<Record<string, unknown>>): void;
  closed(): void;
}

export interface Counted {
  readonly name: string;
  readonly most: number;
  readonly perMs: number;
  readonly refusal: string;
}

export interface Protocol {
  readonly hosts: readonly string[];
  readonly routes: readonly Route[];
  /** Throws what `refuse` makes an answer of. */
  authenticate(request: VenueRequest): void;
  refuse(error: unknown): HttpAnswer;
  readonly weightLimit: number;
  /** What it counts besides, of this route; the answer to what goes over. */
  counted(route: Route): readonly Counted[];
  connect(client: StreamClient): StreamSession;
  /** Sent with each answer. */
  headers(usedWeight: number): Readonly<Record<string, string>>;
}
