/**
 * Running strategies while they are written: the port that the server has and somebody else fills in (on another thread,
 * with the house's one backtest), and what the server keeps of each document's latest run.
 */

import type { Configuration } from '../../language/check/configuration.ts';
import type { Sample } from './features/hover.ts';
import type { RunStatus, RunSummary, Settings, TradeBars, TradeRow, Unavailable } from './protocol.ts';

/** A strategy as it stands in the editor, with all that a run needs. */
export interface RunJob {
  readonly uri: string;
  readonly version: number;
  /** As messages and documents name it: the path where there is one. */
  readonly name: string;
  readonly text: string;
  readonly form: 'vela' | 'yaml';
  /** Files that `use` names, as they stand in the editor. */
  readonly modules: readonly {
    readonly path: string;
    readonly name: string;
    readonly text: string;
    readonly form: 'vela' | 'yaml';
  }[];
  readonly settings: Settings;
  /** What relative paths of the settings are relative to. */
  readonly folder: string;
  /** The documents of the deployment as they stand in the editor. */
  readonly configuration: Configuration;
}

export interface Fired {
  readonly count: number;
  /** Close of the last bar at which it held, ISO. */
  readonly last?: string;
}

/** How the result changes with a param, the others as they are. */
export interface Sensitivity {
  readonly param: string;
  readonly values: readonly number[];
  /** Total return at each of them; null where the run was refused. */
  readonly returns: readonly (number | null)[];
  /** Number of the strategy's own value. */
  readonly own: number;
}

export interface RunFigures {
  readonly summary: RunSummary;
  readonly currency: string;
  /** By the name of the stream. */
  readonly samples: readonly (readonly [string, Sample])[];
  readonly signals: readonly (readonly [string, Fired])[];
  /** By the offset at which the rule begins. */
  readonly rules: readonly (readonly [number, Fired])[];
  readonly trades: readonly TradeRow[];
  readonly warnings: readonly string[];
}

export type RunTold =
  | { readonly of: 'figures'; readonly uri: string; readonly version: number; readonly figures: RunFigures }
  | {
      readonly of: 'sensitivity';
      readonly uri: string;
      readonly version: number;
      readonly sensitivity: readonly Sensitivity[];
    }
  | {
      readonly of: 'status';
      readonly uri: string;
      readonly version: number;
      readonly status: Exclude<RunStatus, { state: 'done' }>;
    };

export interface Runner {
  /** Of several jobs for one document only the latest counts; the others stop where they are. */
  readonly run: (job: RunJob) => void;
  readonly forget: (uri: string) => void;
  readonly report: (job: RunJob) => Promise<{ readonly html: string } | Unavailable>;
  readonly trade: (job: RunJob, trade: number) => Promise<TradeBars | Unavailable>;
  /** Trains the models of a job, beside its runs; `tell` hears how far it is. */
  readonly train: (job: RunJob, tell: (how: string) => void) => Training;
  readonly end: () => void;
}

export interface Training {
  readonly done: Promise<{ readonly trained: number } | Unavailable>;
  readonly stop: () => void;
}

export type StartRunner = (tell: (told: RunTold) => void) => Runner;

/** What is known of a document's runs. Figures stay on show while the next ones are made. */
export interface Latest {
  readonly status: RunStatus;
  readonly figures?: RunFigures;
  readonly sensitivity?: readonly Sensitivity[];
  /** Version of the document that the figures are of. */
  readonly version: number;
}
