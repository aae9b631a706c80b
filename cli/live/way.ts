/** How a run gets its bars and where its orders go: recorded candles, a venue's bars, or a venue's bars and its orders. */
import type { SessionParts } from '../../runtime/live/session.ts';

export interface RunWay extends Pick<SessionParts, 'open' | 'entriesOnLeaving'> {
  /** When no run came of it, or the run is over. */
  close(): Promise<void>;
}
