/**
 * The exchange as the engine's surroundings see it: a pair of queues, commands in and events out. What differs between a
 * backtest and a live run is which exchange stands behind them.
 */
import type { Command, EngineEvent } from '../engine/events.ts';

export interface Exchange {
  send(commands: readonly Command[]): void;
  /** The next event, or `undefined` when there is none now. */
  receive(): EngineEvent | undefined;
}
