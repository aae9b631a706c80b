/** Where an operation stands, for messages. */
import type { Span } from '../syntax/tree.ts';
import type { Place } from './scope.ts';

/** The site of an operation, for messages: its own span and words, and where each argument stands. */
export interface Site {
  readonly place: Place;
  readonly span: Span;
  /** As messages name it: `+`, `sma`. */
  readonly operation: string;
  readonly spans: readonly Span[];
}

export function spanOfArgument(site: Site, index: number): Span {
  return site.spans[index] ?? site.span;
}
