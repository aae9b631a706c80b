/**
 * What goes along with a run and is not the run: the terminal, metrics, health, alerts, checks by the minute. A session starts
 * its companions when the run stands where its journal ends, and stops them before it ends. None of them touches the
 * engine: what is to change there goes through `run.take`, which journals it.
 */
import type { RunResult } from '../engine/result.ts';
import type { RunFolder } from './folder.ts';
import type { LiveTrader } from './live-trader.ts';
import type { LiveRun, Notice } from './run.ts';
import type { Degraded, ModelStatus, RunStatus } from './status.ts';
import type { Row, RunBinding, SnapshotRow } from './store/rows.ts';

/** A run with the world on its other side; simulated-run.ts and live-run.ts open them. */
export interface OpenRun {
  readonly run: LiveRun;
  readonly trader: LiveTrader;
  readonly binding: RunBinding;
  /** Goes back to where the rows of a journal end, and makes sure of what was under way; waits for a venue that does not answer. */
  recover(rows: Iterable<Row>, snapshot?: SnapshotRow, starting?: Starting): Promise<void>;
  /** Follows the bars from the next one on until they end or the signal aborts. */
  follow(signal: AbortSignal): Promise<void>;
  /** Hears what its venue has still to tell, when no bars come any more; absent: a real venue tells by itself. */
  hear?(): Promise<void>;
  /** As a backtest over the bars so far would have it. */
  result(): RunResult;
  /** What keeps it from doing all that it should; absent: nothing can. */
  degraded?(): readonly Degraded[];
  /** Of the models that answer in it. */
  models?(): readonly ModelStatus[];
  /** Lets go of the venue and of what was opened for it. */
  close(): Promise<void>;
}

export interface Starting {
  /** The process is to end: nothing is waited for any more. */
  readonly signal: AbortSignal;
  /** Why it has not begun yet, for whoever looks at the run; undefined: nothing keeps it any more. */
  readonly waits: (why: string | undefined) => void;
}

/** What a companion may see of a session, and ask of it. */
export interface SessionView {
  readonly folder: RunFolder;
  readonly opened: OpenRun;
  readonly state: RunStatus['state'];
  /** Why it is not running, in words. */
  readonly why: string | undefined;
  readonly startedMs: number;
  /** Something went wrong that the run cannot go on with: it ends, and the command tells this error. */
  fail(error: unknown): void;
}

export interface Companion {
  /** After recovery, before the first bar. What it throws ends the run. */
  start?(session: SessionView): void | Promise<void>;
  /** As it happens, from the first one of the recovery on. */
  notice?(notice: Notice): void;
  /** How the run is, each second and once at the end. */
  status?(status: RunStatus): void;
  /** Also when the run has failed. */
  stop?(): void | Promise<void>;
}
