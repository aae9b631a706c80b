/** How a run gets its bars and where its orders go: recorded candles, a venue's bars, or a venue's bars and its orders. */
import type { SessionParts } from '../../runtime/live/session.ts';

export interface RunWay extends Pick<SessionParts, 'open' | 'entriesOnLeaving'> {
  /** Takes the keys of the venue out of a text, wherever they came from. */
  readonly redact?: (text: string) => string;
  /** When no run came of it, or the run is over. */
  close(): Promise<void>;
}
