/** A rehearsal: recorded bars through the path of a live run. */
import { openTimeOf } from '../../language/check/calendar.ts';
import type { GapPolicy } from '../data/gaps.ts';
import type { MarketSeries } from '../data/series.ts';
import { recordedFeed } from './recorded-feed.ts';
import type { SimulatedRunParts } from './simulated-run.ts';

export interface Recorded {
  readonly series: MarketSeries;
  readonly gaps: GapPolicy;
  /** Times faster than the bars were; absent: as fast as they are taken. */
  readonly speed?: number;
}

/** What a simulated run takes from recorded bars. */
export function replayOf({ series, gaps, speed }: Recorded) {
  const [base] = series.clocks;
  if (base === undefined) throw new Error('a market has at least its base clock');
  const clock = () => performance.now();
  return {
    mode: 'replay',
    feed: recordedFeed({ series, clock, ...(speed !== undefined && { speed }) }),
    symbol: series.symbol,
    periodMs: base.period.kind === 'fixed' ? base.period.ms : Number.NaN,
    dataHash: series.hash,
    spec: {
      clocks: series.clocks,
      gaps,
      firstMs: openTimeOf(base.period, base.firstOrdinal),
      capacity: base.length,
      hasMarks: series.mark !== undefined,
      hasFunding: series.funding !== undefined,
    },
  } as const satisfies Partial<SimulatedRunParts>;
}
