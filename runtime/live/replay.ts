/** A rehearsal: recorded bars through the path of a live run. */
import { openTimeOf } from '../../language/check/calendar.ts';
import type { GapPolicy } from '../data/gaps.ts';
import type { MarketSet } from '../data/market-set.ts';
import { recordedFeed } from './recorded-feed.ts';
import type { SimulatedRunParts } from './simulated-run.ts';

export interface Recorded {
  readonly set: Pick<MarketSet, 'members' | 'hash'>;
  /** What stands in the place of a bar that an instrument lacks, by its number. */
  readonly gaps: readonly GapPolicy[];
  /** Times faster than the bars were; absent: as fast as they are taken. */
  readonly speed?: number;
}

/** What a simulated run takes from recorded bars. */
export function replayOf({ set, gaps, speed }: Recorded) {
  const [first] = set.members;
  const [base] = first?.clocks ?? [];
  if (first === undefined || base === undefined) throw new Error('a market has at least its base clock');
  const clock = () => performance.now();
  return {
    mode: 'replay',
    feed: recordedFeed({ members: set.members, clock, ...(speed !== undefined && { speed }) }),
    periodMs: base.period.kind === 'fixed' ? base.period.ms : Number.NaN,
    dataHash: set.hash,
    spec: {
      clocks: first.clocks,
      firstMs: openTimeOf(base.period, base.firstOrdinal),
      capacity: base.length,
      markets: set.members.map(({ mark, funding, firstTick, endTick }, number) => ({
        gaps: gaps[number] ?? 'hold',
        hasMarks: mark !== undefined,
        hasFunding: funding !== undefined,
        ...(firstTick > 0 && { firstTick }),
        ...(endTick < base.length && { endTick }),
      })),
    },
  } as const satisfies Partial<SimulatedRunParts>;
}
