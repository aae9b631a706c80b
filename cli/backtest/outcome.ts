/** All that came out of one backtest; the summary, the JSON document and the report are views of it. */
import type { Plan } from '../../compiler/plan.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import type { MarketFacts, MarketSeries } from '../../runtime/data/series.ts';
import type { RunResult } from '../../runtime/engine/result.ts';
import type { ReportInput } from '../../runtime/report/report.ts';
import type { Statistics } from '../../runtime/report/statistics.ts';
import type { ParamValues } from './param_values.ts';

export interface Outcome {
  readonly source: SourceFile;
  readonly plan: Plan;
  /** The plan's `fixed` table under these values. */
  readonly fixed: Float64Array;
  /** Values given with `--set`; the rest stand at what the strategy says. */
  readonly values: ParamValues;
  readonly series: MarketSeries;
  readonly facts: MarketFacts;
  readonly result: RunResult;
  readonly span: ReportInput['span'];
  readonly statistics: Statistics;
  /** Where the capital came from, in words. */
  readonly capitalSource: string;
  /** Close of the first bar at which a rule can fire; absent when none ever can on these bars. */
  readonly firstOrderMs?: number;
  /** The same run under the other bound, when some fills were ambiguous. */
  readonly otherBound?: { readonly bothHit: 'worst' | 'best'; readonly result: RunResult };
  readonly watched: readonly WatchedSeries[];
  readonly warnings: readonly string[];
  /** `--max-gap`, when it was given. */
  readonly maxGapMs?: number;
  readonly simulated: boolean;
  readonly timing: { readonly loadMs: number; readonly compileMs: number; readonly runMs: number };
}

/** A named stream over the traded span. */
export interface WatchedSeries {
  readonly name: string;
  /** Asked for by `--series`, rather than only drawn. */
  readonly asked: boolean;
  /** Pane of a `plot`. */
  readonly pane?: string;
  /** Opens of the bars, UTC milliseconds, and the value at each bar's close. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}
