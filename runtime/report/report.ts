/** What the HTML report is made from. Plain data: whoever ran the backtest fills it in (cli/backtest). */
import type { Period } from '../../language/check/program.ts';
import type { RunResult } from '../engine/result.ts';
import type { Candles } from './downsample.ts';
import type { SpanBars, Statistics } from './statistics.ts';

export interface ReportInput {
  readonly title: string;
  /** What is traded: a symbol, or how many instruments. */
  readonly symbol: string;
  readonly venue: string;
  readonly period: Period;
  readonly source: { readonly name: string; readonly text: string };
  readonly hashes: { readonly plan: string; readonly data: string; readonly journal: string };
  readonly version: string;
  readonly result: RunResult;
  readonly statistics: Statistics;
  /** Bars of the traded span, and the open of each. */
  readonly span: SpanBars & {
    readonly openTimes: Float64Array;
    /** Absent for a portfolio, which has no price of its own. */
    readonly candles?: Candles;
  };
  /** Of a portfolio, what each member brought. */
  readonly members?: readonly MemberRow[];
  readonly plots: readonly PlotSeries[];
  readonly params: readonly { readonly name: string; readonly value: string; readonly changed: boolean }[];
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly string[];
  /** The candles were made up by the market simulator. */
  readonly simulated: boolean;
}

/** Money in the run's currency; `funding` as paid, `exposure` the share of bars with a position. */
export interface MemberRow {
  readonly symbol: string;
  readonly profit: number;
  readonly trades: number;
  readonly fees: number;
  readonly slippage: number;
  readonly funding: number;
  readonly turnover: number;
  readonly exposure: number;
}

export interface PlotSeries {
  readonly name: string;
  /** `price`, or the name of a pane of its own. */
  readonly pane: string;
  /** One value a base tick of the span; NaN where there is none. */
  readonly values: Float64Array;
}

/** Something the result depends on and that the strategy's rules do not say. */
export interface Assumption {
  readonly topic: 'costs' | 'fills' | 'market' | 'data' | 'account';
  readonly label: string;
  readonly value: string;
  /** Deserves a second look. */
  readonly caution: boolean;
}
