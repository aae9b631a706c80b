/**
 * What a run asks before a tick closes. Whatever it answers is journaled as inputs of the run, so that a replay of the
 * journal needs no model: it hears the same words again.
 */
import type { RunConfig } from '../../engine/settings.ts';
import type { Degraded, ModelStatus } from '../status.ts';
import type { BoundModel, Input } from '../store/rows.ts';

/** The next tick of an instrument is complete. */
export type TickInput = Extract<Input, { type: 'bar' | 'missing' }>;

export interface Forecaster {
  /** What the run is bound to. */
  readonly bound: readonly BoundModel[];
  /** After recovery, before the first bar: finds the versions that serve, and trains those that are due. */
  start(signal: AbortSignal): Promise<void>;
  /** What is to be journaled before this one is: predictions of the tick that it completes, versions that begin to serve. */
  before(input: TickInput): Promise<readonly Input[]>;
  /** Each input of the run, when it comes and when it is replayed. */
  heard(input: Input): void;
  /** Versions that have answered so far, for the journal's header. */
  used(): NonNullable<RunConfig['models']>;
  status(): readonly ModelStatus[];
  degraded(): readonly Degraded[];
  /** Ends trainings that are under way; what they have kept stays. */
  close(): Promise<void>;
}
