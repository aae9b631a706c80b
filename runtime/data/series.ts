/** Bars and funding as the runtime holds them: columns, never rows. */
import type { Period } from '../../language/check/program.ts';
import type { DataWarning } from './errors.ts';

export interface BarColumns {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** Real bars as the files had them: sorted, no stamp twice, gaps as gaps. */
export interface RawBars extends BarColumns {
  /** UTC epoch milliseconds of each bar's open. */
  readonly times: Float64Array;
  readonly periodMs: number;
  readonly length: number;
  /** SHA-256 over the columns, hex. */
  readonly hash: string;
  readonly files: readonly string[];
}

export interface FundingEvents {
  /** Settlement instants, UTC epoch milliseconds. */
  readonly times: Float64Array;
  /** Rate as a fraction of notional, paid by longs to shorts when positive. */
  readonly rates: Float64Array;
  readonly hash: string;
}

/** Bars on a clock: one entry a tick from the first real bar to the last, holes held (or absent) and marked. */
export interface BarTable extends BarColumns {
  readonly period: Period;
  readonly firstOrdinal: number;
  readonly length: number;
  /** 1 where no real bar exists. */
  readonly held: Uint8Array;
}

/** All that a run of one instrument needs to know of the market. */
export interface MarketSeries {
  readonly symbol: string;
  readonly venue: string;
  /** Entry 0 is the base clock, then the strategy's other clocks. */
  readonly clocks: readonly BarTable[];
  /** As in `LaneData.completed`. */
  readonly completed: readonly Int32Array[];
  /** Mark bars on the base clock, same ticks as `clocks[0]`. */
  readonly mark?: BarTable;
  readonly funding?: FundingEvents;
  readonly quality: QualityReport;
  /** What the loader wants a person to know; printed with the result. */
  readonly warnings?: readonly DataWarning[];
  /** Where the bars came from: paths, or one entry that says they are simulated. */
  readonly files?: readonly string[];
  /** Over everything that a run can see of the data, hex. */
  readonly hash: string;
}

/** Counted over the traded span, but for what was dropped or seen while reading: that is counted over the files. */
export interface QualityReport {
  /** Bars of the files' own length. */
  readonly rows: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly periodMs: number;
  readonly missingBars: number;
  readonly longestGap?: { readonly fromMs: number; readonly toMs: number; readonly bars: number };
  /** Over the files. */
  readonly duplicates: number;
  readonly outOfOrder: number;
  readonly offGrid: number;
  readonly merged: number;
  readonly ohlcViolations: number;
  readonly zeroVolume: number;
  /** Of the files. */
  readonly unfinishedLast: boolean;
  /** Coarser bars built from fewer finer bars than they span. */
  readonly thinBars: number;
  readonly heldBars: number;
}

/** Venue facts of an instrument, with where they came from. Steps are decimal text, kept exact. */
export interface MarketFacts {
  /** Smallest price step; absent: prices are not rounded. */
  readonly tick?: string;
  readonly lot?: string;
  readonly minNotional?: string;
  /** Maintenance margin ratio of linear perpetuals. */
  readonly maintenance: number;
  readonly source: string;
}
