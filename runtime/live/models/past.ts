/** The bars before a run, which its models learn from: of recorded candles the earlier ones, of a venue its history. */
import { openTimeOf } from '../../../language/check/calendar.ts';
import type { MarketSet } from '../../data/market-set.ts';
import type { MarketSeries } from '../../data/series.ts';
import { type GridSpec, LiveGrid } from '../grid.ts';
import { pricesAt } from '../market.ts';
import type { Feed, LiveBar, MarkPrices, Settlement } from '../ports.ts';
import { Ground } from './ground.ts';

/** A tick before the run, of one instrument. */
export interface PastTick {
  readonly bar?: LiveBar | undefined;
  readonly mark?: MarkPrices | undefined;
}

export interface Past {
  /** Begins with the first bar before the run, and has room for all of the run's. */
  readonly spec: GridSpec;
  /** By instrument, as many ticks as lie before the run. */
  readonly ticks: readonly (readonly PastTick[])[];
  /** By instrument, those of the ticks. */
  readonly settlements: readonly (readonly Settlement[])[];
}

/** `firstMs`: open of the run's first bar. Throws a RangeError where bars before it are not there. */
export function groundWith({ spec, ticks, settlements }: Past, firstMs: number): Ground {
  const ground = new Ground(new LiveGrid(spec), firstMs);
  const { grid, past } = ground;
  settlements.forEach((each, instrument) => {
    for (const { timeMs, rate } of each) grid.market(instrument).addFunding(timeMs, rate);
  });
  for (let tick = 0; tick < past; tick++) {
    ticks.forEach((each, instrument) => {
      const { bar, mark } = each[tick] ?? {};
      grid.append(instrument, bar, bar?.mark ?? mark);
    });
  }
  if (grid.length !== past) throw new RangeError(`${grid.length} of ${past} ticks before the run are there`);
  return ground;
}

/** Of recorded candles: those before base tick `start`, where the run begins. `spec`: of the run. */
export function recordedPast({ members }: Pick<MarketSet, 'members'>, spec: GridSpec, start: number): Past {
  const base = members[0]?.clocks[0];
  if (base === undefined) throw new Error('a run has at least one instrument');
  return {
    spec: {
      ...spec,
      firstMs: openTimeOf(base.period, base.firstOrdinal),
      capacity: spec.capacity + start,
      markets: spec.markets.map(({ firstTick: _, ...market }, number) => {
        const firstTick = members[number]?.firstTick ?? 0;
        return { ...market, ...(firstTick > 0 && { firstTick }) };
      }),
    },
    ticks: members.map(series => Array.from({ length: start }, (_, tick) => recordedTick(series, tick))),
    settlements: members.map(({ funding }) =>
      Array.from(funding?.times ?? [], (timeMs, i) => ({ timeMs, rate: funding?.rates[i] ?? Number.NaN })).filter(
        ({ timeMs }) => timeMs < spec.firstMs,
      ),
    ),
  };
}

function recordedTick({ clocks: [base], mark }: MarketSeries, tick: number): PastTick {
  if (base === undefined) throw new Error('a market has at least its base clock');
  const marked = mark && pricesAt(mark, tick);
  if (base.held[tick] === 1) return { mark: marked };
  const openMs = openTimeOf(base.period, base.firstOrdinal + tick);
  const volume = base.volume[tick] ?? Number.NaN;
  return { bar: { openMs, ...pricesAt(base, tick), volume }, mark: marked };
}

export interface VenuePastParts {
  readonly feed: Feed;
  readonly symbols: readonly string[];
  readonly periodMs: number;
  /** Of the run. */
  readonly spec: GridSpec;
  /** Open of the first bar that is wanted; there may be none so early. */
  readonly fromMs: number;
}

/** More bars than this before the run are not asked for. */
const MOST_BARS = 500_000;

/** Of a venue: what it has from an instant on until the run begins. */
export async function venuePast({ feed, symbols, periodMs, spec, fromMs }: VenuePastParts): Promise<Past> {
  const { firstMs } = spec;
  const count = Math.min(MOST_BARS, Math.ceil((firstMs - fromMs) / periodMs));
  const wantedMs = firstMs - Math.max(0, count) * periodMs;
  const bars: (readonly LiveBar[])[] = [];
  const settlements: (readonly Settlement[])[] = [];
  for (const symbol of symbols) {
    bars.push(wantedMs < firstMs ? await feed.history(symbol, periodMs, wantedMs, firstMs) : []);
    const told = wantedMs < firstMs ? ((await feed.settlements?.(symbol, wantedMs)) ?? []) : [];
    settlements.push(told.filter(({ timeMs }) => timeMs < firstMs));
  }
  const startMs = Math.min(firstMs, ...bars.flatMap(([first]) => first?.openMs ?? []));
  const length = Math.round((firstMs - startMs) / periodMs);
  return {
    spec: {
      ...spec,
      firstMs: startMs,
      capacity: spec.capacity + length,
      markets: spec.markets.map(({ firstTick: _, ...market }, number) => {
        const firstTick = Math.round(((bars[number]?.[0]?.openMs ?? firstMs) - startMs) / periodMs);
        return { ...market, ...(firstTick > 0 && { firstTick }) };
      }),
    },
    ticks: bars.map(each => {
      const ticks: PastTick[] = Array.from({ length }, () => ({}));
      for (const bar of each) ticks[Math.round((bar.openMs - startMs) / periodMs)] = { bar };
      return ticks;
    }),
    settlements: settlements.map(each => each.filter(({ timeMs }) => timeMs >= startMs)),
  };
}
