/** From where on a backtest reads and trades, by what its plan needs to settle. */
import type { Plan } from '../../compiler/plan.ts';
import { planWarmup } from '../../compiler/plan-warmup.ts';
import { closeTimeOf, openTimeOf } from '../../language/check/calendar.ts';
import type { MarketSet, PlacedSeries } from '../../runtime/data/market-set.ts';
import type { BarTable } from '../../runtime/data/series.ts';
import { metaOf } from '../../runtime/lane.ts';
import { CommandError } from '../errors.ts';
import { type FactTable, factsFor, NO_FACTS } from './facts.ts';
import type { ParamValues } from './param_values.ts';

export interface Span {
  readonly set: MarketSet;
  /** Bars that open before this are only warm-up. */
  readonly fromMs?: number;
  readonly values: ParamValues;
  readonly facts?: FactTable;
}

/** First base ticks that the kernel sees and that are traded. */
export function startOf(
  plan: Plan,
  { set, fromMs, values, facts }: Span,
): { readonly start: number; readonly fromTick: number } {
  if (fromMs === undefined) return { start: 0, fromTick: 0 };
  const base = baseOf(set);
  const fromTick = firstTickOpeningFrom(base, fromMs);
  if (fromTick >= base.length) {
    const last = new Date(closeTimeOf(base.period, base.firstOrdinal + base.length - 1)).toISOString();
    throw new CommandError('empty-span', 'no bar opens at or after `--from`', {
      help: `the data end at ${last}`,
    });
  }
  const settled = settledBars(plan, values, facts);
  return { start: Number.isFinite(settled) ? Math.max(0, fromTick - settled) : 0, fromTick };
}

/** Bars after which what came before no longer matters; Infinity where it always does. */
export function settledBars(plan: Plan, values: ParamValues, facts: FactTable = NO_FACTS): number {
  const metas = plan.instruments.map(({ symbol }) => metaOf(factsFor(facts, symbol)));
  return planWarmup(plan, values, metas).settled;
}

/** First tick of a grid that opens at or after an instant; the length where none does. */
export function firstTickOpeningFrom({ period, firstOrdinal, length }: BarTable, timeMs: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (openTimeOf(period, firstOrdinal + middle) >= timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Of the first instrument: all lie on its grid. */
export function baseOf(market: MarketSet | PlacedSeries): BarTable {
  const [base] = 'members' in market ? (market.members[0]?.clocks ?? []) : market.clocks;
  if (base === undefined) throw new Error('a market has at least its base clock');
  return base;
}
