/** All that came out of one backtest; the summary, the JSON document and the report are views of it. */
import type { Plan } from '../../compiler/plan.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import type { MarketSet, PlacedSeries } from '../../runtime/data/market-set.ts';
import type { RunResult } from '../../runtime/engine/result.ts';
import { tradedInstrument } from '../../runtime/engine/settings.ts';
import type { PortfolioResult } from '../../runtime/portfolio/result.ts';
import type { ReportInput } from '../../runtime/report/report.ts';
import type { Statistics } from '../../runtime/report/statistics.ts';
import type { TrialsSoFar } from '../ledger.ts';
import type { Predictions } from '../models/predictions.ts';
import type { FactTable } from './facts.ts';
import type { ParamValues } from './param_values.ts';

export interface Outcome {
  readonly source: SourceFile;
  readonly plan: Plan;
  /** The plan's `fixed` table under these values. */
  readonly fixed: Float64Array;
  /** Values given with `--set`; the rest stand at what the strategy says. */
  readonly values: ParamValues;
  /** The data of all instruments, as the run saw them. */
  readonly set: MarketSet;
  /** The one instrument that is traded; absent for a portfolio. */
  readonly traded?: PlacedSeries;
  /** The result once more, where it is a portfolio's. */
  readonly portfolio?: PortfolioResult;
  readonly facts: FactTable;
  readonly result: RunResult;
  readonly span: ReportInput['span'];
  readonly statistics: Statistics;
  /** Where the capital came from, in words. */
  readonly capitalSource: string;
  /** Close of the first bar at which an order can be decided; absent when none ever can on these bars. */
  readonly firstOrderMs?: number;
  /** The same run under the other bound, when some fills were ambiguous. */
  readonly otherBound?: { readonly bothHit: 'worst' | 'best'; readonly result: RunResult };
  /** What the project's ledger says; absent outside of a project. */
  readonly trials?: TrialsSoFar;
  /** Which versions of which models the run went by. */
  readonly models?: Predictions;
  readonly watched: readonly WatchedSeries[];
  readonly warnings: readonly string[];
  /** `--max-gap`, when it was given. */
  readonly maxGapMs?: number;
  readonly simulated: boolean;
  readonly timing: { readonly loadMs: number; readonly compileMs: number; readonly runMs: number };
}

/** The one instrument that is traded; undefined for a portfolio. */
export function instrumentOf(plan: Plan): Plan['instruments'][number] | undefined {
  return plan.rebalances.length > 0 ? undefined : tradedInstrument({ plan });
}

/** What is traded and where: a symbol, or how many instruments. */
export function marketOf(plan: Plan): { readonly symbol: string; readonly venue: string } {
  const instrument = instrumentOf(plan);
  if (instrument !== undefined) return { symbol: instrument.symbol, venue: instrument.venue };
  const venues = [...new Set(plan.instruments.map(({ venue }) => venue))].join(', ');
  return { symbol: `${plan.instruments.length} instruments`, venue: venues };
}

/** A named stream over the traded span. */
export interface WatchedSeries {
  readonly name: string;
  /** Of a universe's stream: whose it is. */
  readonly member?: string;
  /** Asked for by `--series`, rather than only drawn. */
  readonly asked: boolean;
  /** Pane of a `plot`. */
  readonly pane?: string;
  /** Opens of the bars, UTC milliseconds, and the value at each bar's close. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}
